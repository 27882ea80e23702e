"""Compressed input: gzip and zstd, recognised by their first bytes, whatever the name of the file.

Several members or frames in a row are one text. Data that is cut off or damaged raises an error after all
that could be read of it.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from broadcast_core.cli.errors import INSTALL

SUFFIXES = (".gz", ".zst")
LARGEST_WINDOW = 27  # bits: the 128 MiB that `zstd` itself reads by default
_GZIP = b"\x1f\x8b"
ZSTD = b"\x28\xb5\x2f\xfd"
"""What data that zstd has compressed begins with."""
_SKIPPABLE_FIRST = tuple(bytes([byte]) for byte in range(0x50, 0x60))  # a frame that zstd skips
_SKIPPABLE_REST = b"\x2a\x4d\x18"

Read = Callable[[int], bytes]


class DecompressionError(ValueError):
    """Data that cannot be decompressed, or not to its end: `what` is wrong with it, and what to do."""

    def __init__(self, what: str, advice: str) -> None:
        self.what = what
        super().__init__(what + advice)


class MissingZstd(DecompressionError):
    """Data of zstd, which no installed package reads."""


def find_decompressor(head: bytes, stream: io.BufferedReader, closing: ExitStack) -> Read | None:
    """Return a function that reads the text of a stream which begins with `head`; None when it is plain."""
    if head.startswith(_GZIP):
        return _read_gzip(stream, closing)
    if head.startswith(ZSTD) or (head[:1] in _SKIPPABLE_FIRST and head[1:4] == _SKIPPABLE_REST):
        return _read_zstd(stream, closing)
    return None


def _read_gzip(stream: io.BufferedReader, closing: ExitStack) -> Read:
    compressed = closing.enter_context(gzip.GzipFile(fileobj=stream))

    def read(size: int) -> bytes:
        try:
            return compressed.read1(size)
        except EOFError:
            raise _cut_off("gzip") from None
        except (zlib.error, gzip.BadGzipFile):
            raise _damaged("gzip") from None

    return read


def _read_zstd(stream: io.BufferedReader, closing: ExitStack) -> Read:
    zstd = _import_zstd()
    limits = {zstd.DecompressionParameter.window_log_max: LARGEST_WINDOW}
    compressed = closing.enter_context(zstd.ZstdFile(stream, options=limits))

    def read(size: int) -> bytes:
        try:
            return bytes(compressed.read1(size))
        except EOFError:
            raise _cut_off("zstd") from None
        except zstd.ZstdError as error:
            if "memory" in str(error):
                what = f"the zstd data needs more memory than a window of {2 ** (LARGEST_WINDOW - 20)} MiB"
                raise DecompressionError(what, "; decompress it first: zstd -dc --long=31 FILE") from None
            if "mismatch" in str(error):
                what = "the zstd data needs a dictionary, which is not read here"
                advice = "; decompress it first: zstd -dc -D DICTIONARY FILE"
                raise DecompressionError(what, advice) from None
            raise _damaged("zstd") from None

    return read


def _import_zstd() -> Any:
    """Return the module of Python 3.14, or its backport for older ones."""
    try:
        from compression import zstd  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        try:
            from backports import zstd
        except ImportError:
            what = f"zstd data needs backports-zstd, not installed here. Install: {INSTALL}"
            raise MissingZstd(what, "; or decompress it first: zstd -dc FILE") from None
    return zstd


def _cut_off(kind: str) -> DecompressionError:
    what = f"the {kind} data ends too early"
    return DecompressionError(what, f": the file is cut off; {_advise_new_copy(kind)}")


def _damaged(kind: str) -> DecompressionError:
    return DecompressionError(f"the {kind} data is damaged", f"; {_advise_new_copy(kind)}")


def _advise_new_copy(kind: str) -> str:
    return f"copy it again, or test it: {kind} -t FILE"
