"""Accept, plan and send to a platform that answers 204, against `broadcast plan` alone on the same lines."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from bench.relay.serving import aimed, deliver, relay, served


def _planned(folder: Path, lines: Path, url: str) -> float:
    """Return the seconds that the command takes to plan, with its start."""
    began = time.perf_counter()
    options = ["--to", "opik", "-o", f"base_url={url}/api", "-o", "project_name=bench"]
    output = ["--quiet", "--output", str(folder / "plan.ndjson")]
    subprocess.run(
        [sys.executable, "-m", "broadcast_core.cli", "plan", str(lines), *options, *output], check=True
    )
    return time.perf_counter() - began


def _through(folder: Path, bodies: Path, count: int, url: str) -> float:
    """Return the seconds from the first delivery to the last generation delivered."""
    with relay(folder, url) as one:
        began = time.perf_counter()
        deliver(one, bodies, seconds=600, count=count)
        while one.delivered < count:
            time.sleep(0.02)
        seconds = time.perf_counter() - began
    shutil.rmtree(folder)
    return seconds


def report(folder: Path, deliveries: Sequence[bytes], bodies: Path, rounds: int) -> Iterator[str]:
    """Yield lines on how the way through compares with planning alone."""
    lines = folder / "deliveries.ndjson"
    lines.write_bytes(b"".join(one.replace(b"\n", b" ") + b"\n" for one in deliveries))
    ratios: list[float] = []
    with served(["bench.relay.sink"]) as sink:
        for number in range(rounds):
            alone = _planned(folder, lines, sink.url)
            through = _through(folder / f"through-{number}", bodies, len(deliveries), sink.url)
            ratios.append(alone / through)
            both = f"planned alone in {alone:.2f} s, all the way in {through:.2f} s"
            yield f"  {len(deliveries)} deliveries: {both}"
    spread = f"{median(ratios):.2f} ({min(ratios):.2f} - {max(ratios):.2f})"
    aim = aimed(median(ratios) >= 0.5, "0.50 at least")
    yield f"end to end, as a share of the speed of planning alone: {spread}; {aim}"
