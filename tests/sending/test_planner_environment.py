"""What the process that plans is given: the keys that hash users, and no secret of a route."""

from __future__ import annotations

from pathlib import Path

import pytest

from broadcast_core import Generation, Identity, Policy, Route, Timing
from broadcast_core.plugins import destination
from broadcast_core.record.codec import encode_line
from broadcast_core.secrets import HashKeys
from broadcast_core.sending.spool.inbox import Delivery
from broadcast_core.sending.spool.planner_process import ProcessPlanner, ThreadPlanner
from broadcast_core.sending.spool.planning import PlannedRoute
from broadcast_core.sending.store.values import packed
from broadcast_core.testing.strategies import EPOCH


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="no process shows its environment")
def test_the_process_that_plans_has_no_secret_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """All else of it is there, as plugins may need it."""
    monkeypatch.setenv("BROADCAST_OPIK_API_KEY", "opik-key")
    monkeypatch.setenv("OF_A_PLUGIN", "value")
    planner = ProcessPlanner((), {}, {}, {})
    try:
        given = Path(f"/proc/{planner._process.pid}/environ").read_bytes()
    finally:
        planner.close()

    assert (False, True) == (b"opik-key" in given, b"OF_A_PLUGIN=value" in given)


def test_the_process_that_plans_has_the_keys_that_hash_users() -> None:
    """Though they hide from every pickle else."""
    hash_keys = HashKeys({"lines": "a key of the route"})
    hashed = Policy(user_identity="hash")
    route = Route.to(destination("ndjson"), {"url": "http://127.0.0.1:9/"}, name="lines", policy=hashed)
    record = encode_line(Generation(id="a", timing=Timing(start=EPOCH), identity=Identity(user_id="user-1")))
    group = (["lines"], [Delivery(number=1, encoding="identity", data=packed(record))])
    found = []
    for make in (ProcessPlanner, ThreadPlanner):
        planner = make((PlannedRoute(route=route),), {}, {}, hash_keys)
        try:
            found.append(planner.plan(*group).routes["lines"].rows)
        finally:
            planner.close()

    assert found[0] == found[1] != ()
    assert b"user-1" not in found[0][0][1].body
