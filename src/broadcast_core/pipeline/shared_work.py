"""What several routes of one plan do alike, and so once: trees, and what a destination makes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from broadcast_core.diagnostics import FAILURES
from broadcast_core.pipeline.route import Route
from broadcast_core.record.generation import Generation
from broadcast_core.traces.tree import TraceTree, tree_of_all

T = TypeVar("T")


class SharedWork(Generic[T]):
    """The trees of one plan, and what was made of each, by destination and options.

    Only what policies let out as it came is shared: it outlives the plan, so that its `id()` tells it apart.
    """

    def __init__(self, generations: Iterable[Generation] = (), routes: Sequence[Route] = ()) -> None:
        """Take the generations of a plan, and its routes; nothing is kept for one route alone."""
        several = routes if len(routes) > 1 else ()
        self._as_they_came = set(map(id, generations)) if several else set()
        self._alike = _alike(several)
        self._trees: dict[tuple[int, ...], TraceTree] = {}
        self._made: dict[tuple[int, tuple[int, ...]], T] = {}

    def tree(self, generations: Sequence[Generation]) -> TraceTree:
        """Return the tree of generations of one trace."""
        key = self._key(generations)
        if key is None:
            return tree_of_all(generations)
        if key not in self._trees:
            self._trees[key] = tree_of_all(generations)
        return self._trees[key]

    def made_of(
        self,
        tree: TraceTree,
        generations: Sequence[Generation],
        route: Route,
        make: Callable[[TraceTree, Route], T],
    ) -> T:
        """Return what is made of a tree for a route; a tree that more is known of is the route's own."""
        key = self._key(generations)
        if key is None or self._trees.get(key) is not tree:
            return make(tree, route)
        place = (self._alike[route.name], key)
        if place not in self._made:
            self._made[place] = make(tree, route)
        return self._made[place]

    def _key(self, generations: Sequence[Generation]) -> tuple[int, ...] | None:
        """Return what tells generations from others; None for some that are not shared."""
        if not self._as_they_came:
            return None
        ids = tuple(map(id, generations))
        return ids if self._as_they_came.issuperset(ids) else None


def _alike(routes: Sequence[Route]) -> dict[str, int]:
    """Return, by the name of each route, the place of the first with the same destination and options."""
    found: dict[str, int] = {}
    first: dict[object, int] = {}
    for n, route in enumerate(routes):
        try:
            found[route.name] = first.setdefault((id(route.destination), type(route.config), route.config), n)
        except FAILURES:  # options that cannot be hashed, or compared: the route works for itself then
            found[route.name] = n
    return found
