"""One run at a time uses a state file: it holds a lock from before the file is read until the run ends.

    state.json.lock     locked by the operating system; never removed, since that would let two runs in
    state.json.holder   names the process that holds the lock, for runs that wait; removed when it ends

Any other file with one of these names is the user's, and stops the run. Only the lock decides, and it ends
with its process: a holder file that a killed run has left is ignored.
"""

from __future__ import annotations

import os
import re
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from broadcast_core.cli.errors import INSTALL, MISSING, UNUSABLE, CommandError, describe_os_error
from broadcast_core.cli.files.streams import CompleteStream
from broadcast_core.record.field_checks import written_time

MAX_WAIT = 86_400  # seconds
_HOLDER = re.compile(r"([1-9][0-9]{0,9}) ([\w.-]{1,100})\n", re.ASCII)
_MAX_HOLDER_BYTES = 200
_OPEN_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)  # opening a named pipe would wait
_UNKNOWN = "an unknown process"


def lock_paths(path: str) -> tuple[str, str]:
    """Return the lock file and the holder file of a state file, the same for each of its names."""
    real = os.path.realpath(path)
    return f"{real}.lock", f"{real}.holder"


@contextmanager
def lock_state(path: str, wait: float, notify: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of a state file; raise `CommandError` when another run still has it after `wait` seconds.

    `notify` is called with a message when it has to wait.
    """
    lock, holder = lock_paths(path)
    _refuse_foreign(path, lock, lambda: not os.path.getsize(lock))  # locking a file empties it
    acquired = _acquire(path, lock, holder, wait, notify)
    try:
        _refuse_foreign(path, holder, lambda: _is_of_a_run(_read_holder(holder)[0]))
        try:
            _write_holder(path, holder)
            yield
        finally:
            with suppress(OSError):
                os.unlink(holder)
    finally:
        acquired.release()


def _acquire(path: str, lock: str, holder: str, wait: float, notify: Callable[[str], None]) -> Any:
    """Return the lock, acquired."""
    try:
        from filelock import FileLock, Timeout
    except ImportError:
        raise CommandError(
            f"--state needs filelock, not installed here. Install: {INSTALL}", code=MISSING
        ) from None
    file_lock = FileLock(lock, mode=0o600)
    try:
        try:
            file_lock.acquire(timeout=0)
        except Timeout:
            if wait:
                notify(
                    f"waiting up to {wait:g} seconds for another run that uses it: {_describe_holder(holder)}"
                )
            file_lock.acquire(timeout=wait)
    except Timeout:
        why = f"another run uses it: {_describe_holder(holder)}"
        advice = "nothing was planned; run this again when that one has ended, or give a longer --state-wait"
        raise CommandError(f"--state {path}: {why}; {advice}", code=UNUSABLE) from None
    except (OSError, NotImplementedError) as error:
        raise _lock_error(path, lock, error) from None
    return file_lock


def _refuse_foreign(path: str, name: str, is_left_by_run: Callable[[], bool]) -> None:
    """Raise `CommandError` when the file with the name of a lock file was not made by a run."""
    if os.path.isdir(name) or not os.path.lexists(name):
        return
    try:
        is_left_by_a_run = stat.S_ISREG(os.lstat(name).st_mode) and is_left_by_run()
    except FileNotFoundError:  # a run that has just ended removed it
        return
    except OSError as error:
        raise _lock_error(path, name, error) from None
    if not is_left_by_a_run:
        what = (
            "it exists and no run made it, so it is not replaced; rename it, or give the state another name"
        )
        raise CommandError(f"--state {path}: cannot be locked with {name}: {what}", code=UNUSABLE)


def _is_of_a_run(text: str) -> bool:
    """Tell whether a run wrote a text; a run that was killed while writing leaves it empty."""
    return not text or _HOLDER.fullmatch(text) is not None


def _read_holder(holder: str) -> tuple[str, float]:
    """Return the beginning of the holder file, and when it was written; raise `OSError` without one."""
    with open(os.open(holder, os.O_RDONLY | _OPEN_FLAGS), "rb", buffering=0) as stream:
        text = stream.read(_MAX_HOLDER_BYTES) or b""  # a named pipe has nothing yet
        return text.decode("utf-8", errors="replace"), os.fstat(stream.fileno()).st_mtime


def _write_holder(path: str, holder: str) -> None:
    """Write which process holds the lock, for runs that wait; a read-only directory is an error here too."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _OPEN_FLAGS
    try:
        with open(os.open(holder, flags, 0o600), "wb", buffering=0) as stream:
            CompleteStream(stream).write(f"{os.getpid()} {_host()}\n".encode())
    except OSError as error:
        raise _lock_error(path, holder, error) from None


def _host() -> str:
    """Return the name of this host, in the form in which the holder file has it."""
    return re.sub(r"[^\w.-]", "_", socket.gethostname(), flags=re.ASCII)[:100] or "unknown"


def _describe_holder(holder: str) -> str:
    """Return which process holds the lock, as far as its file says so and it still runs."""
    try:
        text, written = _read_holder(holder)
    except OSError:
        return _UNKNOWN
    match = _HOLDER.fullmatch(text)
    since = datetime.fromtimestamp(written, UTC)
    if match is None or _has_ended(int(match[1]), match[2]):
        return _UNKNOWN
    return f"process {match[1]} on {match[2]}, since {written_time(since.replace(microsecond=0))}"


def _has_ended(process: int, host: str) -> bool:
    """Tell whether a process of this host has ended; of another host that is unknown."""
    if os.name != "posix" or host != _host():
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:
        return False
    return False


def _lock_error(path: str, name: str, error: OSError | NotImplementedError) -> CommandError:
    why = describe_os_error(error) if isinstance(error, OSError) else str(error).lower()
    advice = "let this run write there, or keep the state in another directory"
    return CommandError(f"--state {path}: cannot be locked with {name}: {why}; {advice}", code=UNUSABLE)
