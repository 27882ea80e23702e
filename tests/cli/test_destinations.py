"""`broadcast destinations` lists what is installed, and what is broken with its reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from importlib_metadata import entry_points

from broadcast_core import discovery

Run = Callable[..., Any]


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that leaves only the entry points of some plugins."""

    def call(*packages: str) -> None:
        def points() -> list[Any]:
            return [
                point
                for point in entry_points(group=discovery.GROUP)
                if point.dist and point.dist.name in packages
            ]

        monkeypatch.setattr(discovery, "installed", points)

    return call


def test_destinations_are_listed_with_their_plugins(run: Run, install: Run, only: Run) -> None:
    """In order of name, and code 0 though one is broken."""
    install("broadcast-demo", demo="broadcast_demo:destination")
    install("broadcast-broken", broken="broadcast_nowhere:destination", classy="broadcast_demo:a_class")
    only("broadcast-demo", "broadcast-broken")
    ran = run("destinations")
    missing = "ModuleNotFoundError: No module named 'broadcast_nowhere'"

    assert [
        ["name", "plugin", "state"],
        ["broken", "broadcast-broken", "1.2.3", "broken:", *missing.split()],
        [
            "classy",
            "broadcast-broken",
            "1.2.3",
            "broken:",
            *["broadcast_demo:a_class", "is", "a", "class,", "not", "an", "instance"],
        ],
        ["demo", "broadcast-demo", "1.2.3", "ok"],
    ] == [line.split() for line in ran.page.splitlines()]
    assert 0 == ran.code


def test_destinations_as_json(run: Run, install: Run, only: Run) -> None:
    """For programs."""
    install("broadcast-demo", demo="broadcast_demo:destination")
    install("broadcast-broken", broken="broadcast_nowhere:destination")
    only("broadcast-demo", "broadcast-broken")
    reason = "ModuleNotFoundError: No module named 'broadcast_nowhere'"

    assert [
        {"name": "broken", "plugin": "broadcast-broken 1.2.3", "state": "broken", "reason": reason},
        {"name": "demo", "plugin": "broadcast-demo 1.2.3", "state": "ok", "reason": None},
    ] == json.loads(run("destinations", "--json").page)


def test_no_destination_says_what_to_install(run: Run, only: Run) -> None:
    """And as JSON it is an empty array."""
    only()

    assert "pip install broadcast-opik" in run("destinations").page
    assert [] == json.loads(run("destinations", "--json").page)
    assert 0 == run("destinations").code
