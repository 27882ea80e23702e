"""A copy of a body without its compression, and which byte came when."""

from __future__ import annotations

import importlib
import zlib
from bisect import bisect_left
from collections.abc import Callable
from typing import Any

from attrs import frozen

from broadcast_core.capture.kept import Kept

Decode = Callable[[bytes], bytes]

_MODULES = {
    "br": (("brotli", "Decompressor", "process"), ("brotlicffi", "Decompressor", "process")),
    "zstd": (
        ("compression.zstd", "ZstdDecompressor", "decompress"),
        ("backports.zstd", "ZstdDecompressor", "decompress"),
    ),
}


@frozen
class Body:
    """The bytes of a body, its end where the middle is missing, and when each part of the bytes came.

    `note` says why something is missing.
    """

    text: bytes
    ends: tuple[int, ...] = ()
    ticks: tuple[int, ...] = ()
    tail: bytes = b""
    note: str | None = None

    def came_at(self, offset: int) -> int | None:
        """Return when the bytes up to an offset had come, in ticks."""
        place = bisect_left(self.ends, offset)
        return self.ticks[place] if place < len(self.ticks) else None


def decoded(kept: Kept, encoding: str, limit: int) -> Body:
    """Return what was kept, without its compression; of what inflates beyond the limit its beginning."""
    if encoding in ("", "identity"):
        return _merged([(at, chunk) for at, chunk in kept.chunks], b"".join(kept.tail), kept.is_cut)
    decode = _decoder(encoding)
    if decode is None:
        shown = encoding if encoding in ("br", "zstd") else "of another name"
        return Body(b"", note=f"no module is installed that reads the content encoding {shown}")
    parts: list[tuple[int, bytes]] = []
    size = 0
    for at, chunk in kept.chunks:
        try:
            part = decode(chunk)
        except Exception:  # noqa: BLE001  # each library has errors of its own for bytes that are wrong
            return _merged(parts, b"", True, f"the body is not what its content encoding {encoding} says")
        size += len(part)
        if size > limit:
            return _merged(parts, b"", True)
        parts.append((at, part))
    return _merged(parts, b"", kept.is_cut)


def _merged(
    parts: list[tuple[int, bytes]], tail: bytes, is_cut: bool, why: str = "the body is too large to be kept"
) -> Body:
    ends, size = [], 0
    for _, part in parts:
        size += len(part)
        ends.append(size)
    text = b"".join(part for _, part in parts)
    return Body(text, tuple(ends), tuple(at for at, _ in parts), tail, why if is_cut else None)


def _decoder(encoding: str) -> Decode | None:
    """Return what decodes chunk by chunk; None for an encoding whose module is not installed."""
    if encoding in ("gzip", "x-gzip"):
        return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress
    if encoding == "deflate":
        return zlib.decompressobj().decompress
    for module, kind, method in _MODULES.get(encoding, ()):
        try:
            found: Any = importlib.import_module(module)
        except ImportError:
            continue
        decode: Decode = getattr(getattr(found, kind)(), method)
        return decode
    return None
