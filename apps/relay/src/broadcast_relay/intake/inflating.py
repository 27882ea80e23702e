"""How large a gzip body is when inflated, measured as it comes and without keeping it."""

from __future__ import annotations

import asyncio
import zlib

_GZIP = 31  # the window of zlib with the header of gzip
_SLICE = 1024 * 1024


class Inflation:
    """Inflates a gzip body as it comes, up to a limit; its first bytes are kept.

    What is no gzip, or broken, is counted up to there and no further: whoever plans it finds out.
    """

    def __init__(self, max_bytes: int, kept_bytes: int) -> None:
        self._max, self._kept = max_bytes, kept_bytes
        self._inflater = zlib.decompressobj(_GZIP)
        self._is_broken = False
        self.size = 0
        self.start = b""

    @property
    def is_too_large(self) -> bool:
        """Whether the limit is passed."""
        return self.size > self._max

    @property
    def is_whole(self) -> bool:
        """Whether all that came was gzip to its end."""
        return self._inflater.eof and not self._is_broken

    async def feed(self, chunk: bytes) -> None:
        """Count a chunk; between slices of it, other requests have their turn."""
        while chunk and not self._is_broken and not self.is_too_large:
            if self._inflater.eof:  # gzip may have several members
                self._inflater = zlib.decompressobj(_GZIP)
            chunk = self._slice(chunk)
            if chunk:
                await asyncio.sleep(0)

    def _slice(self, chunk: bytes) -> bytes:
        """Inflate at most a slice; return what is left of the chunk."""
        try:
            out = self._inflater.decompress(chunk, min(_SLICE, self._max + 1 - self.size))
        except zlib.error:
            self._is_broken = True
            return b""
        self.size += len(out)
        if len(self.start) < self._kept:
            self.start += out[: self._kept - len(self.start)]
        return self._inflater.unconsumed_tail or self._inflater.unused_data
