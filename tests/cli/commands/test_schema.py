"""`broadcast schema` prints the JSON Schema of the record."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from broadcast_core.record.json_schema import json_schema

Run = Callable[..., Any]


def test_the_schema_is_printed(run: Run) -> None:
    """As the codec has it, on several lines."""
    ran = run("schema")

    assert json_schema() == json.loads(ran.page)
    assert ran.page.startswith('{\n  "$schema": "https://json-schema.org/draft/2020-12/schema"')
    assert (0, "") == (ran.code, ran.stderr)


def test_without_msgspec_it_says_what_to_install(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """On one line."""
    monkeypatch.setitem(sys.modules, "msgspec", None)
    monkeypatch.setitem(sys.modules, "msgspec.json", None)
    ran = run("schema")

    assert [
        "error: the schema needs msgspec, not installed here. Install: pip install 'broadcast-core[cli]'"
    ] == ran.messages
    assert (3, b"") == (ran.code, ran.stdout)
