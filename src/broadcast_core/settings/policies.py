"""A policy from settings: the names are those of `Policy`, and every mistake is told at once."""

from __future__ import annotations

import re
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, get_args

from attrs import evolve

from broadcast_core.policy import FilterRules, Group, Policy, Rule
from broadcast_core.policy.checks.filters import FIELDS, OPERATORS, Logic
from broadcast_core.policy.checks.sampling import wrong_rate
from broadcast_core.policy.redaction.users import UserIdentity
from broadcast_core.settings.problems import Table, describe_value, nearest_name_hint

SWITCHES = (
    "enabled", "privacy_mode", "broadcast_generation_cost", "broadcast_generation_identity",
    "broadcast_generation_request_context", "drop_input", "drop_output", "drop_custom_metadata",
)  # fmt: skip
NAMES = (
    *SWITCHES, "api_key_hashes", "excluded_api_key_hashes", "filter_rules", "sampling_rate", "user_identity",
)  # fmt: skip

MEANINGS = {
    "enabled": "Nothing leaves when false.",
    "privacy_mode": "No content leaves.",
    "broadcast_generation_cost": "The opt-in cost metadata leaves.",
    "broadcast_generation_identity": "The opt-in identity metadata leaves.",
    "broadcast_generation_request_context": "The opt-in request context leaves.",
    "drop_input": "What was sent to the model stays behind.",
    "drop_output": "What the model answered stays behind.",
    "drop_custom_metadata": "The caller's own keys and tags stay behind.",
    "api_key_hashes": "Only requests of these keys leave, by their hash; without it those of every key.",
    "excluded_api_key_hashes": "Requests of these keys never leave.",
    "filter_rules": "Only requests that match the rules leave.",
    "sampling_rate": "The share of sessions that is kept.",
    "user_identity": "What becomes of user and session ids; hash needs the secret hash_key.",
}
"""What each setting of a policy does."""


_ALIKE = 0.85  # of 1; `privacy_mod` and `privacymode` are nearer


def names_a_setting(name: str) -> bool:
    """Tell whether a key is meant for a setting of a policy, also when it is spelled in another way."""
    word = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", str(name)).lower().replace("-", "_")
    return bool(get_close_matches(word, NAMES, cutoff=_ALIKE))


def read_policy(table: Table, default: Policy | None = None) -> Policy:
    """Take the settings of a policy; what is not stated, or wrong and reported, is as in the default."""
    values: dict[str, Any] = {name: table.take_stated(name, bool, "true or false") for name in SWITCHES}
    for name in ("api_key_hashes", "excluded_api_key_hashes"):
        values[name] = _hashes(table, name)
    values["sampling_rate"] = _rate(table)
    values["user_identity"] = _choice(table, "user_identity", get_args(UserIdentity))
    values["filter_rules"] = _filter_rules(table)
    stated = {name: value for name, value in values.items() if value is not None}
    return evolve(default or Policy(), **stated)


def _hashes(table: Table, name: str) -> list[str] | None:
    values = table.take(name, list, "an array of key hashes")
    if values is None:
        return None
    if not all(isinstance(value, str) and value.strip() for value in values):
        table.wrong(name, "expected an array of texts that are not blank")
        return None
    if not values and name == "api_key_hashes":
        table.wrong(name, "expected at least one key hash; leave the setting out for every key")
        return None
    return list(values)


def _rate(table: Table) -> Decimal | None:
    value = table.take_stated("sampling_rate", (int, float), "a number from 0.0001 to 1")
    if value is None:
        return None
    rate = Decimal(repr(value))
    if what := wrong_rate(rate):
        table.wrong("sampling_rate", what)
        return None
    return rate


def _choice(table: Table, name: str, options: tuple[str, ...]) -> str | None:
    value = table.take_stated(name, str, f"one of {', '.join(options)}")
    if value is not None and value not in options:
        table.wrong(name, f"expected one of {', '.join(options)}{nearest_name_hint(value, options)}")
        return None
    chosen: str | None = value
    return chosen


def _filter_rules(table: Table) -> FilterRules | None:
    values = table.take("filter_rules", dict, "a table with groups")
    if values is None:
        return None
    inner = Table(values, f"{table.path}.filter_rules", table.problems)
    enabled = inner.take_stated("enabled", bool, "true or false")
    groups = inner.take("groups", list, "an array of groups") or []
    inner.close(("enabled", "groups"))
    found = [_group(value, f"{inner.path}.groups[{n}]", table) for n, value in enumerate(groups)]
    return FilterRules(
        groups=tuple(group for group in found if group is not None), enabled=enabled is not False
    )


def _group(value: Any, path: str, whole: Table) -> Group | None:
    table = Table(value if isinstance(value, dict) else {}, path, whole.problems)
    if not isinstance(value, dict):
        table.wrong("rules", f"expected a table with rules, got {describe_value(value)}")
        return None
    logic = _choice(table, "logic", get_args(Logic)) or "and"
    rules = table.take("rules", list, "an array of rules")
    table.close(("logic", "rules"))
    found = [_rule(rule, f"{path}.rules[{n}]", whole) for n, rule in enumerate(rules or ())]
    if not found:
        table.wrong("rules", "a group needs at least one rule")
    known = tuple(rule for rule in found if rule is not None)
    return Group(rules=known, logic=logic) if known else None  # type: ignore[arg-type]


def _rule(value: Any, path: str, whole: Table) -> Rule | None:
    table = Table(value if isinstance(value, dict) else {}, path, whole.problems)
    field = _choice(table, "field", FIELDS)
    operator = _choice(table, "operator", OPERATORS)
    compared = table.take("value", (str, int, float), "a text or a number")
    table.close(("field", "operator", "value"))
    before = len(whole.problems)
    for name in ("field", "operator"):
        if not isinstance(value, dict) or value.get(name) is None:
            table.wrong(name, "missing: a rule needs a field and an operator")
    if field is None or operator is None or len(whole.problems) > before:
        return None
    try:
        return Rule(field=field, operator=operator, value=compared)
    except ValueError as error:
        table.wrong("value", str(error))
        return None
