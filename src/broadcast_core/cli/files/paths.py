"""Paths as the files to read: a directory becomes the JSON, NDJSON and protobuf files in it and below it.

What cannot be listed is returned beside the files, so that no reader of paths has to look for errors.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable

from attrs import frozen

from broadcast_core.cli.errors import describe_os_error
from broadcast_core.cli.files.binary import UNREAD_SUFFIXES
from broadcast_core.cli.files.compressed import SUFFIXES
from broadcast_core.cli.location import SourceLocation

STDIN = "-"
"""The path that means stdin where a file is read, and stdout where a file is written."""

_KINDS = (".json", ".ndjson", ".jsonl", ".pb", ".binpb")
_SPECIAL = {stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket"}
_BY_NAME = "in a directory only files are read; give its own path to read it"


@frozen
class Unreadable:
    """A file or a directory that cannot be read, or not to its end; `location` is the last part that was."""

    location: SourceLocation
    why: str


@frozen(kw_only=True)
class InputPaths:
    """The files to read, in order, and what was not found or not readable in directories."""

    files: tuple[str, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()

    @property
    def includes_stdin(self) -> bool:
        """Tell whether stdin is read."""
        return STDIN in self.files

    @property
    def total_bytes(self) -> int | None:
        """Return the size of all files on the disk, or None when that is unknown, as of a named pipe."""
        files = [path for path in self.files if os.path.exists(path)]
        try:
            return sum(map(os.path.getsize, files)) if all(map(os.path.isfile, files)) else None
        except OSError:  # a file that has just been removed; reading it reports the error
            return None


def expand_paths(paths: Iterable[str]) -> InputPaths:
    """Return the given files and, for a directory, all such files in it; no path means stdin."""
    found = [
        _list_directory(path) if path != STDIN and os.path.isdir(path) else InputPaths(files=(path,))
        for path in tuple(paths) or (STDIN,)
    ]
    return InputPaths(
        files=tuple(file for inputs in found for file in inputs.files),
        unreadable=tuple(error for inputs in found for error in inputs.unreadable),
    )


def _list_directory(top: str) -> InputPaths:
    """Return the files under a directory; a directory with several names, through links, is listed once."""
    waiting, seen = [top], set[tuple[int, int]]()
    files: list[str] = []
    unreadable: list[Unreadable] = []
    while waiting:
        path = waiting.pop()
        try:
            if os.path.isdir(path):
                waiting += _list_inputs(path, seen)
            elif special := _special_kind(path):
                why = f"this is {special}, not a file; {_BY_NAME}"
                unreadable.append(Unreadable(SourceLocation(path), why))
            else:
                files.append(path)
        except OSError as error:
            unreadable.append(Unreadable(SourceLocation(path), describe_os_error(error)))
    if not files and not unreadable:
        kinds, suffixes = ", ".join(_KINDS), " or ".join(SUFFIXES)
        why = f"no file in it ends in {kinds}, or in one of them and {suffixes}"
        unreadable.append(Unreadable(SourceLocation(top), why))
    return InputPaths(files=tuple(files), unreadable=tuple(unreadable))


def _list_inputs(directory: str, seen: set[tuple[int, int]]) -> list[str]:
    """Return what to look at in a directory, the first last; nothing when it was seen before."""
    status = os.stat(directory)
    identity = (status.st_dev, status.st_ino)
    if identity in seen:
        return []
    names = sorted(os.listdir(directory), reverse=True)
    seen.add(identity)
    paths = (os.path.join(directory, name) for name in names if not name.startswith("."))
    return [path for path in paths if os.path.isdir(path) or _is_input(path)]


def _special_kind(path: str) -> str | None:
    """Name what is no file, and may never end when it is read; None for a file."""
    try:
        kind = stat.S_IFMT(os.stat(path).st_mode)
    except OSError:  # the error is reported when the file is opened
        return None
    return None if kind == stat.S_IFREG else _SPECIAL.get(kind, "a device")


def _is_input(path: str) -> bool:
    name = path.lower()
    for suffix in (*SUFFIXES, *UNREAD_SUFFIXES):
        name = name.removesuffix(suffix)
    return name.endswith(_KINDS)
