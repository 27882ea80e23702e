"""Every wheel declares what it imports: without extras what modules import at once, with them all of it."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from importlib.resources import files
from pathlib import Path

import pytest

from tests.paths import ROOT

PROJECTS = {
    "broadcast_core": ROOT,
    **{f"broadcast_{path.parent.name}": path.parent for path in ROOT.glob("plugins/*/pyproject.toml")},
    **{f"broadcast_{path.parent.name}": path.parent for path in ROOT.glob("apps/*/pyproject.toml")},
}
OF_EXTRAS = re.compile(r"/(cli|testing)/")
"""Parts of a wheel that are imported with an extra alone."""
DISTRIBUTIONS = packages_distributions()


def _imports(nodes: list[ast.stmt] | Iterator[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module


def _distributions(names: Iterator[str], package: str) -> set[str]:
    """Return the distributions of what is imported, but for the standard library and the package itself."""
    tops = {name.partition(".")[0] for name in names} - {package} - set(sys.stdlib_module_names)
    return {_normal(DISTRIBUTIONS.get(top, [top])[0]) for top in tops}


def _normal(name: str) -> str:
    return re.sub("[-_.]+", "-", name).lower()


def _declared(project: Path, *, extras: bool) -> set[str]:
    metadata = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    more = metadata.get("optional-dependencies", {}).values() if extras else ()
    listed = [*metadata["dependencies"], *(one for extra in more for one in extra)]
    return {_normal(re.split(r"[^\w.-]", one, maxsplit=1)[0]) for one in listed}


def _modules(package: str, *, extras: bool) -> list[ast.Module]:
    paths = sorted(Path(str(files(package))).rglob("*.py"))
    kept = [path for path in paths if extras or not OF_EXTRAS.search(path.as_posix())]
    return [ast.parse(path.read_bytes()) for path in kept]


@pytest.mark.parametrize(("package", "project"), PROJECTS.items(), ids=PROJECTS)
def test_a_wheel_declares_what_its_modules_import(package: str, project: Path) -> None:
    """What stands in a function or a `try` may belong to an extra; what does not is needed always."""
    at_once = (name for module in _modules(package, extras=False) for name in _imports(module.body))
    all_of_it = (name for module in _modules(package, extras=True) for name in _imports(ast.walk(module)))

    assert set() == _distributions(at_once, package) - _declared(project, extras=False)
    assert set() == _distributions(all_of_it, package) - _declared(project, extras=True) - OPTIONAL


OPTIONAL = {"pytest", "compression"}
"""What only tests need, and the standard library of Python 3.14."""
