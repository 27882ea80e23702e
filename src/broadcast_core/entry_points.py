"""Reading the entry points of installed packages, also where the `entry_points.txt` of one is broken.

importlib_metadata gives none of any package when a line of one is broken, in whatever group, and its
releases disagree on which lines are. Here the lines of a broken file are read one by one: a good one is an
entry point, a broken one is given too, so that its destination is told as broken. Imported when entry points
are wanted, since importlib_metadata is a third of the import time of the core.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

from importlib_metadata import Distribution, EntryPoint, SimplePath, distributions, entry_points
from packaging.utils import canonicalize_name

_FILE = "entry_points.txt"
_REFERENCE = re.compile(r"[\w.]+\s*(:\s*[\w.]+\s*)?(\[.*\]\s*)?")
"""A module, or an object of one, as the packaging specification has it."""


def points_of(group: str) -> list[EntryPoint]:
    """Return the entry points of a group of every installed package, each package once.

    Those of broken lines are among them: `broken_line` tells.
    """
    try:
        return list(entry_points(group=group))
    except Exception:  # noqa: BLE001  # a broken line: each release raises another error
        return [point for package in _unique_packages() for point in _points_of_package(package, group)]


def broken_line(point: EntryPoint) -> str | None:
    """Say what is wrong with the line of an entry point, or None where nothing is."""
    if _REFERENCE.fullmatch(point.value):
        return None
    return f"its line in {_FILE} is not of the form: name = module:object"


def package_of(package: Any) -> tuple[str, str] | None:
    """Return the name and the version of a package, None of one whose metadata is lost or incomplete."""
    try:
        name, version = package.name, package.version
    except Exception:  # noqa: BLE001  # of no metadata too, each release raises another error
        return None
    return (name, version) if name and version else None


def _unique_packages() -> list[Any]:
    """Return the installed packages: of one name the first, which is the one that is imported."""
    found: dict[object, Any] = {}
    for package in distributions():
        known = package_of(package)
        found.setdefault(canonicalize_name(known[0]) if known else id(package), package)
    return list(found.values())


def _points_of_package(package: Any, group: str) -> list[EntryPoint]:
    try:
        return list(package.entry_points.select(group=group))
    except Exception:  # noqa: BLE001  # as above
        return [_point_of_line(package, group, line) for line in _lines(_text(package), group)]


def _text(package: Any) -> str:
    """Return the entry points file of a package; what is not UTF-8 in it is replaced."""
    try:
        return package.read_text(_FILE) or ""
    except UnicodeDecodeError as error:
        return error.object.decode(errors="replace")  # all of the file: it is read at once
    except Exception:  # noqa: BLE001  # the disk, or a package that is not in a folder
        return ""


def _lines(text: str, group: str) -> Iterator[str]:
    """Yield the lines of a group."""
    current = None
    for line in map(str.strip, text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            current = line.strip("[]")
        elif line and not line.startswith("#") and current == group:
            yield line


def _point_of_line(package: Any, group: str, line: str) -> EntryPoint:
    name, _, value = (part.strip() for part in line.partition("="))
    if _REFERENCE.fullmatch(value):
        point: EntryPoint = next(iter(_OfOneLine(package, f"[{group}]\n{line}\n").entry_points))
        return point
    return _BrokenPoint(name, value, group, package)


class _OfOneLine(Distribution):
    """A package as it is, but for its entry points: they are one line."""

    def __init__(self, package: Any, text: str) -> None:
        self._package = package
        self._text = text

    def read_text(self, filename: str) -> str | None:
        """Return a file of the metadata."""
        if filename == _FILE:
            return self._text
        text: str | None = self._package.read_text(filename)
        return text

    def locate_file(self, path: str | os.PathLike[str]) -> SimplePath:
        """Return where a file of the package is."""
        where: SimplePath = self._package.locate_file(path)
        return where


class _BrokenPoint(EntryPoint):
    """An entry point that cannot be loaded; where the library checks what it is made of, it is not asked."""

    def __init__(self, name: str, value: str, group: str, package: Any) -> None:
        vars(self).update(name=name, value=value, group=group, dist=package)
