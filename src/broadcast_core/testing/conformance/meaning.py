"""Laws of values: what differs in the record differs in the rows, and numbers are what they are called."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

from attrs import evolve

from broadcast_core.batching import Item
from broadcast_core.destinations.fitting import total_cost
from broadcast_core.jsontext import Json
from broadcast_core.pipeline.planner import Plan
from broadcast_core.record.generation import Cost, Generation, Usage
from broadcast_core.testing.conformance.corpus import VARIANTS, full, many, other
from broadcast_core.testing.conformance.expect import expect_nothing
from broadcast_core.testing.conformance.report import FieldReport
from broadcast_core.testing.conformance.subject import Subject, items_of
from broadcast_core.testing.conformance.values import grows, keys_of, number, row_of, values_of
from broadcast_core.testing.lineage import EVERYTHING

_LENGTHS = (12, 20, 30, 60, 130, 250, 600, 1200, 5000)
_AN_ID = re.compile(r"(^|[ _.a-z])(id|Id|ID|uuid|Uuid|UUID|key|Key|user|User|session|Session|thread|group)$")
_DURATIONS = (1, 2, 25, 49, 1000)
"""Hours: those of a day, and more."""
_INPUT, _OUTPUT = 31_337, 777_001
_TOTAL = Decimal("0.123457")


def value_laws(subject: Subject) -> type:
    """Return the laws of values of a destination; those of JSON are looked into, wherever it is."""

    def values(generation: Generation) -> dict[str, Json]:
        return values_of(subject.plan([generation], EVERYTHING))

    def ids(change: Callable[[Generation, str], Generation]) -> Iterator[str]:
        """Yield the places of ids that hang on one of the record: keys, and those nearest to the top."""
        one, two = (values(change(full(), name)) for name in ("gen-1", "gen-2"))
        depths: dict[str, int] = {}
        found = [place for place in one if _AN_ID.search(place) and one[place] != two.get(place)]
        for place in sorted(found, key=lambda place: place.count(".")):
            item, _, inside = place.partition("].")
            if not inside or depths.setdefault(item, place.count(".")) == place.count("."):
                yield place

    class Laws:
        """Values say what the record says."""

        def test_two_ids_are_never_one(self) -> None:
            """Long ids that begin or end alike, or differ in case alone: rows would replace each other."""
            lost = []
            for name, change in _IDS.items():
                places = list(ids(change))
                for one, two in _alike() if places else ():
                    plans = [subject.plan([change(full(), text)], EVERYTHING) for text in (one, two)]
                    first, second = map(values_of, plans)
                    same = [place for place in places if first.get(place) == second.get(place) is not None]
                    if same and not _is_noted(plans, name):
                        lost.append(f"{name}, at {same}: of {len(one)} characters, as {one[-12:]!r}")
            expect_nothing(lost, "two ids that become one")

        def test_a_duration_of_days_is_no_shorter(self) -> None:
            """A number that grows with the duration does so beyond a day too."""
            series = [values(_lasting(hours)) for hours in _DURATIONS]
            wrong = []
            for place in series[0]:
                found = [number(one.get(place)) for one in series]
                some = [value for value in found if value is not None]
                if len(some) == len(found) and grows(some[:2]) and not grows(some):
                    wrong.append(f"{place}: {some} for {_DURATIONS} hours")
            expect_nothing(wrong, "numbers that grow with the duration, but not of days")

        def test_the_cost_with_a_key_of_ones_own_is_the_whole_cost(self) -> None:
            """As `total_cost` adds it up; where the record's own name stands, the parts do too."""
            plain = Cost(total=_TOTAL, upstream=Decimal("7.5"))
            own = evolve(plain, is_byok=True)
            before, after = (values(evolve(full(), cost=cost)) for cost in (plain, own))
            places = [place for place, value in before.items() if number(value) == float(_TOTAL)]
            places = [place for place in places if not place.endswith(".cost.total")]
            whole = total_cost(own).value

            assert not places or any(number(after.get(place)) == float(whole or 0) for place in places), (
                f"with a key of the caller's own, the cost is {whole}, which is at none of {places}"
            )

        def test_a_total_of_something_unknown_is_unknown(self) -> None:
            """Where input and output stand together, nothing stands when one of them is not known."""
            known, unknown = (
                values(evolve(full(), usage=Usage(input_tokens=count, output_tokens=_OUTPUT)))
                for count in (_INPUT, None)
            )
            totals = [place for place, value in known.items() if number(value) == _INPUT + _OUTPUT]
            wrong = [place for place in totals if number(unknown.get(place)) == _OUTPUT]

            expect_nothing(wrong, "totals that take an unknown count for 0, at")

        def test_keys_of_metadata_hide_no_field(self) -> None:
            """A caller's key of the name that the destination uses is no reason to lose what is under it."""
            report = FieldReport(subject)
            own: dict[str, Json] = dict.fromkeys(sorted(keys_of(subject.plan([full()], EVERYTHING))), "own")

            def hiding(path: str | None) -> dict[str, Json]:
                made = full(path)
                return values(evolve(made, trace=evolve(made.trace, metadata=own)))

            base = hiding(None)
            plain = values(full())
            lost = [
                name
                for path, name in report.fields.items()
                if name != "trace.metadata" and values(full(path)) != plain and hiding(path) == base
            ]
            expect_nothing(lost, "fields that a key of the caller's metadata hides")

        def test_items_speak_of_what_they_hold(self) -> None:
            """Of a generation whose every field may change without a byte of the item they do not."""
            batch = many("m", 4)
            items = items_of(subject.plan(batch, EVERYTHING))
            wrong = []
            for n, generation in enumerate(batch):
                changed = [*batch[:n], other(generation), *batch[n + 1 :]]
                after = {(one.endpoint, one.body) for one in items_of(subject.plan(changed, EVERYTHING))}
                wrong += [
                    f"an item of {item.endpoint} names generation {n + 1} of 4, and holds nothing of it"
                    for item in items
                    if generation.id in item.generations and (item.endpoint, item.body) in after
                ]
            expect_nothing(wrong, "items that speak of what they do not hold: outcomes blame it")

        def test_a_row_of_all_speaks_of_all(self) -> None:
            """What changes with each generation of a trace names each: else nobody learns of it."""
            batch = many("m", 4)
            base = _by_row(subject.plan(batch, EVERYTHING))
            changed = [
                _by_row(subject.plan([*batch[:n], other(one), *batch[n + 1 :]], EVERYTHING))
                for n, one in enumerate(batch)
            ]
            silent = [
                f"a row of {name[0]}, which names {len(item.generations)} of 4"
                for name, item in base.items()
                if len(item.generations) < len(batch)
                and all(name in one and one[name].body != item.body for one in changed)
            ]
            expect_nothing(silent, "rows of a whole trace that do not speak of it")

    return Laws


