"""What a relay that runs is asked for by other commands: by files in its spool, which its owner alone writes.

One process has the spool. So a command that wants something of it opens it itself where no relay runs, and
else leaves a file:

    NAME.ask     the question, with the time until which its command waits
    NAME.doing   the same while the relay does it: nothing is done twice, nor after its time
    NAME.done    the answer, which the command takes away

Whoever opens the spool clears what was left behind: by a relay that ended, or a command that was killed.
"""

from __future__ import annotations

import json
import os
import secrets as chance  # noqa: TID251  # names of files must not meet
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

from broadcast_core.cli.errors import describe_os_error
from broadcast_core.cli.files.output import WriteError
from broadcast_core.cli.files.termination import raise_on_termination
from broadcast_core.diagnostics import describe_error
from broadcast_core.errors import BroadcastError
from broadcast_relay.spool.exchanged import clear_stale, erase, names_of

Answer: TypeAlias = dict[str, Any]
Handler: TypeAlias = Callable[[Answer], Answer]
"""Does what is asked: JSON in, JSON out. What it raises, whoever asked is told."""

LONGEST_WAIT = 3600.0
_LOOK, _POLL = 0.5, 0.05


class NotDone(BroadcastError, RuntimeError):
    """Something that a relay was asked for and has not done; the message says why."""


def ask(folder: Path, kind: str, what: Answer, seconds: float) -> Answer:
    """Return what the relay of a spool answers; raise `NotDone` where it fails, or does not in time."""
    question = folder / f"ask-{chance.token_hex(8)}.ask"
    answer = question.with_suffix(".done")
    with raise_on_termination():
        try:
            _put(question, {"kind": kind, "what": what, "until": _now() + seconds})
            found = _wait_for(answer, question, seconds)
        finally:
            for path in (question, answer):
                path.unlink(missing_ok=True)
    if "failed" in found:
        raise NotDone(str(found["failed"]))
    return found


class Mailbox:
    """Looks for what a relay is asked, in a thread, and does it: one thing at a time, each once at most.

    `handlers` do it, by their kind.
    """

    def __init__(self, folder: Path, handlers: Mapping[str, Handler], *, look_seconds: float = _LOOK) -> None:
        self._folder, self._handlers, self._seconds = folder, handlers, look_seconds
        self._is_closing = threading.Event()
        clear(folder)
        self._thread = threading.Thread(target=self._run, name="broadcast-mailbox", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more; what is being done is waited for."""
        self._is_closing.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._is_closing.wait(self._seconds):
            with suppress(OSError):
                for question in sorted(self._folder.glob("ask-*.ask")):
                    self._take(question)
                clear_stale(self._folder, LONGEST_WAIT)

    def _take(self, question: Path) -> None:
        """Do what a file asks for, unless its command has taken it back, or waits no more."""
        doing = question.with_suffix(".doing")
        try:
            question.rename(doing)  # from here on it is never done again
        except FileNotFoundError:
            return
        try:
            if (answer := self._answer(doing)) is not None:
                with suppress(NotDone):
                    _put(question.with_suffix(".done"), answer)
        finally:
            erase(doing)

    def _answer(self, doing: Path) -> Answer | None:
        try:
            asked = json.loads(doing.read_bytes())
            if _now() > asked["until"]:
                return None
            if (handler := self._handlers.get(asked["kind"])) is None:
                return {"failed": f"this relay knows no {asked['kind']!r}: restart it after an upgrade"}
            return handler(asked["what"])
        except Exception as error:  # noqa: BLE001  # whoever asked is told
            return {"failed": _describe(error)}


def clear(folder: Path) -> None:
    """Take away what was left behind, for whoever has just opened the spool; not what is still waited for."""
    for path in names_of(folder):
        if path.suffix != ".ask" or not _is_waited_for(path):
            erase(path)


def _is_waited_for(question: Path) -> bool:
    try:
        return bool(_now() <= json.loads(question.read_bytes())["until"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _wait_for(answer: Path, question: Path, seconds: float) -> Answer:
    for _ in _until(seconds):
        if answer.exists():
            found: Answer = json.loads(answer.read_bytes())
            return found
    try:
        question.unlink()
    except FileNotFoundError:
        what = "has begun it and not ended within"
        raise NotDone(f"the relay {what} {seconds:g} seconds: it goes on; ask again to see") from None
    raise NotDone(f"the relay has not begun within {seconds:g} seconds, and will not: see that it runs")


def _until(seconds: float) -> Iterator[None]:
    ends = time.monotonic() + seconds  # noqa: TID251
    while time.monotonic() < ends:  # noqa: TID251
        yield
        time.sleep(_POLL)
    yield


def _put(path: Path, content: Answer) -> None:
    """Write a file that appears complete, for the owner of the spool alone; raise `NotDone`."""
    partial = path.with_suffix(".partial")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as stream:
            if hasattr(os, "geteuid") and os.geteuid() == 0:
                owner = path.parent.stat()
                os.fchown(descriptor, owner.st_uid, owner.st_gid)
            stream.write(json.dumps(content).encode())
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise NotDone(f"{path.parent}: the relay cannot be asked: {describe_os_error(error)}") from None


def _describe(error: Exception) -> str:
    if isinstance(error, WriteError):
        return f"{error.path}: {error}"
    return str(error) if isinstance(error, BroadcastError) else describe_error(error)


def _now() -> float:
    return time.time()  # noqa: TID251  # two processes compare it
