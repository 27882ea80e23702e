"""Files and stdin become documents: one at a time, with their locations, in bounded memory."""

from __future__ import annotations

import gzip
import io
import os
import select
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from broadcast_core.cli.files.document import Document, Refused
from broadcast_core.cli.files.documents import read_documents
from broadcast_core.cli.files.paths import Unreadable
from broadcast_core.cli.location import SourceLocation
from tests.cli.inputs import LIMIT, read, texts


def test_each_line_is_a_document_with_its_number(file: Callable[..., Path]) -> None:
    """Blank lines are skipped, and still counted as lines."""
    path = file("a.ndjson", b'{"a":1}\n\n  \t \n{"b":2}')

    assert [
        Document(SourceLocation(str(path), 1), b'{"a":1}\n'),
        Document(SourceLocation(str(path), 4), b'{"b":2}'),
    ] == read(path)


def test_a_location_is_shown_as_file_and_line() -> None:
    """A document without lines is shown as its file."""
    assert ("a.ndjson:12", "a.json") == (str(SourceLocation("a.ndjson", 12)), str(SourceLocation("a.json")))


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


@pytest.mark.parametrize("name", ["a.json", "A.JSON", "a.json.gz", "a.json.zst"])
def test_a_json_file_is_one_document(name: str, file: Callable[..., Path]) -> None:
    """It may have many lines, and its location has no line."""
    path = file(name, b'{\n "a": 1\n}\n')

    assert [Document(SourceLocation(str(path)), b'{\n "a": 1\n}\n')] == read(path)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "with a mark"])
def test_a_json_file_with_a_document_on_its_first_line_has_lines(
    mark: bytes, file: Callable[..., Path]
) -> None:
    """One object and more; what else stands there is one document."""
    path = file("a.json", mark + b'{"a":1}\n{"b":2}')

    assert [
        Document(SourceLocation(str(path), 1), b'{"a":1}\n'),
        Document(SourceLocation(str(path), 2), b'{"b":2}'),
    ] == read(path)
    for text in (b"[1]\n[2]\n", b'{"a":\n1}', b'{"a":1}\n', b'{"a":1}', b"{\n}\n{}\n"):
        assert [Document(SourceLocation(str(path)), text)] == read(file("a.json", text))


def test_a_json_file_of_lines_is_longer_than_a_document_may_be(file: Callable[..., Path]) -> None:
    """Each line has the limit for itself."""
    path = file("a.json", b'{"a":1}\n' * LIMIT + b"x" * (LIMIT + 1) + b"\n{}\n")
    *lines, refused, last = read(path)

    assert [b'{"a":1}'] * LIMIT + [b"{}"] == texts([*lines, last])
    assert SourceLocation(str(path), LIMIT + 1) == refused.location


def test_a_line_of_the_longest_length_is_read(file: Callable[..., Path]) -> None:
    """The end of the line does not count."""
    line = b"x" * LIMIT

    assert [line, line] == texts(read(file("a.ndjson", line + b"\r\n" + line)))


def test_a_longer_line_is_refused_and_the_next_one_read(file: Callable[..., Path]) -> None:
    """One byte too many is too many."""
    path = file("a.ndjson", b"x" * (LIMIT + 1) + b"\n{}\n" + b"x" * 5000 + b"\n[]\n")
    why = "the line is longer than 1000 bytes; a larger --max-line-bytes reads it"

    assert [
        Refused(SourceLocation(str(path), 1), why),
        Document(SourceLocation(str(path), 2), b"{}\n"),
        Refused(SourceLocation(str(path), 3), why),
        Document(SourceLocation(str(path), 4), b"[]\n"),
    ] == read(path)


def test_a_longer_document_is_refused(file: Callable[..., Path]) -> None:
    """A document of the longest length is read."""
    path = file("a.json", b"x" * (LIMIT + 1))
    why = "the document is longer than 1000 bytes; a larger --max-line-bytes reads it"

    assert [Refused(SourceLocation(str(path)), why)] == read(path)
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
    parts = read(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert [Refused, Document] == [type(piece) for piece in parts]
    assert peak < 5_000_000


def test_a_named_pipe_that_is_given_is_read(tmp_path: Path) -> None:
    """By its own name, as `<(...)` of a shell gives one."""
    os.mkfifo(tmp_path / "a.ndjson")
    writing = Thread(target=lambda: (tmp_path / "a.ndjson").write_bytes(b"{}\n"))
    writing.start()

    assert [b"{}"] == texts(read(tmp_path / "a.ndjson"))
    writing.join()


def test_a_dash_means_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its location is called <stdin>."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(b"{}\n"))))
    assert [Document(SourceLocation("<stdin>", 1), b"{}\n")] == read("-")


def test_stdin_that_is_closed_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the shell's `<&-` leaves it."""
    monkeypatch.setattr(sys, "stdin", None)

    assert [Unreadable(SourceLocation("<stdin>"), "stdin is closed")] == read("-")


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

    assert [Document(SourceLocation("<stdin>", 1), b"{}\n")] == read("-")


@pytest.mark.parametrize("size", [0, 10_000])
def test_the_end_of_a_terminal_is_asked_for_once(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would wait for more after it: a second Ctrl-D."""

    class Terminal(io.BytesIO):
        ends = 0

        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            self.ends += not data
            return data

    terminal = Terminal(b"{}\n" + b"x" * size)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(terminal))
    parts = read("-", max_bytes=100_000)

    assert ([SourceLocation("<stdin>", 1)], 1) == ([parts[0].location], terminal.ends)


@pytest.mark.parametrize("parts", [[b"{}\n[", b"]\n"], [gzip.compress(b"{}\n[]\n")]], ids=["plain", "zipped"])
def test_a_pipe_that_does_not_block_is_waited_for(
    parts: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has not come yet is no end of the file."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    arriving = iter(parts)

    def wait(*_streams: object) -> None:
        piece = next(arriving, None)
        os.close(writing) if piece is None else os.write(writing, piece)

    monkeypatch.setattr(select, "select", wait)
    with os.fdopen(reading) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)

        assert [b"{}", b"[]"] == texts(read("-"))


def test_a_missing_file_does_not_stop_the_others(tmp_path: Path, file: Callable[..., Path]) -> None:
    """It is an error between the documents."""
    missing = tmp_path / "missing.ndjson"
    parts = read(missing, file("a.ndjson", b"{}"))

    assert Unreadable(SourceLocation(str(missing)), "no such file or directory") == parts[0]
    assert [b"{}"] == texts(parts)


def test_progress_counts_bytes_on_the_disk(file: Callable[..., Path]) -> None:
    """All of them, zipped or not."""
    path = file("a.gz", gzip.compress(b"{}\n" * 100_000))
    sizes: list[int] = []
    list(read_documents([str(path)], LIMIT, sizes.append))

    assert path.stat().st_size == sum(sizes)
