"""Reading the entry points of installed packages, also where a line of `entry_points.txt` is broken.

importlib_metadata gives none of any package when a line of one has no `=`; here that line is given with an
empty value, so that its destination is told as broken. Imported when entry points are asked for, since
importlib_metadata is a third of the import time of the core.
"""

from __future__ import annotations

import os
import re
from typing import Any

from importlib_metadata import Distribution, EntryPoint, SimplePath, distributions, entry_points
from packaging.utils import canonicalize_name

_FILE = "entry_points.txt"
_NO_VALUE = re.compile(r"^[ \t]*(?![\[#])[^\s=][^=\n]*$", re.MULTILINE)


def points_of(group: str) -> list[EntryPoint]:
    """Return the entry points of a group of every installed package, each package once."""
    try:
        return list(entry_points(group=group))
    except TypeError:  # a line without "="
        packages = _unique_packages()
        return [point for one in packages for point in _Mended(one).entry_points.select(group=group)]


def package_of(package: Any) -> tuple[str, str] | None:
    """Return the name and the version of a package, None of one whose metadata is lost or incomplete."""
    try:
        name, version = package.name, package.version
    except (OSError, LookupError, ValueError):
        return None
    return (name, version) if name and version else None


def _unique_packages() -> list[Any]:
    """Return the installed packages: of one name the first, which is the one that is imported."""
    found: dict[object, Any] = {}
    for package in distributions():
        known = package_of(package)
        found.setdefault(canonicalize_name(known[0]) if known else id(package), package)
    return list(found.values())


class _Mended(Distribution):
    """A package as it is, but for lines without `=` in its entry points."""

    def __init__(self, package: Any) -> None:
        self._package = package

    def read_text(self, filename: str) -> str | None:
        """Return a file of the metadata."""
        text = self._package.read_text(filename)
        return _NO_VALUE.sub(r"\g<0> =", text) if text and filename == _FILE else text

    def locate_file(self, path: str | os.PathLike[str]) -> SimplePath:
        """Return where a file of the package is."""
        where: SimplePath = self._package.locate_file(path)
        return where
