"""What a plan remembers of open traces, so that late generations complete them and never leave them poorer.

Plain data that survives pickle. Only traces with a trace id of the caller's are remembered: a generation
without one is a trace of its own. Bounded by the caller: `forget_rows(before=...)` drops the rows of quiet
traces and keeps their identity, a few dozen bytes each and the names of spans; `forget_identities` drops
that too. Rows hold
what was said, as far as the route lets it out: keep a stored state as safe as the data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from attrs import evolve, field, frozen

from broadcast_core.errors import ArgumentTypeError
from broadcast_core.traces.keys import SpanKey
from broadcast_core.traces.layered import LayeredMap, keys_that_differ
from broadcast_core.traces.let_out import LetOut
from broadcast_core.traces.summary import Summary, Timestamped
from broadcast_core.traces.tree import TraceTree


@frozen(kw_only=True)
class OpenTrace:
    """The identity of a trace, and its rows while they are remembered: None for one that is forgotten."""

    origin: Timestamped
    latest: datetime
    summary: Summary | None = None
    spans: Mapping[SpanKey, Summary | None] = field(factory=dict)

    __hash__ = None  # type: ignore[assignment]

    @property
    def has_rows(self) -> bool:
        """Tell whether anything is left to forget but the identity."""
        return self.summary is not None or any(self.spans.values())

    def forgotten(self) -> OpenTrace:
        """Return the identity alone."""
        return evolve(self, summary=None, spans=dict.fromkeys(self.spans))


_OF_GENERATION = "\n"  # no id of a trace has one, nor begins with it


@frozen
class State:
    """Open traces by trace key, and what was let out of generations by id, where a plan joins them.

    Each route has its own, since policies differ.
    """

    traces: Mapping[str, OpenTrace] = field(factory=dict)
    let_out: Mapping[str, LetOut] = field(factory=dict)

    __hash__ = None  # type: ignore[assignment]

    @property
    def parts(self) -> dict[str, OpenTrace | LetOut]:
        """Each trace and each generation under a text of its own: what can be stored by itself."""
        return {
            **dict(self.traces.items()),
            **{_OF_GENERATION + name: one for name, one in self.let_out.items()},
        }

    def parts_that_differ(self, before: State) -> Iterator[str]:
        """Yield the keys of parts that are not as they were, or not there any more."""
        yield from keys_that_differ(before.traces, self.traces)
        for name in keys_that_differ(before.let_out, self.let_out):
            yield _OF_GENERATION + name

    def has_part(self, key: str) -> bool:
        """Tell whether there is a part under a key."""
        if key.startswith(_OF_GENERATION):
            return key.removeprefix(_OF_GENERATION) in self.let_out
        return key in self.traces

    def part(self, key: str) -> State:
        """Return the state that holds one of the parts."""
        if key.startswith(_OF_GENERATION):
            name = key.removeprefix(_OF_GENERATION)
            return State(let_out={name: self.let_out[name]})
        return State({key: self.traces[key]})

    def union(self, other: State) -> State:
        """Return the state with the parts of another, which count where both have one."""
        traces = LayeredMap(self.traces).updated(dict(other.traces.items()))
        return State(traces, {**self.let_out, **other.let_out})

    def complete(self, tree: TraceTree) -> TraceTree:
        """Return the tree completed by what is remembered of its trace."""
        if planned := {name: self.let_out[name].planned for name in tree.generations if name in self.let_out}:
            tree = tree.with_planned(planned)
        known = self.traces.get(tree.key)
        if known is None or tree.trace_id is None:
            return tree
        spans = {
            key: merged
            for key, summary in tree.spans.items()
            if (merged := _merged(summary, known.spans.get(key, summary)))
        }
        summary = _merged(tree.summary, known.summary)
        return evolve(tree, origin=known.origin, summary=summary, spans=spans, is_known=True)

    def updated_with(self, trees: Mapping[str, TraceTree]) -> State:
        """Return the state with the rows of some recalled trees."""
        changed: dict[str, OpenTrace] = {}
        for key, tree in trees.items():
            known = self.traces.get(key)
            latest = max(g.timing.end or g.timing.start for g in tree.generations.values())
            latest = max(latest, known.latest) if known else latest
            spans = LayeredMap(known.spans).updated(tree.spans) if known else tree.spans
            changed[key] = OpenTrace(origin=tree.origin, latest=latest, summary=tree.summary, spans=spans)
        return evolve(self, traces=LayeredMap(self.traces).updated(changed)) if changed else self

    def forget_rows(self, *, before: datetime) -> State:
        """Drop the rows of traces without a generation since then; their identities stay."""
        return evolve(
            self,
            traces={
                key: trace if trace.latest >= before else trace.forgotten()
                for key, trace in self.traces.items()
            },
        )

    def forget_identities(self, *, before: datetime) -> State:
        """Drop everything about traces without a generation since then."""
        traces = {key: trace for key, trace in self.traces.items() if trace.latest >= before}
        return evolve(self, traces=traces)


def by_route(state: Mapping[str, State]) -> Mapping[str, State]:
    """Return the state of a plan; raise `ArgumentTypeError` for what is none, as that of one route."""
    if not isinstance(state, Mapping):
        raise ArgumentTypeError(
            f"expected the state of the plan before, got a {type(state).__name__}: give its `state`, which"
            " is a mapping by route name; `load_state` returns one too"
        )
    for one in state.values():
        if not isinstance(one, State):
            raise ArgumentTypeError(f"expected a State for each route name, got a {type(one).__name__}")
    return state


def _merged(now: Summary | None, before: Summary | None) -> Summary | None:
    """Return the row of both; None when what was sent before is not known any more."""
    return None if now is None or before is None else now.merge(before)
