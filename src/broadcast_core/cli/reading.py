"""Documents as generations: what can be used is handed on, everything else is reported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import frozen

from broadcast_core.cli.report import Report
from broadcast_core.cli.sources import Document, Piece, Place, Refused, Unreadable
from broadcast_core.diagnostic import Problem, told
from broadcast_core.generation import Generation
from broadcast_core.readers import Ignored, Reading, Rejected, read_text

_PRETTY = "; a document of several lines needs a file name that ends in .json"


@frozen
class Usable:
    """A generation, where it stood, and its share of the bytes of its document."""

    place: Place
    generation: Generation
    size: int


def generations(pieces: Iterable[Piece], dialect: str | None, report: Report) -> Iterator[Usable]:
    """Yield the generations that can be used; report what was skipped, rejected or changed."""
    for piece in pieces:
        if isinstance(piece, Unreadable):
            report.fail(piece.place, piece.why)
        elif isinstance(piece, Refused):
            report.refuse(piece.place, piece.why)
        elif _begins_pretty(piece):
            report.refuse(piece.place, f"malformed JSON, the line holds a bracket only{_PRETTY}")
        else:
            yield from _usable(piece, _read(piece, dialect), report)


def _read(document: Document, dialect: str | None) -> Reading:
    try:
        return read_text(document.text, dialect)
    except Exception as error:  # noqa: BLE001  # a reader that fails is our mistake, and costs one document
        problem = Problem(f"a mistake in broadcast-core, please report it: {told(error)}")
        return Reading((Rejected(problems=(problem,)),))


def _usable(document: Document, reading: Reading, report: Report) -> Iterator[Usable]:
    share = len(document.text) // max(1, len(reading.outcomes))
    for outcome in reading.outcomes:
        if isinstance(outcome, Ignored):
            report.skip(document.place, outcome.what)
        elif isinstance(outcome, Rejected):
            report.reject(document.place, outcome.problems, outcome.id)
        else:
            report.note(document.place, outcome.generation.id, outcome.diagnostics)
            yield Usable(document.place, outcome.generation, share)


def _begins_pretty(document: Document) -> bool:
    return document.place.line is not None and document.text.strip() in (b"{", b"[")
