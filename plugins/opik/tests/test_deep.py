"""Content as deep as a program makes it: cut with a note, at whatever depth, and nothing else of the row."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any

import attrs
import pytest

from broadcast_core import (
    Attempt,
    Content,
    Failure,
    Generation,
    Plan,
    Policy,
    Route,
    Timing,
    TraceContext,
    jsontext,
    plan,
)
from broadcast_core.destinations import fit_json
from broadcast_core.jsontext import MAX_DEPTH, deeper_than
from broadcast_core.pipeline.explanation import explain
from broadcast_opik import destination
from broadcast_opik.config import LOCAL
from broadcast_opik.testing.server import OpikModel

START = datetime(2026, 11, 23, 10, tzinfo=UTC)
ROUTE = Route.to(destination, {"base_url": LOCAL}, policy=Policy(broadcast_generation_cost=True))
CUT = "[truncated]"


def objects(levels: int) -> Any:
    """Return objects within objects."""
    value: Any = "innermost"
    for _ in range(levels):
        value = {"a": value}
    return value


def arrays(levels: int) -> Any:
    """Return arrays within arrays."""
    value: Any = "innermost"
    for _ in range(levels):
        value = [value]
    return value


def mixed(levels: int) -> Any:
    """Return arrays and objects in turns, with something blank beside each."""
    value: Any = ""
    for n in range(levels):
        value = [value, ""] if n % 2 else {"a": value, "b": ""}
    return value


def itself(levels: int) -> Any:
    """Return an object that holds itself, some levels down, in two places."""
    outer: dict[str, Any] = {}
    inner: Any = [outer, outer]
    for _ in range(levels):
        inner = {"a": inner}
    outer["a"] = inner
    return outer


NESTS = {one.__name__: one for one in (objects, arrays, mixed, itself)}


@pytest.fixture(scope="module")
def nested() -> Callable[[Callable[[int], Any], int], Any]:
    """Return a function that makes a nest of a kind and a depth once: no test writes to it."""
    return cache(lambda nest, levels: nest(levels))


FIELDS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "input": lambda nest: {"content": Content(input=nest, output="said")},
    "output": lambda nest: {"content": Content(output=nest)},
    "a message": lambda nest: {"content": Content(input={"messages": [{"role": "user", "content": nest}]})},
    "a choice": lambda nest: {"content": Content(output={"choices": [{"message": {"content": nest}}]})},
    "an item": lambda nest: {
        "content": Content(input={"input": [{"type": "function_call_output", "output": nest}]})
    },
    "request": lambda nest: {"content": Content(request=nest)},
    "extra": lambda nest: {"extra": {"x": nest}},
    "parameters": lambda nest: {"parameters": {"x": nest}},
    "metadata": lambda nest: {"trace": TraceContext(trace_id="t", metadata={"x": nest})},
    "opt-in": lambda nest: {"generation_cost": {"x": nest}},
    "failure": lambda nest: {"status": "error", "failure": Failure(raw={"metadata": {"raw": nest}})},
}


def _generation(fields: dict[str, Any], number: int = 1) -> Generation:
    timing = Timing(start=START, end=START)
    return Generation(id=f"gen-{number}", timing=timing, **{"trace": TraceContext(trace_id="t"), **fields})


def _rows(result: Plan) -> list[dict[str, Any]]:
    model = OpikModel()
    assert ["planned"] * len(result.outcomes) == [one.status for one in result.outcomes]
    assert [204, 204] == [model.handle(request).status for request in result.requests]
    return [row for one in result.requests for rows in json.loads(one.body).values() for row in rows]


@contextmanager
def _little_stack(frames: int) -> Iterator[None]:
    """Leave so many frames of Python's stack."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + frames)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


