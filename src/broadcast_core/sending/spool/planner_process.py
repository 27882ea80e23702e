"""Planning in a process of its own, over its standard streams.

A busy thread of Python takes the lock of the interpreter back for milliseconds at each system call of the
others: planning in a thread of the process that accepts would slow it two hundredfold.

The process gets nothing but what it plans: no store, no secret but the keys that hash users. It is started
anew, with the state that was kept, when it ends; planning is pure, so that this costs time alone.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import IO, Any, Protocol

from broadcast_core.errors import ArgumentError, BroadcastError
from broadcast_core.processes import python
from broadcast_core.sending.spool.inbox import Delivery
from broadcast_core.sending.spool.planning import GroupPlanner, PlannedGroup, PlannedRoute
from broadcast_core.traces.state import State

_BEGIN = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer);"
    " from broadcast_core.sending.spool.planner_process import main; main()"
)


class PlannerEnded(BroadcastError, RuntimeError):
    """The process that plans has ended before its answer. Start it anew."""


class PlannerNotReady(BroadcastError, RuntimeError):
    """The process that plans ends before it is given anything. No delivery is to blame."""


class Planner(Protocol):
    """Whatever plans groups of deliveries."""

    def plan(self, names: Sequence[str], deliveries: Sequence[Delivery]) -> PlannedGroup:
        """Return what is planned of some deliveries for some routes; raise `PlannerEnded`."""
        ...

    def close(self) -> None:
        """Plan nothing more."""
        ...


class ThreadPlanner(GroupPlanner):
    """Plans in the thread that asks, for a process that accepts nothing meanwhile."""

    def plan(self, names: Sequence[str], deliveries: Sequence[Delivery]) -> PlannedGroup:
        """Return what is planned of some deliveries for some routes; raise `PlannerEnded`."""
        try:
            return super().plan(names, deliveries)
        except Exception as error:  # noqa: BLE001  # it is told without its text, as that of a process is
            raise PlannerEnded(f"planning failed: {type(error).__name__}") from None

    def close(self) -> None:
        """Nothing is to be closed."""


class ProcessPlanner:
    """Plans in a process of its own; `stderr` of it is thrown away, since a report could quote content.

    Raise `PlannerNotReady` where that does not begin.
    """

    def __init__(
        self,
        routes: Sequence[PlannedRoute],
        states: Mapping[str, State],
        seen: Mapping[str, Iterable[str]],
        hash_keys: Mapping[str, str],
    ) -> None:
        try:
            known = {name: list(ids) for name, ids in seen.items()}
            keys = {name: str(key) for name, key in hash_keys.items()}  # without what hides them
            first = pickle.dumps((tuple(routes), dict(states), known, keys))
        except Exception as error:  # noqa: BLE001  # a plugin of the caller's that cannot be pickled
            what = f"a route cannot be planned in another process ({type(error).__name__})"
            raise ArgumentError(f"{what}: define its destination in a module that can be imported") from None
        self._process = subprocess.Popen(  # noqa: S603  # this Python, and a text of ours
            python(_BEGIN),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if not name.startswith("BROADCAST_")},  # noqa: TID251  # no secret of a route
        )
        try:
            self._send(sys.path)
            self._write(first)
            self._read()
        except PlannerEnded:
            self.close()
            raise PlannerNotReady("the process that plans cannot be started, or cannot begin") from None

    def plan(self, names: Sequence[str], deliveries: Sequence[Delivery]) -> PlannedGroup:
        """Return what is planned of some deliveries for some routes; raise `PlannerEnded`."""
        self._send((tuple(names), tuple(deliveries)))
        found = self._read()
        if not isinstance(found, PlannedGroup):
            raise PlannerEnded(f"the process that plans failed: {found}")
        return found

    def close(self) -> None:
        """End the process, and so whoever waits for it; what it was about to say is not waited for."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            with suppress(OSError):
                stream.close()

    def _send(self, message: object) -> None:
        self._write(pickle.dumps(message))

    def _read(self) -> object:
        stream = self._process.stdout
        assert stream is not None
        try:
            return pickle.load(stream)  # noqa: S301  # it is our own process
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):
            raise PlannerEnded("the process that plans has ended") from None

    def _write(self, data: bytes) -> None:
        stream = self._process.stdin
        assert stream is not None
        try:
            stream.write(data)
            stream.flush()
        except (OSError, ValueError):
            raise PlannerEnded("the process that plans has ended") from None


def main() -> None:
    """Plan what comes on stdin until it ends; what plugins print is thrown away."""
    import signal

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # its parent says when it ends
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    incoming, outgoing = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    _serve(incoming, outgoing)


def _serve(incoming: IO[bytes], outgoing: IO[bytes]) -> None:
    planner = GroupPlanner(*pickle.load(incoming))  # noqa: S301  # its parent is ours
    pickle.dump(None, outgoing)  # it is ready
    outgoing.flush()
    while True:
        try:
            names, deliveries = pickle.load(incoming)  # noqa: S301
        except EOFError:
            return
        answer: Any
        try:
            answer = planner.plan(names, deliveries)
        except Exception as error:  # noqa: BLE001  # told to the parent, without its text
            answer = type(error).__name__
        pickle.dump(answer, outgoing)
        outgoing.flush()
