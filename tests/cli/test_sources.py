"""Files, directories and stdin become documents: one at a time, with their places, in bounded memory."""

from __future__ import annotations

import gzip
import io
import os
import select
import sys
import tracemalloc
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from broadcast_core.cli.sources import Document, Piece, Place, Refused, Unreadable, documents, expanded

LIMIT = 1000


def read(*paths: object, most: int = LIMIT) -> list[Piece]:
    """Return the documents of some paths."""
    return list(documents(expanded(str(path) for path in paths), most, lambda _taken: None))


def texts(pieces: Iterable[Piece]) -> list[bytes]:
    """Return the texts of documents, without the ends of their lines."""
    return [piece.text.rstrip() for piece in pieces if isinstance(piece, Document)]


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str, bytes], Path]:
    """Return a function that writes a file."""

    def write(name: str, data: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


def test_each_line_is_a_document_with_its_number(file: Callable[..., Path]) -> None:
    """Blank lines are skipped, and still counted as lines."""
    path = file("a.ndjson", b'{"a":1}\n\n  \t \n{"b":2}')

    assert [
        Document(Place(str(path), 1), b'{"a":1}\n'),
        Document(Place(str(path), 4), b'{"b":2}'),
    ] == read(path)


def test_a_place_is_shown_as_file_and_line() -> None:
    """A document without lines is shown as its file."""
    assert ("a.ndjson:12", "a.json") == (str(Place("a.ndjson", 12)), str(Place("a.json")))


def test_lines_may_end_as_on_windows(file: Callable[..., Path]) -> None:
    """CRLF separates lines; a line of CRLF is blank."""
    assert [b"{}", b"[]"] == texts(read(file("a.ndjson", b"{}\r\n\r\n[]\r\n")))


def test_a_byte_order_mark_is_no_text(file: Callable[..., Path]) -> None:
    """It is taken off the first line, and a file of nothing else is empty."""
    assert [b"{}", b"[]"] == texts(read(file("a.ndjson", b"\xef\xbb\xbf{}\n[]\n")))
    assert [] == read(file("b.ndjson", b"\xef\xbb\xbf\n"))


def test_an_empty_file_has_no_documents(file: Callable[..., Path]) -> None:
    """Nothing is read, and nothing is wrong."""
    assert [] == read(file("a.ndjson", b""))


@pytest.mark.parametrize("name", ["a.json", "A.JSON", "a.json.gz"])
def test_a_json_file_is_one_document(name: str, file: Callable[..., Path]) -> None:
    """It may have many lines, and its place has no line."""
    path = file(name, b'{\n "a": 1\n}\n')

    assert [Document(Place(str(path)), b'{\n "a": 1\n}\n')] == read(path)


@pytest.mark.parametrize("name", ["a.ndjson", "a.ndjson.gz", "a.log"])
def test_gzip_is_recognised_whatever_the_name(name: str, file: Callable[..., Path]) -> None:
    """Two members one after the other are one text."""
    path = file(name, gzip.compress(b"{}\n") + gzip.compress(b"[]\n"))

    assert [b"{}", b"[]"] == texts(read(path))


def test_a_gzipped_document_is_read_whole(file: Callable[..., Path]) -> None:
    """Lines inside it do not matter."""
    assert [b'{\n"a":1}'] == texts(read(file("a.json.gz", gzip.compress(b'{\n"a":1}'))))


def test_gzip_that_is_cut_off_keeps_the_lines_before(file: Callable[..., Path]) -> None:
    """The last piece says after which line, and that the file is cut."""
    whole = gzip.compress(b"".join(b"[%d]\n" % n for n in range(20_000)))
    *before, last = read(path := file("a.gz", whole[:20_000]))

    assert b"[0]" == texts(before)[0]
    why = "after this line, the gzip data ends too early: the file is cut off"
    assert Unreadable(Place(str(path), len(before)), why) == last


def test_damaged_gzip_is_named_so(file: Callable[..., Path]) -> None:
    """A wrong checksum is damage too."""
    data = bytearray(gzip.compress(b"{}\n"))
    data[-8] ^= 1
    path = file("a.json", bytes(data))

    assert [Unreadable(Place(str(path)), "the gzip data is damaged")] == read(path)


def test_a_line_of_the_longest_length_is_read(file: Callable[..., Path]) -> None:
    """The end of the line does not count."""
    line = b"x" * LIMIT

    assert [line, line] == texts(read(file("a.ndjson", line + b"\r\n" + line)))


def test_a_longer_line_is_refused_and_the_next_one_read(file: Callable[..., Path]) -> None:
    """One byte too many is too many."""
    path = file("a.ndjson", b"x" * (LIMIT + 1) + b"\n{}\n" + b"x" * 5000 + b"\n[]\n")
    why = "the line is longer than 1000 bytes; a larger --max-line-bytes reads it"

    assert [
        Refused(Place(str(path), 1), why),
        Document(Place(str(path), 2), b"{}\n"),
        Refused(Place(str(path), 3), why),
        Document(Place(str(path), 4), b"[]\n"),
    ] == read(path)


def test_a_longer_document_is_refused(file: Callable[..., Path]) -> None:
    """A document of the longest length is read."""
    path = file("a.json", b"x" * (LIMIT + 1))
    why = "the document is longer than 1000 bytes; a larger --max-line-bytes reads it"

    assert [Refused(Place(str(path)), why)] == read(path)
    assert [b"x" * LIMIT] == texts(read(file("b.json", b"x" * LIMIT)))


@pytest.mark.parametrize("zipped", [False, True])
def test_a_line_of_50_mb_is_not_held_in_memory(zipped: bool, tmp_path: Path) -> None:
    """Neither as it lies on the disk nor unzipped."""
    path = tmp_path / "a.ndjson"
    with gzip.open(path, "wb", 1) if zipped else path.open("wb") as stream:
        for _ in range(50):
            stream.write(b"x" * 1_000_000)
        stream.write(b"\n{}\n")
    tracemalloc.start()
    pieces = read(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert [Refused, Document] == [type(piece) for piece in pieces]
    assert peak < 5_000_000


def test_a_directory_stands_for_its_files_in_order(tmp_path: Path, file: Callable[..., Path]) -> None:
    """Only JSON and NDJSON files, and none that are hidden or deeper."""
    names = ["b.json", "a.jsonl", "c.ndjson.gz", "d.json.gz", "E.NDJSON", ".x.json", "f.txt", "g.csv.gz"]
    for name in names:
        file(name, b"{}")
    (tmp_path / "sub.json").mkdir()
    found = ["E.NDJSON", "a.jsonl", "b.json", "c.ndjson.gz", "d.json.gz"]

    assert [str(tmp_path / name) for name in found] == list(expanded([str(tmp_path)]))


def test_a_directory_without_input_is_an_error(tmp_path: Path) -> None:
    """It says what was looked for."""
    why = "no file in it ends in .json, .ndjson, .jsonl, or in one of them and .gz"

    assert [Unreadable(Place(str(tmp_path)), why)] == read(tmp_path)


def test_no_path_means_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    """So does a dash; its place is called <stdin>."""
    assert ["-"] == list(expanded([]))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(b"{}\n"))))
    assert [Document(Place("<stdin>", 1), b"{}\n")] == read("-")


