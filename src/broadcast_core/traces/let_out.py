"""What a route has let out of a generation, kept so that a later call completes it and never contradicts it.

It holds the versions of the record as the route let them out, never as they came. The start that was planned
first stays the time of its ids, and its place in the traces stays too: rows at a platform do not move. A side
of the content that was withheld once stays withheld.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from attrs import Attribute, evolve, field, frozen

from broadcast_core.errors import ArgumentError, ArgumentTypeError
from broadcast_core.record.field_checks import EARLIEST, LATEST
from broadcast_core.record.generation import Generation, TraceContext
from broadcast_core.traces.layered import LayeredMap
from broadcast_core.traces.tree import Planned


@frozen(kw_only=True)
class Join:
    """How long `plan` keeps what it let out of each generation, to join what another source tells later.

    At most `max_generations` of each route, of at most `max_bytes` of JSON, and none that ended more than
    `max_age` before the latest of them; the oldest go first. Times are those of the records.
    """

    max_generations: int = field(default=10_000)
    max_bytes: int = field(default=64 * 1024 * 1024)
    max_age: timedelta = field(default=timedelta(days=1))

    @max_generations.validator
    @max_bytes.validator
    def _is_a_number(self, attribute: Attribute[int], value: object) -> None:
        if type(value) is not int or value < 0:
            raise ArgumentError(f"{attribute.name}: expected a whole number of at least 0, got {value!r}")

    @max_age.validator
    def _is_an_age(self, _attribute: object, value: object) -> None:
        if not isinstance(value, timedelta):
            what = f"max_age: expected a timedelta, got a {type(value).__name__}"
            raise ArgumentTypeError(f"{what}: give timedelta(hours=...)")
        if value < timedelta(0):
            raise ArgumentError("max_age: expected a timedelta of at least 0")


def check_join(join: object) -> None:
    """Raise `ArgumentTypeError` for what says no bounds, as a switch."""
    if join is not None and not isinstance(join, Join):
        raise ArgumentTypeError(f"join: expected a Join or None, got a {type(join).__name__}: give Join()")


@frozen
class Place:
    """Where a generation hangs in the traces."""

    trace_id: str | None = None
    span_name: str | None = None
    parent_span_id: str | None = None

    @classmethod
    def of(cls, generation: Generation) -> Place:
        """Return the place that a record names."""
        trace = generation.trace
        return cls(trace.trace_id, trace.span_name, trace.parent_span_id)

    def of_trace(self, trace: TraceContext) -> TraceContext:
        """Return what is known of a trace, at this place."""
        return evolve(
            trace, trace_id=self.trace_id, span_name=self.span_name, parent_span_id=self.parent_span_id
        )


@frozen(kw_only=True)
class LetOut:
    """What a route let out of one generation.

    `versions` are empty where only the identity is left; `held` are the sides of the content that a hook of
    the route took out, `latest` is when it ended, `size` the bytes of its versions as JSON.
    """

    versions: tuple[Generation, ...]
    start: datetime
    place: Place
    held: frozenset[str]
    latest: datetime
    size: int

    __hash__ = None  # type: ignore[assignment]

    @property
    def planned(self) -> Planned:
        """What rows of it hang on."""
        return Planned(start=self.start, latest=self.latest, versions=len(self.versions))

    def forgotten(self) -> LetOut:
        """Return the identity alone."""
        return evolve(self, versions=(), size=0)


class KeptLetOut(LayeredMap[str, LetOut]):
    """What is kept of generations, with what tells at once whether all of it may stay: bytes and times."""

    __slots__ = ("_bytes", "_newest", "_oldest")

    def __init__(self, entries: Mapping[str, LetOut]) -> None:
        """Take what is kept, and look at all of it."""
        super().__init__(entries)
        times = [one.latest for one in self.values()]
        self._bytes = sum(one.size for one in self.values())
        self._newest, self._oldest = max(times, default=EARLIEST), min(times, default=LATEST)

    def updated(self, changes: Mapping[str, LetOut]) -> KeptLetOut:
        """Return it with what is let out now, at the cost of that."""
        found = KeptLetOut({})
        whole = super().updated(changes)
        found._layers, found._length = whole._layers, whole._length
        found._bytes = self._bytes + sum(
            one.size - (self[name].size if name in self else 0) for name, one in changes.items()
        )
        found._newest = max((self._newest, *(one.latest for one in changes.values())))
        found._oldest = min((self._oldest, *(one.latest for one in changes.values())))
        return found

    def fits(self, join: Join) -> bool:
        """Tell whether nothing has to go."""
        is_young = not self or self._newest - self._oldest <= join.max_age
        return is_young and len(self) <= join.max_generations and self._bytes <= join.max_bytes


_MANY, _SHARE = 1_024, 16


def kept_with(
    before: Mapping[str, LetOut], changes: Mapping[str, LetOut], join: Join
) -> Mapping[str, LetOut]:
    """Return what was kept and what is let out now, as far as it may be kept.

    All of it is looked at only when something has to go. Of many a sixteenth more goes then, so that the next
    plans need not look again.
    """
    after = (before if isinstance(before, KeptLetOut) else KeptLetOut(before)).updated(changes)
    if after.fits(join):
        return after
    if len(after) > _MANY:
        join = Join(
            max_generations=join.max_generations - join.max_generations // _SHARE,
            max_bytes=join.max_bytes - join.max_bytes // _SHARE,
            max_age=join.max_age - join.max_age / _SHARE,
        )
    return KeptLetOut(bounded(after, join))


def bounded(let_out: Mapping[str, LetOut], join: Join) -> dict[str, LetOut]:
    """Return what may be kept: the latest, and of those too large the identity alone."""
    if not let_out:
        return {}
    newest = max(one.latest for one in let_out.values())
    young = {name: one for name, one in let_out.items() if newest - one.latest <= join.max_age}
    kept = _latest_first(young)[: join.max_generations]
    room, found = join.max_bytes, {}
    for name in kept:
        room -= young[name].size
        found[name] = young[name] if room >= 0 else young[name].forgotten()
    return {name: found[name] for name in young if name in found}


def _latest_first(let_out: Mapping[str, LetOut]) -> list[str]:
    return sorted(let_out, key=lambda name: (let_out[name].latest, name), reverse=True)
