"""How much later bytes come through a recorder: pairs of the same request, bare and recorded, in turn.

Milliseconds from the request to the first byte and to the last, of one client each on kept connections.
"""

from __future__ import annotations

from statistics import median
from time import perf_counter, sleep
from typing import Any

import httpx2
from attrs import frozen

from broadcast_core import Generation
from broadcast_core.capture import Recorder
from tests.capture.openrouter import MODEL

ASK: Any = {"model": MODEL, "stream": True, "messages": [{"role": "user", "content": "hello " * 200}]}


@frozen
class Delay:
    """Medians in milliseconds: what the recorder adds to the first byte and the last of a pair, and the bare
    times.
    """

    first: float
    last: float
    bare_first: float
    bare_last: float


class _Sink:
    """A queue that counts."""

    def __init__(self) -> None:
        self.count = 0

    def offer(self, _: Generation) -> bool:
        """Count a generation."""
        self.count += 1
        return True


def delay(url: str, pairs: int) -> Delay:
    """Return what a recorder adds; each pair begins when the last recorded exchange was read."""
    sink = _Sink()
    recorder = Recorder(sink, base_urls=[url])
    bare, recorded = [], []
    with (
        httpx2.Client() as plain,
        httpx2.Client(transport=recorder.transport(httpx2.HTTPTransport())) as client,
    ):
        for done in range(pairs + 2):
            order = ((plain, bare), (client, recorded))
            for one, times in order if done % 2 else reversed(order):
                times.append(_timed(one, url))
                _wait_for(sink, done + 1 if one is client or done % 2 == 0 else done)
    recorder.close()
    bare, recorded = bare[2:], recorded[2:]  # the first of each open their connection
    first, last = (
        median(with_it[n] - without[n] for without, with_it in zip(bare, recorded, strict=True))
        for n in (0, 1)
    )
    return Delay(first, last, median(time[0] for time in bare), median(time[1] for time in bare))


def _timed(client: httpx2.Client, url: str) -> tuple[float, float]:
    begun = perf_counter()
    with client.stream("POST", f"{url}/chat/completions", json=ASK) as response:
        passed = response.iter_raw()
        next(passed)
        first = perf_counter() - begun
        for _ in passed:
            pass
    return first * 1000, (perf_counter() - begun) * 1000


def _wait_for(sink: _Sink, count: int) -> None:
    for _ in range(5000):
        if sink.count >= count:
            return
        sleep(0.001)
    raise AssertionError("the exchange was not read within five seconds")
