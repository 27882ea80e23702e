"""Files, directories and stdin become documents: one at a time, with their places, in bounded memory."""

from __future__ import annotations

import gzip
import io
import os
import select
import socket
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from broadcast_core.cli.files.sources import (
    Document,
    Refused,
    SourceLocation,
    Unreadable,
    documents,
    expanded,
)
from tests.cli.reading import LIMIT, read, texts


def test_each_line_is_a_document_with_its_number(file: Callable[..., Path]) -> None:
    """Blank lines are skipped, and still counted as lines."""
    path = file("a.ndjson", b'{"a":1}\n\n  \t \n{"b":2}')

    assert [
        Document(SourceLocation(str(path), 1), b'{"a":1}\n'),
        Document(SourceLocation(str(path), 4), b'{"b":2}'),
    ] == read(path)


def test_a_place_is_shown_as_file_and_line() -> None:
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
    """It may have many lines, and its place has no line."""
    path = file(name, b'{\n "a": 1\n}\n')

    assert [Document(SourceLocation(str(path)), b'{\n "a": 1\n}\n')] == read(path)


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
    pieces = read(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert [Refused, Document] == [type(piece) for piece in pieces]
    assert peak < 5_000_000


def test_a_directory_stands_for_its_files_in_order(tmp_path: Path, file: Callable[..., Path]) -> None:
    """Only JSON and NDJSON files, also those in directories below, and none that are hidden."""
    for name in ("deep", "deep/er.json", "deep/empty", ".git", "deep/.hidden"):
        (tmp_path / name).mkdir()
    found = [
        *("E.NDJSON", "a.jsonl", "b.json", "c.ndjson.gz", "d.json.gz"),
        *("deep/a.json", "deep/er.json/a.json", "deep/f.ndjson", "z.json.ZST", "z.jsonl.bz2"),
    ]
    others = [".x.json", "f.txt", "g.csv.gz", "h.zst", ".git/a.json", "deep/.hidden/a.json", "deep/a.txt"]
    for name in (*found, *others):
        file(name, b"{}")

    assert [str(tmp_path / name) for name in found] == list(expanded([str(tmp_path)]))


def test_a_directory_without_input_is_an_error(tmp_path: Path) -> None:
    """It says what was looked for, once and not for each directory below."""
    (tmp_path / "deep").mkdir()
    why = "no file in it ends in .json, .ndjson, .jsonl, or in one of them and .gz or .zst"

    assert [Unreadable(SourceLocation(str(tmp_path)), why)] == read(tmp_path)


def test_what_is_no_file_in_a_directory_is_not_waited_for(tmp_path: Path, file: Callable[..., Path]) -> None:
    """It says what it is; a file beside it is read, also through a link."""
    os.mkfifo(tmp_path / "a.ndjson")
    (tmp_path / "b.json").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "c.jsonl"))
    (tmp_path / "d.json").symlink_to(file("e.ndjson", b"{}\n"))
    (tmp_path / "f.json").symlink_to(tmp_path / "nothing")
    (tmp_path / "g.json").symlink_to(tmp_path / "a.ndjson")
    pieces = read(tmp_path)

    advice = "and no file; of a directory only files are read, so give it by its name where it is wanted"
    named = {
        "a.ndjson": "a named pipe",
        "b.json": "a device",
        "c.jsonl": "a socket",
        "g.json": "a named pipe",
    }
    whys = {name: f"this is {what}, {advice}" for name, what in named.items()}
    assert {**whys, "f.json": "no such file or directory"} == {
        Path(piece.location.name).name: piece.why for piece in pieces if isinstance(piece, Unreadable)
    }
    assert [b"{}", b"{}"] == texts(pieces)


def test_a_named_pipe_that_is_given_is_read(tmp_path: Path) -> None:
    """By its own name, as `<(...)` of a shell gives one."""
    os.mkfifo(tmp_path / "a.ndjson")
    writing = Thread(target=lambda: (tmp_path / "a.ndjson").write_bytes(b"{}\n"))
    writing.start()

    assert [b"{}"] == texts(read(tmp_path / "a.ndjson"))
    writing.join()


def test_links_that_make_a_loop_are_followed_once(tmp_path: Path, file: Callable[..., Path]) -> None:
    """Every directory is read once, by whichever of its names comes first."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "loop").symlink_to(tmp_path / "a")
    (tmp_path / "a" / "top").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    (tmp_path / "z").symlink_to(tmp_path / "a" / "b")
    file("a/b/one.json", b"{}")
    file("two.json", b"{}")

    assert [str(tmp_path / name) for name in ("a/b/one.json", "two.json")] == list(expanded([str(tmp_path)]))


def test_a_directory_that_is_given_twice_is_read_twice(tmp_path: Path, file: Callable[..., Path]) -> None:
    """That is the user's choice, as it is with a file."""
    path = str(file("a.json", b"{}"))

    assert [path] * 3 == list(expanded([str(tmp_path), str(tmp_path), path]))


def test_a_directory_that_cannot_be_read_costs_no_other(
    tmp_path: Path, file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is one error, in its place."""
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        file(f"{name}/x.json", b"{}")

    def listed(path: str) -> list[str]:
        if path == str(tmp_path / "b"):
            raise PermissionError(13, "Permission denied")
        return names(path)

    names = os.listdir
    monkeypatch.setattr(os, "listdir", listed)

    assert [
        str(tmp_path / "a/x.json"),
        Unreadable(SourceLocation(str(tmp_path / "b")), "permission denied"),
        str(tmp_path / "c/x.json"),
    ] == list(expanded([str(tmp_path)]))


def test_a_thousand_directories_in_one_another_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As deep as a path may be long."""
    monkeypatch.chdir(tmp_path)
    directories = ["/".join("d" * depth) for depth in range(1, 1500)]
    for directory in directories:
        os.mkdir(directory)
    path = Path(directories[-1], "a.json")
    path.write_bytes(b"{}")
    found = list(expanded(["d"]))
    path.unlink()
    for directory in reversed(directories):  # what removes the files of tests goes less deep
        os.rmdir(directory)

    assert [str(path)] == found


def test_no_path_means_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    """So does a dash; its place is called <stdin>."""
    assert ["-"] == list(expanded([]))
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
    pieces = read("-", most=100_000)

    assert ([SourceLocation("<stdin>", 1)], 1) == ([pieces[0].location], terminal.ends)


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

    assert Unreadable(SourceLocation(str(missing)), "no such file or directory") == pieces[0]
    assert [b"{}"] == texts(pieces)


def test_progress_is_told_in_bytes_on_the_disk(file: Callable[..., Path]) -> None:
    """All of them, zipped or not."""
    path = file("a.gz", gzip.compress(b"{}\n" * 100_000))
    told: list[int] = []
    list(documents([str(path)], LIMIT, told.append))

    assert path.stat().st_size == sum(told)
