"""What is reported about the outcome of a generation, and how it is counted."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from broadcast_core.cli.console.outcome_messages import emit_diagnostics, emit_outcomes, emit_problems
from broadcast_core.cli.console.report import REPEATS, Report
from broadcast_core.cli.location import SourceLocation
from broadcast_core.diagnostics import Diagnostic, Problem
from broadcast_core.pipeline.outcomes import Outcome, OutcomeStatus

LOCATION = SourceLocation("<stdin>", 1)


def new_report() -> tuple[Report, io.StringIO]:
    """Return a report, and what it writes."""
    written = io.StringIO()
    return Report(Console(file=written, width=5000), done="planned"), written


def outcome(status: OutcomeStatus, route: str = "a") -> Outcome:
    """Return an outcome of a generation on a route."""
    return Outcome(route=route, generation="gen-1", status=status, reason="because", stopped_by="sampling")


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("expected an id, got 'a secret'", "expected an id, got text"),
        ("expected text, got text 'a secret'", "expected text, got text"),
        ("expected a time, got 'noon'", "expected a time, got 'noon'"),
        ("expected one of ok, error, got 'bad'", "expected one of ok, error, got 'bad'"),
        ("expected text, got number 5", "expected text, got number 5"),
    ],
)
def test_a_problem_quotes_no_text_of_a_user(what: str, expected: str) -> None:
    """Where a time, a number or a word from a list is expected, what stands there helps and is shown."""
    report, written = new_report()
    emit_problems(report, LOCATION, "gen-1", [Problem(what, "$.id")])

    assert f"error: <stdin>:1: gen-1: {expected} @ $.id\n" == written.getvalue()


@pytest.mark.parametrize(("count", "more"), [(20, False), (21, True)])
def test_of_many_problems_the_first_are_shown(count: int, more: bool) -> None:
    """And how many more there are."""
    report, written = new_report()
    emit_problems(report, LOCATION, None, [Problem(f"wrong {n}") for n in range(count)])

    lines = written.getvalue().splitlines()
    assert ["error: <stdin>:1: and 1 more problems"] * more == lines[20:]
    assert "error: <stdin>:1: wrong 19 @ $" == lines[19]


def test_diagnostics_of_one_kind_are_shown_a_few_times_and_all_counted() -> None:
    """An index in the path makes no other kind."""
    report, written = new_report()
    with report:
        for n in range(7):
            emit_diagnostics(report, LOCATION, f"gen-{n}", [Diagnostic("dropped", f"$.x[{n}]", "why")])

    lines = written.getvalue().splitlines()
    assert [f"note: <stdin>:1: gen-{n}: dropped $.x[{n}]: why" for n in range(REPEATS)] == lines[:REPEATS]
    assert "notes: 7 dropped" == lines[REPEATS]


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (["planned"], "planned 1, skipped 0, rejected 0"),
        (["skipped", "planned"], "planned 1, skipped 0, rejected 0"),
        (["rejected", "planned"], "planned 1, skipped 0, rejected 0"),
        (["skipped", "rejected"], "planned 0, skipped 0, rejected 1"),
        (["skipped", "skipped"], "planned 0, skipped 1, rejected 0"),
    ],
)
def test_a_generation_is_counted_once(statuses: list[OutcomeStatus], expected: str) -> None:
    """Planned when it is on any route, else rejected when it is on any."""
    report, written = new_report()
    with report:
        emit_outcomes(report, LOCATION, [outcome(status, f"r{n}") for n, status in enumerate(statuses)])

    assert f"read 1, {expected}" == written.getvalue().splitlines()[-1]


def test_the_route_is_named_when_there_are_several() -> None:
    """With one route it is known."""
    for routes, about in ((["a"], "gen-1"), (["a", "b"], "a: gen-1")):
        report, written = new_report()
        emit_outcomes(report, LOCATION, [outcome("rejected", route) for route in routes])

        assert f"error: <stdin>:1: {about}: because" == written.getvalue().splitlines()[0]
