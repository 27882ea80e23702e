"""A purge as a question to a relay that runs, and its answer."""

from __future__ import annotations

from datetime import datetime

import attrs

from broadcast_core.sending.spool.purging import Purge, Purged
from broadcast_relay.spool.mailbox import Answer


def written(what: Purge) -> Answer:
    """Return a purge as JSON."""
    before = None if what.before is None else what.before.isoformat()
    return {"traces": list(what.traces), "users": list(what.users), "before": before}


def read(found: Answer) -> Purge:
    """Return the purge of some JSON."""
    before = found["before"]
    return Purge(
        traces=tuple(map(str, found["traces"])),
        users=tuple(map(str, found["users"])),
        before=None if before is None else datetime.fromisoformat(str(before)),
    )


def answer_of(purged: Purged) -> Answer:
    """Return what was purged as JSON."""
    return attrs.asdict(purged)


def purged_of(answer: Answer) -> Purged:
    """Return what was purged, of an answer."""
    return Purged(**{**answer, "generations": tuple(answer["generations"])})


def describe(purged: Purged) -> str:
    """Say how much was erased."""
    counts = (
        f"{purged.deliveries} deliveries", f"{purged.requests} requests",
        f"{purged.letters} dead letters", f"{purged.traces} open traces",
    )  # fmt: skip
    return f"{', '.join(counts)}; {len(purged.generations)} generations were not delivered"
