"""A file that is no text is one error, which says what it is; a text with a bad line stays a text."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core.cli.files.binary import FIRST_BLOCK, describe_binary
from broadcast_core.cli.files.document import Document
from broadcast_core.cli.files.paths import Unreadable
from broadcast_core.cli.location import SourceLocation
from tests.cli.inputs import read, texts

pytestmark = pytest.mark.usefixtures("plugins")
Run = Callable[..., Any]
LINE = b'{"id":"gen-1"}\n'
NOISE = hashlib.shake_256(b"noise").digest(100_000)
UNKNOWN = "this is binary data or a text in another encoding, not JSON text in UTF-8; find out what it is"


def zipped() -> bytes:
    """Return a zip archive with a line in it."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writing:
        writing.writestr("a.ndjson", LINE)
    return archive.getvalue()


def tarred() -> bytes:
    """Return a tar archive with a line in it."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as writing:
        member = tarfile.TarInfo("a.ndjson")
        member.size = len(LINE)
        writing.addfile(member, io.BytesIO(LINE))
    return archive.getvalue()


def database() -> bytes:
    """Return an SQLite database."""
    with sqlite3.connect(":memory:") as connection:
        connection.execute("create table lines (line text)")
        data = connection.serialize()
    connection.close()
    return data


NAMED: dict[str, tuple[bytes, str]] = {
    "bzip2": (
        bz2.compress(LINE),
        "bzip2 data, not JSON text; decompress it first and give it on standard input: bzip2 -dc FILE |"
        " broadcast plan -",
    ),
    "xz": (lzma.compress(LINE), "xz data, not JSON text; decompress it first"),
    "zip": (zipped(), "a zip archive, not JSON text; decompress it first"),
    "an empty zip": (
        b"PK\x05\x06" + bytes(18),
        "an empty zip archive, not JSON text; there is nothing in it",
    ),
    "7z": (
        b"7z\xbc\xaf\x27\x1c\x00\x04" + NOISE[:100],
        "a 7z archive, not JSON text; decompress it first",
    ),
    "lz4": (b"\x04\x22\x4d\x18" + NOISE[:100], "lz4 data, not JSON text; decompress it first"),
    "tar": (tarred(), "a tar archive, not JSON text; unpack it first"),
    "tar, gzipped": (gzip.compress(tarred()), "a tar archive, not JSON text; unpack it first"),
    "Parquet": (
        b"PAR1\x15\x04\x15" + NOISE[:100],
        "a Parquet file, not JSON text; write its rows as NDJSON",
    ),
    "Avro": (b"Obj\x01\x04\x14avro.codec", "an Avro file, not JSON text; write its records as NDJSON"),
    "SQLite": (database(), "an SQLite database, not JSON text; write its rows as NDJSON"),
    "UTF-16": (
        LINE.decode().encode("utf-16"),
        "a text in UTF-16, not JSON text; write it in UTF-8: iconv",
    ),
    "UTF-32": (
        LINE.decode().encode("utf-32"),
        "a text in UTF-32, not JSON text; write it in UTF-8: iconv",
    ),
}
UNNAMED: dict[str, bytes] = {
    "noise": NOISE,
    "noise, gzipped": gzip.compress(NOISE),
    "nothing but NUL": bytes(10_000),
    "one NUL": b"\x00",
    "UTF-16 without a mark": (LINE * 50).decode().encode("utf-16-le"),
    "a long line of UTF-16 without a mark": ('{"x":"' + "x" * FIRST_BLOCK).encode("utf-16-le"),
    "UTF-16 of the other end": (LINE * 50).decode().encode("utf-16-be"),
    "another encoding": '{"id":"gen-1","x":"Сколько стоит подписка на год?"}\n'.encode("cp1251") * 50,
}


@pytest.mark.parametrize("name", ["a.ndjson", "a.json"])
@pytest.mark.parametrize(("data", "expected"), NAMED.values(), ids=NAMED)
def test_what_is_known_by_its_first_bytes_is_named(
    data: bytes, expected: str, name: str, file: Callable[..., Path]
) -> None:
    """With what to do about it."""
    (piece,) = read(path := file(name, data))

    assert isinstance(piece, Unreadable)
    assert (SourceLocation(str(path)), f"this is {expected}") == (
        piece.location,
        piece.why[: len(expected) + 8],
    )


@pytest.mark.parametrize("name", ["a.ndjson", "a.json"])
@pytest.mark.parametrize("data", UNNAMED.values(), ids=UNNAMED)
def test_what_is_no_text_is_one_error(data: bytes, name: str, file: Callable[..., Path]) -> None:
    """Not one a line."""
    path = file(name, data)

    assert [Unreadable(SourceLocation(str(path)), UNKNOWN)] == read(path, max_bytes=10**6)


@pytest.mark.parametrize("data", [bz2.compress(LINE), NOISE], ids=["bzip2", "noise"])
def test_it_costs_no_other_file(data: bytes, run: Run, record: Run, tmp_path: Path) -> None:
    """It is counted as a file that cannot be read; the messages are safe to print."""
    (tmp_path / "a.ndjson.bz2").write_bytes(data)
    (tmp_path / "b.ndjson").write_bytes(record("gen-1"))
    ran = run("plan", "--to", "demo", tmp_path)

    assert (2, ["gen-1"], 1) == (ran.code, ran.generations, len(ran.errors))
    assert "read 1, planned 1, skipped 0, rejected 0" == ran.summary
    assert all(line.isprintable() for line in ran.messages)


def test_it_may_come_from_stdin(spawn: Run) -> None:
    """As one error too."""
    ran = spawn("plan", "--to", "demo", stdin=bz2.compress(LINE * 100))

    assert (2, "read 0, planned 0, skipped 0, rejected 0") == (ran.code, ran.summary)
    assert ["error: <stdin>: this is bzip2 data, not JSON text"] == [
        line.split(";")[0] for line in ran.errors
    ]


TEXTS: dict[str, bytes] = {
    "a line with a NUL": b'{"id":"a\x00"}\n' + LINE,
    "a line with nothing else": bytes(3000) + b"\n" + LINE,
    "a line of noise": NOISE[:3000].replace(b"\n", b"") + b"\n" + LINE,
    "a line in another encoding": LINE + '{"x":"Сколько стоит подписка на год?"}\n'.encode("cp1251") * 3,
    "a good line at the end of the block": bytes(FIRST_BLOCK - len(LINE) - 1) + b"\n" + LINE,
    "noise behind the first block": b'{"x":"' + b"x" * FIRST_BLOCK + b'"}\n' + NOISE[:3000],
    "words that are no JSON": "Das ist kein JSON, nur ein Text über vieles.\n".encode() * 10,
    "a character that is cut at the end of the block": b"x" * (FIRST_BLOCK - 1) + "é\n".encode(),
    "marks of what could not be decoded": "�".encode() * 3000,
    "one wrong byte of eleven": b'"12345678\xff"',
    "a mark at the beginning": b"\xef\xbb\xbf" + LINE,
    "PK as a word": b"PK is no archive\n",
    "ustar where a tar archive has it": b'{"x":"' + b"x" * 251 + b'ustar"}\n' + LINE,
    "a long record in another encoding": b'{"x":"' + b"\xe9" * 9000 + b'"}\n' + LINE * 50,
    "a long array in another encoding": b" [" + b"\xe9" * FIRST_BLOCK + b"]\n" + LINE,
    "a long record in another encoding after words": b'junk\n{"x":"' + b"\xe9" * 9000 + b'"}\n' + LINE,
    "a long good record after one in another encoding": b"\xe9" * 5000 + b'\n{"x":"' + b"x" * 9000 + b'"}\n',
    "blank": b" \n\t\r\n",
    "nothing": b"",
}


@pytest.mark.parametrize("data", TEXTS.values(), ids=TEXTS)
def test_a_text_with_bad_lines_stays_a_text(data: bytes, file: Callable[..., Path]) -> None:
    """Every line is a document, and fails or not for itself."""
    pieces = read(file("a.ndjson", data), max_bytes=10**6)
    lines = [line for line in data.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip()]

    assert [line.rstrip() for line in lines] == texts(pieces)
    assert {Document} >= {type(piece) for piece in pieces}


WORDS = ("ORCHESTRATOR starting", "BZh", "BZh91AY&SY", "LZIP", "PAR1", "ARROW1")
BAD_LINES = [
    *(word.encode() + rest for word in WORDS for rest in (b"", b" at \xe9", " é".encode() * FIRST_BLOCK)),
    b"Obj\x01",
]


@pytest.mark.parametrize("bad", BAD_LINES, ids=lambda bad: f"{bad[:20]!r} of {len(bad)}")
def test_a_line_that_begins_as_another_file_costs_one_line(bad: bytes, file: Callable[..., Path]) -> None:
    """Good lines are after it."""
    pieces = read(file("a.ndjson", bad + b"\n" + LINE * 50), max_bytes=10**6)

    assert [bad, *[LINE.rstrip()] * 50] == texts(pieces)


@pytest.mark.parametrize("share", [0.4, 0.6])
def test_a_text_in_another_encoding_is_one_error_when_its_lines_are_seen(share: float) -> None:
    """A line that is cut counts when most of what is seen are other lines."""
    cut = b'{"x":"' + b"\xe9" * int(FIRST_BLOCK * share)
    head = (b"\xe9" * FIRST_BLOCK)[: FIRST_BLOCK - len(cut) - 1] + b"\n" + cut

    assert (UNKNOWN if share < 0.5 else None) == describe_binary(head)


def test_more_than_one_wrong_byte_of_ten_is_too_many() -> None:
    """Where no line is a good one."""
    assert None is describe_binary(b"x" * 9 + b"\xff")
    assert UNKNOWN == describe_binary(b"x" * 8 + b"\xff")


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_a_good_line_makes_it_a_text(before: bytes, after: bytes) -> None:
    """Whatever stands around it, but for what is known by its first bytes."""
    assert None is describe_binary(b"\n" + before + b"\n" + LINE + after)


@given(st.text(st.characters(min_codepoint=32, exclude_characters="\x7f", exclude_categories=["Cs"])))
def test_text_is_never_binary(text: str) -> None:
    """In any script; a word that some program begins its files with is rare, and a JSON text has none."""
    assert None is describe_binary(b" " + text.encode())
