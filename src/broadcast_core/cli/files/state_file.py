"""The file that carries state from one run to the next: loaded at the start of a run, replaced at its end.

It holds content, so only its owner may read it, and a route never sends what was saved for another route with
the same name. One run at a time uses the file, by its lock. When a program that does not use the lock has
changed the file during a run, that run does not replace it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from attrs import field, frozen

from broadcast_core.cli.errors import UNUSABLE, CommandError, describe_os_error
from broadcast_core.cli.files.output import WriteError, explain_write_errors, replace_file
from broadcast_core.cli.files.paths import STDIN
from broadcast_core.cli.files.state_lock import lock_state
from broadcast_core.cli.files.termination import raise_on_termination
from broadcast_core.delivery.fingerprint import fingerprint, usable_state
from broadcast_core.errors import StateError
from broadcast_core.pipeline.route import Route
from broadcast_core.traces.state import State
from broadcast_core.traces.state_codec import Fingerprint, SavedState, dump_saved, load_saved

_FileVersion = tuple[int, int, int]


@frozen(kw_only=True)
class LoadedState:
    """The state by route name, the fingerprints of the routes, and `notes` on what could not be used.

    `file_version` is that of the file when it was loaded, None without a file.
    """

    state: Mapping[str, State] = field(factory=dict)
    fingerprints: Mapping[str, Fingerprint | None] = field(factory=dict)
    notes: tuple[str, ...] = ()
    file_version: _FileVersion | None = None

    __hash__ = None  # type: ignore[assignment]


@frozen
class StateFile:
    """A state file, at a path where it may not exist yet."""

    path: str

    @contextmanager
    def lock(self, wait: float, notify: Callable[[str], None]) -> Iterator[None]:
        """Keep other runs from using the file; raise `CommandError` when that fails or takes too long."""
        self._check_path()
        with raise_on_termination(), lock_state(self.path, wait, notify):
            yield

    def load(self, routes: Iterable[Route]) -> LoadedState:
        """Return the state that these routes may use; raise `CommandError` when the file cannot be read.

        The state of other routes is returned unchanged, and `save` writes it again.
        """
        saved, version = self._read()
        notes = [] if version is not None else ["no state there yet, it begins with this run"]
        state = {name: route_state.state for name, route_state in saved.items()}
        fingerprints = {name: route_state.made_for for name, route_state in saved.items()}
        for route in routes:
            current = fingerprints[route.name] = fingerprint(route)
            if route.name in saved:
                state[route.name], note = usable_state(route.name, saved[route.name], current)
                notes += [] if note is None else [note]
        return LoadedState(state=state, fingerprints=fingerprints, notes=tuple(notes), file_version=version)

    def save(self, state: Mapping[str, State], loaded: LoadedState) -> None:
        """Replace the file that was loaded; raise `WriteError`, and leave it unchanged, when that fails."""
        with explain_write_errors(self.path):
            version = self._version()
        if version != loaded.file_version:
            why = "it has changed since this run read it, by a program that does not use its lock"
            raise WriteError(why, self.path)
        saved = {
            name: SavedState(route_state, loaded.fingerprints.get(name))
            for name, route_state in state.items()
        }
        with replace_file(self.path, private=True) as write:
            write(dump_saved(saved))

    def _check_path(self) -> None:
        if self.path == STDIN:
            raise self._unusable("give the name of a file, it is read and replaced")
        folder = os.path.dirname(os.path.realpath(self.path))
        if not os.path.isdir(folder):
            raise self._unusable(f"there is no directory {folder}")
        if os.path.exists(self.path) and not os.path.isfile(self.path):
            raise self._unusable("this is not a file that can be replaced")

    def _read(self) -> tuple[dict[str, SavedState], _FileVersion | None]:
        try:
            version = self._version()
            if version is None:
                return {}, None
            with open(self.path, "rb") as stream:
                return load_saved(stream.read()), version
        except OSError as error:
            raise self._unusable(describe_os_error(error)) from None
        except StateError as error:
            raise self._unusable(str(error)) from None

    def _version(self) -> _FileVersion | None:
        """Return values that change whenever a run replaces the file, or None when there is none."""
        try:
            status = os.stat(self.path)
        except FileNotFoundError:
            return None
        return (status.st_ino, status.st_mtime_ns, status.st_size)

    def _unusable(self, why: str) -> CommandError:
        return CommandError(f"--state {self.path}: {why}", code=UNUSABLE)
