"""Streams whose writes are complete: all bytes are written, or an error is raised.

An unbuffered stream (PYTHONUNBUFFERED=1, as in most container images) writes only as much as fits on a disk
that is nearly full, or into a pipe that does not block. Python's text layer ignores that, and loses the rest.
"""

from __future__ import annotations

import errno
import io
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

STDERR_TIMEOUT = 1.0
"""Seconds to wait for a reader of stderr that takes nothing; then its messages are lost."""


class CompleteStream(io.RawIOBase):
    """A stream that writes all bytes; it waits for a slow reader. The stream below is never closed."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def writable(self) -> bool:
        """Return true: it is for writing only."""
        return True

    def fileno(self) -> int:
        """Return the descriptor of the stream below."""
        return int(self._raw.fileno())

    def isatty(self) -> bool:
        """Tell whether the stream below is a terminal."""
        return bool(self._raw.isatty())

    def write(self, data: Any) -> int:
        """Write all bytes; raise `OSError` when that fails."""
        left = memoryview(data).cast("B")
        size = len(left)
        while left:
            written = self._raw.write(left)
            if written is None:  # a pipe that does not block, and is full
                self._wait()
            elif written == 0:
                raise OSError(errno.EIO, "not all bytes were written")
            else:
                left = left[written:]
        return size

    def _wait(self) -> None:
        """Wait until more can be written."""
        select.select([], [self._raw], [])


class StderrStream(CompleteStream):
    """Stderr: a message that cannot be written is lost and does not end the run; a closed pipe does.

    After a reader has taken nothing for `STDERR_TIMEOUT`, no message waits until one is taken again.
    """

    _is_stuck = False

    def write(self, data: Any) -> int:
        """Write all bytes, or lose them."""
        try:
            written = super().write(data)
        except BrokenPipeError:
            raise
        except OSError:
            return memoryview(data).nbytes
        self._is_stuck = False
        return written

    def _wait(self) -> None:
        """Wait until more can be written; raise `OSError` after the timeout."""
        _, ready, _ = select.select([], [self._raw], [], 0 if self._is_stuck else STDERR_TIMEOUT)
        if not ready:
            self._is_stuck = True
            raise OSError(errno.EAGAIN, "its reader takes nothing")


class ClosedStdout(io.TextIOBase):
    """Stands for a closed stdout: only writing to it is an error."""

    def write(self, _text: str) -> int:
        """Raise `OSError`."""
        raise OSError("it is closed")


def complete_stream(stream: Any) -> CompleteStream:
    """Return a complete stream over a stream of bytes, without its buffer."""
    stream.flush()
    return CompleteStream(getattr(stream, "raw", stream))


@contextmanager
def complete_standard_streams() -> Iterator[None]:
    """Make the writes of stdout and stderr complete, whichever library writes."""
    original = sys.stdout, sys.stderr
    sys.stdout = ClosedStdout() if sys.stdout is None else _wrap(sys.stdout, CompleteStream)
    sys.stderr = _wrap(sys.stderr, StderrStream)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = original


def _wrap(stream: Any, kind: type[CompleteStream]) -> Any:
    """Return a text stream with complete writes; one that is not over a raw stream is returned unchanged.

    A character that its encoding lacks is escaped: names come in any script, and terminals show few.
    """
    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)
    if not isinstance(raw, io.RawIOBase):
        return stream
    stream.flush()
    return io.TextIOWrapper(
        kind(raw), encoding=stream.encoding, errors="backslashreplace", write_through=True
    )
