"""The file that carries memory from one run to the next: read whole at the start, replaced whole at the end.

It holds content, so nobody but its owner may read it. One run at a time may use it: a run that finds at its
end that another has written it leaves it alone.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from broadcast_core.cli.failures import UNUSABLE, Failure
from broadcast_core.cli.output import WriteError, replaced
from broadcast_core.cli.sources import STDIN
from broadcast_core.memory import Memory
from broadcast_core.stored_memory import StoredMemoryError, dump_memory, load_memory

_Version = tuple[int, int, int] | None


class MemoryFile:
    """A file of memory, at a path that need not exist yet."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._read: _Version = None

    @property
    def is_new(self) -> bool:
        """Tell whether the memory begins with this run."""
        return self._read is None

    def read(self) -> dict[str, Memory]:
        """Return the memory, of no route when there is no file; raise `Failure` when it cannot be used."""
        if self.path == STDIN:
            raise self._unusable("give the name of a file, it is read and replaced")
        folder = os.path.dirname(os.path.realpath(self.path))
        if not os.path.isdir(folder):
            raise self._unusable(f"there is no directory {folder}")
        if os.path.exists(self.path) and not os.path.isfile(self.path):
            raise self._unusable("this is no file that can be replaced")
        try:
            self._read = self._version()
            if self._read is None:
                return {}
            with open(self.path, "rb") as stream:
                return load_memory(stream.read())
        except OSError as error:
            raise self._unusable((error.strerror or str(error)).lower()) from None
        except StoredMemoryError as error:
            raise self._unusable(str(error)) from None

    def write(self, memory: Mapping[str, Memory]) -> None:
        """Replace the file; raise `WriteError` when it cannot be, and leave it as it was."""
        if self._version() != self._read:
            raise WriteError("it has changed since this run read it; let one run at a time use it")
        with replaced(os.path.realpath(self.path), private=True) as write:
            write(dump_memory(memory))

    def _version(self) -> _Version:
        """Return what changes with each run that writes the file, or None when there is none."""
        try:
            status = os.stat(self.path)
        except FileNotFoundError:
            return None
        return (status.st_ino, status.st_mtime_ns, status.st_size)

    def _unusable(self, why: str) -> Failure:
        return Failure(f"--memory {self.path}: {why}", code=UNUSABLE)
