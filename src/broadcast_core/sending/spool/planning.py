"""Deliveries in, stored requests out, for some routes; the state of open traces is carried on."""

from __future__ import annotations

import zlib
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping, Sequence

from attrs import field, frozen

from broadcast_core.delivery.stored.requests import StoredRequest, stored
from broadcast_core.diagnostics import FAILURES, describe_error
from broadcast_core.pipeline.planner import plan
from broadcast_core.pipeline.route import Route
from broadcast_core.readers import Reading, Rejected, read_text
from broadcast_core.record.generation import Generation
from broadcast_core.secrets import HashKeys
from broadcast_core.sending.spool.inbox import PLAIN, Delivery
from broadcast_core.sending.store.progress import changed_parts
from broadcast_core.traces.bounded_state import BoundedState
from broadcast_core.traces.keys import trace_key
from broadcast_core.traces.let_out import Join
from broadcast_core.traces.state import State

MAX_SEEN = 200_000
"""Generations that are known to have been planned, for routes whose platform doubles what comes again."""
MAX_INFLATED = 256 * 1024 * 1024


@frozen(kw_only=True)
class PlannedFor:
    """What is planned for one route: requests, counts of outcomes, and the parts of the state that changed.

    `rows` are requests in their stored form, each with its endpoint's place and its items' generations.
    """

    rows: tuple[tuple[int, StoredRequest, tuple[tuple[str, ...], ...]], ...] = ()
    counts: Mapping[str, int] = field(factory=dict)
    changed: Mapping[str, bytes] = field(factory=dict)
    gone: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()

    __hash__ = None  # type: ignore[assignment]


@frozen(kw_only=True)
class PlannedGroup:
    """What is planned of some deliveries by route, and why others are kept as dead letters, by number."""

    routes: Mapping[str, PlannedFor]
    letters: Mapping[int, str] = field(factory=dict)

    __hash__ = None  # type: ignore[assignment]


@frozen(kw_only=True)
class PlannedRoute:
    """A route that is planned for, the wheel of its destination with the version, and how it joins."""

    route: Route
    plugin: str = ""
    join: Join | None = None

    __hash__ = None  # type: ignore[assignment]

    @property
    def doubles(self) -> bool:
        """Tell whether its platform may take a generation twice."""
        return any(one.on_resend != "merges" for one in self.route.endpoints.values())


class GroupPlanner:
    """Plans groups of deliveries for some routes; what it carries on is the state of each."""

    def __init__(
        self,
        routes: Sequence[PlannedRoute],
        states: Mapping[str, State],
        seen: Mapping[str, Iterable[str]],
        hash_keys: Mapping[str, str],
    ) -> None:
        self._routes = {one.route.name: one for one in routes}
        self._states = {name: BoundedState(states.get(name)) for name in self._routes}
        self._seen = {name: OrderedDict.fromkeys(seen.get(name, ())) for name in self._routes}
        self._hash_keys = HashKeys(hash_keys)

    def plan(self, names: Sequence[str], deliveries: Sequence[Delivery]) -> PlannedGroup:
        """Return what is planned of some deliveries for some routes."""
        letters: dict[int, str] = {}
        generations: list[Generation] = []
        sources: list[int] = []
        sizes: Counter[str] = Counter()
        for delivery in deliveries:
            reading, size, why = read(delivery)
            if why is not None:
                letters[delivery.number] = why
            found = reading.generations
            generations += found
            sources += [delivery.number] * len(found)
            for generation in found:
                if generation.trace.trace_id is not None:
                    sizes[trace_key(generation)] += size // max(1, len(found))
        routes: dict[str, PlannedFor] = {}
        for name in names:
            routes[name], rejected = self._plan(name, generations, sources, sizes)
            for number, why in rejected.items():
                letters.setdefault(number, why)
        return PlannedGroup(routes=routes, letters=letters)

    def _plan(
        self,
        name: str,
        generations: Sequence[Generation],
        sources: Sequence[int],
        sizes: Mapping[str, int],
    ) -> tuple[PlannedFor, dict[int, str]]:
        """Return what is planned for a route, and why deliveries are kept since something was rejected."""
        target, bounded = self._routes[name], self._states[name]
        new = self._new(name, generations) if target.doubles else [True] * len(generations)
        taken = [one for one, is_new in zip(generations, new, strict=True) if is_new]
        before = bounded.state
        result = plan(taken, target.route, state={name: before}, hash_keys=self._hash_keys, join=target.join)
        bounded.replace(result.state[name], sizes)
        after = bounded.state
        numbers = [number for number, is_new in zip(sources, new, strict=True) if is_new]
        rejected = {
            number: f"{name}: {outcome.generation}: {outcome.reason}"
            for number, outcome in zip(numbers, result.outcomes, strict=True)
            if outcome.status == "rejected"
        }
        counts: Counter[str] = Counter(
            outcome.status for outcome in result.outcomes if outcome.status != "planned"
        )
        changed, gone = changed_parts(before, after)
        orders = {endpoint: n for n, endpoint in enumerate(target.route.endpoints)}
        return PlannedFor(
            rows=tuple(
                (
                    orders[request.endpoint.name],
                    stored(request, target.route, target.plugin),
                    tuple(item.generations for item in request.items),
                )
                for request in result.requests
            ),
            counts={**dict(counts), "repeated": len(generations) - len(taken)},
            changed=changed,
            gone=gone,
            seen=tuple(one.id for one in taken) if target.doubles else (),
        ), rejected

    def _new(self, name: str, generations: Sequence[Generation]) -> list[bool]:
        """Tell which generations a route has not planned before, and keep that it has now."""
        seen, found = self._seen[name], []
        for generation in generations:
            found.append(generation.id not in seen)
            seen[generation.id] = None
            seen.move_to_end(generation.id)
        while len(seen) > MAX_SEEN:
            seen.popitem(last=False)
        return found


def read(delivery: Delivery) -> tuple[Reading, int, str | None]:
    """Return the generations of a delivery, the bytes that they are read from, and why it is a dead letter.

    None: all of it is read. A test of the connection, or a sample trace, holds none.
    """
    text, why = decoded(delivery)
    if text is None:
        return Reading(()), 0, why
    try:
        reading = read_text(text, None)
    except FAILURES as error:
        return Reading(()), 0, f"a bug in broadcast-core, please report it: {describe_error(error)}"
    rejected = [one for one in reading.outcomes if isinstance(one, Rejected)]
    return reading, len(text), f"{len(rejected)} of its records cannot be read" if rejected else None


def decoded(delivery: Delivery) -> tuple[bytes | None, str | None]:
    """Return the text of a delivery, or None and why it cannot be inflated."""
    if delivery.encoding == PLAIN:
        return delivery.body, None
    if delivery.encoding not in ("gzip", "deflate"):
        return None, f"its content encoding {delivery.encoding!r} is not known"
    try:
        inflater = zlib.decompressobj(47)
        text = inflater.decompress(delivery.body, MAX_INFLATED)
    except zlib.error:
        return None, f"it is no {delivery.encoding}"
    is_whole = inflater.eof and not inflater.unconsumed_tail
    return (text, None) if is_whole else (None, f"it is cut short, or no {delivery.encoding}")
