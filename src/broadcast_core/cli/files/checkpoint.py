"""The checkpoint of a run that sends: how far it has come, and what is still on its way.

It stands beside the input, holds what is being sent, so that only its owner may read it, and is removed when
all has ended. It belongs to the input that it began with and to the routes, as they were then: a run with
others is refused, and the file is left as it is.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, TypeVar

import attrs

from broadcast_core.batching import Request
from broadcast_core.cli.errors import UNUSABLE, CommandError
from broadcast_core.delivery.fingerprint import fingerprint
from broadcast_core.delivery.stored.requests import StoredRequest
from broadcast_core.pipeline.route import Route
from broadcast_core.plugins import plugin_of
from broadcast_core.sending.store import Store, StoreError, letters, progress
from broadcast_core.sending.store import generations as counts
from broadcast_core.sending.store import jobs as rows
from broadcast_core.sending.store.jobs import Target
from broadcast_core.traces.state import State


@contextmanager
def open_checkpoint(
    path: str | None, routes: Sequence[Route], *, keeps_letters: bool, state_path: str | None = None
) -> Iterator[Checkpoint]:
    """Yield the checkpoint of a run, and close it at its end; raise as `Checkpoint` does.

    Where the run is ended by a signal or an error it stays, since nobody may have seen the counts.
    """
    checkpoint = Checkpoint(path, routes, keeps_letters=keeps_letters, state_path=state_path)
    is_complete = False
    try:
        yield checkpoint
        is_complete = True
    finally:
        checkpoint.close(is_complete=is_complete)


_T = TypeVar("_T")
KIND = "checkpoint of broadcast send"
_ALL_ROUTES = ""
"""What counters of a whole run, and not of a route, stand under."""


class InputDigest:
    """A hash of the documents of the input so far, which tells whether an input begins as another did.

    Of generations it is that up to the last document with one: whoever reads as many has read no further.
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._marked = self._hash

    def take(self, document: bytes) -> None:
        """Take the next document."""
        self._hash.update(len(document).to_bytes(8, "big"))
        self._hash.update(document)

    def marked(self, generations: Iterable[_T]) -> Iterator[_T]:
        """Yield generations of documents that are taken, and mark how far they come."""
        for located in generations:
            self._marked = self._hash.copy()
            yield located

    @property
    def text(self) -> str:
        """The hash of all that was taken."""
        return self._hash.hexdigest()

    @property
    def marked_text(self) -> str:
        """The hash of what was taken up to the last generation."""
        return self._marked.hexdigest()


