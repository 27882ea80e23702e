"""Names and prose of the project, for the test of its words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from attrs import frozen

import broadcast_core
import broadcast_opik
import broadcast_relay
from tests.paths import ROOT

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_CODE = re.compile(r"^```.*?^```|`[^`]*`|\]\([^)]*\)|^ {4}.*?$", re.DOTALL | re.MULTILINE)


@frozen
class Named:
    """A name or a line of prose, and where it is."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


def modules() -> Iterator[tuple[str, Path]]:
    """Yield every module of the wheels, the tests and the bench, with its path for people."""
    for package in (broadcast_core, broadcast_opik, broadcast_relay):
        folder = Path(package.__file__).parent
        for path in sorted(folder.rglob("*.py")):
            yield f"{package.__name__}/{path.relative_to(folder)}", path
    for pattern in (
        "tests/**/*.py",
        "plugins/*/tests/**/*.py",
        "apps/*/tests/**/*.py",
        "bench/*.py",
        "conftest.py",
    ):
        for path in sorted(ROOT.glob(pattern)):
            yield str(path.relative_to(ROOT)), path


def pages() -> Iterator[tuple[str, Path]]:
    """Yield every page of the docs."""
    for pattern in (
        "*.md",
        "docs/*.md",
        "plugins/*/*.md",
        "apps/*/*.md",
        "examples/**/*.md",
        "changelog.d/*.md",
    ):
        for path in sorted(ROOT.glob(pattern)):
            yield str(path.relative_to(ROOT)), path


@lru_cache(maxsize=1)
def _nodes(path: Path) -> list[ast.AST]:
    """Return the nodes of a module; each is looked through twice in a row."""
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def names_of(file: str, path: Path) -> Iterator[Named]:
    """Yield the names that a module gives: its own, and those of functions, classes and parameters.

    The name of a test is a sentence, so it counts as prose.
    """
    yield Named(file, 1, path.stem.removeprefix("test_"))
    for node in _nodes(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if not node.name.startswith("test_"):
                yield Named(file, node.lineno, node.name)
        elif isinstance(node, ast.arg):
            yield Named(file, node.lineno, node.arg)


def docstrings_of(file: str, path: Path) -> Iterator[Named]:
    """Yield the lines of the docstrings of a module."""
    for node in _nodes(path):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            text = ast.get_docstring(node, clean=False) or ""
            first = node.body[0].lineno if text else 0
            yield from (Named(file, first + n, line) for n, line in enumerate(text.splitlines()))


def prose_of(file: str, path: Path) -> Iterator[Named]:
    """Yield the lines of a page, without its code and the targets of its links."""
    text = path.read_text(encoding="utf-8")
    prose = _CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    yield from (Named(file, n, line) for n, line in enumerate(prose.splitlines(), 1))


def words_of(name: str) -> set[str]:
    """Return the words of a name: `StateFile` and `state_file` have two."""
    return {word.lower() for word in _WORDS.findall(name)}
