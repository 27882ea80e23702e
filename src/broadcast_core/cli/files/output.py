"""Where requests go: stdout, or a file that appears complete at the end."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from tempfile import mkstemp
from typing import BinaryIO, TextIO

from broadcast_core.cli.errors import describe_os_error
from broadcast_core.cli.files.streams import complete_stream
from broadcast_core.cli.files.termination import raise_on_termination

STDOUT = "<stdout>"
_PARTIAL = ".partial"
Write = Callable[[bytes], None]


class WriteError(Exception):
    """The output at `path` cannot be written: a full disk, a missing directory. Fix that and run again."""

    def __init__(self, why: str, path: str = STDOUT) -> None:
        self.path = path
        super().__init__(why)


@contextmanager
def open_output(path: str | None, *, private: bool = False) -> Iterator[Write]:
    """Yield a function that writes bytes to stdout or to a file; a file appears when all went well."""
    if path is None:
        stream = getattr(sys.stdout, "buffer", None)
        if stream is None:
            raise WriteError("is closed")
        yield _writer(stream)
        _sync(stream)
    elif os.path.exists(path) and not os.path.isfile(path):
        # a device or a named pipe: there is no file to rename
        with explain_write_errors(path), open(path, "wb", buffering=0) as stream:
            yield _writer(stream, path)
    else:
        with replace_file(path, private=private) as write:
            yield write


@contextmanager
def replace_file(path: str, *, private: bool = False) -> Iterator[Write]:
    """Yield a function that writes to a file, which appears complete when all went well, or not at all.

    It is on the disk before it appears; a private one is readable by its owner only. Until then it has a
    unique temporary name, so that files left by other runs are neither in the way nor changed.
    """
    real = os.path.realpath(path)
    directory, name = os.path.split(real)
    with raise_on_termination():
        with explain_write_errors(path):
            descriptor, temporary = mkstemp(prefix=f".{name}.", suffix=_PARTIAL, dir=directory)
        try:
            with explain_write_errors(path), open(descriptor, "wb", buffering=0) as stream:
                yield _writer(stream, path)
                os.fsync(stream.fileno())
            with explain_write_errors(path):
                if not private:
                    os.chmod(temporary, _permissions(real))
                os.replace(temporary, real)
        finally:
            with suppress(OSError):
                os.unlink(temporary)


def remove_partial(path: str) -> None:
    """Remove what runs that were killed left beside a file; only for who keeps all others from writing it."""
    directory, name = os.path.split(os.path.realpath(path))
    with suppress(OSError):
        for one in os.listdir(directory):
            if one.startswith(f".{name}.") and one.endswith(_PARTIAL):
                os.unlink(os.path.join(directory, one))


def _permissions(path: str) -> int:
    """Return the permissions of a file, or those that a new file gets."""
    if os.path.exists(path):
        return stat.S_IMODE(os.stat(path).st_mode)
    mask = os.umask(0o077)  # it can only be read by setting it
    os.umask(mask)
    return 0o666 & ~mask


def _writer(stream: BinaryIO, path: str = STDOUT) -> Write:
    target = complete_stream(stream)

    def write(data: bytes) -> None:
        with explain_write_errors(path):
            target.write(data)

    return write


def sync_stdout() -> None:
    """Flush stdout to the disk, where it is a file; raise `WriteError` when that fails."""
    if sys.stdout is not None:
        _sync(sys.stdout)


def _sync(stream: BinaryIO | TextIO) -> None:
    """Flush a stream to the disk, where it is a file: some disks report only then that they are full."""
    try:
        is_file = stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except OSError:
        return
    if is_file:
        with explain_write_errors():
            os.fsync(stream.fileno())


@contextmanager
def explain_write_errors(path: str = STDOUT) -> Iterator[None]:
    """Raise `WriteError` for errors of the operating system; a broken pipe is raised unchanged."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise WriteError(describe_write_error(error), path) from None


def describe_write_error(error: OSError) -> str:
    """Return why an output cannot be written."""
    return f"cannot be written: {describe_os_error(error)}"
