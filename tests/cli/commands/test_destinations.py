"""`broadcast destinations` lists what is installed, and what is broken with its reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from importlib_metadata import entry_points

from broadcast_core import plugins as installed_plugins

Run = Callable[..., Any]


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that leaves only the entry points of some plugins."""

    def call(*packages: str) -> None:
        def points() -> list[Any]:
            return [
                point
                for point in entry_points(group=installed_plugins.GROUP)
                if point.dist and point.dist.name in packages
            ]

        monkeypatch.setattr(installed_plugins, "installed", points)

    return call


def test_destinations_are_listed_with_their_plugins(run: Run, install: Run, only: Run) -> None:
    """In order of name, and code 3 since one is broken."""
    install("broadcast-demo", demo="broadcast_demo:destination")
    install("broadcast-broken", broken="broadcast_nowhere:destination", classy="broadcast_demo:a_class")
    only("broadcast-demo", "broadcast-broken")
    ran = run("destinations")
    missing = "ModuleNotFoundError: No module named 'broadcast_nowhere'"

    assert [
        ["name", "plugin", "contract", "state"],
        ["broken", "broadcast-broken", "1.2.3", "broken:", *missing.split()],
        [
            "classy",
            "broadcast-broken",
            "1.2.3",
            "1",
            "broken:",
            *["broadcast_demo:a_class", "is", "a", "class,", "not", "an", "instance"],
        ],
        ["demo", "broadcast-demo", "1.2.3", "1", "ok"],
    ] == [line.split() for line in ran.page.splitlines()]
    assert 3 == ran.code


def test_code_0_says_that_all_of_them_work(run: Run, install: Run, only: Run) -> None:
    """Also as JSON."""
    install("broadcast-demo", demo="broadcast_demo:destination", lines="broadcast_demo:lines")
    only("broadcast-demo")

    assert (0, 0) == (run("destinations").code, run("destinations", "--json").code)


def test_a_plugin_whose_name_is_not_its_entry_point_is_broken(run: Run, install: Run, only: Run) -> None:
    """The list has both names and says which to fix; no command uses it."""
    install("broadcast-demo", shown="broadcast_demo:destination")
    only("broadcast-demo")
    why = "broadcast_demo:destination has the name 'demo' and the entry point 'shown'; name it 'shown'"

    assert (3, [why]) == ((ran := run("destinations", "--json")).code, [one["reason"] for one in ran.rows])
    assert 3 == (planned := run("plan", "--to", "shown")).code
    assert f"the destination 'shown' of broadcast-demo 1.2.3 is broken: {why}. " in planned.messages[0]


def test_destinations_as_json(run: Run, install: Run, only: Run) -> None:
    """For programs."""
    install("broadcast-demo", demo="broadcast_demo:destination")
    install("broadcast-broken", broken="broadcast_nowhere:destination")
    only("broadcast-demo", "broadcast-broken")
    reason = "ModuleNotFoundError: No module named 'broadcast_nowhere'"

    assert [
        {
            "name": "broken",
            "plugin": "broadcast-broken 1.2.3",
            "contract_version": None,
            "state": "broken",
            "reason": reason,
        },
        {
            "name": "demo",
            "plugin": "broadcast-demo 1.2.3",
            "contract_version": 1,
            "state": "ok",
            "reason": None,
        },
    ] == (ran := run("destinations", "--json")).rows
    assert 3 == ran.code


def test_two_plugins_that_claim_one_name_are_two_rows(run: Run, install: Run, only: Run) -> None:
    """No command uses either, and each says which to uninstall."""
    install("broadcast-demo", demo="broadcast_demo:destination")
    install("broadcast-fork", demo="broadcast_demo:destination")
    only("broadcast-demo", "broadcast-fork")
    what_next = "Uninstall broadcast-demo or broadcast-fork"
    ran = run("destinations", "--json")

    assert [
        ("demo", "broadcast-demo 1.2.3", f"broadcast-fork 1.2.3 claims this name too. {what_next}"),
        ("demo", "broadcast-fork 1.2.3", f"broadcast-demo 1.2.3 claims this name too. {what_next}"),
    ] == [(one["name"], one["plugin"], one["reason"]) for one in ran.rows]
    assert 3 == ran.code
    assert [
        "error: the destination 'demo' of broadcast-demo 1.2.3 and broadcast-fork 1.2.3 is broken: "
        f"each of them claims this name. {what_next}"
    ] == run("plan", "--to", "demo").messages


def test_no_destination_says_what_to_install(run: Run, only: Run) -> None:
    """And as JSON it is an empty array."""
    only()

    assert "pip install broadcast-opik" in run("destinations").page
    assert [] == json.loads(run("destinations", "--json").page)
    assert 0 == run("destinations").code
