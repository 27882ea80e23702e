"""Named moments of a relay at which its process, or the one that plans, ends itself by a signal."""

from __future__ import annotations

import os
from collections.abc import Mapping
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any

from apps.relay.tests.faults import planted

from broadcast_core.sending import journal
from broadcast_core.sending.journal import StoreJournal
from broadcast_core.sending.route_sender import Sender
from broadcast_core.sending.spool import engine, inbox, planner_loop, planner_process
from broadcast_core.sending.spool.planner_loop import PlannerLoop
from broadcast_core.sending.spool.planning import GroupPlanner
from broadcast_core.sending.store import jobs
from broadcast_relay.intake.answers import Answer

PLANNER = "in the process that plans"
POINTS: Mapping[str, tuple[Any, str, bool]] = {
    "in the transaction of a delivery": (inbox, "accept", False),
    "after the commit of a delivery, before its answer": (Answer, "send", True),
    "after the answer to a delivery": (Answer, "send", False),
    "before a plan is kept": (PlannerLoop, "_keep", True),
    "in the transaction of a plan": (jobs, "add_stored_batch", False),
    "at the end of the transaction of a plan": (inbox, "forget_planned", False),
    "after a plan is kept": (PlannerLoop, "_keep", False),
    "in the transaction of a mark": (jobs, "begin", False),
    "after the mark, before the first byte": (StoreJournal, "begin", False),
    "after the answer, before its outcome": (Sender, "send", False),
    "in the transaction of an outcome": (jobs, "settle", False),
    "between the halves of a split": (jobs, "_insert", False),
    "after an outcome is kept": (StoreJournal, "settle", False),
    "in the transaction of a start": (engine, "prepare_routes", False),
    "in recovery": (journal, "restarted", True),
    "while a planner begins": (planner_loop, "carried_on", False),
    PLANNER: (GroupPlanner, "plan", False),
}
"""Where each is: an object, the name of its function, and whether before it."""
OF_BUGS: Mapping[str, tuple[Any, str, bool]] = {
    "between what should be one transaction": (planted, "between", False)
}
_IN_THE_PLANNER = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer);"
    " from apps.relay.tests.faults.points import end_planner_at; end_planner_at({}, {}, {!r}, {!r});"
    " from broadcast_core.sending.spool.planner_process import main; main()"
)


def end_at(point: str, nth: int, number: int, hits: str) -> None:
    """Make this process end itself by a signal at the n-th time that it comes to a point, and note that."""
    if point == PLANNER:
        planner_process._BEGIN = _IN_THE_PLANNER.format(nth, number, hits, f"{hits}-{os.getpid()}")
    else:
        _end_at(point, nth, number, hits)


def end_planner_at(nth: int, number: int, hits: str, once: str) -> None:
    """Make this process, which plans, end itself at the n-th group; that of the same relay after it lives."""
    if not Path(once).exists():
        Path(once).touch()
        _end_at(PLANNER, nth, number, hits)


def _end_at(point: str, nth: int, number: int, hits: str) -> None:
    where, name, is_before = {**POINTS, **OF_BUGS}[point]
    original, left = getattr(where, name), [nth]

    def end() -> None:
        left[0] -= 1
        if left[0] == 0:
            descriptor = os.open(hits, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            os.write(descriptor, f"{point}\n".encode())
            os.close(descriptor)
            os.kill(os.getpid(), number)

    def wrapped(*arguments: Any, **named: Any) -> Any:
        if is_before:
            end()
        result = original(*arguments, **named)
        if not is_before:
            end()
        return result

    async def awaited(*arguments: Any, **named: Any) -> Any:
        if is_before:
            end()
        result = await original(*arguments, **named)
        if not is_before:
            end()
        return result

    setattr(where, name, awaited if iscoroutinefunction(original) else wrapped)


def hits_of(path: Path) -> list[str]:
    """Return the points at which processes have ended themselves."""
    return path.read_text().splitlines() if path.exists() else []
