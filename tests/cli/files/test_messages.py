"""Files of messages with their lengths: told by their first bytes, read one by one in bounded memory."""

from __future__ import annotations

import gzip
import io
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core.cli.files.document import Document, Piece, Refused
from broadcast_core.cli.files.documents import read_documents
from broadcast_core.cli.files.messages import begins_with_message
from broadcast_core.cli.files.paths import Unreadable
from broadcast_core.cli.location import SourceLocation
from broadcast_core.readers.openrouter.protobuf import NO_TRACES, UNREADABLE
from tests.cli.inputs import read
from tests.cli.messages import FORMS, as_json, deliveries, packed, with_length
from tests.readers.messages import message, metrics

pytest.importorskip("opentelemetry.proto")

ONE, TWO = deliveries("gen-1", "gen-2")
FIRST, SECOND = message(ONE), message(TWO)
File = Callable[..., Path]


def read_named(path: Path, max_bytes: int = 1000) -> list[Piece]:
    """Return the messages of a file that is named as one of messages."""
    return list(read_documents([str(path)], max_bytes, lambda _size: None, are_messages=True))


def values(parts: list[Piece]) -> list[Any]:
    """Return what documents hold, where that is not their text."""
    return [piece.value for piece in parts if isinstance(piece, Document)]


def test_a_message_has_its_number_its_bytes_and_what_they_are_in_json(file: File) -> None:
    """An empty one is passed over, and counted."""
    path = file("a", with_length(FIRST) + with_length(b"") + with_length(SECOND))

    assert [
        Document(SourceLocation(str(path), 1), FIRST, ONE),
        Document(SourceLocation(str(path), 3), SECOND, TWO),
    ] == read(path)


def test_a_message_in_json_is_a_text(file: File) -> None:
    """Whether it was compressed or not."""
    path = file("a", with_length(as_json(ONE)) + with_length(packed(as_json(TWO))))

    assert [
        Document(SourceLocation(str(path), 1), as_json(ONE)),
        Document(SourceLocation(str(path), 2), as_json(TWO)),
    ] == read(path)


@pytest.mark.parametrize("name", ["a", "a.json", "a.jsonl", "a.binpb", "a.json.zst"])
@pytest.mark.parametrize(
    "form", [name for name in FORMS if name not in ("json", "json and zstd of the whole")]
)
def test_it_is_recognised_whatever_the_name(form: str, name: str, file: File) -> None:
    """And alike when it is named."""
    path = file(name, FORMS[form]([ONE, TWO]))
    found = read(path)

    assert [SourceLocation(str(path), n) for n in (1, 2)] == [piece.location for piece in found]
    assert found == read_named(path)


@pytest.mark.parametrize("pack", [gzip.compress, packed], ids=["gzip", "zstd"])
def test_a_file_that_was_compressed_later_is_read(pack: Any, file: File) -> None:
    """Also where each message is compressed."""
    path = file("a", pack(with_length(FIRST) + with_length(packed(SECOND))))

    assert [ONE, TWO] == values(read(path))


BEGINNINGS: dict[str, tuple[bytes, bool]] = {
    "a message": (with_length(FIRST), True),
    "one of 16 MB": (b"\x01\x00\x00\x00\n", True),
    "one of 134 MB": (b"\x08\x00\x00\x00\n", True),
    "a first byte that a text may have": (b"\t\x00\x00\x00\n", False),
    "JSON": (with_length(b'{"resourceSpans":[]}'), True),
    "an empty object": (with_length(b"{}"), True),
    "zstd": (with_length(packed(FIRST)), True),
    "an empty message": (with_length(b"") + with_length(FIRST), False),
    "something else": (with_length(b"x"), False),
    "a text": (b'{"a":1}\n', False),
    "five letters": (b"abcd\n", False),
    "a text in UTF-32": ("\ufeff{}".encode("utf-32-be"), False),
    "less than a length": (b"\x00\x00\x00", False),
    "a length alone": (b"\x00\x00\x00\x01", False),
    "nothing": (b"", False),
}


@pytest.mark.parametrize(("head", "expected"), BEGINNINGS.values(), ids=BEGINNINGS)
def test_the_first_bytes_tell(head: bytes, expected: bool) -> None:
    """Where they do not, the format has to be named."""
    assert expected == begins_with_message(head)


def test_what_cannot_be_recognised_can_be_named(file: File) -> None:
    """As a file whose first message is empty."""
    path = file("a", with_length(b"") + with_length(FIRST))

    assert [Document(SourceLocation(str(path), 2), FIRST, ONE)] == read_named(path)
    assert [Unreadable] == list(map(type, read(path)))


@pytest.mark.parametrize("text", [as_json(ONE), b"[1]\n"])
def test_a_text_that_is_named_so_is_told(text: bytes, file: File) -> None:
    """Its first bytes would be the length of gigabytes."""
    path = file("a.ndjson", text)
    why = "this is JSON text, not messages with their lengths; leave --from out"

    assert [Unreadable(SourceLocation(str(path)), why)] == read_named(path)


def test_an_empty_file_has_no_messages(file: File) -> None:
    """Nothing is read, and nothing is wrong."""
    assert [] == read_named(file("a", b""))


# What is cut off -------------------------------------------------------------------------------------

WHOLE = with_length(FIRST) + with_length(SECOND)
START = 4 + len(FIRST)


