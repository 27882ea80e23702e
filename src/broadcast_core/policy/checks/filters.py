"""Filter rules: only generations that the rules hold for leave; the fields and operators are OpenRouter's.

A rule compares one field with a value. A group holds when all (`and`) or any (`or`) of its rules hold, and a
generation passes when every group holds (`passes` is the one place that says so; OpenRouter does not document
it). Of a field that is unknown only `not_exists`, `not_equals` and `not_contains` hold. Texts are compared as
they are, upper and lower case apart.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal, get_args

import attrs
from attrs import Attribute, frozen

from broadcast_core.errors import FieldError
from broadcast_core.policy.checks.operators import NUMBER_OPERATORS, TEXT_OPERATORS, compare, wrong_value
from broadcast_core.policy.checks.result import CheckResult
from broadcast_core.record.field_checks import one_of, switch, tuple_of
from broadcast_core.record.generation import Generation
from broadcast_core.record.messages import UnreadableContent, text_of

TextField = Literal[
    "model", "provider", "session_id", "user_id", "api_key_name", "finish_reason", "input", "output"
]
NumberField = Literal["total_cost", "total_tokens", "prompt_tokens", "completion_tokens"]
Logic = Literal["and", "or"]
FIELDS: tuple[str, ...] = (*get_args(TextField), *get_args(NumberField))
OPERATORS: tuple[str, ...] = tuple(dict.fromkeys((*TEXT_OPERATORS, *NUMBER_OPERATORS)))
NO_RULES = CheckResult("filter_rules", True, "no filter rules")


def _checked(_instance: Any, attribute: Attribute[Any], value: Any) -> None:
    options = {"field": FIELDS, "operator": OPERATORS}[attribute.name]
    if value not in options:
        raise FieldError(f"{attribute.name}: expected one of {', '.join(options)}, got {value!r}")


@frozen(kw_only=True)
class Rule:
    """One comparison of a field of the record with a value, a text or a number; `exists` needs none."""

    field: str = attrs.field(validator=_checked)
    operator: str = attrs.field(validator=_checked)
    value: str | int | float | Decimal | None = None

    def __attrs_post_init__(self) -> None:
        if what := wrong_value(self.operator, self.value, is_number=self.field in get_args(NumberField)):
            raise FieldError(f"{self.field} {self.operator}: {what}")

    def holds(self, generation: Generation) -> bool:
        """Tell whether the rule holds for a generation, whatever came before."""
        return compare(self.operator, value_of(self.field, generation), self.value)

    def __str__(self) -> str:
        value = "" if self.operator in ("exists", "not_exists") else f" {self.value!r}"
        return f"{self.field} {self.operator}{value}"


@frozen(kw_only=True)
class Group:
    """Rules of which all or any must hold."""

    rules: tuple[Rule, ...] = attrs.field(validator=tuple_of(Rule))
    logic: Logic = attrs.field(default="and", validator=one_of(*get_args(Logic)))

    @rules.validator
    def _not_empty(self, _attribute: Attribute[Any], rules: tuple[Rule, ...]) -> None:
        if not rules:
            raise FieldError("a group needs at least one rule")

    def holds(self, generation: Generation) -> bool:
        """Tell whether the group holds for a generation."""
        held = (rule.holds(generation) for rule in self.rules)
        return all(held) if self.logic == "and" else any(held)


@frozen(kw_only=True)
class FilterRules:
    """The filter of a route: groups that must all hold, unless it is switched off."""

    groups: tuple[Group, ...] = attrs.field(default=(), validator=tuple_of(Group))
    enabled: bool = attrs.field(default=True, validator=switch)


def passes(rules: FilterRules, generation: Generation) -> Group | None:
    """Return the first group that does not hold, or None: all groups must hold."""
    return next((group for group in rules.groups if not group.holds(generation)), None)


def filter_rules(generation: Generation, rules: FilterRules | None) -> CheckResult:
    """Check whether a generation passes the filter of a route."""
    if rules is None or not rules.groups:
        return NO_RULES
    if not rules.enabled:
        return CheckResult("filter_rules", True, "the filter rules are switched off")
    failed = passes(rules, generation)
    if failed is None:
        return CheckResult("filter_rules", True, "every group of the filter rules holds")
    number = rules.groups.index(failed) + 1
    if failed.logic == "or":
        return CheckResult("filter_rules", False, f"no rule of group {number} holds")
    wrong = next(rule for rule in failed.rules if not rule.holds(generation))
    return CheckResult("filter_rules", False, f"in group {number} this does not hold: {wrong}")


def value_of(name: str, generation: Generation) -> str | Decimal | None:
    """Return what a field of a rule means in the record; None when it is not known.

    Raise `UnreadableContent` for content that cannot be looked into, and for a value of another type, which
    would only seem to differ from a text.
    """
    if name in ("input", "output"):
        return text_of(getattr(generation.content, name))
    value = _values(generation)[name]
    if value is None:
        return None
    kinds = int | Decimal if name in get_args(NumberField) else str
    if not isinstance(value, kinds) or isinstance(value, bool):
        raise UnreadableContent(f"{name} is of another type than it should be")
    return Decimal(value) if isinstance(value, int) else value


def _values(generation: Generation) -> dict[str, Any]:
    """Return what the fields of rules mean, but for what was said."""
    usage, who = generation.usage, generation.identity
    return {
        "model": generation.model or generation.served_model,
        "provider": generation.provider,
        "session_id": who.session_id,
        "user_id": who.user_id,
        "api_key_name": who.api_key_name,
        "finish_reason": generation.finish_reason,
        "total_cost": generation.cost.total,
        "total_tokens": usage.known_total,
        "prompt_tokens": usage.inclusive_input,
        "completion_tokens": usage.output_tokens,
    }
