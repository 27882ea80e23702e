"""The field report: what each field of the record leaves in the requests of a destination."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cached_property
from typing import Any

from attrs import evolve, field, frozen

from broadcast_core.jsontext import Json
from broadcast_core.pipeline.planner import Plan
from broadcast_core.record.generation import Generation
from broadcast_core.testing.conformance.corpus import VARIANTS, full
from broadcast_core.testing.conformance.details import Detail
from broadcast_core.testing.conformance.subject import Subject, items_of, wires
from broadcast_core.testing.conformance.values import values_of
from broadcast_core.testing.lineage import EVERYTHING, Filler

_ALWAYS = ("$.attempts[].index", "$.schema_version")
"""Numbers that are always known."""


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

    def rows_with(self, path: str, variant: str) -> int:
        """Return the number of items that a field changes."""
        before, after = (items_of(self._plan_of(one, variant)) for one in (None, path))
        return len(
            [
                item
                for item in after
                if (item.endpoint, item.body) not in {(one.endpoint, one.body) for one in before}
            ]
        )

    def differ(self, path: str, one: Json, other: Json) -> bool:
        """Tell whether two values of a field give two plans, or are named by a diagnostic."""
        first, second = (self._with(path, value) for value in (one, other))
        return wires(first) != wires(second) or _names_it(second, path) or _names_it(first, path)

    def places_of_zero(self, path: str) -> list[str]:
        """Return where a field stands in JSON, and 0 stands when it is unknown."""
        before, after = values_of(self._plan_of(None, "an error")), values_of(self._plan_of(path, "an error"))
        places = [place for place, value in before.items() if after.get(place) != value]
        unknown = values_of(self._with(path, None))
        return [place for place in places if _is_zero(unknown.get(place))]

    def path_of(self, name: str) -> str:
        """Return the path of a field by its name in a list."""
        return next(path for path, one in self.fields.items() if one == name)

    def tells(self, name: str, detail: Detail) -> bool:
        """Tell whether a detail of a field changes a byte of a request, or is named by a diagnostic."""
        first, second = (self.subject.plan([detail(text)], EVERYTHING) for text in ("begin", "other"))
        return wires(first) != wires(second) or self._is_noted(second, f"$.{name}")

    def _is_noted(self, result: Plan, path: str) -> bool:
        """Tell whether a diagnostic is on a field, a part of it or what holds it; or on none of the record.

        One on the platform's own name for it counts where a usual generation has none.
        """
        usual = {note for one in self._plan_of(None, "an error").outcomes for note in one.diagnostics}
        for outcome in result.outcomes:
            for note in outcome.diagnostics:
                noted = re.sub(r"\[\d*\]", "", note.path)
                if noted == "$" or f"{noted}.".startswith(f"{path}.") or f"{path}.".startswith(f"{noted}."):
                    return True
                if note not in usual and noted.removeprefix("$.").partition(".")[0] not in self._roots:
                    return True
        return any(outcome.status == "rejected" for outcome in result.outcomes)

    @cached_property
    def _roots(self) -> frozenset[str]:
        return frozenset(name.partition(".")[0] for name in self.fields.values())

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


def _is_zero(value: Json) -> bool:
    if isinstance(value, str):
        return value.strip() in ("0", "0.0", "0.00")
    return isinstance(value, int | float) and not isinstance(value, bool) and value == 0
