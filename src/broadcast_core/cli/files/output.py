"""Where requests go: stdout, or a file that appears whole at the end."""

from __future__ import annotations

import os
import signal
import stat
import sys
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from tempfile import mkstemp
from threading import current_thread, main_thread
from typing import BinaryIO, TextIO

from msgspec import DecodeError, Raw
from msgspec.json import Decoder

from broadcast_core.batching.request import Request
from broadcast_core.cli.errors import UNUSABLE, CommandError, Terminated
from broadcast_core.cli.files.sources import STDIN
from broadcast_core.cli.files.whole_writes import whole
from broadcast_core.jsontext import dumps_lossy

STDOUT = "<stdout>"
Write = Callable[[bytes], None]
_ENDING = tuple(  # SIGHUP, of a terminal that was closed, is not on every system; nohup has it ignored
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
)
_GRAMMAR = Decoder(Raw)  # checks that a text is JSON without making values of it


class WriteError(Exception):
    """The output at `place` cannot be written: a full disk, a missing directory. Mend that and run again."""

    def __init__(self, why: str, place: str = STDOUT) -> None:
        self.place = place
        super().__init__(why)


def line(request: Request) -> bytes:
    """Return a request as one line of JSON; a JSON body is spliced in as it is."""
    about = {
        "route": request.route,
        "method": request.method,
        "url": request.url,
        "headers": dict(request.headers),
        "endpoint": request.endpoint.name,
        "generations": request.generations,
    }
    key, body = _body(request)
    return dumps_lossy(about)[0][:-1] + b',"' + key + b'":' + body + b"}\n"


def _body(request: Request) -> tuple[bytes, bytes]:
    """Return the key and the JSON of a body: the value itself, a text, or base64 of what is neither.

    A body of a JSON type that is no JSON would break the line, and the lines after it.
    """
    body = request.body
    kind = request.endpoint.content_type.partition(";")[0].strip().lower()
    is_json = kind == "application/json" or kind.endswith("+json")
    if is_json and not body.strip():
        return b"body", b"null"
    try:
        text = body.decode("utf-8")
        if not is_json:
            return b"body", dumps_lossy(text)[0]
        _GRAMMAR.decode(body)
    except (UnicodeDecodeError, DecodeError, RecursionError):
        return b"body_base64", b'"' + b64encode(body) + b'"'
    return b"body", body.replace(b"\r", b" ").replace(b"\n", b" ").strip()


def refuse_inputs(path: str | None, inputs: Iterable[object], *, option: str = "--output") -> None:
    """Raise when a file to write would replace one of the inputs, also the file that stdin is read from."""
    for name in inputs:
        if path is not None and isinstance(name, str):
            with suppress(OSError):
                if _is_stream(sys.stdin, path) if name == STDIN else os.path.samefile(path, name):
                    raise CommandError(f"{option} {path}: the file is one of the inputs", code=UNUSABLE)


def refuse_output(path: str, output: str | None, *, option: str) -> None:
    """Raise when a file to write would replace the output, also the file that stdout is redirected to."""
    with suppress(OSError):
        here = os.path.realpath
        if is_stdout(path) if output is None else here(path) == here(output):
            raise CommandError(f"{option} {path}: the file is the output", code=UNUSABLE)


def is_stdout(path: str) -> bool:
    """Tell whether a path is where stdout goes: a file, a pipe or a terminal."""
    if sys.stdout is None or not os.path.exists(path):
        return False
    return _is_stream(sys.stdout, path) or (_is_there(sys.stdout, path) and sys.stdout.isatty())


def _is_stream(stream: TextIO | None, path: str) -> bool:
    """Tell whether a path is what a stream is redirected to or from; a device may be that of several."""
    return stream is not None and _is_there(stream, path) and not stat.S_ISCHR(os.stat(path).st_mode)


def _is_there(stream: TextIO, path: str) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(stream.fileno()))
    except OSError:  # a stream without a descriptor
        return False


@contextmanager
def opened(path: str | None, *, private: bool = False) -> Iterator[Write]:
    """Yield what to write bytes with; a file is renamed into its place when all went well."""
    if path is None:
        stream = getattr(sys.stdout, "buffer", None)
        if stream is None:
            raise WriteError("is closed")
        yield _writer(stream)
        _store(stream)
    elif os.path.exists(path) and not os.path.isfile(path):
        # a device or a named pipe: nothing to rename
        with explained(path), open(path, "wb", buffering=0) as stream:
            yield _writer(stream, path)
    else:
        with replaced(path, private=private) as write:
            yield write


@contextmanager
def replaced(path: str, *, private: bool = False) -> Iterator[Write]:
    """Yield what to write a file with, which appears whole, or not at all, when all went well.

    It is on the disk before it appears; a private one stays for its owner alone. Until then the file has a
    name of its own, so that what another run has left behind is neither in the way nor touched.
    """
    real = os.path.realpath(path)
    directory, name = os.path.split(real)
    with told_to_end():
        with explained(path):
            descriptor, partial = mkstemp(prefix=f".{name}.", suffix=".partial", dir=directory)
        try:
            with explained(path), open(descriptor, "wb", buffering=0) as stream:
                yield _writer(stream, path)
                os.fsync(stream.fileno())
            with explained(path):
                if not private:
                    os.chmod(partial, _mode(real))
                os.replace(partial, real)
        finally:
            with suppress(OSError):
                os.unlink(partial)


def _mode(path: str) -> int:
    """Return the permissions of a file, or those of a new one."""
    if os.path.exists(path):
        return stat.S_IMODE(os.stat(path).st_mode)
    mask = os.umask(0o077)  # it can only be read by setting it
    os.umask(mask)
    return 0o666 & ~mask


@contextmanager
def told_to_end() -> Iterator[None]:
    """End as after an exception when the process is told to end, so that nothing is left behind."""
    if current_thread() is not main_thread():
        yield
        return
    ours = [number for number in _ENDING if signal.getsignal(number) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, _end)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _end(number: int, _frame: object) -> None:
    raise Terminated(number)


def _writer(stream: BinaryIO, place: str = STDOUT) -> Write:
    target = whole(stream)

    def write(data: bytes) -> None:
        with explained(place):
            target.write(data)

    return write


def store_stdout() -> None:
    """Have on the disk what was printed, where stdout is a file; raise `WriteError` when it cannot be."""
    if sys.stdout is not None:
        _store(sys.stdout)


def _store(stream: BinaryIO | TextIO) -> None:
    """Have a file that stdout is redirected to on the disk: some disks tell only then that they are full."""
    try:
        is_file = stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except OSError:
        return
    if is_file:
        with explained():
            os.fsync(stream.fileno())


@contextmanager
def explained(place: str = STDOUT) -> Iterator[None]:
    """Raise `WriteError` for what keeps an output from being written; a broken pipe is left as it is."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise WriteError(unwritable(error), place) from None


def unwritable(error: OSError) -> str:
    """Say why an output cannot be written."""
    return f"cannot be written: {(error.strerror or str(error)).lower()}"
