"""What looks alike and must not be taken for one another: spellings, traces, rows, a caller's words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from broadcast_core import (
    Attempt,
    Cost,
    Generation,
    Route,
    Timing,
    TraceContext,
    plan,
)
from broadcast_core.jsontext import Json
from broadcast_opik import destination, opik_id
from broadcast_opik.config import LOCAL
from broadcast_opik.testing.server import OpikModel

START = datetime(2026, 11, 23, 10, tzinfo=UTC)
OWN = "01a207d9-217b-79bc-a794-d718adfc689c"
OWN_SPAN = "01a207d9-217b-7bde-968c-6a6a69e17af6"
SPELLED = "a UUIDv7 of capitals, which Opik does not take: another is derived, and this is in the metadata"
CUSTOM: dict[str, Json] = {"cost": {"currency": "USD", "total_cost": 5}, "model": "a/b"}


def _generation(
    name: str, seconds: float = 0, trace: TraceContext | None = None, **fields: Any
) -> Generation:
    start = START + timedelta(seconds=seconds)
    timing = Timing(start=start, end=start + timedelta(seconds=1))
    return Generation(id=name, timing=timing, trace=trace or TraceContext(), **fields)


def _sent(*generations: Generation, now: datetime | None = None, **options: Any) -> OpikModel:
    model = OpikModel(now=now)
    for request in plan(generations, Route.to(destination, {"base_url": LOCAL, **options})).requests:
        answer = model.handle(request)
        assert (204, b"") == (answer.status, answer.body)
    return model


@pytest.mark.parametrize("span_name", [None, "Draft"])
def test_a_custom_cost_and_model_are_not_taken_for_ours(span_name: str | None) -> None:
    """Opik takes those of a span's metadata where its row has none: a trace would cost what nobody paid."""
    trace = TraceContext(trace_id="t", span_name=span_name, metadata=CUSTOM)
    model = _sent(_generation("gen-1", trace=trace, attempts=(Attempt(index=0, model="c/d"),)), attempts=True)

    (row,) = model.traces().values()
    assert "total_estimated_cost" not in row
    assert [] == [span for span in model.spans() if "model" in span]
    assert [CUSTOM] * len(model.spans()[:-1]) == [
        span["metadata"]["custom"] for span in model.spans() if "index" not in span["metadata"]
    ]


def test_a_custom_cost_adds_nothing_to_a_known_one() -> None:
    """Not even by a named span, which has no cost of its own."""
    trace = TraceContext(trace_id="t", span_name="Draft", metadata=CUSTOM)
    (row,) = _sent(_generation("gen-1", trace=trace, cost=Cost(total=Decimal("0.01")))).traces().values()

    assert Decimal("0.01") == row["total_estimated_cost"]


def test_two_spellings_of_a_uuid7_are_two_originals() -> None:
    """As ids of generations and of traces; one of them is used as it is, and the other is told."""
    generations = (_generation(OWN), _generation(OWN.upper(), 5))
    traces = (
        _generation("a", 0, TraceContext(trace_id=OWN)),
        _generation("b", 5, TraceContext(trace_id=OWN.upper())),
    )
    for some in (generations, traces):
        model = _sent(*some)
        assert (2, 2, []) == (len(model.traces()), len(model.spans()), model.repeated)
        *_, outcome = plan(some, Route.to(destination, {"base_url": LOCAL})).outcomes
        assert ["moved"] == [note.kind for note in outcome.diagnostics]
        assert SPELLED == outcome.diagnostics[0].what


def test_a_named_span_of_a_request_is_not_that_of_a_trace_of_that_id() -> None:
    """Even at the same moment."""
    model = _sent(
        _generation("x", trace=TraceContext(span_name="Draft")),
        _generation("y", trace=TraceContext(span_name="Draft", trace_id="x")),
    )

    named = {row["id"] for row in model.spans() if row["type"] == "general"}
    assert [] == model.repeated
    assert [] == model.orphans
    assert {opik_id("own-span", "1:x,5:Draft,0:,", START), opik_id("span", "1:x,5:Draft,0:,", START)} == named