@pytest.fixture(params=["orjson", "stdlib"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each engine in turn."""
    if request.param == "stdlib":
        monkeypatch.setattr(jsontext, "orjson", None)
    return str(request.param)


@pytest.mark.parametrize("levels", [MAX_DEPTH, 500, 100_000])
@pytest.mark.parametrize("nest", NESTS.values(), ids=NESTS)
@pytest.mark.parametrize("fields", FIELDS.values(), ids=FIELDS)
def test_what_is_too_deep_is_cut_wherever_it_stands(
    fields: Any, nest: Any, levels: int, engine: str, nested: Any
) -> None:
    """And told, once it is; names and ids of the row are there."""
    result = plan([_generation(fields(nested(nest, levels)))], ROUTE)
    _, span = _rows(result)

    assert ("gen-1", "LLM Generation") == (span["metadata"]["openrouter_observation_id"], span["name"])
    assert not deeper_than(span, MAX_DEPTH + 1)
    is_cut = CUT in json.dumps(span)
    assert is_cut == any(note.kind in ("coerced", "truncated") for note in result.outcomes[0].diagnostics)
    assert is_cut or levels <= MAX_DEPTH


@pytest.mark.parametrize("nest", NESTS.values(), ids=NESTS)
@pytest.mark.parametrize("fields", FIELDS.values(), ids=FIELDS)
def test_little_stack_changes_nothing(fields: Any, nest: Any, engine: str) -> None:
    """A host may be deep in calls of its own, or have set its limit low."""
    generation = _generation(fields(nest(MAX_DEPTH - 6)))
    expected = plan([generation], ROUTE)
    with _little_stack(90):
        result = plan([generation], ROUTE)

    assert [one.body for one in expected.requests] == [one.body for one in result.requests]
    assert expected.outcomes == result.outcomes


@pytest.mark.parametrize("nest", NESTS.values(), ids=NESTS)
def test_deep_generations_of_one_trace_merge(nest: Any) -> None:
    """Versions of one, too; with what else they say."""
    one = _generation({"content": Content(input=nest(5000), output="first")})
    two = _generation({"content": Content(input=nest(5001), output="second")})
    other = _generation({"content": Content(input=nest(5000), output="third")}, 2)
    rows = _rows(plan([one, two, other], ROUTE))

    assert 3 == len(rows)
    assert "third" in json.dumps(rows[0]["output"])


def test_a_deep_row_goes_on_in_a_state() -> None:
    """As it was sent."""
    first = plan([_generation({"content": Content(input=objects(5000))})], ROUTE)
    later = plan([_generation({"content": Content(output="later")}, 2)], ROUTE, state=first.state)

    assert _rows(first)[0]["input"] == _rows(later)[0]["input"]


def test_a_failed_attempt_beside_deep_content_is_told() -> None:
    """Its row is as any other."""
    generation = _generation(FIELDS["output"](objects(100_000)))
    generation = attrs.evolve(generation, attempts=(Attempt(index=0, provider="A", status_code=500),))
    rows = _rows(plan([generation], Route.to(destination, {"base_url": LOCAL, "attempts": True})))

    assert "HTTP 500" == rows[-1]["error_info"]["exception_type"]


def test_what_is_too_large_and_too_deep_is_cut_on_little_stack(engine: str) -> None:
    """The size as well as the depth."""
    nest = {"text": "x" * 16_000_000, "deep": objects(300)}
    expected = plan([_generation({"content": Content(input=nest)})], ROUTE)
    with _little_stack(90):
        result = plan([_generation({"content": Content(input=nest)})], ROUTE)

    assert [one.body for one in expected.requests] == [one.body for one in result.requests]
    assert 3 == len(_rows(result)[1]["input"]) + 1


SHAPES: dict[str, Callable[[Any], Any]] = {
    "as it is": lambda value: value,
    "beside what no cut makes small": lambda value: {"shown": value, "beside": "y" * 16_000},
}


@pytest.mark.parametrize("show", SHAPES.values(), ids=SHAPES)
def test_a_field_is_cut_alike_on_little_stack(show: Callable[[Any], Any], engine: str) -> None:
    """Python may then read no deep JSON, also none that it has just written."""
    value = {"text": "x" * 16_000, "deep": objects(200)}
    expected = fit_json(value, "$", 15_000, "Opik", show).value
    with _little_stack(90):
        text = fit_json(value, "$", 15_000, "Opik", show).value

    assert expected == text
    assert 12_000 < len(text) <= 15_000


@pytest.mark.parametrize("levels", [300, 100_000])
def test_deep_content_is_explained(levels: int) -> None:
    """Where it went, and that it was cut."""
    told = explain(_generation(FIELDS["input"](objects(levels))), ROUTE)
    (story,) = [one for one in told.fields if one.path == "$.content.input"]

    assert story.places
