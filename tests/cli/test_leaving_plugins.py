"""A plugin that ends the process fails for itself, and the run goes on; a person or the system ends it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("plugins")
Run = Callable[..., Any]
ROUTES = """
[[routes]]
name = "leaves"
destination = "demo"
options = {{ leave = "{where}" }}

[[routes]]
name = "stays"
destination = "demo"
"""


@pytest.mark.parametrize("where", ["endpoints", "items"])
def test_it_costs_no_other_route(where: str, run: Run, record: Run, tmp_path: Path) -> None:
    """Its own generations are rejected, and the message says where it left; with a state too."""
    (tmp_path / "routes.toml").write_text(ROUTES.format(where=where))
    state = tmp_path / "state.json"
    ran = run("plan", "--routes", tmp_path / "routes.toml", "--state", state, "-q", stdin=record())

    what = f"its {where} raised SystemExit at broadcast_demo:"
    why = f"error: <stdin>:1: leaves: gen-1: the destination 'demo' failed: {what}"
    assert [True] == [line.startswith(why) for line in ran.errors]
    assert (["stays"], True) == ([one["route"] for one in ran.requests], state.exists())
    assert "read 1, planned 1, skipped 0, rejected 0" == ran.summary


def test_one_that_leaves_at_its_options_is_reported(run: Run) -> None:
    """With code 3, as any failure there."""
    ran = run("plan", "--to", "demo", "-o", "leave=configure")

    (message,) = ran.messages
    why = "error: the destination 'demo' failed: its check of options raised SystemExit at broadcast_demo:"
    assert (3, why) == (ran.code, message.rstrip("0123456789"))


def test_a_route_of_a_file_that_leaves_at_its_options_is_wrong(run: Run, record: Run, tmp_path: Path) -> None:
    """The other one is planned."""
    (tmp_path / "routes.toml").write_text(ROUTES.format(where="configure"))
    ran = run("plan", "--routes", tmp_path / "routes.toml", stdin=record())

    assert (2, ["stays"]) == (ran.code, [one["route"] for one in ran.requests])
    why = "leaves: the destination 'demo' failed: its check of options raised SystemExit at broadcast_demo:"
    assert why in ran.errors[0]


@pytest.mark.parametrize("option", ["leave=identify", "leave=items"])
def test_one_that_leaves_at_its_ids_is_reported(option: str, run: Run) -> None:
    """With code 3; what fails elsewhere does not matter to them."""
    ran = run("id", "gen-1", "2026-11-23T10:00:00.123Z", "--to", "demo", "-o", option)
    why = "error: the destination 'demo' failed on its ids: SystemExit at broadcast_demo:"

    assert (3 if option == "leave=identify" else 0) == ran.code
    assert [why] * (ran.code == 3) == [line[: len(why)] for line in ran.messages]


@pytest.mark.parametrize(("how", "code"), [("told to", 143), ("interrupted", 130)])
def test_what_comes_from_outside_still_ends_the_run(
    how: str, code: int, spawn: Run, record: Run, tmp_path: Path
) -> None:
    """Also while a plugin is at work: that is no failure of it, and nothing is left behind."""
    output = ("--output", tmp_path / "out", "--state", tmp_path / "state.json")
    ran = spawn("plan", "--to", "demo", "-q", "-o", f"leave=items, {how}", *output, stdin=record())

    assert (code, ["read 0, planned 0, skipped 0, rejected 0"]) == (ran.code, ran.messages)
    assert ["site", "state.json.lock"] == sorted(path.name for path in tmp_path.iterdir())
