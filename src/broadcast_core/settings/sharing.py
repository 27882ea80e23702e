"""Routes of one document that write into one workspace, and must say whether their ids may be the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from broadcast_core.diagnostics import Problem
from broadcast_core.pipeline.collisions import find_undecided, targets_of
from broadcast_core.pipeline.route import Route


def undecided_routes(routes: Sequence[Route], paths: Mapping[str, str]) -> dict[str, Problem]:
    """Return the mistake of each route that does not go with another; `paths` has where its options stand.

    A route that is switched off sends nothing, so it stands in nobody's way.
    """
    targets = targets_of(route for route in routes if route.policy.enabled)
    return {name: Problem(what, paths[name]) for name, what in find_undecided(targets).items()}