def test_stdin_that_is_closed_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the shell's `<&-` leaves it."""
    monkeypatch.setattr(sys, "stdin", None)

    assert [Unreadable(Place("<stdin>"), "stdin is closed")] == read("-")


def test_gzip_is_recognised_when_bytes_trickle_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe may hand over one byte at a time."""

    class Trickle(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(1)

        def readinto(self, buffer: Any, /) -> int:
            byte = super().read(1)
            buffer[: len(byte)] = byte
            return len(byte)

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Trickle(gzip.compress(b"{}\n"))))

    assert [Document(Place("<stdin>", 1), b"{}\n")] == read("-")


@pytest.mark.parametrize(
    "pieces", [[b"{}\n[", b"]\n"], [gzip.compress(b"{}\n[]\n")]], ids=["plain", "zipped"]
)
def test_a_pipe_that_does_not_block_is_waited_for(
    pieces: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has not come yet is no end of the file."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    arriving = iter(pieces)

    def wait(*_streams: object) -> None:
        piece = next(arriving, None)
        os.close(writing) if piece is None else os.write(writing, piece)

    monkeypatch.setattr(select, "select", wait)
    with os.fdopen(reading) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)

        assert [b"{}", b"[]"] == texts(read("-"))


def test_a_missing_file_does_not_stop_the_others(tmp_path: Path, file: Callable[..., Path]) -> None:
    """It is an outcome in its place."""
    missing = tmp_path / "missing.ndjson"
    pieces = read(missing, file("a.ndjson", b"{}"))

    assert Unreadable(Place(str(missing)), "no such file or directory") == pieces[0]
    assert [b"{}"] == texts(pieces)


def test_progress_is_told_in_bytes_on_the_disk(file: Callable[..., Path]) -> None:
    """All of them, zipped or not."""
    path = file("a.gz", gzip.compress(b"{}\n" * 100_000))
    told: list[int] = []
    list(documents([str(path)], LIMIT, told.append))

    assert path.stat().st_size == sum(told)
