"""Ids under a window: moved in order and found again by metadata, or told when they are late."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import Attempt, ConfigError, Generation, Route, Timing, TraceContext, plan
from broadcast_core.destinations import Window, as_uuid7
from broadcast_core.diagnostics import Diagnostic
from broadcast_core.pipeline.route import configure
from broadcast_core.testing.strategies import generations
from broadcast_core.traces.tree import tree_of
from broadcast_opik import destination, opik_id
from broadcast_opik.config import LOCAL, OpikConfig
from broadcast_opik.ids import ResolvedId, TreeIds
from broadcast_opik.testing.server import OpikModel

AS_OF = datetime(2026, 11, 23, 10, tzinfo=UTC)
BACKFILL = Window(AS_OF, backfill=True)


def _rows(batch: list[Generation], **options: Any) -> list[dict[str, Any]]:
    requests = plan(batch, Route.to(destination, {"base_url": LOCAL, **options})).requests
    return [row for request in requests for rows in json.loads(request.body).values() for row in rows]


def test_the_id_without_a_window_is_kept_in_the_metadata() -> None:
    """On every row that was moved; the rows keep their true times."""
    start = AS_OF - timedelta(days=400)
    trace = TraceContext(trace_id="t", span_name="s")
    old = Generation(id="gen-1", timing=Timing(start=start), trace=trace, attempts=(Attempt(index=0),))
    moved = _rows([old], as_of=AS_OF.isoformat(), backfill=True, attempts=True)
    event = _rows([old], attempts=True)

    assert 4 == len(moved)
    assert [row["id"] for row in event] == [row["metadata"]["opik_event_id"] for row in moved]
    assert [row["start_time"] for row in event] == [row["start_time"] for row in moved]
    assert opik_id("trace", "t", start) == moved[0]["metadata"]["opik_event_id"]


@given(st.lists(generations(around=datetime(2024, 1, 1, tzinfo=UTC), days=400), max_size=3))
def test_backfilled_rows_are_taken_by_a_server_that_checks_the_window(batch: list[Generation]) -> None:
    """Whatever their age; ids of the caller's own cannot be moved."""
    batch = [one for one in batch if not as_uuid7(one.id) and not as_uuid7(one.trace.trace_id)]
    model = OpikModel(now=AS_OF + timedelta(hours=3))
    for request in plan(
        batch, Route.to(destination, {"base_url": LOCAL, "as_of": AS_OF.isoformat(), "backfill": True})
    ).requests:
        answer = model.handle(request)
        assert (204, b"") == (answer.status, answer.body)


def test_without_backfill_a_late_id_is_told_and_refused_by_such_a_server() -> None:
    """The diagnostic says which option helps."""
    old = Generation(id="gen-1", timing=Timing(start=AS_OF - timedelta(hours=25)))
    result = plan([old], Route.to(destination, {"base_url": LOCAL, "as_of": AS_OF.isoformat()}))
    (note,) = result.outcomes[0].diagnostics

    assert ("late", "$.timing.start") == (note.kind, note.path)
    assert "use the option backfill" in note.what
    assert 400 == OpikModel(now=AS_OF).handle(result.requests[0]).status


WRONG = [
    ({"backfill": True}, "backfill needs as_of"),
    ({"as_of": "now"}, "expected a time such as"),
    ({"as_of": "2026-11-23T10:00:00"}, "expected a time with a time zone"),
    ({"as_of": 3}, "expected a time such as"),
]


@pytest.mark.parametrize(("options", "expected"), WRONG, ids=str)
def test_a_wrong_window_is_refused(options: dict[str, Any], expected: str) -> None:
    """Time is an argument."""
    with pytest.raises(ConfigError, match=expected):
        configure(destination, {"base_url": LOCAL, **options})


def _step(number: int, hours: float) -> Generation:
    start = AS_OF + timedelta(hours=hours)
    return Generation(
        id=f"gen-{number}", timing=Timing(start=start), trace=TraceContext(trace_id="t", span_name="s")
    )


