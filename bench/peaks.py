"""How much `broadcast plan` holds at its peak, in a process of its own, by the size of its input.

Each input is the corpus again and again, each time as other generations of other traces: alone, or in traces
of four whose rows the run remembers within the bounds of its state.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
from attrs import frozen

from bench.corpus import Corpus

_TOGETHER = 4


@frozen(kw_only=True)
class Peak:
    """One run: megabytes read, whether in traces of several, seconds, and the most memory, in MiB."""

    megabytes: float
    traced: bool
    seconds: float
    mebibytes: float


def peaks(corpus: Corpus, folder: Path, sizes: tuple[int, ...]) -> Iterator[Peak]:
    """Yield the peak of a run for inputs of each size, in megabytes, alone and in traces of several."""
    for traced in (False, True):
        for megabytes in sizes:
            file = folder / "input.ndjson"
            read = _write(corpus, file, megabytes * 1_000_000, traced=traced)
            yield _run(file, read, traced=traced)
            file.unlink()


def _write(corpus: Corpus, file: Path, size: int, *, traced: bool) -> float:
    """Write lines of at least some bytes; return how many megabytes they are."""
    documents = [orjson.loads(line.record) for line in corpus.lines]
    written = 0
    with file.open("wb") as output:
        for number, document in enumerate(itertools.cycle(documents)):
            trace = {"trace_id": f"job-{number // _TOGETHER}"} if traced else {}
            line = {**document, "id": f"{number}-{document['id']}", "trace": trace}
            written += output.write(orjson.dumps(line) + b"\n")
            if written >= size:
                return written / 1e6
    raise AssertionError("the corpus has no lines")


_LAUNCHER = """
import os, subprocess, sys, time
began = time.perf_counter()
with open(os.devnull, "wb") as nowhere:
    process = subprocess.Popen([sys.executable, "-m", "broadcast_core.cli", *sys.argv[1:]], stdout=nowhere)
    _, status, usage = os.wait4(process.pid, 0)
print(status, time.perf_counter() - began, usage.ru_maxrss)
"""
"""It starts the command, since the peak of a process is at least that of the one that has started it."""


def _run(file: Path, megabytes: float, *, traced: bool) -> Peak:
    arguments = (str(file), "--to", "opik", "-o", "base_url=http://localhost:5173/api", "--quiet")
    done = subprocess.run(
        [sys.executable, "-c", _LAUNCHER, "plan", *arguments], check=True, capture_output=True, text=True
    )
    status, seconds, kibibytes = done.stdout.split()
    if status != "0":
        raise RuntimeError(f"broadcast plan ended with {status}: {done.stderr[-500:]}")
    return Peak(megabytes=megabytes, traced=traced, seconds=float(seconds), mebibytes=float(kibibytes) / 1024)
