"""Input that is compressed: gzip and zstd, by their first bytes and whatever the name of the file.

Several members or frames one after the other are one text. What is cut off or damaged is told after all that
could be read of it.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from broadcast_core.cli import INSTALL

SUFFIXES = (".gz", ".zst")
LARGEST_WINDOW = 27  # bits: the 128 MiB that `zstd` itself reads without being asked to
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = b"\x2a\x4d\x18"  # after a byte from 0x50 to 0x5f: zstd, with a frame of something else before it

Read = Callable[[int], bytes]


class Unpackable(ValueError):
    """Data that cannot be decompressed, or not to its end; it says why, and what to do."""


def unpacked(head: bytes, stream: io.BufferedReader, closing: ExitStack) -> Read | None:
    """Return how to read the text of a stream that begins with some bytes; None when it is not compressed."""
    if head.startswith(_GZIP):
        return _gzip(stream, closing)
    if head.startswith(_ZSTD) or (head[:1] in _bytes(0x50, 0x60) and head[1:4] == _SKIPPABLE):
        return _zstd(stream, closing)
    return None


def _bytes(first: int, end: int) -> tuple[bytes, ...]:
    return tuple(bytes([one]) for one in range(first, end))


def _gzip(stream: io.BufferedReader, closing: ExitStack) -> Read:
    packed = closing.enter_context(gzip.GzipFile(fileobj=stream))

    def read(size: int) -> bytes:
        try:
            return packed.read1(size)
        except EOFError:
            raise _cut_off("gzip") from None
        except (zlib.error, gzip.BadGzipFile):
            raise _damaged("gzip") from None

    return read


def _zstd(stream: io.BufferedReader, closing: ExitStack) -> Read:
    zstd = _module()
    limits = {zstd.DecompressionParameter.window_log_max: LARGEST_WINDOW}
    packed = closing.enter_context(zstd.ZstdFile(stream, options=limits))

    def read(size: int) -> bytes:
        try:
            return bytes(packed.read1(size))
        except EOFError:
            raise _cut_off("zstd") from None
        except zstd.ZstdError as error:
            if "memory" in str(error):
                what = f"the zstd data needs more memory than a window of {2 ** (LARGEST_WINDOW - 20)} MiB"
                raise Unpackable(f"{what}; decompress it first: zstd -dc --long=31 FILE") from None
            if "mismatch" in str(error):
                what = "the zstd data needs a dictionary, which is not read here"
                raise Unpackable(f"{what}; decompress it first: zstd -dc -D DICTIONARY FILE") from None
            raise _damaged("zstd") from None

    return read


def _module() -> Any:
    """Return the module that Python 3.14 has, or the same one for a Python before that."""
    try:
        from compression import zstd  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        try:
            from backports import zstd
        except ImportError:
            what = f"zstd data needs backports-zstd, not installed here. Install: {INSTALL}"
            raise Unpackable(f"{what}; or decompress it first: zstd -dc FILE") from None
    return zstd


def _cut_off(kind: str) -> Unpackable:
    return Unpackable(f"the {kind} data ends too early: the file is cut off; {_again(kind)}")


def _damaged(kind: str) -> Unpackable:
    return Unpackable(f"the {kind} data is damaged; {_again(kind)}")


def _again(kind: str) -> str:
    return f"copy it again, or test it: {kind} -t FILE"