def test_a_trace_whose_id_has_left_the_window_gets_its_late_spans_alone() -> None:
    """Opik would refuse the whole batch for its row; the outcome says so."""
    route = Route.to(destination, {"base_url": LOCAL, "as_of": AS_OF.isoformat()})
    first = plan([_step(1, -30)], route)
    second = plan([_step(2, -1)], route, state=first.state)
    (request,) = second.requests
    rows = json.loads(request.body)["spans"]

    assert ["llm"] == [row["type"] for row in rows]
    assert opik_id("trace", "t", AS_OF - timedelta(hours=30)) == rows[0]["trace_id"]
    assert [
        "late $.trace.trace_id: its id, as those of its named spans, is more than 24 hours from as_of: "
        "Opik's cloud takes no row: the span goes without a new row of its trace"
    ] == [str(note) for note in second.outcomes[0].diagnostics]


def test_a_trace_whose_row_was_forgotten_gets_its_late_spans_and_a_diagnostic() -> None:
    """Never a poorer row."""
    route = Route.to(destination, {"base_url": LOCAL})
    state = plan([_step(1, -3)], route).state["opik"].forget_rows(before=AS_OF)
    second = plan([_step(2, -1)], route, state={"opik": state})
    (request,) = second.requests

    assert ["llm"] == [row["type"] for row in json.loads(request.body)["spans"]]
    assert [
        "late $.trace.trace_id: the row of its trace was sent before and has been forgotten: the span goes "
        "without a new row of its trace"
    ] == [str(note) for note in second.outcomes[0].diagnostics]


OWN = "01890a5d-ac96-774b-bcce-b302099a8057"


@pytest.mark.parametrize("original", ["gen-1795000000-a", OWN, "t"])
@pytest.mark.parametrize(
    "options", [{}, {"as_of": AS_OF.isoformat(), "backfill": True}], ids=["event", "backfill"]
)
def test_ids_that_are_computed_are_those_that_are_planned(original: str, options: dict[str, Any]) -> None:
    """Whatever the window."""
    start = AS_OF - timedelta(days=30)
    timing = Timing(start=start)
    config = configure(destination, {"base_url": LOCAL, **options})
    ids = destination.identify(original, start, config)
    alone = _rows([Generation(id=original, timing=timing)], **options)
    grouped = _rows([Generation(id="gen-x", timing=timing, trace=TraceContext(trace_id=original))], **options)

    assert [ids["generation's trace"], ids["generation"]] == [row["id"] for row in alone]
    assert ids["trace"] == grouped[0]["id"]


def test_the_id_of_a_trace_of_the_callers_own_is_computed_where_it_is_another() -> None:
    """By its parent span a backfill leaves it where it is; `attach` says so of every trace."""
    start = AS_OF - timedelta(days=30)
    backfill = {"as_of": AS_OF.isoformat(), "backfill": True}
    event, moved, attached = (
        destination.identify(OWN, start, configure(destination, {"base_url": LOCAL, **options}))
        for options in ({}, backfill, {**backfill, "attach": True})
    )
    usual = {"trace", "generation", "generation's trace"}

    assert (usual, OWN) == (event.keys(), event["trace"])
    assert ({*usual, "your own trace"}, OWN) == (moved.keys(), moved["your own trace"])
    assert OWN != moved["trace"]
    assert (usual, OWN) == (attached.keys(), attached["trace"])


@pytest.mark.parametrize(("hours", "linked"), [(24, True), (24.001, False)], ids=str)
def test_rows_refer_to_nothing_more_than_a_day_ahead(hours: float, linked: bool) -> None:
    """Of when the plan is sent: Opik would refuse the whole request."""
    parent = opik_id("generation", "theirs", AS_OF + timedelta(hours=hours))
    trace = TraceContext(trace_id=OWN, parent_span_id=parent)
    later = Generation(id="gen-1", timing=Timing(start=AS_OF + timedelta(hours=hours)), trace=trace)
    row = _rows([later], as_of=AS_OF.isoformat(), attach=True)[-1]

    assert (parent if linked else None) == row.get("parent_span_id")


@pytest.mark.parametrize("attach", [True, False], ids=["attached", "by its parent span"])
def test_spans_of_a_trace_of_the_callers_own_stay_under_it(attach: bool) -> None:
    """However old: Opik takes spans of old traces, and no row of ours is sent."""
    trace = TraceContext(trace_id=OWN, parent_span_id=None if attach else OWN)
    old = Generation(id="gen-1", timing=Timing(start=AS_OF - timedelta(days=400)), trace=trace)
    rows = _rows([old], as_of=AS_OF.isoformat(), backfill=True, attach=attach)

    assert [OWN] == [row["trace_id"] for row in rows]


