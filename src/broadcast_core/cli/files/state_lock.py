"""One run at a time uses a file of state: it holds a lock beside it, from before the read until the end.

    state.json.lock     what the operating system locks; it stays, since removing it would let two runs in
    state.json.holder   which run holds the lock, for one that waits; it goes when that run ends; what
                         else has one of these names is the user's, and stops the run

The lock alone decides, and it ends with its process. What a killed run leaves beside it is not believed.
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

from broadcast_core.cli import INSTALL
from broadcast_core.cli.errors import MISSING, UNUSABLE, CommandError
from broadcast_core.cli.files.whole_writes import Whole
from broadcast_core.record.schema import written_time

LONGEST_WAIT = 86_400  # seconds
_HOLDER = re.compile(r"([1-9][0-9]{0,9}) ([\w.-]{1,100})\n", re.ASCII)
_LONGEST_HOLDER = 200
_OPENING = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)  # a named pipe would be waited for
_UNKNOWN = "a process that has not said which it is"


def beside(path: str) -> tuple[str, str]:
    """Return the lock of a file of state and the file that names its holder, whatever name is given."""
    whole = os.path.realpath(path)
    return f"{whole}.lock", f"{whole}.holder"


@contextmanager
def held(path: str, wait: float, tell: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of a file of state; raise `Failure` when another run has it for `wait` seconds more.

    `tell` is told when it has to be waited for.
    """
    lock, holder = beside(path)
    _refuse_other(path, lock, lambda: not os.path.getsize(lock))  # the lock would empty it
    taken = _taken(path, lock, holder, wait, tell)
    try:
        _refuse_other(path, holder, lambda: _is_of_a_run(_read(holder)[0]))
        try:
            _sign(path, holder)
            yield
        finally:
            with suppress(OSError):
                os.unlink(holder)
    finally:
        taken.release()


def _taken(path: str, lock: str, holder: str, wait: float, tell: Callable[[str], None]) -> Any:
    """Return the lock, taken."""
    try:
        from filelock import FileLock, Timeout
    except ImportError:
        raise CommandError(
            f"--state needs filelock, not installed here. Install: {INSTALL}", code=MISSING
        ) from None
    ours = FileLock(lock, mode=0o600)
    try:
        try:
            ours.acquire(timeout=0)
        except Timeout:
            if wait:
                tell(f"waiting up to {wait:g} seconds for another run that uses it: {_who(holder)}")
            ours.acquire(timeout=wait)
    except Timeout:
        why = f"another run uses it: {_who(holder)}"
        advice = "nothing was planned; run this again when that one has ended, or give a longer --state-wait"
        raise CommandError(f"--state {path}: {why}; {advice}", code=UNUSABLE) from None
    except (OSError, NotImplementedError) as error:
        raise _unlockable(path, lock, error) from None
    return ours


def _refuse_other(path: str, beside: str, is_ours: Callable[[], bool]) -> None:
    """Raise `Failure` when what has the name of one of our files is something of the user's."""
    if os.path.isdir(beside) or not os.path.lexists(beside):
        return
    try:
        is_left_by_a_run = stat.S_ISREG(os.lstat(beside).st_mode) and is_ours()
    except FileNotFoundError:  # a run that has just ended took it away
        return
    except OSError as error:
        raise _unlockable(path, beside, error) from None
    if not is_left_by_a_run:
        what = (
            "it is there and is of no run, so it is not replaced; rename it, or give the state another name"
        )
        raise CommandError(f"--state {path}: cannot be locked with {beside}: {what}", code=UNUSABLE)


def _is_of_a_run(text: str) -> bool:
    """Tell whether a run has written a text; one that was killed as it wrote has left it empty."""
    return not text or _HOLDER.fullmatch(text) is not None


def _read(holder: str) -> tuple[str, float]:
    """Return the beginning of a file, and when it was written; raise `OSError` where there is none."""
    with open(os.open(holder, os.O_RDONLY | _OPENING), "rb", buffering=0) as stream:
        text = stream.read(_LONGEST_HOLDER) or b""  # a named pipe has nothing yet
        return text.decode("utf-8", errors="replace"), os.fstat(stream.fileno()).st_mtime


def _sign(path: str, holder: str) -> None:
    """Write down who holds the lock, for those that wait; a directory that is read-only shows here too."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _OPENING
    try:
        with open(os.open(holder, flags, 0o600), "wb", buffering=0) as stream:
            Whole(stream).write(f"{os.getpid()} {_host()}\n".encode())
    except OSError as error:
        raise _unlockable(path, holder, error) from None


def _host() -> str:
    """Return the name of this host, in the form in which it is read again."""
    return re.sub(r"[^\w.-]", "_", socket.gethostname(), flags=re.ASCII)[:100] or "unknown"


def _who(holder: str) -> str:
    """Say who holds the lock, as far as it has said so and still runs."""
    try:
        text, written = _read(holder)
    except OSError:
        return _UNKNOWN
    told = _HOLDER.fullmatch(text)
    since = datetime.fromtimestamp(written, UTC)
    if told is None or _is_gone(int(told[1]), told[2]):
        return _UNKNOWN
    return f"process {told[1]} on {told[2]}, since {written_time(since.replace(microsecond=0))}"


def _is_gone(process: int, host: str) -> bool:
    """Tell whether a process of this host has ended; of another host it cannot be told."""
    if os.name != "posix" or host != _host():
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:
        return False
    return False


def _unlockable(path: str, beside: str, error: Exception) -> CommandError:
    why = (getattr(error, "strerror", None) or str(error)).lower()
    advice = "let this run write there, or keep the state in another directory"
    return CommandError(f"--state {path}: cannot be locked with {beside}: {why}; {advice}", code=UNUSABLE)
