"""`broadcast schema` prints the JSON Schema of the record, or of settings."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from broadcast_core.plugins import WHEELS, destination
from broadcast_core.record.json_schema import json_schema
from broadcast_core.settings import settings_schema

Run = Callable[..., Any]


def test_the_schema_is_printed(run: Run) -> None:
    """As the codec has it, on several lines."""
    ran = run("schema")

    assert json_schema() == json.loads(ran.page)
    assert ran.page.startswith('{\n  "$schema": "https://json-schema.org/draft/2020-12/schema"')
    assert (0, "") == (ran.code, ran.stderr)


def test_the_schema_of_settings_has_the_installed_destinations(run: Run) -> None:
    """It needs nothing but what they declare."""
    ran = run("schema", "settings")

    assert settings_schema([destination(name) for name in WHEELS]) == json.loads(ran.page)
    assert (0, "") == (ran.code, ran.stderr)
    assert run("schema").page == run("schema", "record").page


def test_a_broken_destination_is_left_out_of_the_schema(run: Run, install: Run) -> None:
    """And told, with code 3."""
    install("broadcast-broken", broken="broadcast_nowhere:destination")
    ran = run("schema", "settings")

    assert settings_schema([destination(name) for name in WHEELS]) == json.loads(ran.page)
    assert 3 == ran.code
    assert ["left out: the destination 'broken' of broadcast-broken 1.2.3 is broken: "] == [
        line[:72] for line in ran.messages
    ]


def test_there_is_no_other_schema(run: Run) -> None:
    """Wrong usage."""
    assert 2 == run("schema", "generation").code


def test_without_msgspec_it_says_what_to_install(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """On one line."""
    monkeypatch.setitem(sys.modules, "msgspec", None)
    monkeypatch.setitem(sys.modules, "msgspec.json", None)
    ran = run("schema")

    assert [
        "error: the schema needs msgspec, not installed here. Install: pip install 'broadcast-core[cli]'"
    ] == ran.messages
    assert (3, b"") == (ran.code, ran.stdout)