FAR = Diagnostic(
    "late",
    "$.id",
    "a UUIDv7 of your own, more than 24 hours from the request: Opik's cloud refuses its row",
)
TO_COME = Diagnostic(
    "moved",
    "$.id",
    "a UUIDv7 of a time to come, which Opik refuses: another is derived, and this is in the metadata",
)
LATE = Diagnostic(
    "late",
    "$.timing.start",
    "more than 24 hours from as_of: Opik's cloud refuses ids of that time; use the option backfill",
)
NEVER = "ffffffff-ffff-7fff-bfff-ffffffffffff"
"""Its time is beyond any that Python knows."""


def _own(hours: float) -> str:
    return opik_id("generation", "mine", AS_OF + timedelta(hours=hours))


def _derived(own: str, hours: float, event: str | None = None, *notes: Diagnostic) -> ResolvedId:
    return ResolvedId(
        opik_id("generation", own, BACKFILL.placed(AS_OF + timedelta(hours=hours))), event, notes
    )


def _event(own: str, hours: float) -> str:
    return opik_id("generation", own, AS_OF + timedelta(hours=hours))


OWN_IDS = [  # the id, the hours of its request, the window, and what becomes of it
    (_own(0), 0, Window(), ResolvedId(_own(0))),
    (_own(-24), 0, Window(), ResolvedId(_own(-24))),
    (_own(-24.1), 0, Window(), ResolvedId(_own(-24.1), diagnostics=(FAR,))),
    (_own(-24.1), -24.1, Window(AS_OF), ResolvedId(_own(-24.1), diagnostics=(FAR,))),
    (_own(-24.1), -24.1, BACKFILL, _derived(_own(-24.1), -24.1, _own(-24.1))),
    (_own(-12), 0, BACKFILL, ResolvedId(_own(-12))),
    (_own(-12), 13, BACKFILL, ResolvedId(_own(-12), diagnostics=(FAR,))),
    (_own(-12.1), 0, BACKFILL, _derived(_own(-12.1), 0, _own(-12.1))),
    (_own(-23), -23, BACKFILL, _derived(_own(-23), -23, _own(-23))),
    (_own(24), 0, Window(), ResolvedId(_own(24))),
    (_own(24.001), 0, Window(), _derived(_own(24.001), 0, None, TO_COME)),
    (_own(26), -25, BACKFILL, _derived(_own(26), -25, _event(_own(26), -25), TO_COME)),
    (_own(26), 0, Window(AS_OF + timedelta(hours=25)), _derived(_own(26), 0, None, TO_COME, LATE)),
    (NEVER, 0, Window(), _derived(NEVER, 0, None, TO_COME)),
]


@pytest.mark.parametrize(("own", "hours", "window", "expected"), OWN_IDS, ids=str)
def test_what_becomes_of_a_uuid7_of_the_callers(
    own: str, hours: float, window: Window, expected: ResolvedId
) -> None:
    """It is kept, and told when Opik would refuse it; where that costs the row, another is derived."""
    generation = Generation(id=own, timing=Timing(start=AS_OF + timedelta(hours=hours)))

    config = OpikConfig(as_of=window.as_of, backfill=window.backfill)

    assert expected == TreeIds(tree_of(generation), config).generation(generation)


def test_attempts_of_one_index_have_ids_of_their_own() -> None:
    """Each repetition has its number."""
    attempts = tuple(Attempt(index=index) for index in (0, 0, 1, 0))
    generation = Generation(id="gen-1", timing=Timing(start=AS_OF), attempts=attempts)
    names = ("attempt-0", "attempt-0-1", "attempt-1", "attempt-0-2")

    assert [
        (attempt, ResolvedId(opik_id("attempt", f"gen-1:{name}", AS_OF)))
        for attempt, name in zip(attempts, names, strict=True)
    ] == list(TreeIds(tree_of(generation), OpikConfig()).attempts(generation))
