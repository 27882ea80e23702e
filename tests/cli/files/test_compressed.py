"""Input that is compressed is read as the text in it: whatever its name, in frames, and in bounded memory."""

from __future__ import annotations

import gzip
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from broadcast_core.cli.files.compressed import LARGEST_WINDOW
from broadcast_core.cli.files.document import Document, Refused
from broadcast_core.cli.files.documents import read_documents
from broadcast_core.cli.files.paths import Unreadable
from broadcast_core.cli.location import SourceLocation
from tests.cli.inputs import LIMIT, read, texts

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Run = Callable[..., Any]
SKIPPABLE = b"\x5f\x2a\x4d\x18\x03\x00\x00\x00abc"  # a frame of zstd that holds something else


@frozen
class Kind:
    """A compression: what it is called, and how a text is compressed."""

    name: str
    pack: Callable[[bytes], bytes]


KINDS = [
    pytest.param(Kind("gzip", gzip.compress), id="gzip"),
    pytest.param(Kind("zstd", lambda text: bytes(zstd.compress(text))), id="zstd"),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["a.ndjson", "a.ndjson.gz", "a.jsonl.zst", "a.log"])
def test_it_is_recognised_whatever_the_name(name: str, kind: Kind, file: Callable[..., Path]) -> None:
    """Two members one after the other are one text."""
    path = file(name, kind.pack(b"{}\n[1") + kind.pack(b"]\n"))

    assert [b"{}", b"[1]"] == texts(read(path))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["a.json", "a.json.gz", "a.json.zst", "a.JSON.ZST"])
def test_a_compressed_document_is_read_whole(name: str, kind: Kind, file: Callable[..., Path]) -> None:
    """Lines inside it do not matter."""
    path = file(name, kind.pack(b'{\n"a":1}'))

    assert [Document(SourceLocation(str(path)), b'{\n"a":1}')] == read(path)


def again(kind: str) -> str:
    """Return the advice about a damaged file."""
    return f"copy it again, or test it: {kind} -t FILE"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("percent", [90, 50, 1])
