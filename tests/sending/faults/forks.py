"""Whether a forked child and its parent get each the answers to their own requests."""

from __future__ import annotations

import os
from datetime import timedelta

from broadcast_core.sending.client import Client
from tests.sending.kinds import outgoing
from tests.sending.wire import echo, listening


def _wrong(client: Client, url: str, name: str) -> int:
    bodies = [f"{name} {n}".encode() for n in range(40)]
    return sum(getattr(client.exchange(outgoing(url, body)), "body", None) != body for body in bodies)


def wrong_answers() -> int:
    """Send from a parent with a kept connection and from its child at once; return how many answers are wrong."""
    with listening(echo) as wire, Client(timeout=timedelta(seconds=1)) as client:
        _wrong(client, wire.url, "before")
        if (child := os.fork()) == 0:
            os._exit(min(_wrong(client, wire.url, "child"), 100))
        in_parent = _wrong(client, wire.url, "parent")
        return in_parent + os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
