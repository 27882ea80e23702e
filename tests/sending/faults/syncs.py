"""The system calls of a run that sends: what was on the disk before the first byte of each request left."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import frozen

from tests.paths import ROOT
from tests.sending.faults.campaign import environment

STRACE = shutil.which("strace")
CALLS = "fsync,fdatasync,pwrite64,sendto,write"
_CALL = re.compile(r"^(?:\[pid\s+)?(?P<thread>\d+)\]?\s+(?P<rest>.*)$")
_RUN = """
import json, os, sys
from tests.sending.faults import launcher
from broadcast_core.cli.files.checkpoint import Checkpoint
from broadcast_core.sending.journal import StoreJournal

null = os.open(os.devnull, os.O_WRONLY)

def marked(where, name, what):
    original = getattr(where, name)
    def wrapped(*arguments, **named):
        os.write(null, f"before {what}".encode())
        result = original(*arguments, **named)
        os.write(null, f"after {what}".encode())
        return result
    setattr(where, name, wrapped)

launcher.prepare(launcher.Order(**json.loads(sys.argv[1])))
marked(Checkpoint, "keep_plan", "plan")
marked(StoreJournal, "begin", "mark")
launcher.broadcast.main(json.loads(sys.argv[1])["arguments"])
"""


@frozen(kw_only=True)
class Trace:
    """What happened, in order: `write` and `sync` of the log of the store, `request`, and the notes of a run."""

    events: Sequence[str]

    @property
    def requests(self) -> int:
        """How many requests left."""
        return self.events.count("request")

    @property
    def faults(self) -> list[str]:
        """What was not on the disk when a request left, or when a commit had returned."""
        found: list[str] = []
        marks = 0
        open_: dict[str, set[str]] = {}
        for event in self.events:
            when, _, what = event.partition(" ")
            if when == "before":
                open_[what] = set()
            elif when == "after":
                missing = {"write", "sync"} - open_.pop(what, set())
                found += [f"the {what} had no {one}" for one in sorted(missing)]
                marks += what == "mark"
            elif event == "request":
                marks -= 1
                found += ["a request left before its mark"] if marks < 0 else []
            else:
                for seen in open_.values():
                    if event == "write" or "write" in seen:
                        seen.add(event)
        return found


def traced(folder: Path, order: str) -> Trace:
    """Run the command with the order of a launcher, under strace, with one request at a time."""
    assert STRACE is not None
    out = folder / "trace"
    subprocess.run(
        [STRACE, "-f", "-y", "-s", "40", "-e", f"trace={CALLS}", "-o", str(out), sys.executable, "-c", _RUN, order],
        cwd=ROOT, env=environment(folder / "traced"), check=False, timeout=60, capture_output=True,
    )  # fmt: skip
    return Trace(events=tuple(_events(out.read_text(errors="replace").splitlines())))


def _events(lines: Sequence[str]) -> Iterator[str]:
    """Yield the events of a trace; a call that another thread interrupts counts once it has returned."""
    unfinished: dict[str, str] = {}
    for line in lines:
        found = _CALL.match(line)
        if found is None:
            continue
        thread, text = found["thread"], found["rest"]
        if text.endswith("<unfinished ...>"):
            unfinished[thread] = text
            if "sendto(" not in text:
                continue
        if text.startswith("<..."):
            text = unfinished.pop(thread, "")
            if "sendto(" in text:
                continue  # it counted when it began
        event = _event(text)
        if event is not None:
            yield event


def _event(text: str) -> str | None:
    name, _, rest = text.partition("(")
    if name in ("pwrite64", "fsync", "fdatasync") and "-wal>" in rest:
        return "write" if name == "pwrite64" else "sync"
    if name == "sendto" and '"POST ' in rest:
        return "request"
    noted = re.search(r'"((?:before|after) (?:plan|mark))"', rest) if name == "write" else None
    return noted[1] if noted else None
