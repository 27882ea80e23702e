"""Laws of rows over several plans: one id for one row, never poorer, never older, at its own time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from attrs import evolve

from broadcast_core.batching import Item
from broadcast_core.jsontext import Json
from broadcast_core.pipeline.planner import Plan
from broadcast_core.record.generation import Generation, Timing
from broadcast_core.testing.conformance.corpus import full, many
from broadcast_core.testing.conformance.expect import expect_nothing
from broadcast_core.testing.conformance.subject import Subject, items_of
from broadcast_core.testing.conformance.values import leaves, row_of, value_of

_LATER = datetime(2200, 1, 1, tzinfo=UTC)
_A_VERSION = re.compile(r"(version|updated|modified)", re.IGNORECASE)
_CUTS = (1, 5, 11)
_NAMES = (
    "a",
    "a0",
    "a1",
    "a-0",
    "a:0",
    "a/0",
    "a.0",
    "a_0",
    "a#0",
    "a|0",
    "a-attempt-0",
    "aattempt0",
    "a-a",
    "0",
)


def row_laws(subject: Subject) -> type:
    """Return the laws of what a destination writes again, or for the first time, beside other rows."""

    def two_plans(batch: Sequence[Generation], cut: int) -> tuple[Plan, Plan]:
        first = subject.plan(batch[:cut])
        return first, subject.plan(batch[cut:], state=first.state)

    class Laws:
        """Rows have an id, and say more each time."""

        def test_ids_of_rows_never_meet(self) -> None:
            """Also where names run together: the first attempt of "a" is not the generation "a0".

            And the trace "solo" is not that of the lone generation "solo".
            """
            for trace_id in (None, *_NAMES[:3]):
                planned = subject.plan(_alike(trace_id))
                found = Counter((item.endpoint, name) for item, name in _named(planned))
                twice = [f"{count} of {name[0]}, {name[1]!r}" for name, count in found.items() if count > 1]
                expect_nothing(twice, "ids of several rows")

        def test_a_row_that_is_sent_again_is_whole(self) -> None:
            """A row that a later plan sends once more is the row that one plan of all would have sent."""
            for batch in (many("m"), many("m")[::-1]):
                whole = _rows(subject.plan(batch))
                for cut in _CUTS:
                    first, second = (_rows(one) for one in two_plans(batch, cut))
                    wrong = [
                        f"a row of {name[0]}, after {cut} and {len(batch) - cut} generations"
                        for name, item in second.items()
                        if name in first and name in whole and item.body != whole[name].body
                    ]
                    expect_nothing(wrong, "rows that are replaced by another than one plan would send")

        def test_a_row_that_is_sent_again_has_a_later_version(self) -> None:
            """Where rows have a version: also when an earlier generation comes late."""
            for batch in (many("m"), many("m")[::-1]):
                for cut in _CUTS:
                    first, second = (_rows(one) for one in two_plans(batch, cut))
                    for name in first.keys() & second.keys():
                        if first[name].body != second[name].body:
                            stale = _stale(first[name], second[name])
                            expect_nothing(stale, f"versions of {name[0]} that stay, or fall")

        def test_a_late_generation_replaces_no_row_by_a_poorer_one(self) -> None:
            """Of a trace whose row was forgotten nothing is known: no row of it is sent that says less."""
            batch = many("late")
            first = subject.plan(batch[:6])
            forgotten = {name: state.forget_rows(before=_LATER) for name, state in first.state.items()}
            before, after = _rows(first), _rows(subject.plan(batch[6:], state=forgotten))
            poorer = [
                f"{name[0]}: {place}"
                for name in before.keys() & after.keys()
                for place in _changed(before[name], after[name])
            ]

            expect_nothing(poorer, "values of rows that late generations replace")

        def test_the_time_of_an_item_is_that_of_its_generation(self) -> None:
            """From its start to its end, and not of its trace: by it an item is too old, or not."""
            batch = [evolve(one, attempts=()) for one in many("m")]
            first, second = two_plans(batch, 6)
            known = {one.id: one.timing for one in batch}
            wrong = []
            for item in (*items_of(first), *items_of(second)):
                timing = known.get(item.generations[0]) if len(item.generations) == 1 else None
                if item.time is not None and timing is not None and not _is_within(item.time, timing):
                    wrong.append(f"an item of {item.endpoint}, of {item.time}")
            expect_nothing(wrong, "items with a time of others")

    return Laws


def _alike(trace_id: str | None) -> list[Generation]:
    """Return generations whose names begin alike, each with two attempts."""
    made = full()
    attempts = tuple(evolve(made.attempts[0], index=n) for n in (0, 1))
    trace = evolve(made.trace, trace_id=trace_id, span_name=None)
    family = [evolve(made, id=name, attempts=attempts, trace=trace) for name in _NAMES]
    alone = evolve(made, id="solo", trace=evolve(trace, trace_id=None))
    return [*family, alone, evolve(made, id="duo", trace=evolve(trace, trace_id="solo"))]


def _named(result: Plan) -> Iterator[tuple[Item, Json]]:
    """Yield the items of one row whose id is known."""
    for item in items_of(result):
        name = row_of(item)
        if name is not None:
            yield item, name


def _rows(result: Plan) -> dict[tuple[str, Json], Item]:
    """Return the last item of each row, by endpoint and id."""
    return {(item.endpoint, name): item for item, name in _named(result)}


def _is_within(moment: datetime, timing: Timing) -> bool:
    """Tell whether a moment is between a start and, within a day, the end."""
    return timing.start <= moment <= (timing.end or timing.start) + timedelta(days=1)


def _stale(before: Item, after: Item) -> Iterator[str]:
    """Yield the places of versions that do not rise."""
    for place, old, new in _pairs(before, after):
        is_version = _A_VERSION.search(place.rpartition(".")[2])
        if is_version and type(old) is type(new) and isinstance(old, str | int | float) and not old < new:
            yield place


def _changed(before: Item, after: Item) -> Iterator[str]:
    """Yield the places of values that are others, but for those of versions."""
    for place, old, new in _pairs(before, after):
        if old != new and not _A_VERSION.search(place):
            yield place


def _pairs(before: Item, after: Item) -> Iterator[tuple[str, Json, Json]]:
    """Yield the places that two rows have, with the value in each."""
    olds, news = (dict(leaves(value, "")) for value in map(value_of, (before, after)))
    for place in olds.keys() & news.keys():
        yield place, olds[place], news[place]
