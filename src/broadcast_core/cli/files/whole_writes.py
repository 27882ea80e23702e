"""Writes that are whole: a stream takes all of what the command gives it, or an error is raised.

A stream without a buffer (PYTHONUNBUFFERED=1, as in most container images) takes as much as fits on a disk
that is nearly full, or in a pipe that does not block. Python's text layer does not look, and loses the rest.
"""

from __future__ import annotations

import errno
import io
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

LONGEST_SILENCE = 1.0
"""Seconds in which the reader of messages takes nothing, and after which they are lost."""


class Whole(io.RawIOBase):
    """A stream whose writes are whole; a reader that is slow is waited for. What it writes to stays open."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def writable(self) -> bool:
        """It is for writing only."""
        return True

    def fileno(self) -> int:
        """Return the descriptor of what is written to."""
        return int(self._raw.fileno())

    def isatty(self) -> bool:
        """Tell whether a terminal is written to."""
        return bool(self._raw.isatty())

    def write(self, data: Any) -> int:
        """Write all of some bytes; raise `OSError` when not all of them can be."""
        left = memoryview(data).cast("B")
        size = len(left)
        while left:
            written = self._raw.write(left)
            if written is None:  # a pipe that does not block, and is full
                self._wait()
            elif written == 0:
                raise OSError(errno.EIO, "not all of it was taken")
            else:
                left = left[written:]
        return size

    def _wait(self) -> None:
        """Wait until more can be written."""
        select.select([], [self._raw], [])


class Messages(Whole):
    """Stderr: what it cannot take is lost and ends no run. That its reader went away does.

    A reader that takes nothing for `LONGEST_SILENCE` is waited for no more until it has taken a message.
    """

    _is_stuck = False

    def write(self, data: Any) -> int:
        """Write all of some bytes, if that can be."""
        try:
            written = super().write(data)
        except BrokenPipeError:
            raise
        except OSError:
            return memoryview(data).nbytes
        self._is_stuck = False
        return written

    def _wait(self) -> None:
        """Wait until more can be written, for a while; raise `OSError` when it cannot be."""
        _, ready, _ = select.select([], [self._raw], [], 0 if self._is_stuck else LONGEST_SILENCE)
        if not ready:
            self._is_stuck = True
            raise OSError(errno.EAGAIN, "nobody reads it")


class ClosedStdout(io.TextIOBase):
    """Stands for a stdout that is closed: whoever writes to it is told, and nobody else."""

    def write(self, _text: str) -> int:
        """Refuse."""
        raise OSError("it is closed")


def whole(stream: Any) -> Whole:
    """Return what writes to a stream of bytes, and past its buffer."""
    stream.flush()
    return Whole(getattr(stream, "raw", stream))


@contextmanager
def whole_streams() -> Iterator[None]:
    """Let stdout and stderr take all of what they are given, whoever writes to them."""
    before = sys.stdout, sys.stderr
    sys.stdout = ClosedStdout() if sys.stdout is None else _over(sys.stdout, Whole)
    sys.stderr = _over(sys.stderr, Messages)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def _over(stream: Any, kind: type[Whole]) -> Any:
    """Return a text stream like one that is there; one without a descriptor of its own stays as it is.

    A character that its encoding lacks is spelled out: names are in any script, terminals in few.
    """
    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)
    if not isinstance(raw, io.RawIOBase):
        return stream
    stream.flush()
    return io.TextIOWrapper(
        kind(raw), encoding=stream.encoding, errors="backslashreplace", write_through=True
    )
