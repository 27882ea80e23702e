"""Signals that end the process, raised as an exception so that files are cleaned up."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread

from broadcast_core.cli.errors import Terminated

_SIGNALS = tuple(  # SIGHUP, of a closed terminal, does not exist on every system; under nohup it is ignored
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
)


@contextmanager
def raise_on_termination() -> Iterator[None]:
    """Raise `Terminated` when a signal ends the process, so that no part of a file is left behind."""
    if current_thread() is not main_thread():  # only the main thread can set handlers
        yield
        return
    numbers = [number for number in _SIGNALS if signal.getsignal(number) is signal.SIG_DFL]
    for number in numbers:
        signal.signal(number, _raise)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)


def _raise(number: int, _frame: object) -> None:
    raise Terminated(number)
