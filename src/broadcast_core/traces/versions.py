"""Versions of one generation that meet in a trace: which stays. Those of one plan were joined before.

The later-ending stays, then the one with more to say. If the id occurs in several traces or named spans,
only the copies in the trace and span of its richest version are kept.
"""

from __future__ import annotations

from broadcast_core.record.generation import Generation
from broadcast_core.record.joining import precedence
from broadcast_core.traces.keys import SpanKey, span_key_of


def drop_superseded_versions(generations: list[Generation]) -> list[Generation]:
    """Return the generations without the copies that stand in another place than the richest version."""
    versions: dict[str, list[Generation]] = {}
    for generation in generations:
        versions.setdefault(generation.id, []).append(generation)
    if len(versions) == len(generations):
        return generations
    homes = {
        name: _place(max(same, key=precedence))
        for name, same in versions.items()
        if any(_place(one) != _place(same[0]) for one in same)
    }
    return [one for one in generations if homes.get(one.id, _place(one)) == _place(one)]


def _place(generation: Generation) -> tuple[str | None, SpanKey | None]:
    return (generation.trace.trace_id, span_key_of(generation))


def richer(one: Generation, other: Generation) -> Generation:
    """Return one of two versions of a generation: the later-ending, then the one with more to say."""
    return one if one is other else max(one, other, key=precedence)
