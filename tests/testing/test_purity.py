"""Side effects raise inside the blocker, and work again after it."""

from __future__ import annotations

import datetime as dt
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic as bound_before
from types import ModuleType

import pytest

from broadcast_core.testing.purity import SideEffectError, blocked, breaks_tracing

TOUCHES: dict[str, Callable[[], object]] = {
    "time": lambda: time.time(),
    "sleep": lambda: time.sleep(0),
    "gmtime": lambda: time.gmtime(),
    "process time": lambda: time.process_time(),
    "random": lambda: random.random(),
    "uniform": lambda: random.uniform(0, 1),
    "dice of one's own": lambda: random.Random(1),
    "uuid4": lambda: uuid.uuid4(),
    "urandom": lambda: os.urandom(1),
    "environment": lambda: os.environ["PATH"],
    "environment, asked": lambda: "PATH" in os.environ,
    "environment, got": lambda: os.environ.get("PATH"),
    "getenv": lambda: os.getenv("PATH"),
    "socket": lambda: socket.socket(),
    "name": lambda: socket.getaddrinfo("localhost", 80),
    "process": lambda: subprocess.Popen(["true"]),
    "shell": lambda: os.system("true"),
    "thread": lambda: threading.Thread(target=print).start(),
    "file": lambda: open(__file__),  # noqa: SIM115
    "path": lambda: Path(__file__).read_bytes(),
    "descriptor": lambda: os.open(__file__, os.O_RDONLY),
    "directory": lambda: os.listdir(),
    "scan": lambda: list(Path().iterdir()),
    "temporary file": lambda: tempfile.mkdtemp(),
    "bound before": lambda: bound_before(),
    "datetime": lambda: datetime.now(UTC),
    "datetime by its module": lambda: dt.datetime.now(UTC),
}


@pytest.fixture
def here() -> Iterator[str]:
    """Make this module one of a package that is watched, and return the name of the package."""
    module = ModuleType("watched")
    sys.modules["watched"] = module
    vars(module).update(
        {name: value for name, value in globals().items() if name not in ("__name__", "__spec__")}
    )
    yield "watched"
    del sys.modules["watched"]


whole = pytest.mark.skipif(breaks_tracing(), reason="this process is traced, by a Python before 3.12")


@whole
@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES.keys())
def test_a_side_effect_raises(touch: Callable[[], object], here: str) -> None:
    """Whatever it touches, and whatever it is called."""
    watched = type(touch)(touch.__code__, vars(sys.modules[here]))  # type: ignore[attr-defined]
    with blocked(here), pytest.raises(SideEffectError, match="pass the value in, or derive it"):
        watched()


def test_afterwards_everything_works_again(here: str) -> None:
    """The blocker leaves nothing behind."""
    with blocked(here):
        pass

    assert time.time() > 0
    assert 1 == len(os.urandom(1))
    assert "PATH" in os.environ
    assert Path(__file__).exists()
    assert dt.datetime is vars(sys.modules[here])["datetime"]


def test_arithmetic_with_times_is_no_side_effect(here: str) -> None:
    """A mapping reads times, and compares them."""
    start = datetime(2026, 11, 23, tzinfo=UTC)
    with blocked(here):
        watched = vars(sys.modules[here])["datetime"]
        assert watched.fromisoformat("2026-11-23T00:00:00+00:00") == start
        assert isinstance(start, watched)


@whole
def test_a_blocker_within_another_ends_alone(here: str) -> None:
    """The other still blocks."""
    with blocked(here):
        with blocked(here):
            pass
        with pytest.raises(SideEffectError):
            Path(__file__).read_bytes()


TRACED = """
import sys, threading
from broadcast_core.testing.purity import blocked

sys.settrace(lambda frame, event, argument: None)
with blocked():
    pass
sys.setswitchinterval(1e-6)

def trace() -> None:
    for _ in range(5_000):
        sys.settrace(None)

threads = [threading.Thread(target=trace) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_threads_of_a_traced_process_are_not_broken() -> None:
    """Each sets its trace as it begins; with a hook in the process some of them died of it."""
    ran = subprocess.run([sys.executable, "-c", TRACED], capture_output=True, text=True, check=True)

    assert not ran.stderr
