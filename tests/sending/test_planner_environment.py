"""The process that plans is given no secret of a route."""

from __future__ import annotations

from pathlib import Path

import pytest

from broadcast_core.sending.spool.planner_process import ProcessPlanner


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
