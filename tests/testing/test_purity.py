"""Side effects raise inside the blocker, and work again after it."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Callable

import pytest

from broadcast_core.testing.purity import SideEffectError, blocked

TOUCHES: dict[str, Callable[[], object]] = {
    "time": lambda: time.time(),
    "sleep": lambda: time.sleep(0),
    "random": lambda: random.random(),
    "uuid4": lambda: uuid.uuid4(),
    "urandom": lambda: os.urandom(1),
    "socket": lambda: socket.socket(),
    "process": lambda: subprocess.Popen(["true"]),
    "thread": lambda: threading.Thread(target=print).start(),
    "file": lambda: open(__file__),  # noqa: SIM115
}


@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES.keys())
def test_a_side_effect_raises(touch: Callable[[], object]) -> None:
    """Whatever it touches."""
    with blocked(), pytest.raises(SideEffectError):
        touch()


def test_afterwards_everything_works_again() -> None:
    """The blocker leaves nothing behind."""
    with blocked():
        pass

    assert time.time() > 0
    assert 1 == len(os.urandom(1))
