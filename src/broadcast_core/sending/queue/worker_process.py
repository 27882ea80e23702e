"""The process that plans and sends what a service is offered; it hears nothing but its standard input."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import time
from threading import Lock, Thread
from typing import IO

from attrs import evolve

from broadcast_core.errors import BroadcastError
from broadcast_core.secrets import HashKeys, Secrets
from broadcast_core.sending.queue.counters import Report
from broadcast_core.sending.queue.frames import frames_of, line_of
from broadcast_core.sending.queue.intake import STUCK, Intake

_SWITCH = 0.0005  # seconds that planning keeps other threads waiting; taking documents is one of them


def main() -> None:
    """Take documents from stdin until its end, then send what there is within the time that was given.

    The service ends, or says that it ends: signals of its terminal are for it alone.
    """
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    sys.setswitchinterval(_SWITCH)
    incoming, outgoing = sys.stdin.buffer, os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what plugins print is thrown away
    try:
        _serve(incoming, _Speaker(outgoing))
    finally:
        os._exit(0)  # whatever waits for an answer still


class _Speaker:
    """Writes messages to the service, which may have ended."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._lock = Lock()

    def __call__(self, message: Report | str) -> None:
        view = memoryview(line_of(message))
        with self._lock:
            try:
                while view:
                    view = view[self._stream.write(view) :]
            except OSError:
                return  # nobody listens; what is kept is sent all the same


def _serve(incoming: IO[bytes], notify: _Speaker) -> None:
    task, secrets, hash_keys, seconds, lifetime = pickle.load(incoming)  # noqa: S301  # its parent is ours
    if lifetime is not None:
        Thread(target=_end_after, args=(lifetime,), daemon=True).start()
    task = evolve(
        task,
        secrets={name: Secrets(some) for name, some in secrets.items()},
        hash_keys=HashKeys(hash_keys),
    )
    del secrets, hash_keys
    try:
        intake = Intake(task, notify, notify, stuck=lambda: os._exit(STUCK))
    except BroadcastError as error:
        notify(f"the worker cannot begin: {error}")
        return
    for frame in frames_of(incoming.read):
        if frame.kind == "end":
            seconds = frame.number / 1000
            break
        intake.take(frame.number, frame.body)
    intake.finish(seconds)


def _end_after(seconds: float) -> None:
    time.sleep(seconds)
    os._exit(0)
