"""Accepting alone, against an echo that syncs as well: how many a second, and how late at half of that."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bench.relay.serving import Served, aimed, deliver, relay, served

NOWHERE = "http://127.0.0.1:9"


@contextmanager
def _echo(folder: Path) -> Iterator[Served]:
    folder.mkdir()
    with served(["bench.relay.echo", str(folder / "bodies")]) as one:
        yield one


@contextmanager
def _relay(folder: Path) -> Iterator[Served]:
    with relay(folder, NOWHERE, module="bench.relay.idle") as one:
        yield one


def _one_round(folder: Path, measure: Callable[[Served], None], kind: str, number: int) -> None:
    place = folder / f"{kind}-{number}"
    with (_relay if kind == "relay" else _echo)(place) as one:
        measure(one)
    shutil.rmtree(place)


def throughput(folder: Path, bodies: Path, rounds: int, seconds: float) -> dict[str, list[float]]:
    """Return how many a second each round of each kind took, in alternating order."""
    found: dict[str, list[float]] = {"echo": [], "relay": []}
    for number in range(rounds):
        for kind in ("echo", "relay") if number % 2 else ("relay", "echo"):

            def measure(one: Served, kind: str = kind) -> None:
                deliver(one, bodies, seconds=0.3)
                got = deliver(one, bodies, seconds=seconds)
                found[kind].append(got["answers"] / got["seconds"])

            _one_round(folder, measure, kind, number)
    return found


def lateness(
    folder: Path, bodies: Path, rounds: int, seconds: float, rate: float
) -> dict[str, list[list[float]]]:
    """Return the times of all answers at a rate, by kind and round."""
    found: dict[str, list[list[float]]] = {"echo": [], "relay": []}
    for number in range(rounds):
        for kind in ("echo", "relay") if number % 2 else ("relay", "echo"):

            def measure(one: Served, kind: str = kind) -> None:
                deliver(one, bodies, seconds=0.3)
                found[kind].append(deliver(one, bodies, seconds=seconds, rate=rate)["times"])

            _one_round(folder, measure, kind, number)
    return found


def report(folder: Path, bodies: Path, rounds: int, seconds: float) -> Iterator[str]:
    """Yield lines on what accepting costs."""
    rates = throughput(folder, bodies, rounds, seconds)
    ratios = _ratios(rates)
    aim = aimed(median(ratios) >= 0.5, "0.50 at least")
    yield f"accepted a second, as a share of the echo's: {_spread(ratios)}; {aim}"
    yield f"  medians of {rounds} rounds: {median(rates['relay']):,.0f} of {median(rates['echo']):,.0f}"
    rate = 0.5 * median(rates["relay"])
    times = lateness(folder, bodies, rounds, seconds, rate)
    late = {kind: [_percentile(one, 0.99) for one in some] for kind, some in times.items()}
    yield f"99 of 100 answers at {rate:,.0f} a second, as a multiple of the echo's:"
    multiples = _ratios(late)
    yield f"  {_spread(multiples)}; {aimed(median(multiples) <= 5, '5.0 at most')}"
    for kind, some in times.items():
        every = [one for each in some for one in each]
        middle, last = _percentile(every, 0.5) * 1e3, _percentile(every, 0.99) * 1e3
        yield (
            f"  {kind}: {middle:.1f} ms in the middle, {median(late[kind]) * 1e3:.1f} ms in the middle round,"
            f" {last:.1f} ms of all {len(every):,} answers"
        )


def _ratios(figures: dict[str, list[float]]) -> list[float]:
    return [ours / theirs for ours, theirs in zip(figures["relay"], figures["echo"], strict=True)]


def _spread(ratios: list[float]) -> str:
    return f"{median(ratios):.2f} ({min(ratios):.2f} - {max(ratios):.2f})"


def _percentile(times: list[float], share: float) -> float:
    return sorted(times)[int(share * (len(times) - 1))]
