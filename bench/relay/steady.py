"""A steady rate for a minute, planned and sent all the while: what memory it takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import mean

from bench.relay.serving import MISSED, deliver, relay, served

RATE = 100.0
GROWTH = 1.15
"""How much larger the memory of the last third of the time may be than that of the second."""


def report(folder: Path, bodies: Path, seconds: float) -> Iterator[str]:
    """Yield lines on the memory of a relay and of the process that plans."""
    samples: list[list[float]] = []
    with served(["bench.relay.sink"]) as sink, relay(folder / "steady", sink.url) as one:
        with ThreadPoolExecutor(1) as pool:
            loading = pool.submit(deliver, one, bodies, seconds=seconds, rate=RATE)
            while not loading.done():
                time.sleep(seconds / 60)
                samples.append([*one.megabytes(), 0.0, 0.0][:2])
            loading.result()  # it ends the bench where a delivery was not taken
        waiting = one.get("/healthz")
    yield f"{RATE:.0f} deliveries a second for {seconds:.0f} seconds; at the end: {waiting}"
    third = len(samples) // 3
    for name, column in (("relay", 0), ("planner", 1)):
        sizes = [row[column] for row in samples]
        middle, last = mean(sizes[third : 2 * third]), mean(sizes[2 * third :])
        shown = ", ".join(f"{size:.0f}" for size in sizes[:: max(1, len(sizes) // 10)])
        verdict = "bounded" if last < GROWTH * middle else f"{MISSED}: it grows"
        yield f"  MB of {name}: {shown}; {middle:.0f} in the second third, {last:.0f} in the last: {verdict}"