def _under(name: str, seconds: float, parent: str, **trace: Any) -> Generation:
    return _generation(name, seconds, TraceContext(trace_id=OWN, parent_span_id=parent, **trace))


def _parents(model: OpikModel) -> dict[str, str | None]:
    return {row["name"]: row.get("parent_span_id") for row in model.spans()}


def test_a_named_span_of_a_later_day_is_linked_as_its_generation_would_be() -> None:
    """The caller's own trace may be old: what counts is when the request was made."""
    later = opik_id("generation", "theirs", START + timedelta(days=3))
    first = plan([_under("a", 0, OWN_SPAN)], Route.to(destination, {"base_url": LOCAL}))
    late = _under("b", 3 * 86_400, later, span_name="Draft")
    result = plan([late], Route.to(destination, {"base_url": LOCAL}), state=first.state)
    model = OpikModel()
    for request in result.requests:
        model.handle(request)

    assert later == _parents(model)["Draft"]
    assert () == result.outcomes[0].diagnostics


def test_a_link_to_a_generation_goes_where_its_row_is() -> None:
    """A backfill moves it."""
    child = _under("c", 1, OWN_SPAN, generation_name="child")
    model = _sent(
        _under(OWN_SPAN, 0, "01a207d9-0000-7bde-968c-6a6a69e17af6", generation_name="parent"),
        child,
        as_of="2027-11-23T10:00:00Z",
        backfill=True,
    )
    (parent,) = [row["id"] for row in model.spans() if row["name"] == "parent"]

    assert OWN_SPAN != parent == _parents(model)["child"]


@pytest.mark.parametrize("span_name", [None, "Draft"])
def test_a_generation_that_is_its_own_parent_is_shown(span_name: str | None) -> None:
    """It hangs under its named span or its trace, and the outcome says why."""
    one = _under(OWN_SPAN, 0, OWN_SPAN, span_name=span_name)
    result = plan([one], Route.to(destination, {"base_url": LOCAL, "attach": True}))
    model = OpikModel()
    for request in result.requests:
        model.handle(request)

    assert [] == model.orphans
    assert OWN_SPAN not in _parents(model).values()
    assert ["the generation itself: not linked, kept in the metadata as parent_span_id"] == [
        note.what for note in result.outcomes[0].diagnostics
    ]


def test_a_trace_of_the_callers_own_has_no_row_to_forget() -> None:
    """So nothing is late."""
    route = Route.to(destination, {"base_url": LOCAL})
    state = (
        plan([_under("a", 0, OWN_SPAN)], route).state["opik"].forget_rows(before=START + timedelta(days=1))
    )
    (outcome,) = plan([_under("b", 1, OWN_SPAN)], route, state={"opik": state}).outcomes

    assert () == outcome.diagnostics


@pytest.mark.parametrize(
    ("status", "kind"), [("ok", None), ("error", "Error"), ("cancelled", "Cancelled")], ids=str
)
def test_a_status_alone_tells_that_it_failed(status: Any, kind: str | None) -> None:
    """On the trace too, whose row has no status."""
    model = _sent(_generation("gen-1", status=status))

    for row in (*model.traces().values(), *model.spans()):
        assert kind == row.get("error_info", {}).get("exception_type")


def test_a_backfill_refers_to_nothing_in_the_future() -> None:
    """Neither to a parent nor to a trace of the caller's own: Opik refuses the whole request for one."""
    ahead = timedelta(days=30)
    to_come = "01a2a25a-217b-79bc-a794-d718adfc689c"
    trace = TraceContext(trace_id=to_come, parent_span_id=to_come)
    generation = _generation("gen-1", ahead.total_seconds(), trace)
    route = Route.to(destination, {"base_url": LOCAL, "as_of": START.isoformat(), "backfill": True})
    rows = [str(item.body) for request in plan([generation], route).requests for item in request.items]

    assert 2 == len(rows)
    assert not any(f'"{name}":"{to_come}"' in row for row in rows for name in ("id", "trace_id"))
    assert not any(f'"parent_span_id":"{to_come}","' in row.split('"metadata"')[0] for row in rows)
