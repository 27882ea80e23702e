"""Every field of the record ends in a row, in its metadata, or in a diagnostic."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

import attrs
import pytest
from hypothesis import given

from broadcast_core import Generation, Plan, Policy, Route, TraceContext, plan
from broadcast_core.generation import written_time
from broadcast_core.jsontext import dumps_anything
from broadcast_core.testing.strategies import EPOCH, generations, json_objects
from broadcast_opik import destination
from broadcast_opik.testing.landings import CONTENT, Filler

EVERYTHING = Policy(
    broadcast_generation_cost=True,
    broadcast_generation_identity=True,
    broadcast_generation_request_context=True,
)
ROUTE = Route.to(destination, {"project_name": "demo"}, policy=EVERYTHING)


def _unique(value: Any) -> str | None:
    """Return a value of the full generation as rows spell it; None where others may have it too."""
    if isinstance(value, bool) or value in (1, *CHOICES):
        return None
    if isinstance(value, datetime):
        return written_time(value)
    return str(next(iter(value.values()))) if isinstance(value, dict) else str(value)


CHOICES = ("ok", "error", "cancelled", "inclusive", "billed")
FILLER = Filler()
FULL = FILLER.record(Generation)
MARKERS = {
    path: text
    for path, value in FILLER.markers.items()
    if path not in CONTENT and (text := _unique(value)) is not None
}


def _text(result: Plan) -> str:
    return "\n".join(json.dumps(json.loads(request.body), ensure_ascii=False) for request in result.requests)


@pytest.mark.parametrize("path", sorted(MARKERS))
def test_a_field_is_found_in_the_rows(path: str) -> None:
    """By a value that is nowhere else."""
    assert MARKERS[path] in _text(plan([FULL], ROUTE))


def test_the_full_generation_has_every_field() -> None:
    """So that a new field is covered here by itself."""
    told = {path.split(".")[1].split("[")[0] for path in FILLER.markers}

    assert 70 < len(MARKERS)
    assert told == {field.name for field in attrs.fields(Generation)}


@pytest.mark.parametrize("word", ["asked", "answered", "tooled"])
def test_content_is_found_in_the_rows(word: str) -> None:
    """Input, output, and what else the caller sent."""
    assert word in _text(plan([FULL], ROUTE))


@given(json_objects())
def test_custom_keys_keep_their_json_types_in_trace_and_span(custom: dict[str, Any]) -> None:
    """Any JSON; a clashing key moves to where its diagnostic says."""
    generation = Generation(
        id="gen-1",
        timing=attrs.evolve(FULL.timing, start=EPOCH, end=None),
        trace=TraceContext(metadata=custom),
    )
    result = plan([generation], ROUTE)
    (account,) = result.accounts
    as_sent = json.loads(dumps_anything(custom)[0])
    places = [match[1] for note in account.diagnostics if (match := _PLACE.search(note.what))]

    rows = [row for request in result.requests for some in json.loads(request.body).values() for row in some]
    assert 2 == len(rows)
    for row in rows:
        metadata = row["metadata"]
        moved = {key: value for place in places for key, value in metadata.get(place, {}).items()}
        found = {key: moved[key] if key in moved else metadata.get(key, "absent") for key in as_sent}
        assert _text_of(as_sent) == _text_of(found)


_PLACE = re.compile(r"in the metadata under (custom_*)\.")


def _text_of(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


HOSTILE = [
    {"provider": 1, "providers": [2], "openrouter_trace_id": {"x": 1}, "custom": "c", "": "empty"},
    {f"key-{n}": n for n in range(10_000)},
    {"text": "x" * 1_000_000},
    {"custom": 1, "custom_": 2, "provider": 3},
]


@pytest.mark.parametrize("custom", HOSTILE, ids=["reserved", "many", "large", "nested-clash"])
def test_hostile_custom_keys_are_all_there(custom: dict[str, Any]) -> None:
    """Without loss, and without Opik's own names."""
    generation = attrs.evolve(FULL, trace=TraceContext(metadata=custom), extra={})
    result = plan([generation], ROUTE)

    for request in result.requests:
        for rows in json.loads(request.body).values():
            for row in rows:
                metadata = row["metadata"]
                assert not metadata.keys() & {"provider", "providers"}
                for key, value in custom.items():
                    assert value in (
                        metadata.get(key),
                        *(place.get(key) for place in metadata.values() if isinstance(place, dict)),
                    )


@given(generations())
def test_the_originals_are_recoverable(generation: Generation) -> None:
    """The generation id and the trace id, from any row."""
    rows = [
        row
        for r in plan([generation], ROUTE).requests
        for some in json.loads(r.body).values()
        for row in some
    ]
    key = generation.trace.trace_id or generation.id

    assert {key} == {row["metadata"]["openrouter_trace_id"] for row in rows}
    assert [generation.id] == [
        r["metadata"]["openrouter_observation_id"] for r in rows if r.get("type") == "llm"
    ]
