"""The field report: which fields of the record leave no trace; what is unknown; what diagnostics say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any

from attrs import evolve, field, frozen
from hypothesis import given

from broadcast_core.jsontext import Json
from broadcast_core.pipeline.planner import Plan
from broadcast_core.policy import Policy
from broadcast_core.record.generation import Generation
from broadcast_core.testing.conformance.corpus import VARIANTS, full
from broadcast_core.testing.conformance.details import DETAILS, Detail
from broadcast_core.testing.conformance.expect import expect_nothing
from broadcast_core.testing.conformance.formats import format_of
from broadcast_core.testing.conformance.subject import (
    MARKER,
    Subject,
    items_of,
    some_generations,
    wires,
    with_content,
)
from broadcast_core.testing.lineage import EVERYTHING, Filler
from broadcast_core.testing.strategies import generations

_ESSENTIAL = (
    "$.content.input", "$.content.output", "$.cost.total", "$.usage.input_tokens", "$.usage.output_tokens",
    "$.model", "$.timing.start", "$.identity.user_id", "$.identity.session_id", "$.trace.metadata",
)  # fmt: skip
"""Fields that leave a trace of every kind of generation, when they do of one."""
_ALWAYS = ("$.attempts[].index", "$.schema_version")
"""Numbers that are always known."""


def field_laws(subject: Subject) -> type:
    """Return the laws of the fields that a destination carries."""
    report = FieldReport(subject)

    class Laws:
        """Fields leave a trace, or are listed; what is unknown stays so."""

        def test_every_field_leaves_a_trace_or_is_listed(self) -> None:
            """A field that no byte of a request hangs on, and no diagnostic names, is in `not_carried`."""
            lost = [name for path, name in report.fields.items() if not report.is_carried(path)]
            unlisted = [name for name in lost if not report.is_listed(name)]

            expect_nothing(unlisted, "fields that leave no trace; list them in not_carried")

        def test_fields_listed_as_not_carried_leave_no_trace(self) -> None:
            """What is carried after all is taken off the list."""
            carried = [name for path, name in report.fields.items() if report.is_carried(path)]
            listed = [name for name in carried if report.is_listed(name)]

            expect_nothing(listed, "fields that leave a trace; take them off not_carried")

        def test_no_cost_or_content_vanishes_from_some_generations(self) -> None:
            """Of errors, cancelled ones and those without a trace the same is carried as of others."""
            lost = [
                f"{report.fields[path]}, of {variant}"
                for path in _ESSENTIAL
                if report.is_carried(path)
                for variant in VARIANTS
                if not report.leaves_a_trace(path, variant)
            ]

            expect_nothing(lost, "fields that leave no trace of some generations")

        def test_nothing_is_cut_without_a_word(self) -> None:
            """Another end of what is long, or last of many, changes a byte, or a diagnostic names it."""
            lost = [
                f"{name}, of {field}"
                for (field, name), detail in DETAILS.items()
                if report.is_carried(report.path_of(field)) and not report.tells(field, detail)
            ]

            expect_nothing(lost, "what leaves no trace, without a diagnostic")

        def test_zero_is_told_from_unknown(self) -> None:
            """A number that is carried is not the same when it is 0 and when it is unknown."""
            lost = [
                report.fields[path]
                for path in report.numbers
                if report.is_carried(path) and not report.differ(path, None, 0)
            ]

            expect_nothing(lost, "fields whose 0 and whose absence are written alike")

        def test_what_is_unknown_is_not_written_as_zero(self) -> None:
            """Where a number of the record stands, nothing or null stands when it is unknown."""
            wrong = [
                f"{report.fields[path]} @ {place}"
                for path in report.numbers
                for place in report.places_of_zero(path)
            ]

            expect_nothing(wrong, "unknown fields that are written as 0")

        @subject.settings
        @given(generations())
        def test_diagnostics_quote_no_content(self, generation: Generation) -> None:
            """They say what was changed and where, and nothing that users or models said."""
            told = repr(subject.plan([with_content(generation, MARKER)]).outcomes)

            assert MARKER not in told, "a diagnostic or a reason quotes content"

        @subject.settings
        @given(some_generations())
        def test_reasons_quote_no_content(self, batch: list[Generation]) -> None:
            """Nor do the reasons of those that cannot be carried, of each kind."""
            loud = [with_content(one, MARKER) for one in batch]
            loud += [with_content(change(full()), MARKER) for change in VARIANTS.values()]

            assert MARKER not in repr(subject.plan(loud).outcomes), "a diagnostic or a reason quotes content"

        @subject.settings
        @given(generations())
        def test_privacy_mode_lets_no_content_through(self, generation: Generation) -> None:
            """What the core took out comes from nowhere else."""
            sent = wires(subject.plan([with_content(generation, MARKER)], Policy(privacy_mode=True)))

            assert MARKER not in repr(sent), "content in privacy mode"

    return Laws


@frozen(slots=False)
class FieldReport:
    """What is carried, found by changing one field after another; made once for a suite, and when asked."""

    subject: Subject
    _plans: dict[tuple[str | None, str], Plan] = field(factory=dict, init=False)

    __hash__ = None  # type: ignore[assignment]

    @cached_property
    def fields(self) -> dict[str, str]:
        """The fields of the record by path, with the name that a list has for each."""
        filler = Filler()
        filler.record(Generation)
        return {path: path.removeprefix("$.").replace("[]", "") for path in filler.markers}

    @cached_property
    def numbers(self) -> list[str]:
        """The paths of numbers that may be unknown."""
        filler = Filler()
        filler.record(Generation)
        kinds = {path: type(value) for path, value in filler.markers.items()}
        return [path for path, kind in kinds.items() if kind in (int, float, Decimal) and path not in _ALWAYS]

    def is_listed(self, name: str) -> bool:
        """Tell whether a field, or one that holds it, is in `not_carried`."""
        listed = {path.replace("[]", "") for path in self.subject.destination.describe().not_carried}
        parts = name.split(".")
        return any(".".join(parts[:n]) in listed for n in range(1, len(parts) + 1))

    def is_carried(self, path: str) -> bool:
        """Tell whether a field leaves a trace of any kind of generation."""
        return any(self.leaves_a_trace(path, variant) for variant in VARIANTS)

    def leaves_a_trace(self, path: str, variant: str) -> bool:
        """Tell whether a field changes a byte of a request, or is named by a diagnostic."""
        before, after = self._plan_of(None, variant), self._plan_of(path, variant)
        return wires(before) != wires(after) or _names_it(before, path) or _names_it(after, path)

    def differ(self, path: str, one: Json, other: Json) -> bool:
        """Tell whether two values of a field give two plans, or are named by a diagnostic."""
        first, second = (self._with(path, value) for value in (one, other))
        return wires(first) != wires(second) or _names_it(second, path) or _names_it(first, path)

    def places_of_zero(self, path: str) -> list[str]:
        """Return where a field stands in JSON, and 0 stands when it is unknown."""
        before, after = _leaves(self._plan_of(None, "an error")), _leaves(self._plan_of(path, "an error"))
        places = [place for place, value in before.items() if after.get(place) != value]
        unknown = _leaves(self._with(path, None))
        return [place for place in places if _is_zero(unknown.get(place))]

    def path_of(self, name: str) -> str:
        """Return the path of a field by its name in a list."""
        return next(path for path, one in self.fields.items() if one == name)

    def tells(self, name: str, detail: Detail) -> bool:
        """Tell whether a detail of a field changes a byte of a request, or is named by a diagnostic."""
        first, second = (self.subject.plan([detail(text)], EVERYTHING) for text in ("begin", "other"))
        return wires(first) != wires(second) or _is_noted(second, f"$.{name}")

    def _plan_of(self, path: str | None, variant: str) -> Plan:
        if (path, variant) not in self._plans:
            made = VARIANTS[variant](full(path))
            self._plans[path, variant] = self.subject.plan([made], EVERYTHING)
        return self._plans[path, variant]

    def _with(self, path: str, value: Json) -> Plan:
        return self.subject.plan([_put(full(), path.removeprefix("$.").split("."), value)], EVERYTHING)


def _put(record: Any, names: list[str], value: Json) -> Any:
    """Return a record with a value at a path; a number is of the kind that is there."""
    name, *rest = names
    held = getattr(record, name.removesuffix("[]"))
    if rest and name.endswith("[]"):
        return evolve(record, **{name.removesuffix("[]"): tuple(_put(one, rest, value) for one in held)})
    if rest:
        return evolve(record, **{name: _put(held, rest, value)})
    return evolve(record, **{name: None if value is None else type(held)(value)})


def _names_it(result: Plan, path: str) -> bool:
    plain = path.replace("[]", "")
    paths = [note.path.replace("[0]", "") for one in result.outcomes for note in one.diagnostics]
    return any(one == plain or one.startswith((f"{plain}.", f"{plain}[")) for one in paths)


def _is_noted(result: Plan, path: str) -> bool:
    """Tell whether a diagnostic is on a field, on a part of it, or on what holds it."""
    for outcome in result.outcomes:
        for note in outcome.diagnostics:
            noted = re.sub(r"\[\d*\]", "", note.path)
            if noted == "$" or f"{noted}.".startswith(f"{path}.") or f"{path}.".startswith(f"{noted}."):
                return True
    return any(outcome.status == "rejected" for outcome in result.outcomes)


def _leaves(result: Plan) -> dict[str, Json]:
    """Return the values of items that are JSON, by their place; those of others are not looked at."""
    found: dict[str, Json] = {}
    kinds = {request.endpoint.name: format_of(request.endpoint) for request in result.requests}
    for n, item in enumerate(items_of(result)):
        if kinds[item.endpoint] in ("json", "ndjson"):
            try:
                found.update(_inside(json.loads(item.body), f"{item.endpoint}[{n}]"))
            except ValueError:
                continue  # another law says so
    return found


def _inside(value: Json, place: str) -> Iterator[tuple[str, Json]]:
    several: Mapping[Any, Json] = value if isinstance(value, dict) else {}
    several = dict(enumerate(value)) if isinstance(value, list) else several
    if not several:
        yield place, value
    for key, one in several.items():
        yield from _inside(one, f"{place}.{key}")


def _is_zero(value: Json) -> bool:
    if isinstance(value, str):
        return value.strip() in ("0", "0.0", "0.00")
    return isinstance(value, int | float) and not isinstance(value, bool) and value == 0
