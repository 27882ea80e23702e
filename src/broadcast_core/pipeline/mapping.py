"""One trace through its destination: the items that fit, and what became of its generations, as one value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import GeneratorType
from typing import Any, TypeAlias

from attrs import frozen

from broadcast_core.batching import Endpoint, Item, Unmapped, fits
from broadcast_core.diagnostics import FAILURES, Diagnostic, describe_error
from broadcast_core.errors import PluginFault
from broadcast_core.pipeline.plugin_checks import wrong_result
from broadcast_core.pipeline.plugin_faults import asked, blame, several
from broadcast_core.pipeline.route import Route
from broadcast_core.pipeline.shared_work import SharedWork
from broadcast_core.record.generation import Generation
from broadcast_core.traces.state import State
from broadcast_core.traces.tree import TraceTree

Note: TypeAlias = tuple[str, Diagnostic]
"""The id of a generation, and what was changed in it."""


@frozen(kw_only=True)
class MappedTrace:
    """What a destination made of one trace: items, generations that it cannot carry, and what was changed.

    `tree` is what the state remembers when any item of it goes. `failed` says that something raised, which
    one generation alone may be to blame for.
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


def map_trace(
    generations: Sequence[Generation], route: Route, state: State, shared: SharedWork[MappedTrace]
) -> MappedTrace:
    """Return what the destination of a route makes of one trace; one that fails harms no other.

    One that raises on a trace rejects all of it: which generations it had done with cannot be known, and a
    generation that goes without one of its items is lost in part.
    """
    try:
        tree = state.complete(shared.tree(generations))
    except FAILURES as error:
        is_known = generations[0].trace.trace_id in state.traces
        advice = "forget what is remembered of it" if is_known else "look at the types of its fields"
        return failed_trace(
            generations, f"its trace cannot be put together ({describe_error(error)}): {advice}"
        )
    try:
        return shared.made_of(tree, generations, route, _map_tree)
    except FAILURES as error:
        return failed_trace(tree.generations.values(), blame(route.destination, error))


def _map_tree(tree: TraceTree, route: Route) -> MappedTrace:
    """Return the items of a tree that can be sent, and what is said of the others."""
    endpoints, name, given = route.endpoints, route.destination.name, _results(tree, route)
    if _are_plain(given, route.capacities, tree.generations):  # as most are
        return MappedTrace(items=tuple(given), tree=tree)
    results = [(one, _why_not(one, tree, endpoints, name)) for one in given]
    items = tuple(one for one, why in results if why is None and isinstance(one, Item))
    faults = [_Fault(_named(one), why) for one, why in results if why is not None]
    rejected = [one for one, why in results if why is None and isinstance(one, Unmapped)]
    rejected += [one for fault in faults for one in _reject_with(fault, tree)]
    rest = _reject_rest(tree, items, rejected, faults)
    shared = [fault for fault in faults if len(fault.names) > 1]
    if not rest:  # else they are told as the reason of the rest
        shared += _of_everyone(faults, tree)
    return MappedTrace(
        items=items,
        rejected=(*rejected, *rest),
        notes=tuple(note for fault in shared for note in _notes_without(fault, tree)),
        tree=tree,
    )


def _results(tree: TraceTree, route: Route) -> list[Any]:
    """Return what a destination yields for a tree, whatever that is."""
    found = asked(lambda: _listed(route.destination.items(tree, route.config)), "its items")
    if isinstance(found, type):
        raise PluginFault(f"its items are a {found.__name__}: yield Item(...) or Unmapped(...)")
    return found


def _listed(given: Any) -> list[Any] | type:
    """Return several results as a list; the type of what is not several."""
    return list(given) if given.__class__ is GeneratorType or several(given) else type(given)


