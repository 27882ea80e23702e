"""Each mistake that settings can have, in words, with the path where it stands."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from broadcast_core.settings import load
from tests.fake import Lines


def _route(**settings: Any) -> dict[str, Any]:
    return {"name": "a", "destination": "lines", **settings}


def _rules(**rule: Any) -> dict[str, Any]:
    return _route(filter_rules={"groups": [{"rules": [{"field": "model", "operator": "equals", **rule}]}]})


ROUTES = "$.routes[0]"
RULE = f"{ROUTES}.filter_rules.groups[0].rules[0]"
FIELD_NAMES = (
    "model, provider, session_id, user_id, api_key_name, finish_reason, input, output, total_cost, "
    "total_tokens, prompt_tokens, completion_tokens"
)
OPERATOR_NAMES = (
    "equals, not_equals, contains, not_contains, regex, starts_with, ends_with, exists, not_exists, gt, lt, "
    "gte, lte"
)
NAMELESS = f"missing: a route needs a name @ {ROUTES}.name"
MISSING = "missing: the name of a destination, as `broadcast destinations` lists it"
KNOWN = (
    "api_key_hashes, broadcast_generation_cost, broadcast_generation_identity, "
    "broadcast_generation_request_context, delivery, destination, drop_custom_metadata, drop_input, "
    "drop_output, enabled, excluded_api_key_hashes, filter_rules, headers, name, options, privacy_mode, "
    "sampling_rate, user_identity"
)
MISTAKES: dict[str, tuple[Any, list[str]]] = {
    "no table": ("a", [f"expected a table, got text @ {ROUTES}", NAMELESS]),
    "a list": ([1], [f"expected a table, got an array @ {ROUTES}", NAMELESS]),
    "null": (None, [f"expected a table, got null @ {ROUTES}", NAMELESS]),
    "true": (True, [f"expected a table, got true @ {ROUTES}", NAMELESS]),
    "no name": ({"destination": "lines"}, [NAMELESS]),
    "a blank name": (_route(name=" "), [NAMELESS]),
    "a name that is no text": (
        _route(name=5),
        [f"expected a name, got 5 @ {ROUTES}.name", NAMELESS],
    ),
    "no destination": ({"name": "a"}, [f"{MISSING} @ {ROUTES}.destination"]),
    "no type": ({"name": "a", "type": None}, [f"{MISSING} @ {ROUTES}.type"]),
    "a destination that is no text": (
        _route(destination=["lines"]),
        [f"expected the name of a destination, got an array @ {ROUTES}.destination"],
    ),
    "a time": (
        _route(enabled=datetime(2026, 11, 23, tzinfo=UTC)),
        [f"expected true or false, got datetime @ {ROUTES}.enabled"],
    ),
    "a number": (_route(privacy_mode=0.5), [f"expected true or false, got 0.5 @ {ROUTES}.privacy_mode"]),
    "options that are no table": (_route(options=[]), [f"expected a table, got an array @ {ROUTES}.options"]),
    "a key of options that is no text": (
        _route(options={5: 1, None: 2}),
        [f"expected keys that are text, got {key} @ {ROUTES}.options" for key in (5, "null")],
    ),
    "a key of a config that is no text": (
        {"name": "a", "type": "lines", "config": {5: 1}},
        [f"expected keys that are text, got 5 @ {ROUTES}.config"],
    ),
    "a header whose name is no text": (
        {"name": "a", "type": "lines", "config": {"headers": {5: "x"}}},
        [
            "a secret in the settings; put it into BROADCAST_A_HEADER_5 of the environment, or into a secrets"
            f" file as header_5 under [a] @ {ROUTES}.config.headers.5"
        ],
    ),
    "a setting that is like no other": (
        _route(zzzzzz=1),
        [f"unknown setting; known: {KNOWN} @ {ROUTES}.zzzzzz"],
    ),
    "hashes that are no list": (
        _route(api_key_hashes="k"),
        [f"expected an array of key hashes, got text @ {ROUTES}.api_key_hashes"],
    ),
    "a hash that is blank": (
        _route(api_key_hashes=["k", " "]),
        [f"expected an array of texts that are not blank @ {ROUTES}.api_key_hashes"],
    ),
    "a rate that is text": (
        _route(sampling_rate="1"),
        [f"expected a number from 0.0001 to 1, got text @ {ROUTES}.sampling_rate"],
    ),
    "a rate that is true": (
        _route(sampling_rate=True),
        [f"expected a number from 0.0001 to 1, got true @ {ROUTES}.sampling_rate"],
    ),
    "a choice that is no text": (
        _route(user_identity=False),
        [f"expected one of keep, hash, drop, got false @ {ROUTES}.user_identity"],
    ),
    "a choice that is like no other": (
        _route(user_identity="zzz"),
        [f"expected one of keep, hash, drop @ {ROUTES}.user_identity"],
    ),
    "rules that are no table": (
        _route(filter_rules=[1]),
        [f"expected a table with groups, got an array @ {ROUTES}.filter_rules"],
    ),
    "groups that are no list": (
        _route(filter_rules={"groups": {}}),
        [f"expected an array of groups, got a table @ {ROUTES}.filter_rules.groups"],
    ),
    "unknown beside groups": (
        _route(filter_rules={"groups": [], "zzzz": 1}),
        [f"unknown setting; known: enabled, groups @ {ROUTES}.filter_rules.zzzz"],
    ),
    "rules of a group that are no list": (
        _route(filter_rules={"groups": [{"rules": "x"}]}),
        [
            f"expected an array of rules, got text @ {ROUTES}.filter_rules.groups[0].rules",
            f"a group needs at least one rule @ {ROUTES}.filter_rules.groups[0].rules",
        ],
    ),
    "unknown beside rules": (
        _route(filter_rules={"groups": [{"rules": [{"field": "model", "operator": "exists"}], "zzzz": 1}]}),
        [f"unknown setting; known: logic, rules @ {ROUTES}.filter_rules.groups[0].zzzz"],
    ),
    "unknown beside a rule": (
        _rules(value="x", zzzz=1),
        [f"unknown setting; known: field, operator, value @ {RULE}.zzzz"],
    ),
    "a value that is a list": (
        _rules(value=["x"]),
        [
            f"expected a text or a number, got an array @ {RULE}.value",
            f"model equals: expected a value, a text or a number @ {RULE}.value",
        ],
    ),
    "a field that nobody knows": (
        _rules(field="zzz", value=1),
        [f"expected one of {FIELD_NAMES} @ {RULE}.field"],
    ),
    "an operator that nobody knows": (
        _rules(operator="zzz", value=1),
        [f"expected one of {OPERATOR_NAMES} @ {RULE}.operator"],
    ),
    "an operator that is no text": (
        _rules(operator=3, value=1),
        [f"expected one of {OPERATOR_NAMES}, got 3 @ {RULE}.operator"],
    ),
}


@pytest.mark.parametrize(("entry", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_in_words(entry: Any, expected: list[str]) -> None:
    """What is wrong, and where."""
    (wrong,) = load({"routes": [entry]}, find=lambda name: Lines()).wrong

    assert expected == [str(problem) for problem in wrong.problems]
