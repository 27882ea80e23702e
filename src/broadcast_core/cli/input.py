"""The input of a run: its generations that can be used. All others are reported, and kept for --rejected."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from attrs import frozen

from broadcast_core.cli.arguments import OTLP_PROTO
from broadcast_core.cli.console.outcome_messages import emit_diagnostics, emit_problems
from broadcast_core.cli.console.report import Report
from broadcast_core.cli.files.document import Document, Refused
from broadcast_core.cli.files.documents import read_documents
from broadcast_core.cli.files.generations import DocumentReading, read_generations
from broadcast_core.cli.files.paths import InputPaths, Unreadable
from broadcast_core.cli.files.rejects import Rejects
from broadcast_core.cli.location import SourceLocation
from broadcast_core.readers import Ignored, Rejected
from broadcast_core.record.generation import Generation


@frozen(kw_only=True)
class LocatedGeneration:
    """A generation, its location, and its share of the bytes of its document.

    `document` is what to keep when the generation is rejected later; None when nothing is to be kept.
    """

    location: SourceLocation
    generation: Generation
    size: int
    document: Document | None = None

    __hash__ = None  # type: ignore[assignment]


def usable_generations(
    paths: InputPaths,
    report: Report,
    rejects: Rejects,
    *,
    dialect: str | None,
    max_bytes: int,
    advance: Callable[[int], None] = lambda _size: None,
    observe: Callable[[bytes], None] = lambda _document: None,
) -> Iterator[LocatedGeneration]:
    """Yield the generations of some files that can be used; report and keep everything else.

    What was unreadable in directories is reported first. `observe` gets each document before its generations.
    """
    for unreadable in paths.unreadable:
        _report_unreadable(unreadable, report, rejects)
    are_messages = dialect == OTLP_PROTO
    documents = read_documents(paths.files, max_bytes, advance, are_messages=are_messages)
    for found in read_generations(documents, None if are_messages else dialect):
        if isinstance(found, DocumentReading):
            observe(found.document.text)
            yield from _usable(found, report, rejects)
        elif isinstance(found, Unreadable):
            _report_unreadable(found, report, rejects)
        elif isinstance(found, Refused):
            _report_refused(found, report, rejects)
        else:
            rejects.keep(found.document)


def _report_unreadable(unreadable: Unreadable, report: Report, rejects: Rejects) -> None:
    report.emit("failure", unreadable.location, unreadable.why + rejects.without_rest)


def _report_refused(refused: Refused, report: Report, rejects: Rejects) -> None:
    report.count("rejected")
    if refused.document is None:
        report.emit("error", refused.location, refused.why + rejects.without_document)
    else:
        report.emit("error", refused.location, refused.why)
        rejects.keep(refused.document)


def _usable(found: DocumentReading, report: Report, rejects: Rejects) -> Iterator[LocatedGeneration]:
    document, outcomes = found.document, found.reading.outcomes
    location, size = document.location, len(document.text) // max(1, len(outcomes))
    is_kept = bool(found.reading.rejected)
    if is_kept:
        rejects.keep(document)
    held = document if rejects.is_enabled and not is_kept else None
    for outcome in outcomes:
        if isinstance(outcome, Ignored):
            report.emit("skipped", location, outcome.what)
            report.count("skipped")
        elif isinstance(outcome, Rejected):
            emit_problems(report, location, outcome.id, outcome.problems)
            report.count("rejected")
        else:
            emit_diagnostics(report, location, outcome.generation.id, outcome.diagnostics)
            yield LocatedGeneration(
                location=location, generation=outcome.generation, size=size, document=held
            )
