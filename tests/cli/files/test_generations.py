"""Each document becomes what a reader found in it, in order, or the reason why it is not used."""

from __future__ import annotations

import pytest

from broadcast_core.cli.files.document import Document, Refused
from broadcast_core.cli.files.generations import DocumentReading, PassedOver, read_generations
from broadcast_core.cli.files.paths import Unreadable
from broadcast_core.cli.location import SourceLocation

RECORD = b'{"id":"gen-1","timing":{"start":"2026-11-23T10:00:00Z"}}\n'


def line(number: int, text: bytes, name: str = "a.ndjson") -> Document:
    """Return a line of a file."""
    return Document(SourceLocation(name, number), text)


def test_a_reading_is_that_of_its_document() -> None:
    """With all outcomes, in order."""
    (found,) = read_generations([line(1, RECORD)], None)

    assert isinstance(found, DocumentReading)
    assert (line(1, RECORD), ["gen-1"]) == (found.document, [one.id for one in found.reading.generations])


def test_what_is_not_read_is_handed_on() -> None:
    """Errors of files and documents that are too long keep their position among the others."""
    errors = [Refused(SourceLocation("a", 1), "too long"), Unreadable(SourceLocation("b"), "cut off")]

    assert errors == list(read_generations(errors, None))


def test_the_lines_of_a_pretty_printed_document_are_passed_over() -> None:
    """The first is refused; a line that may be a record ends it."""
    lines = [line(n, text) for n, text in enumerate((b"{\n", b'"id": 1\n', b"}\n", RECORD, b"}\n"), 1)]
    first, second, third, fourth, fifth = read_generations(lines, None)

    assert isinstance(first, Refused)
    assert lines[0] == first.document
    assert [PassedOver(lines[1]), PassedOver(lines[2])] == [second, third]
    assert [DocumentReading, DocumentReading] == [type(fourth), type(fifth)]


@pytest.mark.parametrize(
    "between",
    [
        Refused(SourceLocation("a.ndjson", 2), "too long"),
        Unreadable(SourceLocation("a.ndjson", 2), "cut off"),
    ],
)
def test_a_line_that_is_not_read_ends_a_pretty_printed_document(between: Refused | Unreadable) -> None:
    """What follows is reported again: the structure of the document is lost."""
    found = list(read_generations([line(1, b"[\n"), between, line(3, b"junk\n")], None))

    assert DocumentReading is type(found[2])


def test_another_file_ends_a_pretty_printed_document() -> None:
    """Whatever its first line is."""
    found = list(read_generations([line(1, b"{\n"), line(1, b"junk\n", "b.ndjson")], None))

    assert DocumentReading is type(found[1])


def test_a_message_is_no_line_of_a_pretty_printed_document() -> None:
    """Whatever the one before it was."""
    message = Document(SourceLocation("a.ndjson", 2), b"\n\x00", {"resourceSpans": [{}]})
    _, found = read_generations([line(1, b"{"), message], None)

    assert isinstance(found, DocumentReading)
    assert ["empty_delivery"] == [one.kind for one in found.reading.ignored]


def test_several_documents_in_one_file_are_explained() -> None:
    """The advice is for a file of one document; a line has another mistake."""
    several = RECORD + RECORD
    (whole,) = read_generations([Document(SourceLocation("a.json"), several)], None)
    (single,) = read_generations([line(1, several)], None)
    explained, plain = (found.reading.rejected[0].problems[0].what for found in (whole, single))

    assert explained.startswith(plain)
    assert explained.endswith("need a file name that ends in .ndjson or .jsonl, one a line")
    assert "need a file name" not in plain