@given(end=st.integers(1, len(WHOLE)))
def test_a_file_that_is_cut_off_anywhere_has_what_stands_before(end: int) -> None:
    """And says at which byte what is missing begins."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(WHOLE[:end])))
        found = list(read_documents(["-"], 1000, lambda _size: None, are_messages=True))

    complete = (end >= START) + (end == len(WHOLE))
    assert [ONE, TWO][:complete] == values(found)
    ends_within = end not in (START, len(WHOLE))
    assert complete + ends_within == len(found)
    if ends_within:
        last = found[-1]
        assert isinstance(last, Unreadable)
        assert SourceLocation("<stdin>", complete or None) == last.location
        begins = f"after this message, at byte {START}, " if complete else "at its beginning "
        assert last.why.startswith(begins)


def test_the_words_for_what_is_cut_off(file: File) -> None:
    """What is there, what may have happened, and what to do."""
    ends = {"a": len(WHOLE) - 3, "b": START + 3, "c": START - 3}
    within, length, first = (read(file(name, WHOLE[:end]))[-1] for name, end in ends.items())
    assert all(isinstance(one, Unreadable) for one in (within, length, first))
    cause, advice = "the file was cut off, or its collector still writes it", "read it again when it is whole"
    rest = f"{cause}; all before was read, {advice}"

    size = len(SECOND)
    what = f"{size - 3} of the {size} bytes of a message are there"
    assert f"after this message, at byte {START}, {what}: {rest}" == within.why
    what = "3 of the 4 bytes of a length are there"
    assert f"after this message, at byte {START}, {what}: {rest}" == length.why
    what = f"at its beginning {len(FIRST) - 3} of the {len(FIRST)} bytes of a message are there"
    other = (
        "it was cut off, or is no file of messages with their lengths; copy it again, or see what wrote it"
    )
    assert f"{what}: {other}" == first.why


def test_compressed_data_that_ends_too_early_keeps_the_messages_before(file: File) -> None:
    """Of the whole file."""
    path = file("a", gzip.compress(WHOLE)[:-4])
    *before, last = read(path)

    assert [ONE, TWO] == values(before)
    assert (
        Unreadable(
            SourceLocation(str(path), 2),
            "after this message, the gzip data ends too early: the file is cut off;"
            " copy it again, or test it: gzip -t FILE",
        )
        == last
    )


@pytest.mark.parametrize("length", [2**32 - 1, 2**31, 50_000_000])
@pytest.mark.parametrize("max_bytes", [1000, 2**33])
def test_a_length_that_is_not_there_takes_no_space(length: int, max_bytes: int, file: File) -> None:
    """Whatever is the longest that may be read."""
    path = file("a", with_length(FIRST) + length.to_bytes(4, "big") + b"\n" * 100)
    tracemalloc.start()
    *before, last = read(path, max_bytes=max_bytes)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert [ONE] == values(before)
    assert isinstance(last, Unreadable)
    assert f"at byte {START}, 100 of the {length} bytes of a message are there" in last.why
    assert peak < 5_000_000


# What is wrong with one message ----------------------------------------------------------------------

WRONG: dict[str, tuple[Callable[[], bytes], str]] = {
    "no protobuf": (lambda: b"hello world", UNREADABLE),
    "no protobuf, compressed": (lambda: packed(b"hello world"), UNREADABLE),
    "metrics": (metrics, NO_TRACES),
    "compressed data that is cut off": (
        lambda: packed(FIRST)[:-3],
        "the zstd data ends too early; copy the file again",
    ),
    "compressed data that is damaged": (
        lambda: packed(FIRST) + b"junk",
        "the zstd data is damaged; copy the file again",
    ),
    "one that is too long": (
        lambda: b"\n" * 1001,
        "the message is longer than 1000 bytes; a larger --max-line-bytes reads it",
    ),
    "one that is too long when it is decompressed": (
        lambda: packed(b"\n" * 1001),
        "the message is longer than 1000 bytes; a larger --max-line-bytes reads it",
    ),
}


@pytest.mark.parametrize(("make", "why"), WRONG.values(), ids=WRONG)
def test_a_wrong_message_is_refused_with_its_place_and_the_next_one_read(
    make: Callable[[], bytes], why: str, file: File
) -> None:
    """Its number, and the byte where its length begins."""
    path = file("a", with_length(FIRST) + with_length(make()) + with_length(SECOND))
    first, wrong, second = read(path)

    assert [ONE, TWO] == values([first, second])
    assert Refused(SourceLocation(str(path), 2), f"at byte {START}, {why}") == wrong


def test_a_message_of_the_longest_length_is_read(file: File) -> None:
    """As it lies there, and when it is decompressed."""
    path = file("a", with_length(FIRST) + with_length(packed(FIRST)))

    assert [ONE, ONE] == values(read(path, max_bytes=len(FIRST)))
    assert [Refused, Refused] == list(map(type, read(path, max_bytes=len(FIRST) - 1)))


@pytest.mark.parametrize("pack", [bytes, packed], ids=["plain", "zstd"])
def test_a_message_of_50_mb_is_not_held_in_memory(pack: Any, file: File) -> None:
    """Neither as it lies on the disk nor decompressed, where it takes some kilobytes there."""
    path = file("a", with_length(pack(b"\n" * 50_000_000)) + with_length(FIRST))
    tracemalloc.start()
    pieces = read(path, max_bytes=10_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert [Refused, Document] == list(map(type, pieces))
    assert peak < 5_000_000


def test_progress_counts_bytes_on_the_disk(file: File) -> None:
    """All of them."""
    path = file("a", with_length(packed(FIRST)) * 1000)
    sizes: list[int] = []
    list(read_documents([str(path)], 1000, sizes.append))

    assert path.stat().st_size == sum(sizes)


@given(data=st.binary(max_size=80) | st.binary(max_size=40).map(lambda more: with_length(FIRST) + more))
def test_no_bytes_make_it_fail(data: bytes) -> None:
    """Whatever stands in a file that is named so."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        for piece in read_documents(["-"], 50, lambda _size: None, are_messages=True):
            assert isinstance(piece, Document | Refused | Unreadable)