def _are_plain(
    results: list[Any], capacities: Mapping[str, int], generations: Mapping[str, Generation]
) -> bool:
    """Tell whether results are items that `_why_not` has nothing against, without all that it asks."""
    for one in results:
        if not (
            one.__class__ is Item
            and one.endpoint.__class__ is str
            and one.body.__class__ is bytes
            and len(one.body) <= capacities.get(one.endpoint, -1)
            and one.generations.__class__ is tuple
            and len(one.generations) == 1
            and one.generations[0].__class__ is str
            and one.generations[0] in generations
            and one.rows.__class__ is int
            and one.rows == 1
            and one.key is None
            and one.group is None
            and one.time is None
            and one.diagnostics.__class__ is tuple
            and not one.diagnostics
        ):
            return False
    return True


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


@frozen
class _Fault:
    """A result that cannot be used: the ids that it names, each once, and why not."""

    names: tuple[str, ...]
    why: str


def _named(result: object) -> tuple[str, ...]:
    """Return the ids that an item, of whatever form, speaks of."""
    names: object = result.generations if isinstance(result, Item) else ()
    found = names if isinstance(names, list | tuple) else ()
    return tuple(dict.fromkeys(name for name in found if isinstance(name, str)))


def _reject_with(fault: _Fault, tree: TraceTree) -> Iterator[Unmapped]:
    """Yield the one generation that an item speaks of, which cannot go without it."""
    if len(fault.names) == 1 and fault.names[0] in tree.generations:
        yield Unmapped(generation=fault.names[0], reason=fault.why)


def _reject_rest(
    tree: TraceTree, items: Iterable[Item], rejected: Iterable[Unmapped], faults: Sequence[_Fault]
) -> list[Unmapped]:
    """Return the generations of a tree that nothing speaks of: some fault was theirs."""
    if not faults:
        return []
    told = {name for item in items for name in item.generations} | {one.generation for one in rejected}
    nameless = next((fault.why for fault in faults if not fault.names), faults[0].why)
    why = {name: fault.why for fault in reversed(faults) for name in fault.names}
    return [
        Unmapped(generation=name, reason=why.get(name, nameless))
        for name in tree.generations
        if name not in told
    ]


def _of_everyone(faults: Iterable[_Fault], tree: TraceTree) -> list[_Fault]:
    """Return faults of results that name no generation of a tree as if they named all: nobody is left out."""
    whys = dict.fromkeys(one.why for one in faults if not tree.generations.keys() & set(one.names))
    return [_Fault(tuple(tree.generations), why) for why in whys]


def _notes_without(fault: _Fault, tree: TraceTree) -> Iterator[Note]:
    """Yield a note for each generation that a shared row speaks of: they go without it."""
    note = Diagnostic("dropped", "$.trace", f"a shared row: {fault.why}")
    yield from ((generation, note) for generation in fault.names if generation in tree.generations)


def items_to_send(mapped: Iterable[MappedTrace]) -> list[Item]:
    """Return the items of some traces that speak of a generation which is not rejected."""
    mapped = list(mapped)
    rejected = rejection_reasons(mapped)
    return [item for one in mapped for item in one.items if _goes(item, rejected)]


def _goes(item: Item, rejected: Mapping[str, str]) -> bool:
    if not rejected:
        return bool(item.generations)
    return any(one not in rejected for one in item.generations)


def trees_to_remember(mapped: Iterable[MappedTrace]) -> dict[str, TraceTree]:
    """Return the trees of which an item goes, by key: no other was sent."""
    mapped = list(mapped)
    rejected = rejection_reasons(mapped)
    return {
        one.tree.key: one.tree
        for one in mapped
        if one.tree is not None
        and one.tree.trace_id is not None
        and any(_goes(item, rejected) for item in one.items)
    }


def rejection_reasons(mapped: Iterable[MappedTrace]) -> dict[str, str]:
    """Return why generations are rejected, by id; the first reason stays."""
    found: dict[str, str] = {}
    for trace in mapped:
        for one in trace.rejected:
            found.setdefault(one.generation, one.reason)
    return found