class Checkpoint:
    """A checkpoint in a file, or in memory where `path` is None; `state_path` is the state file of its run.

    Raise `CommandError` for one that cannot be used.
    """

    def __init__(
        self, path: str | None, routes: Sequence[Route], *, keeps_letters: bool, state_path: str | None = None
    ) -> None:
        self.path = path
        self.state_path = state_path
        self.are_letters_due = False
        """Whether there are dead letters that could not be written to their file."""
        self.targets = {
            route.name: Target(route=route, plugin=plugin_of(route.destination)) for route in routes
        }
        self.store = self._open()
        try:
            self._claim(routes, keeps_letters)
        except BaseException:
            self.store.close()
            raise

    def _open(self) -> Store:
        try:
            return Store(self.path, kind=KIND)
        except StoreError as error:
            raise CommandError(f"--checkpoint {error}", code=UNUSABLE) from None

    def _claim(self, routes: Sequence[Route], keeps_letters: bool) -> None:
        """Begin for some routes, or raise where it was begun for others."""
        mine = {route.name: attrs.astuple(fingerprint(route)) for route in routes}
        found = self._about("routes")
        if found is None:
            first: dict[str, str | int] = {"routes": json.dumps(mine), "position": 0, "digest": ""}
            first["state"] = self._state_name
            self.store.do(lambda db: progress.set_about(db, first))
        elif json.loads(str(found)) != json.loads(json.dumps(mine)):
            raise self._foreign("of other routes, or of routes with other options or another policy")
        elif (began := self._about("state")) != self._state_name:
            raise self._foreign(f"of a run with --state {began}" if began else "of a run without --state")
        if keeps_letters:
            self.store.do(letters.keep_letters)

    @property
    def _state_name(self) -> str:
        return "" if self.state_path is None else os.path.realpath(self.state_path)

    def _foreign(self, whose: str) -> CommandError:
        advice = "give the ones that it began with, or another --checkpoint; it was left as it is"
        return CommandError(f"--checkpoint {self.path}: this is {whose}: {advice}", code=UNUSABLE)

    def claim_input(self, kind: str) -> None:
        """Begin with an input of generations or of requests; raise where it was begun with the other.

        Requests that were kept while a run was killed, before all of them were, are forgotten: none was sent.
        """

        def begin(db: Any) -> None:
            rows.forget_all(db)
            progress.set_about(db, {"input": kind})

        if not self.has_begun:
            self.store.do(begin)
        elif self._about("input") != kind:
            raise self.foreign_input()

    @property
    def has_begun(self) -> bool:
        """Tell whether anything of the input may have been sent."""
        return bool(self.position) or self.is_planned

    def foreign_input(self) -> CommandError:
        """Return the error of a run whose input does not begin as that of the checkpoint did."""
        return self._foreign("of another input")

    def _about(self, name: str) -> str | int | None:
        return self.store.do(lambda db: progress.about(db, name))

    @property
    def position(self) -> int:
        """How many generations of the input were planned, or requests kept."""
        return int(self._about("position") or 0)

    @property
    def digest(self) -> str:
        """The hash of the input up to the position."""
        return str(self._about("digest") or "")

    @property
    def is_planned(self) -> bool:
        """Tell whether the whole input was planned."""
        return bool(self._about("is_planned"))

    @property
    def state_version(self) -> str | None:
        """Which version of the state file it began with; None before it began with any."""
        found = self._about("state_version")
        return None if found is None else str(found)

    @property
    def is_state_due(self) -> bool:
        """Tell whether its state is still to be written to the state file."""
        return self.state_path is not None and not self._about("is_state_saved")

    def state(self) -> dict[str, State]:
        """Return the state of each route."""
        return self.store.do(lambda db: {name: progress.saved_state(db, name) for name in self.targets})

    def begin(self, state: Mapping[str, State], version: str) -> None:
        """Keep the state that the first plan begins with, and the version of the file that it came from."""

        def work(db: Any) -> None:
            for name in self.targets:
                progress.save_state(db, name, State(), state.get(name, State()))
            progress.set_about(db, {"state_version": version})

        self.store.do(work)

    def keep_plan(
        self,
        requests: Mapping[str, Sequence[Request]],
        before: Mapping[str, State],
        after: Mapping[str, State],
        statuses: Mapping[str, int],
        position: int,
        digest: str,
        now: datetime,
    ) -> None:
        """Keep a plan: its requests by route, the state after it, and how far in the input it came."""

        def work(db: Any) -> None:
            for name, some in requests.items():
                if some:
                    rows.add_batch(db, self.targets[name], some, now)
            for name in before:
                progress.save_state(db, name, before[name], after[name])
            counts.add_counts(db, _ALL_ROUTES, statuses)
            progress.set_about(db, {"position": position, "digest": digest})

        self.store.do(work)

    def keep_rows(
        self, route: str, some: Sequence[tuple[int, StoredRequest, Sequence[Sequence[str]]]], now: datetime
    ) -> None:
        """Keep requests of one plan that came in their stored form."""
        self.store.do(lambda db: rows.add_stored_batch(db, route, some, now))

    def keep_all_requests(self, digest: str) -> None:
        """Keep that every request of the input is here."""
        self.store.do(lambda db: progress.set_about(db, {"is_planned": 1, "digest": digest}))

    def statuses(self) -> dict[str, int]:
        """Return how many generations of the input have each status of a plan so far."""
        return self.store.do(counts.counters).get(_ALL_ROUTES, {})

    def keep_end_of_input(self) -> None:
        """Keep that the whole input was planned."""
        self.store.do(lambda db: progress.set_about(db, {"is_planned": 1}))

    def keep_saved_state(self) -> None:
        """Keep that the state file has the state."""
        self.store.do(lambda db: progress.set_about(db, {"is_state_saved": 1}))

    def begin_letters(self, path: str) -> None:
        """Keep that the dead letters are being written to a file, so that what is in it may be replaced."""
        self.store.do(lambda db: progress.set_about(db, {"letters_path": os.path.realpath(path)}))

    def has_begun_letters(self, path: str) -> bool:
        """Tell whether a run with this checkpoint has written dead letters to a file, or begun to."""
        return self._about("letters_path") == os.path.realpath(path)

    def counters(self) -> dict[str, dict[str, int]]:
        """Return the counts by route, of all runs with this checkpoint; none of what is kept by half."""
        counted = self.store.do(counts.counters) if self.has_begun else {}
        return {name: counted.get(name, {}) for name in self.targets}

    @property
    def waiting(self) -> int:
        """How many generations have not ended, on all routes."""
        return sum(one.get("waiting", 0) for one in self.counters().values())

    @property
    def has_ended(self) -> bool:
        """Tell whether the whole input was planned, and all of it has ended."""
        return self.is_planned and not self.waiting

    @property
    def is_over(self) -> bool:
        """Tell whether nothing of it is needed any more: all has ended, or nothing has begun."""
        if not self.is_planned:
            return not self.has_begun
        return not self.waiting and not self.is_state_due and not self.are_letters_due

    def close(self, *, is_complete: bool = True) -> None:
        """Close the file, and remove it when it is not needed any more.

        One of a run that is not complete stays, unless nothing of its input was kept.
        """
        is_over = self.is_over and (is_complete or not self.has_begun)
        self.store.close()
        if is_over and self.path is not None:
            for suffix in ("", "-wal", "-shm"):
                with suppress(FileNotFoundError):
                    os.unlink(self.path + suffix)
