"""What ids are unique in: the workspace by default, the project when the route says so."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from broadcast_core import Attempt, Generation, Outcome, Plan, Route, Timing, TraceContext, plan
from broadcast_core.pipeline.route import configure
from broadcast_opik import destination, opik_id
from broadcast_opik.config import LOCAL
from broadcast_opik.testing.server import OpikModel

START = datetime(2026, 11, 23, 10, tzinfo=UTC)
OWN = "019aafe2-2b7b-7000-8000-000000000001"
OWN_SPAN = "019aafe2-2b7b-7000-8000-000000000002"
ONE = Generation(
    id="gen-1",
    timing=Timing(start=START, end=START),
    trace=TraceContext(trace_id="ticket", span_name="draft"),
    attempts=(Attempt(index=0, provider="A"),),
)
SHARED = (
    "a UUIDv7 of your own is used as it is, whatever id_scope says: in another project of the workspace it "
    "is the same id, and the page of its trace in Opik adds both up"
)


def _route(project: str | None, name: str = "opik", **options: Any) -> Route:
    options = {"base_url": LOCAL, "project_name": project, "attempts": True, **options}
    return Route.to(destination, options, name=name)


def _rows(result: Plan) -> list[dict[str, Any]]:
    return [row for one in result.requests for rows in json.loads(one.body).values() for row in rows]


def _ids(result: Plan) -> set[str]:
    return {row["id"] for row in _rows(result)}


def _notes(outcome: Outcome) -> list[tuple[str, str]]:
    return [(note.kind, note.path) for note in outcome.diagnostics]


def test_ids_of_projects_differ_when_both_say_so() -> None:
    """Every row's, and those that rows refer to; but for its ids, a row is the same."""
    demo = plan([ONE], _route("demo", id_scope="project"))
    other = plan([ONE], _route("Other", id_scope="project"))
    workspace = plan([ONE], _route("demo"))

    assert 12 == len(_ids(demo) | _ids(other) | _ids(workspace))
    parents = [row["parent_span_id"] for row in _rows(demo) if "parent_span_id" in row]
    assert {row["trace_id"] for row in _rows(demo) if "trace_id" in row} | set(parents) <= _ids(demo)
    assert opik_id("trace", "ticket", START, "demo") == _rows(demo)[0]["id"]


@pytest.mark.parametrize("project", ["DEMO", " demo "])
def test_ids_go_by_the_project_as_opik_files_it(project: str) -> None:
    """Not by the spelling of its name."""
    same = plan([ONE], _route(project, id_scope="project"))

    assert _ids(plan([ONE], _route("demo", id_scope="project"))) == _ids(same)


def test_no_project_is_the_default_project() -> None:
    """Also for ids."""
    named = plan([ONE], _route("Default Project", id_scope="project"))

    assert _ids(plan([ONE], _route(None, id_scope="project"))) == _ids(named)


def test_a_scope_of_the_workspace_changes_no_byte() -> None:
    """Whether it is written out or not."""
    stated = plan([ONE], _route("demo", id_scope="workspace"))

    assert plan([ONE], _route("demo")).requests == stated.requests


def test_a_backfill_keeps_the_event_id_of_the_project() -> None:
    """The moved id is the project's too."""
    options = {"as_of": "2027-11-23T10:00:00Z", "backfill": True, "id_scope": "project"}
    (trace, *_) = _rows(plan([ONE], _route("demo", **options)))

    assert opik_id("trace", "ticket", START, "demo") == trace["metadata"]["opik_event_id"]
    assert trace["id"] != opik_id("trace", "ticket", START, "demo")


def test_identify_goes_by_the_scope() -> None:
    """As the plan does."""
    config = configure(destination, {"base_url": LOCAL, "project_name": "demo", "id_scope": "project"})

    assert opik_id("trace", "ticket", START, "demo") == destination.identify("ticket", START, config)["trace"]


def _with_trace(**trace: Any) -> Generation:
    return attrs.evolve(ONE, trace=TraceContext(**trace))


OWNS = {
    "a trace": (_with_trace(trace_id=OWN), "$.trace.trace_id"),
    "a trace with a parent": (_with_trace(trace_id=OWN, parent_span_id=OWN_SPAN), "$.trace.trace_id"),
    "a generation": (attrs.evolve(ONE, id=OWN), "$.id"),
}


@pytest.mark.parametrize(("generation", "path"), OWNS.values(), ids=OWNS)
def test_a_callers_own_uuid7_is_not_changed_and_that_is_told(generation: Generation, path: str) -> None:
    """Under a scope of the project only."""
    (outcome,) = plan([generation], _route("demo", id_scope="project")).outcomes
    told = [str(note) for note in outcome.diagnostics]
    (silent,) = plan([generation], _route("demo")).outcomes

    assert OWN in str(_rows(plan([generation], _route("demo", id_scope="project"))))
    assert 1 == told.count(f"coerced {path}: {SHARED}")
    assert SHARED not in str(silent.diagnostics)


def test_one_id_in_two_projects_is_told_and_changes_no_byte() -> None:
    """Opik's page of the trace adds up both."""
    routes = [_route("demo", "one"), _route("other", "two")]
    result = plan([ONE], routes)
    model = OpikModel()
    for request in result.requests:
        assert 204 == model.handle(request).status

    assert [[("doubled", "$.id")]] * 2 == [_notes(outcome) for outcome in result.outcomes]
    assert tuple(one for route in routes for one in plan([ONE], route).requests) == result.requests
    assert 2 == len(model.trace_rows())


def test_scopes_of_projects_double_nothing() -> None:
    """Nor does one of a project beside one of the workspace."""
    project = [_route("demo", "one", id_scope="project"), _route("other", "two", id_scope="project")]
    mixed = [_route("demo", "one", id_scope="project"), _route("other", "two", id_scope="workspace")]

    assert [()] * 4 == [
        one.diagnostics for routes in (project, mixed) for one in plan([ONE], routes).outcomes
    ]
