"""What is aimed at, beside what was measured: ratios within one run, which say the same on any machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import frozen

from bench.growth import Growth, Remembered
from bench.imports import Import
from bench.peaks import Peak
from bench.peers import PEERS
from bench.rounds import Results, ratios_of
from bench.variants import Variant

_SPEED = (
    ("record, plan per batch", "hand", {"mixed": 1.5, "small": 2.2, "medium": 1.5, "large": 1.1}),
    ("record, in process", "hand", {"mixed": 1.8}),
    ("record, plan per batch", "floor", {"mixed": 3.7}),
    ("record, privacy mode", "floor", {"mixed": 3.5}),
    ("record, stdlib engine", "stdlib floor", {"mixed": 2.0}),
    ("delivery, plan per batch", "floor", {"mixed": 3.0}),
)
"""By variant and base: what passes in each size class."""
_FASTER = dict(zip(PEERS, (4.0, 15.0), strict=True))
_MOST_MICROSECONDS = 60.0
_IMPORT = 1.6
_MOST_MEBIBYTES = 8.0


@frozen(kw_only=True)
class Target:
    """What was measured, and up to what, or from what on, it passes."""

    what: str
    found: float
    bound: float
    is_least: bool = False

    @property
    def passes(self) -> bool:
        """Tell whether it is within its bound."""
        return self.found >= self.bound if self.is_least else self.found <= self.bound


def targets(
    variants: Sequence[Variant],
    results: Results,
    imports: Sequence[Import],
    growth: Sequence[Growth],
    remembered: Remembered,
    peaks: Sequence[Peak],
) -> Iterator[Target]:
    """Yield all targets, in the order of the report."""
    named = {variant.name: variant for variant in variants}
    for name, base, bounds in _SPEED:
        for size, bound in bounds.items():
            found = ratios_of(results, named[name], size)[base].median
            yield Target(what=f"{name}, {size}, x {base}", found=found, bound=bound)
    for name, bound in _FASTER.items():
        if name in named:
            ours = results["record, in process", "mixed"]
            yield Target(
                what=f"{name}, mixed, x ours in process",
                found=results[name, "mixed"].over(ours).median,
                bound=bound,
                is_least=True,
            )
    for one in growth:
        yield Target(what=one.what, found=one.ratio.median, bound=one.passes)
    for what, found in (("store", remembered.dump), ("read", remembered.load)):
        yield Target(
            what=f"to {what} the state of a trace, microseconds", found=found, bound=_MOST_MICROSECONDS
        )
    times = {one.what: one.milliseconds for one in imports}
    ratio = times["broadcast_core"] / times["attrs and cattrs alone"]
    yield Target(what="import of the core, x attrs and cattrs", found=ratio, bound=_IMPORT)
    alone = [one.mebibytes for one in peaks if not one.traced]
    what = "the peak with the largest input less that with the smallest, MiB"
    yield Target(what=what, found=max(alone) - alone[0], bound=_MOST_MEBIBYTES)