def _by_row(result: Plan) -> dict[tuple[str, Json], Item]:
    named = ((item, row_of(item)) for item in items_of(result))
    return {(item.endpoint, name): item for item, name in named if name is not None}


_IDS: Mapping[str, Callable[[Generation, str], Generation]] = {
    "id": lambda made, name: evolve(made, id=name),
    "trace.trace_id": lambda made, name: evolve(made, trace=evolve(made.trace, trace_id=name)),
    "identity.user_id": lambda made, name: evolve(made, identity=evolve(made.identity, user_id=name)),
    "identity.session_id": lambda made, name: evolve(made, identity=evolve(made.identity, session_id=name)),
}


def _is_noted(plans: Sequence[Plan], field: str) -> bool:
    """Tell whether a diagnostic names a field that is no id of a row."""
    notes = [note.path for one in plans for outcome in one.outcomes for note in outcome.diagnostics]
    return field.startswith("identity.") and f"$.{field}" in notes


def _alike() -> Iterator[tuple[str, str]]:
    """Yield pairs of ids that are nearly the same."""
    for length in _LENGTHS:
        yield "a" * length + "1", "a" * length + "2"
        yield "1" + "a" * length, "2" + "a" * length
    yield "gen-A", "gen-a"
    yield "gen-é", "gen-e"
    yield "gen 1", "gen_1"
    yield "gen/1", "gen-1"


def _lasting(hours: int) -> Generation:
    """Return an answer that took some hours."""
    made = VARIANTS["an answer"](full())
    return evolve(made, timing=evolve(made.timing, end=made.timing.start + timedelta(hours=hours)))
