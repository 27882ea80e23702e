"""One trace through its destination: the items that fit, and what became of its generations, as one value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from attrs import frozen

from broadcast_core.batching import Item, Unmapped, fits
from broadcast_core.diagnostics import FAILURES, Diagnostic, describe_error
from broadcast_core.pipeline.route import Route
from broadcast_core.record.generation import Generation
from broadcast_core.traces.state import State
from broadcast_core.traces.tree import TraceTree, tree_of_all

Note: TypeAlias = tuple[str, Diagnostic]
"""The id of a generation, and what was changed in it."""


@frozen(kw_only=True)
class MappedTrace:
    """What a destination made of one trace: items, generations that it cannot carry, and what was changed.

    `tree` is what the state remembers. `failed` says that something raised, which one generation alone may be
    to blame for.
    """

    items: tuple[Item, ...] = ()
    rejected: tuple[Unmapped, ...] = ()
    notes: tuple[Note, ...] = ()
    tree: TraceTree | None = None
    failed: bool = False

    __hash__ = None  # type: ignore[assignment]


def failed_trace(generations: Iterable[Generation], reason: str) -> MappedTrace:
    """Return the result of a step that raised: all of its generations are rejected."""
    rejected = tuple(Unmapped(generation=generation.id, reason=reason) for generation in generations)
    return MappedTrace(rejected=rejected, failed=True)


def blame(route: Route, error: BaseException) -> str:
    """Say that a destination raised, and where."""
    return f"the destination {route.destination.name!r} failed: {describe_error(error)}"


def map_trace(generations: Sequence[Generation], route: Route, state: State) -> MappedTrace:
    """Return what the destination of a route makes of one trace; one that fails harms no other."""
    try:
        tree = state.complete(tree_of_all(generations))
    except FAILURES as error:
        is_known = generations[0].trace.trace_id in state.traces
        advice = "forget what is remembered of it" if is_known else "look at the types of its fields"
        return failed_trace(
            generations, f"its trace cannot be put together ({describe_error(error)}): {advice}"
        )
    try:
        return _map_tree(tree, route)
    except FAILURES as error:
        return failed_trace(tree.generations.values(), blame(route, error))


def _map_tree(tree: TraceTree, route: Route) -> MappedTrace:
    """Return the items of a tree that fit their endpoints, and what is said of the others."""
    endpoints = route.destination.endpoints
    results = list(route.destination.items(tree, route.config))
    unmapped = [result for result in results if isinstance(result, Unmapped)]
    items = [
        (result, fits(result, endpoints[result.endpoint]))
        for result in results
        if not isinstance(result, Unmapped)
    ]
    too_large = [item for item, does_fit in items if not does_fit]
    return MappedTrace(
        items=tuple(item for item, does_fit in items if does_fit),
        rejected=(*unmapped, *(one for item in too_large for one in _reject_with(item))),
        notes=tuple(note for item in too_large for note in _notes_without(item)),
        tree=None if tree.trace_id is None else tree,
    )


def _reject_with(item: Item) -> Iterator[Unmapped]:
    """Yield the one generation that an item speaks of, which cannot go without it."""
    if len(item.generations) == 1:
        yield Unmapped(generation=item.generations[0], reason=_too_large(item))


def _notes_without(item: Item) -> Iterator[Note]:
    """Yield a note for each of several generations that an item speaks of: they go without it."""
    if len(item.generations) > 1:
        note = Diagnostic("dropped", "$.trace", f"a shared row: {_too_large(item)}")
        yield from ((generation, note) for generation in item.generations)


def _too_large(item: Item) -> str:
    return f"{len(item.body)} bytes are more than the endpoint {item.endpoint!r} takes at once"


def items_to_send(mapped: Iterable[MappedTrace]) -> list[Item]:
    """Return the items of some traces, without those that speak of rejected generations alone."""
    mapped = list(mapped)
    rejected = rejection_reasons(mapped)
    return [item for one in mapped for item in one.items if not _is_rejected(item, rejected)]


def _is_rejected(item: Item, rejected: Mapping[str, str]) -> bool:
    return bool(rejected and item.generations) and all(one in rejected for one in item.generations)


def rejection_reasons(mapped: Iterable[MappedTrace]) -> dict[str, str]:
    """Return why generations are rejected, by id; the first reason stays."""
    found: dict[str, str] = {}
    for trace in mapped:
        for one in trace.rejected:
            found.setdefault(one.generation, one.reason)
    return found
