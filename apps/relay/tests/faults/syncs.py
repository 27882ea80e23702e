"""The system calls of a relay: what was on the disk before the answer to each delivery left."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from apps.relay.tests.faults import source
from apps.relay.tests.faults.processes import environment, free_port, settings
from apps.relay.tests.wire import exchange, request
from attrs import frozen
from tests.paths import ROOT

STRACE = shutil.which("strace")
DELIVERIES = 10
CALLS = "fsync,fdatasync,pwrite64,sendto"
_RUN = """
import json, sys
from apps.relay.tests.faults import launcher
order = launcher.Order(**json.loads(sys.argv[1]))
launcher.prepare(order)
launcher.broadcast.main(order.arguments)
"""
_CALL = re.compile(r"^(?P<thread>\d+)\s+(?P<rest>.*)$")


@frozen(kw_only=True)
class Trace:
    """What happened, in order: `write` and `sync` of the log of the spool, and `answer` to a delivery."""

    events: Sequence[str]

    @property
    def answers(self) -> int:
        """How many answers left."""
        return self.events.count("answer")

    @property
    def faults(self) -> list[str]:
        """The answers that left while the log had been written since it was synced, or not at all."""
        found: list[str] = []
        synced, written = 0, 0
        for number, event in enumerate(self.events, 1):
            if event == "write":
                written = number
            elif event == "sync":
                synced = number
            elif written == 0 or synced < written:
                found.append(f"event {number}: an answer left before the log was synced")
            else:
                written = 0  # the next one needs a write of its own
        return found


def traced(folder: Path, bug: str | None) -> Trace:
    """Deliver to a relay under strace, one after another, and return what it did."""
    assert STRACE is not None
    out, port = folder / "trace", free_port()
    (folder / "relay.toml").write_text(settings("http://127.0.0.1:9", "nobody", port))
    order = json.dumps(
        {
            "arguments": ["relay", "--config", str(folder / "relay.toml")],
            "stderr": "", "hits": "", "bug": bug,
        }
    )  # fmt: skip
    command = [STRACE, "-f", "-y", "-s", "20", "-e", f"trace={CALLS}", "-o", str(out)]
    with subprocess.Popen(
        [*command, sys.executable, "-c", _RUN, order],
        cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        while "spool:" not in process.stderr.readline():
            assert process.poll() is None
        time.sleep(0.1)
        for number in range(DELIVERIES):
            assert exchange(port, request(source.body_of(0, number))).status == 200
        os.kill(_child_of(process.pid), signal.SIGTERM)
        process.communicate(timeout=30)
    return Trace(events=tuple(_events(out.read_text(errors="replace").splitlines())))


def _child_of(process: int) -> int:
    """Return the process that strace runs."""
    return int(Path(f"/proc/{process}/task/{process}/children").read_text().split()[0])


def _events(lines: Sequence[str]) -> Iterator[str]:
    """Yield the events of a trace: an answer counts when it begins, any other call when it has returned."""
    unfinished: dict[str, str] = {}
    for line in lines:
        found = _CALL.match(line)
        if found is None:
            continue
        thread, text = found["thread"], found["rest"]
        if text.startswith("<..."):
            text = unfinished.pop(thread, "")
            text = "" if text.startswith("sendto(") else text
        elif text.endswith("<unfinished ...>"):
            unfinished[thread] = text
            text = text if text.startswith("sendto(") else ""
        if (event := _event(text)) is not None:
            yield event


def _event(text: str) -> str | None:
    name, _, rest = text.partition("(")
    if name in ("pwrite64", "fsync", "fdatasync") and "-wal>" in rest:
        return "write" if name == "pwrite64" else "sync"
    return "answer" if name == "sendto" and '"HTTP/1.1 200' in rest else None
