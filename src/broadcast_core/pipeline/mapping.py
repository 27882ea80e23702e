"""One trace through its destination: the items that fit, and what became of its generations, as one value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from attrs import frozen

from broadcast_core.batching import Endpoint, Item, Unmapped, fits
from broadcast_core.diagnostics import FAILURES, Diagnostic, describe_error
from broadcast_core.errors import PluginFault
from broadcast_core.pipeline.plugin_checks import blame, wrong_result
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
        return failed_trace(tree.generations.values(), blame(route.destination, error))


def _map_tree(tree: TraceTree, route: Route) -> MappedTrace:
    """Return the items of a tree that can be sent, and what is said of the others."""
    endpoints, name = route.endpoints, route.destination.name
    results = [(one, _why_not(one, tree, endpoints, name)) for one in _results(tree, route)]
    items = tuple(one for one, why in results if why is None and isinstance(one, Item))
    faulty = [(one, why) for one, why in results if why is not None]
    rejected = [one for one, why in results if why is None and isinstance(one, Unmapped)]
    rejected += [one for result, why in faulty for one in _reject_with(result, why, tree)]
    if faulty:
        rejected += _reject_rest(tree, items, rejected, faulty[0][1])
    return MappedTrace(
        items=items,
        rejected=tuple(rejected),
        notes=tuple(note for result, why in faulty for note in _notes_without(result, why, tree)),
        tree=None if tree.trace_id is None or (faulty and not items) else tree,
    )


def _results(tree: TraceTree, route: Route) -> list[Any]:
    """Return what a destination yields for a tree, whatever that is."""
    given: object = route.destination.items(tree, route.config)
    if not isinstance(given, Iterable) or isinstance(given, Mapping | str | bytes):
        raise PluginFault(f"its items are a {type(given).__name__}: yield Item(...) or Unmapped(...)")
    return list(given)


def _why_not(
    result: object, tree: TraceTree, endpoints: Mapping[str, Endpoint], destination: str
) -> str | None:
    """Say why a result of a mapping cannot be used, or None."""
    wrong = wrong_result(result, endpoints, tree.generations)
    if wrong is not None:
        return f"the destination {destination!r} failed: {wrong}"
    if isinstance(result, Item) and not fits(result, endpoint := endpoints[result.endpoint]):
        if result.rows > endpoint.max_items:
            return f"{result.rows} rows are more than the endpoint {endpoint.name!r} takes at once"
        return f"{len(result.body)} bytes are more than the endpoint {endpoint.name!r} takes at once"
    return None


def _known(result: object, tree: TraceTree) -> list[str]:
    """Return the generations of a tree that an item, of whatever form, speaks of."""
    names = result.generations if isinstance(result, Item) else ()
    return [name for name in names if name in tree.generations]


def _reject_with(result: object, why: str, tree: TraceTree) -> Iterator[Unmapped]:
    """Yield the one generation that an item speaks of, which cannot go without it."""
    if len(known := _known(result, tree)) == 1:
        yield Unmapped(generation=known[0], reason=why)


def _reject_rest(
    tree: TraceTree, items: Iterable[Item], rejected: Iterable[Unmapped], why: str
) -> list[Unmapped]:
    """Return the generations of a tree that nothing speaks of: what was wrong may have been theirs."""
    told = {name for item in items for name in item.generations} | {one.generation for one in rejected}
    return [Unmapped(generation=name, reason=why) for name in tree.generations if name not in told]


def _notes_without(result: object, why: str, tree: TraceTree) -> Iterator[Note]:
    """Yield a note for each of several generations that an item speaks of: they go without it."""
    if len(known := _known(result, tree)) > 1:
        note = Diagnostic("dropped", "$.trace", f"a shared row: {why}")
        yield from ((generation, note) for generation in known)


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
