"""Packages: no name hides a module, and a front page that lists modules lists all of them, and no other."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import broadcast_core
import broadcast_opik
import broadcast_relay


def _packages(root: ModuleType) -> Iterator[ModuleType]:
    """Yield a package and all packages in it, once every module of theirs is imported."""
    names = [module.name for module in pkgutil.walk_packages(root.__path__, f"{root.__name__}.")]
    modules = [importlib.import_module(name) for name in names if not name.endswith(".__main__")]
    yield from (module for module in (root, *modules) if hasattr(module, "__path__"))


def _bound(package: ModuleType) -> set[str]:
    """Return the names that a package binds to anything but a module of its own."""
    names = set()
    for node in ast.parse(Path(str(package.__file__)).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module != package.__name__:
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def test_no_name_of_a_package_hides_a_module() -> None:
    """Whichever is bound last: what is said in the package, or what an import puts there."""
    hidden = []
    for package in (*_packages(broadcast_core), *_packages(broadcast_opik), *_packages(broadcast_relay)):
        modules = {module.name for module in pkgutil.iter_modules(package.__path__)} - {"__main__"}
        hidden += [f"{package.__name__}.{name}" for name in sorted(modules & _bound(package))]
        hidden += [
            f"{package.__name__}.{name}"
            for name in sorted(modules)
            if vars(package)[name] is not importlib.import_module(f"{package.__name__}.{name}")
        ]

    assert [] == hidden


def test_packages_are_found() -> None:
    """The test above looks at something."""
    assert {"broadcast_core", "broadcast_core.policy.checks", "broadcast_core.cli.commands"} <= {
        package.__name__ for package in _packages(broadcast_core)
    }


_LISTED = re.compile(r"(?:^|  )([a-z0-9_]+(?:/|\.py))(?=,| |$)", re.MULTILINE)


def test_a_front_page_lists_the_modules_of_its_package() -> None:
    """When this fails: a module has moved, or a new one is not on the page."""
    wrong = {}
    for package in (*_packages(broadcast_core), *_packages(broadcast_opik), *_packages(broadcast_relay)):
        listed = set(_LISTED.findall(package.__doc__ or "")) - {"__main__.py"}
        there = {
            f"{module.name}/" if module.ispkg else f"{module.name}.py"
            for module in pkgutil.iter_modules(package.__path__)
        } - {"__main__.py"}
        if listed and listed != there:
            wrong[package.__name__] = sorted(listed ^ there)

    assert {} == wrong
