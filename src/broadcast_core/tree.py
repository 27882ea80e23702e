"""Trace trees: what core assembles from generations, and how trees of one trace merge.

A trace's row, and that of a named span, is a `Summary`. Of versions of one generation the later-ending goes,
then the one with more to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeAlias

from attrs import evolve, field, frozen

from broadcast_core.codec import encode
from broadcast_core.generation import Generation
from broadcast_core.jsontext import dumps_anything
from broadcast_core.summary import Pick, Summary, either, first_of, summary_of

SpanKey: TypeAlias = tuple[str, str | None]
"""A named span of a trace: its name, and the caller's own span that it hangs under."""


@frozen(kw_only=True)
class TraceTree:
    """A trace as a destination sees it: its row, its named spans, and the generations to send now.

    `key` is the caller's trace id, else the id of its only generation. `summary` is None when the row was
    sent before and has been forgotten, and `spans` lack each that was: late generations then go without it.
    `origin` is the earliest generation of the plan that first had the trace, with its `parent_span_id` as the
    value: what is decided once for a trace, as its ids, hangs on it. `is_known` tells of an earlier plan.
    """

    key: str
    trace_id: str | None
    origin: Pick
    summary: Summary | None
    spans: Mapping[SpanKey, Summary]
    generations: Mapping[str, Generation] = field()
    is_known: bool = False

    __hash__ = None  # type: ignore[assignment]

    @property
    def anchor(self) -> datetime:
        """The start of the trace when it was first planned."""
        return self.origin.time

    @property
    def identity(self) -> tuple[bool, str]:
        """What tells traces apart: a caller's trace id is not taken for a generation id of that text."""
        return (self.trace_id is not None, self.key)

    def merge(self, other: TraceTree) -> TraceTree:
        """Return the tree of both, which must be of the same trace."""
        if self.identity != other.identity:
            raise ValueError(f"trees of two traces do not merge: {self.key!r} and {other.key!r}")
        spans = dict(self.spans)
        for key, summary in other.spans.items():
            spans[key] = spans[key].merge(summary) if key in spans else summary
        generations = dict(self.generations)
        for name, version in other.generations.items():
            generations[name] = _richer(generations[name], version) if name in generations else version
        return evolve(
            self,
            origin=first_of(self.origin, other.origin),
            is_known=self.is_known or other.is_known,
            summary=either(Summary.merge, self.summary, other.summary),
            spans=spans,
            generations=generations,
        )


def assemble(generations: Iterable[Generation]) -> list[TraceTree]:
    """Return the trees of some generations, in the order in which their traces appear."""
    return [tree_of_all(same) for same in grouped(generations)]


def grouped(generations: Iterable[Generation]) -> list[list[Generation]]:
    """Return the generations trace by trace, in the order in which their traces appear.

    Of versions of one generation under two traces or named spans, those where its richest stands remain.
    """
    groups: dict[tuple[bool, str], list[Generation]] = {}
    for generation in _at_home(list(generations)):
        identity = (generation.trace.trace_id is not None, trace_key(generation))
        groups.setdefault(identity, []).append(generation)
    return list(groups.values())


def _at_home(generations: list[Generation]) -> list[Generation]:
    versions: dict[str, list[Generation]] = {}
    for generation in generations:
        versions.setdefault(generation.id, []).append(generation)
    if len(versions) == len(generations):
        return generations
    homes = {
        name: _place(max(same, key=_richness))
        for name, same in versions.items()
        if any(_place(one) != _place(same[0]) for one in same)
    }
    return [one for one in generations if homes.get(one.id, _place(one)) == _place(one)]


def _place(generation: Generation) -> tuple[str | None, SpanKey | None]:
    return (generation.trace.trace_id, span_key_of(generation))


def tree_of_all(generations: Iterable[Generation]) -> TraceTree:
    """Return the tree of generations of one trace, at least one.

    They merge pair by pair, so that a long trace costs n log n and not n squared.
    """
    trees = [tree_of(generation) for generation in generations]
    while len(trees) > 1:
        pairs = zip(trees[::2], trees[1::2], strict=False)
        odd = trees[len(trees) // 2 * 2 :]
        trees = [one.merge(other) for one, other in pairs] + odd
    return trees[0]


def tree_of(generation: Generation) -> TraceTree:
    """Return the tree of one generation."""
    trace = generation.trace
    summary = summary_of(generation)
    span_key = span_key_of(generation)
    return TraceTree(
        key=trace_key(generation),
        trace_id=trace.trace_id,
        origin=Pick(generation.timing.start, generation.id, trace.parent_span_id),
        summary=summary,
        spans={} if span_key is None else {span_key: summary},
        generations={generation.id: generation},
    )


def trace_key(generation: Generation) -> str:
    """Return what groups generations: the caller's trace id, else the generation's own."""
    return generation.trace.trace_id or generation.id


def span_key_of(generation: Generation) -> SpanKey | None:
    """Return the named span that a generation hangs under, or None; one does not hang under what it holds."""
    trace = generation.trace
    if trace.span_name is None or not str(trace.span_name).strip():
        return None
    return (trace.span_name, trace.parent_span_id if trace.parent_span_id != generation.id else None)


def _richer(one: Generation, other: Generation) -> Generation:
    """Return one of two versions of a generation: the later-ending, then the one with more to say."""
    return one if one is other else max(one, other, key=_richness)


def _richness(version: Generation) -> tuple[datetime, int, bytes]:
    return (version.timing.end or version.timing.start, *_weight(version))


def _weight(generation: Generation) -> tuple[int, bytes]:
    text = dumps_anything(encode(generation))[0]
    return (len(text), text)
