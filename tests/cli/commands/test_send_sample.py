"""`broadcast send --sample`: a trace of our own, and where to look for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from broadcast_core.destinations import Response
from tests.cli.served import Opik

Run = Callable[..., Any]


def _printed(page: str) -> dict[str, str]:
    """Return what was printed of the route `opik`, by label."""
    return dict(re.findall(r"^opik: ([a-z ]+): (.+)$", page, re.MULTILINE))


def test_a_sample_is_there_as_it_was_printed(run: Run, server: Opik) -> None:
    """A chat with tokens and cost that has just ended, under the id that is printed."""
    ran = run("send", "--sample", *server.to(project_name="demo"))
    printed = _printed(ran.page)
    ((trace, row),) = server.model.traces().items()
    age = datetime.now(UTC) - datetime.fromisoformat(row["end_time"])

    assert (0, trace) == (ran.code, printed["trace id there"])
    assert f"the trace 'Broadcast sample', {row['metadata']['openrouter_trace_id']}" == printed["delivered"]
    assert printed["place"].startswith("opik ")
    assert printed["place"].endswith(" demo")
    assert printed["page"].startswith(f"{server.url}/v1/session/redirect/projects/?trace_id={trace}&path=")
    assert ("Broadcast sample", 27, 0.000042) == (
        row["name"],
        row["usage"]["total_tokens"],
        float(row["total_estimated_cost"]),
    )
    assert timedelta() <= age < timedelta(minutes=1)
    assert "opik: delivered 1, refused 0, undelivered 0" == ran.summary


def test_each_sample_is_another_one(run: Run, server: Opik) -> None:
    """And names itself as ours."""
    for _ in range(2):
        run("send", "--sample", *server.to())
    names = [row["metadata"]["openrouter_trace_id"] for row in server.model.traces().values()]

    assert 2 == len({name for name in names if name.startswith("broadcast-sample-")})


def test_a_sample_goes_through_every_route_that_is_enabled(run: Run, server: Opik, tmp_path: Path) -> None:
    """One that cannot pass is told, with what to do, and code 4; nothing is left behind."""
    routes = tmp_path / "routes.toml"
    route = '[[routes]]\nname = "{}"\ndestination = "opik"\nenabled = {}\noptions.base_url = "{}"\n'
    routes.write_text(
        route.format("one", "true", server.url)
        + route.format("off", "false", server.url)
        + route.format("down", "true", "http://127.0.0.1:9/api")
    )
    ran = run("send", "--sample", "--routes", routes, "--tries", 1)

    assert (4, 1) == (ran.code, len(server.model.traces()))
    assert ["one"] == list(dict.fromkeys(re.findall(r"^(\w+):", ran.page, re.MULTILINE)))
    assert "down: failed: the server refused the connection" in ran.stderr
    assert [routes] == list(tmp_path.iterdir())


def test_a_sample_that_a_route_leaves_out_is_no_success(run: Run, server: Opik, tmp_path: Path) -> None:
    """Its policy is why nothing is there."""
    routes = tmp_path / "routes.toml"
    routes.write_text(
        f'[[routes]]\nname = "none"\ndestination = "opik"\napi_key_hashes = ["another"]\n'
        f'options.base_url = "{server.url}"\n'
    )
    ran = run("send", "--sample", "--routes", routes)

    assert (4, [], "") == (ran.code, server.batches, ran.page)
    assert ran.messages[0].startswith("skipped: sample: broadcast-sample-")


def test_a_sample_is_tried_a_few_times_only(run: Run, server: Opik) -> None:
    """Somebody waits for it."""
    server.refusal = lambda path, _body: Response(status=500) if "batch" in path else None
    ran = run("send", "--sample", *server.to())

    assert (4, 3) == (ran.code, len(server.batches))


@pytest.mark.parametrize("more", [["day.ndjson"], ["--state", "s"], ["--from", "requests"]], ids=" ".join)
def test_a_sample_takes_no_input(more: list[str], run: Run, server: Opik) -> None:
    """Wrong usage, before anything is sent."""
    ran = run("send", "--sample", *server.to(), *more)

    assert (2, []) == (ran.code, server.sent)