def test_what_is_cut_off_keeps_the_lines_before(percent: int, kind: Kind, file: Callable[..., Path]) -> None:
    """The last piece says after which line, and that the file is cut."""
    whole = kind.pack(b"".join(b"[%d]\n" % (n * n * n * 7919) for n in range(100_000)))
    *before, last = read(path := file("a", whole[: len(whole) * percent // 100]))

    at, after = (
        (SourceLocation(str(path), len(before)), "after this line, ")
        if before
        else (SourceLocation(str(path)), "")
    )
    assert (
        Unreadable(at, f"{after}the {kind.name} data ends too early: the file is cut off; {again(kind.name)}")
        == last
    )
    assert [b"[%d]" % (n * n * n * 7919) for n in range(len(before))] == texts(before)
    assert percent == 1 or len(before) > 10_000


@pytest.mark.parametrize("kind", KINDS)
def test_what_lacks_its_last_bytes_keeps_every_line(kind: Kind, file: Callable[..., Path]) -> None:
    """A second member of which only the beginning is there, or a checksum that is not."""
    path = file("a", kind.pack(b"{}\n") + kind.pack(b"[]\n")[:7])
    pieces = read(path)

    assert [b"{}"] == texts(pieces)[:1]
    assert (
        Unreadable(
            SourceLocation(str(path), len(pieces) - 1),
            f"after this line, the {kind.name} data ends too early: the file is cut off; {again(kind.name)}",
        )
        == (pieces[-1])
    )


@pytest.mark.parametrize("kind", KINDS)
def test_damage_is_named_so(kind: Kind, file: Callable[..., Path]) -> None:
    """Also what stands behind a whole member."""
    good = kind.pack(b"{\n}\n")
    paths = [file("a.json", good[:5] + b"\xff" * 12), file("b.json", good + b"junk")]

    why = f"the {kind.name} data is damaged; {again(kind.name)}"
    assert [Unreadable(SourceLocation(str(path)), why) for path in paths] == read(*paths)


def test_a_wrong_checksum_is_damage(file: Callable[..., Path]) -> None:
    """Of gzip, and of zstd where it has one."""
    gzipped = bytearray(gzip.compress(b"{}\n"))
    gzipped[-8] ^= 1
    packed = bytearray(zstd.compress(b"{}\n", options={zstd.CompressionParameter.checksum_flag: 1}))
    packed[-1] ^= 1
    paths = [file("a.json", bytes(gzipped)), file("b.json", bytes(packed))]

    assert [f"the {name} data is damaged; {again(name)}" for name in ("gzip", "zstd")] == [
        piece.why for piece in read(*paths) if isinstance(piece, Unreadable)
    ]


def test_a_dictionary_that_is_missing_is_no_damage(file: Callable[..., Path]) -> None:
    """It says how to give it."""
    samples = [b'{"id":"gen-%d","model":"m%d"}\n' % (n, n * 7919) for n in range(2000)]
    packed = zstd.compress(samples[0], zstd_dict=zstd.train_dict(samples, 2000))
    path = file("a.ndjson.zst", bytes(packed))

    what = "the zstd data needs a dictionary, which is not read here"
    why = f"{what}; decompress it first: zstd -dc -D DICTIONARY FILE"
    assert [Unreadable(SourceLocation(str(path)), why)] == read(path)


def test_frames_of_something_else_are_passed_over(file: Callable[..., Path]) -> None:
    """Some programs begin with one."""
    path = file("a.ndjson", SKIPPABLE + zstd.compress(b"{}\n") + SKIPPABLE + zstd.compress(b"[]\n"))

    assert [b"{}", b"[]"] == texts(read(path))


def framed(window: int, text: bytes) -> bytes:
    """Return zstd data that says it needs a window of so many bits."""
    block = len(text) << 3 | 1
    return b"\x28\xb5\x2f\xfd\x00" + bytes([(window - 10) << 3]) + block.to_bytes(3, "little") + text


def test_a_window_that_takes_too_much_state_is_an_error(file: Callable[..., Path]) -> None:
    """The largest that is read, and one more; a file of a few bytes could ask for gigabytes."""
    paths = [file("a.json", framed(LARGEST_WINDOW, b"{}")), file("b.json", framed(LARGEST_WINDOW + 1, b"{}"))]
    what = "the zstd data needs more memory than a window of 128 MiB"
    why = f"{what}; decompress it first: zstd -dc --long=31 FILE"

    assert [
        Document(SourceLocation(str(paths[0])), b"{}"),
        Unreadable(SourceLocation(str(paths[1])), why),
    ] == read(*paths)


@pytest.mark.parametrize("kind", KINDS)
def test_a_line_that_is_small_on_the_disk_only_is_not_held_in_memory(
    kind: Kind, file: Callable[..., Path]
) -> None:
    """A bomb: 50 MB of one line in some kilobytes."""
    path = file("a", kind.pack(b"x" * 50_000_000 + b"\n{}\n"))
    tracemalloc.start()
    pieces = read(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert [Refused, Document] == [type(piece) for piece in pieces]
    assert peak < 5_000_000


@pytest.mark.parametrize("kind", KINDS)
def test_progress_counts_bytes_on_the_disk(kind: Kind, file: Callable[..., Path]) -> None:
    """All of them."""
    path = file("a", kind.pack(b"{}\n" * 100_000))
    sizes: list[int] = []
    list(read_documents([str(path)], LIMIT, sizes.append))

    assert path.stat().st_size == sum(sizes)


@pytest.mark.parametrize("kind", KINDS)
def test_it_may_come_from_stdin(kind: Kind, spawn: Run, record: Run) -> None:
    """By its first bytes."""
    ran = spawn("plan", "--to", "demo", "-", stdin=kind.pack(record() * 3))

    assert (0, "read 3, planned 3, skipped 0, rejected 0") == (ran.code, ran.summary)


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_compressed_twice_is_reported(kind: Kind, file: Callable[..., Path]) -> None:
    """One error, and not one a line."""
    path = file("a.ndjson", kind.pack(gzip.compress(b"{}\n")))
    why = "this is gzip data within compressed data, not JSON text; decompress it once first"

    assert [Unreadable(SourceLocation(str(path)), why)] == read(path)


def test_without_its_package_zstd_says_what_to_install(spawn: Run, record: Run, tmp_path: Path) -> None:
    """Other files are read."""
    (tmp_path / "a.ndjson.zst").write_bytes(zstd.compress(record("gen-1")))
    (tmp_path / "b.ndjson").write_bytes(record("gen-2"))
    names = ("compression.zstd", "backports.zstd")
    without = "".join(f"import sys; sys.modules[{name!r}] = None\n" for name in names)
    ran = spawn(
        *("plan", "--to", "demo", tmp_path),
        before=("-c", f"{without}from broadcast_core.cli import main; main()"),
    )

    assert [
        f"error: {tmp_path}/a.ndjson.zst: zstd data needs backports-zstd, not installed here."
        " Install: pip install 'broadcast-core[cli]'; or decompress it first: zstd -dc FILE"
    ] == ran.errors
    assert (2, ["gen-2"]) == (ran.code, ran.generations)
