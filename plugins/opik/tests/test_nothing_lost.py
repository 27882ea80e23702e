"""Every field of the record ends in a row, in its metadata, or in a diagnostic."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import attrs
import pytest

from broadcast_core import Generation, Plan, Route, TraceContext, plan
from broadcast_core.record.field_checks import written_time
from broadcast_core.testing.lineage import CONTENT, EVERYTHING, Filler
from broadcast_opik import destination
from broadcast_opik.config import LOCAL

ROUTE = Route.to(destination, {"base_url": LOCAL, "project_name": "demo"}, policy=EVERYTHING)


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
                places = [metadata, *(place for place in metadata.values() if isinstance(place, dict))]
                for key, value in custom.items():
                    assert value in [place.get(key) for place in places]
