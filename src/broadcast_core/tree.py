"""Trace trees: what core assembles from generations, and how trees of one trace merge.

A trace's row, and that of a named span, is a `Summary`: each of its facts is a minimum, a maximum, a union
or the first or last of something, so merging is associative, commutative and idempotent whatever arrives
when. Where two versions of one fact tie, the one with the smaller JSON text wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias, TypeVar

from attrs import evolve, field, frozen

from broadcast_core.codec import encode
from broadcast_core.generation import Failure, Generation, JsonObject
from broadcast_core.jsontext import Json, dumps_anything

T = TypeVar("T")
SpanKey: TypeAlias = tuple[str, str | None]
"""A named span of a trace: its name, and the caller's own span that it hangs under."""

MICROSECOND = timedelta(microseconds=1)


@frozen
class Pick:
    """A value, and where it stands in the order by which one is chosen: a time, then a generation id."""

    time: datetime
    generation_id: str
    value: Any

    __hash__ = None  # type: ignore[assignment]  # the value may be any JSON

    @property
    def order(self) -> tuple[datetime, str]:
        """By what the first or the last is chosen."""
        return (self.time, self.generation_id)


@frozen(kw_only=True)
class Summary:
    """What the row of a trace or of a named span says, merged from its generations.

    Start is the earliest, end the latest; name and input come from the earliest-starting generation that
    has one, output and failure from the latest-ending; each metadata key from the earliest that has it.
    """

    start: datetime
    end: datetime | None
    latest: datetime
    first_token: datetime | None
    generation_ids: frozenset[str]
    tags: frozenset[str]
    outcome: Pick
    name: Pick | None
    input: Pick | None
    output: Pick | None
    user_id: Pick | None
    session_id: Pick | None
    metadata: Mapping[str, Pick]
    withheld: bool

    __hash__ = None  # type: ignore[assignment]

    @property
    def updated_at(self) -> datetime:
        """The version of the row: it grows with every generation merged, from the records alone."""
        return self.latest + len(self.generation_ids) * MICROSECOND

    @property
    def first_token_ms(self) -> float | None:
        """Milliseconds from the start of the row to the first token of any of its generations."""
        return (
            None if self.first_token is None else (self.first_token - self.start) / timedelta(milliseconds=1)
        )

    @property
    def failure(self) -> Failure | None:
        """Why it failed, when the latest-ending generation failed."""
        failure: Failure | None = self.outcome.value
        return failure

    @property
    def custom(self) -> dict[str, Json]:
        """The caller's own metadata, keys in order; a program may have given some that are no text."""
        return {key: self.metadata[key].value for key in sorted(self.metadata, key=_key_order)}

    def merge(self, other: Summary) -> Summary:
        """Return the summary of both; the order does not matter, nor does a repetition."""
        return Summary(
            start=min(self.start, other.start),
            end=_either(max, self.end, other.end),
            latest=max(self.latest, other.latest),
            first_token=_either(min, self.first_token, other.first_token),
            generation_ids=self.generation_ids | other.generation_ids,
            tags=self.tags | other.tags,
            outcome=_last(self.outcome, other.outcome),
            name=_either(_first, self.name, other.name),
            input=_either(_first, self.input, other.input),
            output=_either(_last, self.output, other.output),
            user_id=_either(_first, self.user_id, other.user_id),
            session_id=_either(_first, self.session_id, other.session_id),
            metadata={
                key: merged
                for key in {**self.metadata, **other.metadata}
                if (merged := _either(_first, self.metadata.get(key), other.metadata.get(key)))
            },
            withheld=self.withheld or other.withheld,
        )


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
            origin=_first(self.origin, other.origin),
            is_known=self.is_known or other.is_known,
            summary=_either(Summary.merge, self.summary, other.summary),
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
        if len(set(map(_place, same))) > 1
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
    """Return the named span that a generation hangs under, or None."""
    trace = generation.trace
    if trace.span_name is None or not trace.span_name.strip():
        return None
    return (trace.span_name, trace.parent_span_id)


def summary_of(generation: Generation) -> Summary:
    """Return what one generation says of its trace."""
    timing, trace, identity, content = (
        generation.timing,
        generation.trace,
        generation.identity,
        generation.content,
    )
    start, latest = timing.start, timing.end or timing.start

    def first(value: Any) -> Pick | None:
        blank = value is None or (isinstance(value, str) and not value.strip())
        return None if blank else Pick(start, generation.id, value)

    wait = timing.first_token_ms
    return Summary(
        start=start,
        end=timing.end,
        latest=latest,
        first_token=None if wait is None or not 0 <= wait < 1e12 else start + timedelta(milliseconds=wait),
        generation_ids=frozenset((generation.id,)),
        tags=frozenset(trace.tags),
        outcome=Pick(latest, generation.id, generation.ended_badly),
        name=first(trace.trace_name),
        input=first(content.input),
        output=None if content.output is None else Pick(latest, generation.id, content.output),
        user_id=first(identity.user_id),
        session_id=first(identity.session_id),
        metadata=_picks(trace.metadata, start, generation.id),
        withheld=content.withheld is not None,
    )


def _picks(metadata: JsonObject, start: datetime, generation_id: str) -> dict[str, Pick]:
    return {key: Pick(start, generation_id, value) for key, value in metadata.items()}


def _key_order(key: object) -> tuple[str, str]:
    return (str(key), type(key).__name__)


def _either(merge: Any, one: T | None, other: T | None) -> T | None:
    if one is None:
        return other
    return one if other is None else merge(one, other)


def _first(one: Pick, other: Pick) -> Pick:
    if one.order != other.order:
        return min(one, other, key=lambda pick: pick.order)
    return one if _text(one.value) <= _text(other.value) else other


def _last(one: Pick, other: Pick) -> Pick:
    if one.order != other.order:
        return max(one, other, key=lambda pick: pick.order)
    return one if _text(one.value) <= _text(other.value) else other


def _text(value: Any) -> bytes:
    if isinstance(value, Failure):
        return dumps_anything([value.type, value.code, value.message, value.stacktrace, value.raw])[0]
    return dumps_anything(value)[0]


def _richer(one: Generation, other: Generation) -> Generation:
    """Return one of two versions of a generation: the later-ending, then the one with more to say."""
    return one if one is other else max(one, other, key=_richness)


def _richness(version: Generation) -> tuple[datetime, int, bytes]:
    return (version.timing.end or version.timing.start, *_weight(version))


def _weight(generation: Generation) -> tuple[int, bytes]:
    text = dumps_anything(encode(generation))[0]
    return (len(text), text)
