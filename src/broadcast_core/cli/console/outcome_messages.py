"""Messages about the outcome of a generation: its problems, its diagnostics, what each route decided.

No text of a user or a model is shown: the text that a problem quotes is left out, unless the field expects a
time, a number or a word from a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from broadcast_core.cli.console.report import GenerationStatus, Report
from broadcast_core.cli.console.terminal import MAX_LENGTH
from broadcast_core.cli.location import SourceLocation
from broadcast_core.diagnostics import Diagnostic, Problem
from broadcast_core.pipeline.outcomes import Outcome

_MAX_PROBLEMS = 20
_INDEX = re.compile(r"\[\d+\]")
_QUOTABLE = "expected (?:a time|a number|a whole number|a decimal|a finite|one of|true or false)"
_QUOTE = re.compile(rf"""\A(?!{_QUOTABLE})(.*?), got (?:text |str )?['"].*""", re.DOTALL)


def emit_problems(
    report: Report, location: SourceLocation, generation: str | None, problems: Sequence[Problem]
) -> None:
    """Report every reason for which a record cannot be used."""
    for problem in problems[:_MAX_PROBLEMS]:
        unquoted = Problem(_QUOTE.sub(r"\1, got text", problem.what), problem.path)
        report.emit("error", location, str(unquoted), generation=generation)
    if len(problems) > _MAX_PROBLEMS:
        more = f"and {len(problems) - _MAX_PROBLEMS} more problems"
        report.emit("error", location, more, generation=generation)


def emit_diagnostics(
    report: Report, location: SourceLocation, generation: str, diagnostics: Iterable[Diagnostic]
) -> None:
    """Report what was changed in a record; the same change in many records is shown a few times."""
    for diagnostic in diagnostics:
        report.count_diagnostic(diagnostic.kind)
        kind = (diagnostic.kind, _INDEX.sub("[]", diagnostic.path[:MAX_LENGTH]), diagnostic.what)
        report.emit("note", location, str(diagnostic), generation=generation, kind=kind)


def emit_outcomes(report: Report, location: SourceLocation, outcomes: Sequence[Outcome]) -> None:
    """Report what became of one generation on every route, and count it."""
    for outcome in outcomes:
        about = outcome.generation
        if len(outcomes) > 1:
            about = f"{outcome.route}: {about}"
            report.count_on_route(outcome.route, outcome.status)
        emit_diagnostics(report, location, about, outcome.diagnostics)
        if outcome.status == "rejected":
            report.emit("error", location, outcome.reason, generation=about)
        elif outcome.status == "skipped":
            kind = ("skipped", outcome.route, str(outcome.stopped_by))
            report.emit("skipped", location, outcome.reason, generation=about, kind=kind)
    report.count(combined_status(outcomes))


def combined_status(outcomes: Iterable[Outcome]) -> GenerationStatus:
    """Return done when a generation is planned on any route, else rejected when it is on any."""
    statuses = {outcome.status for outcome in outcomes}
    if "planned" in statuses:
        return "done"
    return "rejected" if "rejected" in statuses else "skipped"
