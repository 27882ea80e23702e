"""Documents as generations: what can be used is handed on, everything else is reported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from attrs import frozen

from broadcast_core.cli.console.report import Report
from broadcast_core.cli.files.rejects import Rejects, nothing
from broadcast_core.cli.files.sources import Document, Piece, Refused, SourceLocation, Unreadable
from broadcast_core.diagnostics import Problem, describe_error
from broadcast_core.readers import Ignored, Reading, Rejected, read_text
from broadcast_core.record.generation import Generation

_PRETTY = (
    "malformed JSON, the line holds a bracket only; a document of several lines needs a file name"
    " that ends in .json, its lines are passed over"
)
_SEVERAL = "; several documents need a file name that ends in .ndjson or .jsonl, one a line"


@frozen
class LocatedGeneration:
    """A generation, where it stood, its share of the bytes of its document, and what keeps the document."""

    location: SourceLocation
    generation: Generation
    size: int
    keep: Callable[[], None] = nothing


def generations(
    pieces: Iterable[Piece], dialect: str | None, report: Report, rejects: Rejects | None = None
) -> Iterator[LocatedGeneration]:
    """Yield the generations that can be used; report what was skipped, rejected or changed."""
    rejects = rejects or Rejects()
    pretty: str | None = None  # the source in which a document of several lines has begun
    for piece in pieces:
        if pretty == piece.location.name and isinstance(piece, Document) and not _is_line_of_its_own(piece):
            rejects.keep(piece)
            continue
        pretty = None
        if isinstance(piece, Unreadable):
            report.fail(piece.location, piece.why + rejects.without_rest)
        elif isinstance(piece, Refused):
            report.refuse(piece.location, piece.why + rejects.without)
        elif _begins_pretty(piece):
            report.refuse(piece.location, _PRETTY)
            rejects.keep(piece)
            pretty = piece.location.name
        else:
            yield from _usable(piece, _read(piece, dialect), report, rejects.keeper(piece))


def _read(document: Document, dialect: str | None) -> Reading:
    try:
        return read_text(document.text, dialect)
    except Exception as error:  # noqa: BLE001  # a reader that fails is our mistake, and costs one document
        problem = Problem(f"a mistake in broadcast-core, please report it: {describe_error(error)}")
        return Reading((Rejected(problems=(problem,)),))


def _usable(
    document: Document, reading: Reading, report: Report, keep: Callable[[], None]
) -> Iterator[LocatedGeneration]:
    share = len(document.text) // max(1, len(reading.outcomes))
    for outcome in reading.outcomes:
        if isinstance(outcome, Ignored):
            report.skip(document.location, outcome.what)
        elif isinstance(outcome, Rejected):
            report.reject(document.location, tuple(_hinted(document, outcome.problems)), outcome.id)
            keep()
        else:
            report.note(document.location, outcome.generation.id, outcome.diagnostics)
            yield LocatedGeneration(document.location, outcome.generation, share, keep)


def _hinted(document: Document, problems: Iterable[Problem]) -> Iterator[Problem]:
    """Yield the problems; where a file of one document holds several, with what to do."""
    for problem in problems:
        several = document.location.line is None and problem.what.startswith("malformed JSON, Extra data")
        yield Problem(problem.what + _SEVERAL, problem.path) if several else problem


def _is_line_of_its_own(document: Document) -> bool:
    """Tell whether a line can be a whole record: after a document of several lines, reading goes on here."""
    return document.text.startswith(b"{") and document.text.rstrip().endswith(b"}")


def _begins_pretty(document: Document) -> bool:
    return document.location.line is not None and document.text.strip() in (b"{", b"[")
