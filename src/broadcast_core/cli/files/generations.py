"""Documents as generations: what a reader found in each document, or why the document is not used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from attrs import frozen

from broadcast_core.cli.files.document import Document, Piece, Refused
from broadcast_core.cli.files.paths import Unreadable
from broadcast_core.diagnostics import Problem, describe_error
from broadcast_core.readers import Reading, Rejected, read, read_text

_PRETTY_PRINTED = (
    "malformed JSON, the line holds a bracket only; a document of several lines needs a file name"
    " that ends in .json, its lines are passed over"
)
_SEVERAL = "; several documents need a file name that ends in .ndjson or .jsonl, one a line"


@frozen
class DocumentReading:
    """A document and the outcomes that a reader returned for it."""

    document: Document
    reading: Reading

    __hash__ = None  # type: ignore[assignment]  # its generations hold JSON


@frozen
class PassedOver:
    """A line of a pretty-printed document, whose first line was refused."""

    document: Document


Input: TypeAlias = DocumentReading | PassedOver | Refused | Unreadable


def read_generations(parts: Iterable[Piece], dialect: str | None) -> Iterator[Input]:
    """Yield what became of each document, in order: its generations, or why it is not used."""
    pretty_printed: str | None = None  # the file in which a document of several lines has begun
    for piece in parts:
        if not isinstance(piece, Document):
            pretty_printed = None
            yield piece
        elif pretty_printed == piece.location.name and piece.value is None and not _is_record(piece):
            yield PassedOver(piece)
        elif _begins_pretty_printed(piece):
            pretty_printed = piece.location.name
            yield Refused(piece.location, _PRETTY_PRINTED, piece)
        else:
            pretty_printed = None
            yield DocumentReading(piece, _read(piece, dialect))


def _read(document: Document, dialect: str | None) -> Reading:
    value = document.value
    try:
        reading = read_text(document.text, dialect) if value is None else read(value, dialect)
    except Exception as error:  # noqa: BLE001  # a reader that fails is our mistake, and costs one document
        problem = Problem(f"a bug in broadcast-core, please report it: {describe_error(error)}")
        return Reading((Rejected(problems=(problem,)),))
    return reading if document.location.line is not None else _explain_several(reading)


def _explain_several(reading: Reading) -> Reading:
    """Return the reading of a file that must hold one document, with advice when it holds several."""
    return Reading(
        tuple(
            Rejected(problems=tuple(map(_advise, outcome.problems)), id=outcome.id)
            if isinstance(outcome, Rejected)
            else outcome
            for outcome in reading.outcomes
        )
    )


def _advise(problem: Problem) -> Problem:
    is_several = problem.what.startswith("malformed JSON, Extra data")
    return Problem(problem.what + _SEVERAL, problem.path) if is_several else problem


def _is_record(document: Document) -> bool:
    """Tell whether a line can be a whole record: after a pretty-printed document, reading goes on here."""
    return document.text.startswith(b"{") and document.text.rstrip().endswith(b"}")


def _begins_pretty_printed(document: Document) -> bool:
    return document.location.line is not None and document.text.strip() in (b"{", b"[")
