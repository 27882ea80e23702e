"""The numbers as markdown for people, and as JSON for programs."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from attrs import asdict, frozen

from bench.corpus import Corpus
from bench.growth import Growth, Remembered
from bench.imports import Import
from bench.peaks import Peak
from bench.peers import PEERS
from bench.rounds import BATCH, SIZES, Results, Spread, ratios_of
from bench.targets import Target, targets
from bench.variants import BASES, Variant

_BASES = {
    "hand": (
        "x hand: the time over that of a mapper of plain dicts which is written for this corpus alone and"
        " makes the same bytes, as was compared in this run; median (min - max)."
    ),
    "floor": (
        "x floor: the same over `orjson.loads` and `orjson.dumps` of the lines. What a delivery holds as JSON"
        " inside of text is text to its floor."
    ),
    "stdlib floor": "x stdlib floor: the same over `json.loads` and `json.dumps`.",
}
_PACKAGES = ("orjson", "attrs", "cattrs", "uuid6", "broadcast-core", "broadcast-opik", *PEERS.values())


@frozen(kw_only=True)
class Report:
    """Everything that was measured in one run, and in what circumstances."""

    corpus: Corpus
    seed: int
    rounds: int
    import_repeats: int
    quick: bool
    variants: list[Variant]
    results: Results
    imports: list[Import]
    growth: list[Growth]
    remembered: Remembered
    peaks: list[Peak]

    def markdown(self) -> str:
        """Return the report as people read it."""
        parts = (
            self._head(),
            self._targets(),
            self._corpus(),
            self._speed(),
            self._peaks(),
            self._imports(),
        )
        return "\n".join(line for part in parts for line in part)

    @property
    def targets(self) -> list[Target]:
        """What is aimed at, beside what was measured."""
        return list(
            targets(self.variants, self.results, self.imports, self.growth, self.remembered, self.peaks)
        )

    def as_json(self) -> dict[str, Any]:
        """Return the report as programs read it."""
        return {
            "quick": self.quick,
            "rounds": self.rounds,
            "seed": self.seed,
            "corpus": {"records": len(self.corpus.lines), "digest": self.corpus.digest},
            "python": platform.python_version(),
            "versions": _versions(),
            "speed": [
                {
                    "variant": variant.name,
                    "size": size,
                    "records": timed.records,
                    "bytes_in": timed.bytes_in,
                    "bytes_out": timed.bytes_out,
                    "times": {
                        base: asdict(ratio) for base, ratio in ratios_of(self.results, variant, size).items()
                    },
                    "microseconds_per_record": timed.microseconds,
                    "megabytes_per_second": timed.megabytes_per_second,
                }
                for variant in self.variants
                for size in SIZES
                for timed in (self.results[variant.name, size],)
            ],
            "imports": [asdict(one) for one in self.imports],
            "growth": [asdict(one) for one in self.growth],
            "remembered": asdict(self.remembered),
            "memory": [asdict(one) for one in self.peaks],
            "targets": [asdict(one) | {"passes": one.passes} for one in self.targets],
        }

    def _head(self) -> Iterator[str]:
        yield "# Lines to Opik's batch bodies"
        yield ""
        if self.quick:
            yield "**A quick run: it shows that the bench still works; do not quote its numbers.**"
            yield ""
        machine = f"{platform.system()} on {platform.machine()}, {os.cpu_count()} processors"
        yield f"- {platform.python_implementation()} {platform.python_version()}, {machine}"
        yield "- " + ", ".join(f"{name} {number}" for name, number in _versions().items())
        yield f"- {self.rounds} rounds in shuffled order, batches of {BATCH} records; the collector is off"
        yield (
            "- The numbers to compare are ratios of processor time within this run: each is the median of its"
            " rounds, and both sides of a ratio ran in the same round on the same lines. Microseconds and"
            " MB/s say little outside of it."
        )
        yield ""

    def _targets(self) -> Iterator[str]:
        yield "| target | found | passes | |"
        yield "|---|--:|--:|---|"
        for one in self.targets:
            bound = f"at {'least' if one.is_least else 'most'} {one.bound:g}"
            yield f"| {one.what} | {one.found:.2f} | {bound} | {'yes' if one.passes else 'no'} |"
        yield ""
        if missing := [name for name in PEERS if name not in {one.name for one in self.variants}]:
            yield f"Not installed, and so not timed: {', '.join(missing)} (`pip install litellm opik`)."
            yield ""

    def _peaks(self) -> Iterator[str]:
        yield (
            "How much `broadcast plan` holds at its peak, in a process of its own. In traces of four, the"
            " rows of traces that are still open are remembered, within the bounds of the state."
        )
        yield ""
        yield "| input | generations | peak | seconds |"
        yield "|--:|---|--:|--:|"
        for one in self.peaks:
            kind = "in traces of four" if one.traced else "alone"
            yield f"| {one.megabytes:.0f} MB | {kind} | {one.mebibytes:.1f} MiB | {one.seconds:.1f} |"
        yield ""

    def _corpus(self) -> Iterator[str]:
        yield f"Corpus {self.corpus.digest}, seed {self.seed}:"
        yield ""
        yield "| size | records | as records | as deliveries |"
        yield "|---|--:|--:|--:|"
        for size in SIZES:
            records, deliveries = self.corpus.of(size, "record"), self.corpus.of(size, "delivery")
            yield f"| {size} | {len(records)} | {_kilobytes(records)} | {_kilobytes(deliveries)} |"
        yield ""

    def _speed(self) -> Iterator[str]:
        def ratio(base: str) -> Callable[[Variant, str], str]:
            return lambda variant, size: _spread(ratios_of(self.results, variant, size)[base])

        def absolute(variant: Variant, size: str) -> str:
            timed = self.results[variant.name, size]
            return f"{timed.microseconds:.1f} µs, {timed.megabytes_per_second:.0f} MB/s"

        for base in BASES:
            yield _BASES[base]
            yield from self._table(
                f"x {base}", ratio(base), [one for one in self.variants if base in one.bases]
            )
        yield "Microseconds a record (the median of the batches of all rounds), and input per second."
        yield from self._table("a record", absolute, self.variants)

    def _table(
        self, title: str, cell: Callable[[Variant, str], str], variants: list[Variant]
    ) -> Iterator[str]:
        yield ""
        yield f"| {title} | {' | '.join(SIZES)} |"
        yield "|---|" + "--:|" * len(SIZES)
        for variant in variants:
            yield f"| {variant.name} | {' | '.join(cell(variant, size) for size in SIZES)} |"
        yield ""

    def _imports(self) -> Iterator[str]:
        yield (
            f"Imports, the median of {self.import_repeats} fresh processes less an empty one. orjson is taken"
            " when it is installed; click, rich, httpx and msgspec must not be loaded."
        )
        yield ""
        yield "| import | ms | modules | optional ones loaded | |"
        yield "|---|--:|--:|---|---|"
        for one in self.imports:
            verdict = "unwanted: " + ", ".join(one.unwanted) if one.unwanted else "as it should be"
            loaded = ", ".join(one.optional) or "none"
            yield f"| {one.what} | {one.milliseconds:.1f} | {one.modules} | {loaded} | {verdict} |"


def _versions() -> dict[str, str]:
    found: dict[str, str] = {}
    for name in _PACKAGES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _kilobytes(lines: list[bytes]) -> str:
    sizes = sorted(map(len, lines))
    return f"{sizes[len(sizes) // 2] / 1e3:.1f} KB ({sizes[0] / 1e3:.1f} - {sizes[-1] / 1e3:.1f})"


def _spread(ratio: Spread) -> str:
    return f"{ratio.median:.2f} ({ratio.low:.2f} - {ratio.high:.2f})"
