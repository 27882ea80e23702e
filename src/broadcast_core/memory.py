"""What a plan remembers of open traces, so that late generations complete them and never impoverish them.

Plain data that survives pickle. Only traces with a trace id of the caller's are remembered: a generation
without one is a trace of its own. Bounded by the caller: `forget(before=...)` drops the rows of quiet
traces and keeps their identity, a few dozen bytes each and the names of spans; `forget_identities` drops
that too. Rows hold
what was said, as far as the route lets it out: keep a stored memory as safe as the data.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from attrs import evolve, field, frozen

from broadcast_core.summary import Pick, Summary
from broadcast_core.tree import SpanKey, TraceTree


@frozen(kw_only=True)
class OpenTrace:
    """The identity of a trace, and its rows while they are remembered: None for one that is forgotten."""

    origin: Pick
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


@frozen
class Memory:
    """Open traces by trace key; each route has its own, since policies differ."""

    traces: Mapping[str, OpenTrace] = field(factory=dict)

    __hash__ = None  # type: ignore[assignment]

    def recall(self, tree: TraceTree) -> TraceTree:
        """Return the tree completed by what is remembered of its trace."""
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

    def remember(self, trees: Mapping[str, TraceTree]) -> Memory:
        """Return the memory with the rows of some recalled trees."""
        traces = dict(self.traces)
        for key, tree in trees.items():
            known = traces.get(key)
            latest = max(g.timing.end or g.timing.start for g in tree.generations.values())
            latest = max(latest, known.latest) if known else latest
            spans = {**(known.spans if known else {}), **tree.spans}
            traces[key] = OpenTrace(origin=tree.origin, latest=latest, summary=tree.summary, spans=spans)
        return Memory(traces)

    def forget(self, *, before: datetime) -> Memory:
        """Drop the rows of traces without a generation since then; their identities stay."""
        return Memory(
            {
                key: trace if trace.latest >= before else trace.forgotten()
                for key, trace in self.traces.items()
            }
        )

    def forget_identities(self, *, before: datetime) -> Memory:
        """Drop everything about traces without a generation since then."""
        return Memory({key: trace for key, trace in self.traces.items() if trace.latest >= before})


def by_route(memory: Mapping[str, Memory]) -> Mapping[str, Memory]:
    """Return the memory of a plan; raise `TypeError` for what is none, above all for that of one route."""
    if not isinstance(memory, Mapping):
        raise TypeError(
            f"expected the memory of the plan before, got a {type(memory).__name__}: give its `memory`, which"
            " is a mapping by route name; `load_memory` returns one too"
        )
    for one in memory.values():
        if not isinstance(one, Memory):
            raise TypeError(f"expected a Memory for each route name, got a {type(one).__name__}")
    return memory


def _merged(now: Summary | None, before: Summary | None) -> Summary | None:
    """Return the row of both; None when what was sent before is not known any more."""
    return None if now is None or before is None else now.merge(before)
