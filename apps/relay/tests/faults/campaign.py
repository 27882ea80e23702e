"""One relay in several lives, of which all but the last are cut short."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError

from apps.relay.tests.faults import source
from apps.relay.tests.faults.processes import free_port, python, settings, wait_for_end
from apps.relay.tests.wire import SECRET, exchange, request
from attrs import field, frozen

from broadcast_core.sending.spool.engine import KIND
from broadcast_core.sending.store import Store, generations

TIMEOUT, TIMEOUT_OF_BUGS = 60.0, 15.0
LONGEST_LIFE = 3.0
"""How long a relay may take to come to its point; then it is asked to stop."""


@frozen(kw_only=True)
class Death:
    """How a life ends: at a point, when it has come there so often; or after some seconds."""

    number: int = signal.SIGKILL
    point: str | None = None
    nth: int = 1
    after: float = LONGEST_LIFE


@frozen(kw_only=True)
class End:
    """What there is in the end: acknowledged deliveries of each lane, how often they were tried, and rows.

    `counters` and `letters` are those of the spool, `said` what each life has printed.
    """

    acknowledged: Sequence[int]
    tries: int
    opik: Any
    lines: dict[str, list[str]]
    base_url: str
    counters: dict[str, dict[str, int]]
    letters: Sequence[dict[str, Any]]
    codes: Sequence[int]
    said: Sequence[str]
    is_drained: bool

    __hash__ = None  # type: ignore[assignment]


def deaths_at_random(seed: int, count: int) -> list[Death]:
    """Return deaths at random times; one of four is by SIGTERM."""
    dice = random.Random(seed)
    return [
        Death(
            number=signal.SIGTERM if dice.random() < 0.25 else signal.SIGKILL,
            after=dice.choice((0.15, 0.5, 0.9)) * (0.5 + dice.random()),
        )
        for _ in range(count)
    ]


@frozen(kw_only=True)
class Field:
    """Platforms and a launcher, which live as long as the tests of a module, and a folder."""

    url: str
    launcher: subprocess.Popen[str] = field(repr=False)
    folder: Path

    __hash__ = None  # type: ignore[assignment]

    @property
    def hits(self) -> Path:
        """Where processes note at which point they end."""
        return self.folder / "hits"

    def run(self, name: str, deaths: Sequence[Death], bug: str | None = None) -> End:
        """Let a relay live and die while a source delivers; in its last life everything is drained."""
        port, folder = free_port(), self.folder / name
        folder.mkdir()
        (folder / "relay.toml").write_text(settings(self.url, name, port))
        codes: list[int] = []
        said: list[str] = []
        with _source(port, folder / "acknowledged") as delivering:
            for death in deaths:
                process = self._start(folder, death, bug)
                codes.append(self._end(process, death))
                said.append((folder / "stderr").read_text())
            process = self._start(folder, None, bug)
            try:
                _wait_for_lines(folder / "acknowledged", source.LANES)
                acknowledged, tries = _stopped(delivering)
                patience = TIMEOUT if bug is None else TIMEOUT_OF_BUGS
                is_drained = (
                    _drained(port, patience)
                    and _takes_another(port, acknowledged)
                    and _drained(port, patience)
                )
            finally:  # the launcher waits for it
                codes.append(self._end(process, Death(number=signal.SIGTERM, after=0)))
        said.append((folder / "stderr").read_text())
        opik, lines = (_get(f"{self.url}/{name}{kind}/state") for kind in ("/api", "+small/doubles"))
        counters, letters = _kept(folder / "spool" / "spool.sqlite")
        return End(
            acknowledged=acknowledged, tries=tries, opik=opik, lines=lines, counters=counters,
            letters=letters, base_url=f"{self.url}/{name}/api", codes=codes, said=said, is_drained=is_drained,
        )  # fmt: skip

    def _start(self, folder: Path, death: Death | None, bug: str | None) -> int:
        """Begin a life of a relay; return the number of its process."""
        order: dict[str, Any] = {
            "arguments": ["relay", "--config", str(folder / "relay.toml")],
            "stderr": str(folder / "stderr"),
            "hits": str(self.hits),
            "bug": bug,
        }
        if death is not None and death.point is not None:
            order["point"] = (death.point, death.nth, int(death.number))
        assert self.launcher.stdin is not None
        self.launcher.stdin.write(json.dumps(order) + "\n")
        self.launcher.stdin.flush()
        return self._number()

    def _end(self, process: int, death: Death) -> int:
        """End a life as its death says, or by asking where it does not come to its point; return the code."""
        with suppress(ProcessLookupError):
            if death.point is None:
                time.sleep(death.after)
                os.kill(process, death.number)
            else:
                wait_for_end(process, death.after)
                os.kill(process, signal.SIGTERM)
        return self._number()

    def _number(self) -> int:
        assert self.launcher.stdout is not None
        return int(self.launcher.stdout.readline())


@contextmanager
def field_in(folder: Path) -> Iterator[Field]:
    """Start platforms and a launcher; end them with the block."""
    with (
        python("tests.sending.faults.witness", str(folder / "rows")) as platforms,
        python("apps.relay.tests.faults.launcher") as launcher,
    ):
        assert platforms.stdout is not None
        yield Field(url=platforms.stdout.readline().strip(), launcher=launcher, folder=folder)


@contextmanager
def _source(port: int, log: Path) -> Iterator[subprocess.Popen[str]]:
    with python("apps.relay.tests.faults.source", str(port), SECRET, str(log)) as process:
        yield process


def _wait_for_lines(log: Path, count: int) -> None:
    """Wait until a source has had some deliveries acknowledged; one that is just starting has none."""
    ends = time.monotonic() + TIMEOUT
    while not log.exists() or log.read_bytes().count(b"\n") < count:
        assert time.monotonic() < ends, "nothing was acknowledged"
        time.sleep(0.01)


def _stopped(delivering: subprocess.Popen[str]) -> tuple[list[int], int]:
    """Stop a source once what it delivers is acknowledged; return what it says."""
    told, _ = delivering.communicate(timeout=TIMEOUT)
    acknowledged, tries = json.loads(told)
    return acknowledged, tries


def _get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:
        return json.loads(answer.read())


def _drained(port: int, seconds: float) -> bool:
    """Wait until nothing waits in a relay, which may just have been started; tell whether that came."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        time.sleep(0.1)
        if _is_empty(port):
            time.sleep(0.6)  # the page is of half a second ago
            if _is_empty(port):
                return True
    return False


def _is_empty(port: int) -> bool:
    try:
        state = _get(f"http://127.0.0.1:{port}/healthz")
    except URLError:  # it does not listen yet
        return False
    return not (state["waiting_deliveries"] or state["waiting_requests"])


def _takes_another(port: int, acknowledged: list[int]) -> bool:
    """Deliver one more of the first lane; tell whether it was acknowledged."""
    is_taken = exchange(port, request(source.body_of(0, acknowledged[0]))).status == 200
    acknowledged[0] += is_taken
    return is_taken


def _kept(path: Path) -> tuple[dict[str, dict[str, int]], list[dict[str, Any]]]:
    """Return the counters of a spool that nobody uses any more, and the heads of its dead letters."""
    with Store(str(path), kind=KIND) as store:
        heads = store.do(lambda db: db.execute("SELECT head FROM letter").fetchall())
        return store.do(generations.counters), [json.loads(head) for (head,) in heads]
