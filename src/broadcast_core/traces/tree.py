"""Trace trees: what core assembles from generations, and how trees of one trace merge.

A trace's row, and that of a named span, is a `Summary`. Of versions of one generation the later-ending goes,
then the one with more to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from attrs import evolve, field, frozen

from broadcast_core.errors import ArgumentError
from broadcast_core.record.generation import Generation
from broadcast_core.traces.keys import SpanKey, span_key_of, trace_key
from broadcast_core.traces.layered import union
from broadcast_core.traces.summary import (
    MICROSECOND,
    Summary,
    SummaryOfOne,
    Timestamped,
    either,
    first_of,
    first_version,
    summary_of,
)
from broadcast_core.traces.versions import drop_superseded_versions, richer


@frozen(kw_only=True)
class Planned:
    """A generation that may come again: its start as it was planned first, and how far its versions are."""

    start: datetime
    latest: datetime
    versions: int


@frozen(kw_only=True)
class TraceTree:
    """A trace as a destination sees it: its row, its named spans, and the generations to send now.

    `key` is the caller's trace id, else the id of its only generation. `summary` is None when the row was
    sent before and has been forgotten, and a named span whose row was forgotten is missing from `spans`: late
    generations then go without it.
    `origin` is the earliest generation of the plan that first had the trace, with its `parent_span_id` as the
    value: what is decided once for a trace, as its ids, hangs on it. `is_known`: something of it
    went with an earlier plan. `planned` is there for generations that are joined over plans.
    """

    key: str
    trace_id: str | None
    origin: Timestamped
    summary: Summary | None
    spans: Mapping[SpanKey, Summary]
    generations: Mapping[str, Generation] = field()
    is_known: bool = False
    planned: Mapping[str, Planned] = field(factory=dict)

    __hash__ = None  # type: ignore[assignment]

    @property
    def anchor(self) -> datetime:
        """The start of the trace when it was first planned."""
        return self.origin.time

    @property
    def identity(self) -> tuple[bool, str]:
        """What tells traces apart: a caller's trace id is not taken for a generation id of that text."""
        return (self.trace_id is not None, self.key)

    @property
    def generations_by_span(self) -> dict[SpanKey | None, tuple[str, ...]]:
        """The ids of the generations by the named span that they hang under; None for none."""
        by_span: dict[SpanKey | None, list[str]] = {}
        for name, generation in self.generations.items():
            by_span.setdefault(span_key_of(generation), []).append(name)
        return {key: tuple(names) for key, names in by_span.items()}

    def moment(self, generation: Generation) -> datetime:
        """Return the time that ids of a generation hang on: its start when it was first planned."""
        known = self.planned.get(generation.id)
        return generation.timing.start if known is None else known.start

    def updated_at(self, generation: Generation) -> datetime:
        """Return the version of a generation's row: it grows with every version of it that is joined."""
        known = self.planned.get(generation.id)
        return first_version(generation) if known is None else known.latest + known.versions * MICROSECOND

    def with_planned(self, planned: Mapping[str, Planned]) -> TraceTree:
        """Return the tree of generations of which some are joined over plans."""
        spans = {key: _of_versions(summary, planned) for key, summary in self.spans.items()}
        summary = None if self.summary is None else _of_versions(self.summary, planned)
        origin = self.origin
        if self.trace_id is None and self.key in planned:
            origin = evolve(origin, time=planned[self.key].start)
        return evolve(self, planned=planned, spans=spans, summary=summary, origin=origin)

    def merge(self, other: TraceTree) -> TraceTree:
        """Return the tree of both, which must be of the same trace."""
        if self.identity != other.identity:
            raise ArgumentError(f"trees of two traces do not merge: {self.key!r} and {other.key!r}")
        spans = dict(self.spans)
        for key, summary in other.spans.items():
            spans[key] = spans[key].merge(summary) if key in spans else summary
        generations = dict(self.generations)
        for name, version in other.generations.items():
            generations[name] = richer(generations[name], version) if name in generations else version
        return evolve(
            self,
            origin=first_of(self.origin, other.origin),
            is_known=self.is_known or other.is_known,
            summary=either(Summary.merge, self.summary, other.summary),
            spans=spans,
            generations=generations,
            planned={**self.planned, **other.planned},
        )


def _of_versions(summary: Summary, planned: Mapping[str, Planned]) -> Summary:
    """Return a row that counts each version of its generations, so that one more is a newer row."""
    more = {
        f"{name}\n{n}"  # no id of a generation has a line break
        for name in summary.generation_ids
        if name in planned
        for n in range(2, planned[name].versions + 1)
    }
    return evolve(summary.whole, generation_ids=union(summary.generation_ids, more))


def assemble(generations: Iterable[Generation]) -> list[TraceTree]:
    """Return the trees of some generations, in the order in which their traces appear."""
    return [tree_of_all(same) for same in grouped(generations)]


def grouped(generations: Iterable[Generation]) -> list[list[Generation]]:
    """Return the generations trace by trace, in the order in which their traces appear.

    Of versions of one generation under two traces or named spans, those where its richest stands remain.
    """
    groups: dict[tuple[bool, str], list[Generation]] = {}
    for generation in drop_superseded_versions(list(generations)):
        identity = (generation.trace.trace_id is not None, trace_key(generation))
        groups.setdefault(identity, []).append(generation)
    return list(groups.values())


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
    summary = SummaryOfOne(generation) if trace.trace_id is None else summary_of(generation)
    span_key = span_key_of(generation)
    return TraceTree(
        key=trace_key(generation),
        trace_id=trace.trace_id,
        origin=Timestamped(generation.timing.start, generation.id, trace.parent_span_id),
        summary=summary,
        spans={} if span_key is None else {span_key: summary},
        generations={generation.id: generation},
    )
