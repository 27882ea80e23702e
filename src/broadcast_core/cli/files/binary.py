"""Input that is no text: one error for the file that says what it is and what to do, not one for each line.

A text with some wrong bytes is still a text: only the lines that hold them are rejected. So is a text that
begins with the letters with which a binary format begins.
"""

from __future__ import annotations

from codecs import getincrementaldecoder

FIRST_BLOCK = 8192
"""How many bytes are looked at to find out what a file is."""

UNREAD_SUFFIXES = (".bz2", ".xz", ".lz4", ".zip", ".7z")
"""Compressed input that is not read here; in a directory it is an error, and is not left out silently."""

_decoder = getincrementaldecoder("utf-8")
_FEW = 10  # in a text at most one byte of so many is wrong
_CONTROL = bytes({*range(32), 127} - set(b"\t\n\v\f\r\x1b"))
_PIPED = "decompress it first and give it on standard input: {} FILE | broadcast plan -"
_KINDS: tuple[tuple[bytes, str, str], ...] = (
    (b"\x1f\x8b", "gzip data within compressed data", "decompress it once first"),
    (b"\x28\xb5\x2f\xfd", "zstd data within compressed data", "decompress it once first"),
    (b"\xfd7zXZ\x00", "xz data", _PIPED.format("xz -dc")),
    (b"\x04\x22\x4d\x18", "lz4 data", _PIPED.format("lz4 -dc")),
    (b"\x1f\x9d", "compress (.Z) data", _PIPED.format("gzip -dc")),
    (b"\xff\x06\x00\x00sNaPpY", "snappy data", "decompress it first"),
    (b"PK\x03\x04", "a zip archive", _PIPED.format("unzip -p")),
    (b"PK\x05\x06", "an empty zip archive", "there is nothing in it to read"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _PIPED.format("7z x -so")),
    (b"Rar!\x1a\x07", "a rar archive", "unpack it first"),
    (b"SQLite format 3\x00", "an SQLite database", "write its rows as NDJSON first"),
    (b"\xff\xfe\x00\x00", "a text in UTF-32", "write it in UTF-8: iconv -f UTF-32 -t UTF-8 FILE"),
    (b"\x00\x00\xfe\xff", "a text in UTF-32", "write it in UTF-8: iconv -f UTF-32 -t UTF-8 FILE"),
    (b"\xff\xfe", "a text in UTF-16", "write it in UTF-8: iconv -f UTF-16 -t UTF-8 FILE"),
    (b"\xfe\xff", "a text in UTF-16", "write it in UTF-8: iconv -f UTF-16 -t UTF-8 FILE"),
)
_LETTERS: tuple[tuple[bytes, str, str], ...] = (  # a text may begin with these too
    (b"BZh", "bzip2 data", _PIPED.format("bzip2 -dc")),
    (b"LZIP", "lzip data", _PIPED.format("lzip -dc")),
    (b"PAR1", "a Parquet file", "write its rows as NDJSON first"),
    (b"Obj\x01", "an Avro file", "write its records as NDJSON first"),
    (b"ORC", "an ORC file", "write its rows as NDJSON first"),
    (b"ARROW1", "an Arrow file", "write its rows as NDJSON first"),
)


def describe_binary(head: bytes) -> str | None:
    """Return what a file that begins with `head` is, and what to do; None when it is a text."""
    for magic, what, advice in _KINDS:
        if head.startswith(magic):
            return f"this is {what}, not JSON text; {advice}"
    if head[257:262] == b"ustar" and b"\0" in head[:512]:
        return "this is a tar archive, not JSON text; unpack it first: tar -xf FILE"
    if not _count_wrong(head) or _has_json_line(head):
        return None
    for magic, what, advice in _LETTERS:
        if head.startswith(magic):
            return f"this is {what}, not JSON text; {advice}"
    if _count_wrong(head) * _FEW <= len(head):
        return None
    return "this is binary data or a text in another encoding, not JSON text in UTF-8; find out what it is"


def _count_wrong(head: bytes) -> int:
    """Count the bytes that do not belong in a UTF-8 text; its last character may be cut."""
    text = _decoder(errors="replace").decode(head)
    return (
        text.count("\ufffd") - head.count("\ufffd".encode()) + len(head) - len(head.translate(None, _CONTROL))
    )


def _has_json_line(head: bytes) -> bool:
    """Tell whether a line looks like JSON; the last one, when it was cut, only has to begin like JSON."""
    *lines, last = head.split(b"\n")
    is_cut = len(head) >= FIRST_BLOCK
    return any(map(_is_json_line, lines)) or (_may_be_json(last) if is_cut else _is_json_line(last))


def _may_be_json(beginning: bytes) -> bool:
    """Tell whether a line begins like JSON; when it is most of the block, wrong bytes in it are allowed."""
    text = beginning.lstrip()
    few_lines = len(text) * 2 > FIRST_BLOCK
    return text[:1] in (b"{", b"[") and b"\0" not in text and (few_lines or not _count_wrong(text))


def _is_json_line(line: bytes) -> bool:
    """Tell whether a line is complete, looks like JSON, and has no wrong byte."""
    text = line.strip()
    ends = text[:1] + text[-1:]
    return ends in (b"{}", b"[]") and not _count_wrong(text)
