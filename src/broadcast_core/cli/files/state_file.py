"""The file that carries state from one run to the next: read whole at the start, replaced whole at the end.

It holds content, so nobody but its owner may read it, and no route sends what was kept for another one of its
name. One run at a time uses it, by its lock. A run that finds at its end that something else has written it
leaves it alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from broadcast_core.cli.errors import UNUSABLE, CommandError
from broadcast_core.cli.files.fingerprint import fingerprint, fitted
from broadcast_core.cli.files.output import WriteError, replaced, told_to_end
from broadcast_core.cli.files.sources import STDIN
from broadcast_core.cli.files.state_lock import held
from broadcast_core.errors import StateError
from broadcast_core.pipeline.route import Route
from broadcast_core.traces.state import State
from broadcast_core.traces.state_codec import Fingerprint, SavedState, dump_saved, load_saved

_Version = tuple[int, int, int] | None


class StateFile:
    """A file of state, at a path that need not exist yet; `notes` say what of it does not go on."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.notes: list[str] = []
        self._read: _Version = None
        self._made_for: dict[str, Fingerprint | None] = {}

    @contextmanager
    def held(self, wait: float, tell: Callable[[str], None]) -> Iterator[None]:
        """Keep other runs from using it; raise `Failure` when it cannot be, or one has it for too long."""
        self._check_place()
        with told_to_end(), held(self.path, wait, tell):
            yield

    def read(self, routes: Iterable[Route]) -> dict[str, State]:
        """Return the state as far as it is one of these routes; raise `Failure` when it cannot be used.

        That of routes which are not among them stays as it is.
        """
        kept = self._kept()
        if self._read is None:
            self.notes.append("no state there yet, it begins with this run")
        state = {name: one.state for name, one in kept.items()}
        self._made_for = {name: one.made_for for name, one in kept.items()}
        for route in routes:
            now = self._made_for[route.name] = fingerprint(route)
            if route.name in kept:
                state[route.name], why_not = fitted(route.name, kept[route.name], now)
                self.notes += [] if why_not is None else [why_not]
        return state

    def _check_place(self) -> None:
        if self.path == STDIN:
            raise self._unusable("give the name of a file, it is read and replaced")
        folder = os.path.dirname(os.path.realpath(self.path))
        if not os.path.isdir(folder):
            raise self._unusable(f"there is no directory {folder}")
        if os.path.exists(self.path) and not os.path.isfile(self.path):
            raise self._unusable("this is no file that can be replaced")

    def _kept(self) -> dict[str, SavedState]:
        try:
            self._read = self._version()
            if self._read is None:
                return {}
            with open(self.path, "rb") as stream:
                return load_saved(stream.read())
        except OSError as error:
            raise self._unusable((error.strerror or str(error)).lower()) from None
        except StateError as error:
            raise self._unusable(str(error)) from None

    def write(self, state: Mapping[str, State]) -> None:
        """Replace the file; raise `WriteError` when it cannot be, and leave it as it was."""
        if self._version() != self._read:
            raise WriteError("it has changed since this run read it, by something that does not use its lock")
        kept = {name: SavedState(one, self._made_for.get(name)) for name, one in state.items()}
        with replaced(self.path, private=True) as write:
            write(dump_saved(kept))

    def _version(self) -> _Version:
        """Return what changes with each run that writes the file, or None when there is none."""
        try:
            status = os.stat(self.path)
        except FileNotFoundError:
            return None
        return (status.st_ino, status.st_mtime_ns, status.st_size)

    def _unusable(self, why: str) -> CommandError:
        return CommandError(f"--state {self.path}: {why}", code=UNUSABLE)
