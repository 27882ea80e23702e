"""How it is timed: all variants in one process, in rounds of shuffled order, compared within a round.

A single round can err by a third when something else runs; the median over rounds of a ratio whose two
sides ran moments apart does not. The garbage is collected before each variant, and the collector rests
while it runs.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from random import Random
from statistics import median
from time import process_time

from attrs import field, frozen

from bench.corpus import CLASSES, MIXED, Corpus
from bench.variants import Variant, using

SIZES = (*CLASSES, MIXED)
BATCH = 100


@frozen(kw_only=True)
class Spread:
    """A number from every round: the median, the lowest and the highest."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, numbers: list[float]) -> Spread:
        """Return the spread of at least one number."""
        return cls(median=median(numbers), low=min(numbers), high=max(numbers))


@frozen(kw_only=True)
class Timed:
    """The seconds of each batch of one variant and size class, by round, and what they read and made."""

    records: int
    bytes_in: int
    bytes_out: int
    rounds: list[list[float]] = field(factory=list)
    batch_records: list[int]

    def over(self, base: Timed) -> Spread:
        """Return the ratio to a base, taken round by round."""
        pairs = zip(self.rounds, base.rounds, strict=True)
        return Spread.of([sum(ours) / sum(theirs) for ours, theirs in pairs])

    @property
    def microseconds(self) -> float:
        """The time of a record: of all batches of all rounds, the one in the middle."""
        return median(
            seconds / records * 1e6
            for batches in self.rounds
            for seconds, records in zip(batches, self.batch_records, strict=True)
        )

    @property
    def megabytes_per_second(self) -> float:
        """Input read per second, in the round in the middle."""
        return self.bytes_in / median(sum(batches) for batches in self.rounds) / 1e6


Results = dict[tuple[str, str], Timed]
"""By the name of the variant and the size class."""


def run(
    corpus: Corpus, variants: list[Variant], rounds: int, seed: int, progress: Callable[[str], None]
) -> Results:
    """Time every variant on every size class, and report each round when it begins."""
    rng = Random(seed)
    progress("warming up")
    results = {
        (variant.name, size): _untimed(variant, _batches(corpus.of(size, variant.dialect)))
        for variant in variants
        for size in SIZES
    }
    gc.collect()
    gc.freeze()
    try:
        for number in range(rounds):
            progress(f"round {number + 1} of {rounds}")
            for size in rng.sample(SIZES, len(SIZES)):
                for variant in rng.sample(variants, len(variants)):
                    batches = _batches(corpus.of(size, variant.dialect))
                    results[variant.name, size].rounds.append(_timed(variant, batches))
    finally:
        gc.unfreeze()
    return results


def ratios_of(results: Results, variant: Variant, size: str) -> dict[str, Spread]:
    """Return how many times each of its bases a variant costs."""
    timed = results[variant.name, size]
    return {base: timed.over(results[name, size]) for base, name in variant.bases.items()}


def _batches(lines: list[bytes]) -> list[list[bytes]]:
    return [lines[start : start + BATCH] for start in range(0, len(lines), BATCH)]


def _untimed(variant: Variant, batches: list[list[bytes]]) -> Timed:
    with using(variant.engine):
        made = sum(variant.work(variant.prepare(batch)) for batch in batches)
    return Timed(
        records=sum(map(len, batches)),
        bytes_in=sum(len(line) for batch in batches for line in batch),
        bytes_out=made,
        batch_records=[len(batch) for batch in batches],
    )


def _timed(variant: Variant, batches: list[list[bytes]]) -> list[float]:
    """Return the seconds of each batch."""
    seconds = []
    with using(variant.engine):
        prepared = [variant.prepare(batch) for batch in batches]
        gc.collect()
        gc.disable()
        try:
            for batch in prepared:
                before = process_time()
                variant.work(batch)
                seconds.append(process_time() - before)
        finally:
            gc.enable()
    return seconds
