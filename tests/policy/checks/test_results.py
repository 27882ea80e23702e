"""What each check of a policy says, in words that a person reads in an outcome."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from broadcast_core import Cost, Generation, Identity, Policy, Timing, TraceContext
from broadcast_core.policy import CheckResult, FilterRules, Group, Rule, evaluate
from broadcast_core.testing.strategies import EPOCH

UNKNOWN = (
    "the record has no API key hash, so it cannot be told (a filter rule on api_key_name may do instead)"
)
SELECTED, EXCLUDED = "the API key is one of those selected", "the API key is excluded"
NOT_SELECTED, NOT_EXCLUDED = "the API key is not one of those selected", "the API key is not excluded"
IS_A, IS_B = (Rule(field="model", operator="equals", value=value) for value in ("a", "b"))
HAS_USER = Rule(field="user_id", operator="exists")
NO_USER = Rule(field="user_id", operator="not_exists")
DEAR = Rule(field="total_cost", operator="gt", value=1)

ANSWERS: dict[str, tuple[dict[str, Any], CheckResult]] = {
    "enabled": ({}, CheckResult("enabled", True, "the route is enabled")),
    "not enabled": ({"enabled": False}, CheckResult("enabled", False, "the route is not enabled")),
    "every key": ({}, CheckResult("api_keys", True, "every API key")),
    "selected": ({"api_key_hashes": ["k"]}, CheckResult("api_keys", True, SELECTED)),
    "not selected": ({"api_key_hashes": ["l"]}, CheckResult("api_keys", False, NOT_SELECTED)),
    "none selected": ({"api_key_hashes": []}, CheckResult("api_keys", False, NOT_SELECTED)),
    "excluded": ({"excluded_api_key_hashes": ["k"]}, CheckResult("api_keys", False, EXCLUDED)),
    "not excluded": ({"excluded_api_key_hashes": ["l"]}, CheckResult("api_keys", True, NOT_EXCLUDED)),
    "selected and excluded": (
        {"api_key_hashes": ["k"], "excluded_api_key_hashes": ["k"]},
        CheckResult("api_keys", False, EXCLUDED),
    ),
    "selected and not excluded": (
        {"api_key_hashes": ["k"], "excluded_api_key_hashes": ["l"]},
        CheckResult("api_keys", True, SELECTED),
    ),
    "everything": ({"sampling_rate": 1}, CheckResult("sampling", True, "everything is kept")),
    "in the sample": (
        {"sampling_rate": 0.9},
        CheckResult("sampling", True, "the place 0.087108 of its generation lies below the rate 0.9"),
    ),
    "not in the sample": (
        {"sampling_rate": 0.05},
        CheckResult(
            "sampling", False, "the place 0.087108 of its generation does not lie below the rate 0.05"
        ),
    ),
}
FILTERS: dict[str, tuple[FilterRules | None, bool, str]] = {
    "no rules": (None, True, "no filter rules"),
    "no groups": (FilterRules(), True, "no filter rules"),
    "off": (
        FilterRules(groups=(Group(rules=(IS_B,)),), enabled=False),
        True,
        "the filter rules are switched off",
    ),
    "holds": (FilterRules(groups=(Group(rules=(IS_A,)),)), True, "every group of the filter rules holds"),
    "all hold": (
        FilterRules(groups=(Group(rules=(IS_A, NO_USER)),)),
        True,
        "every group of the filter rules holds",
    ),
    "the second of all does not hold": (
        FilterRules(groups=(Group(rules=(IS_A, IS_B)),)),
        False,
        "in group 1 this does not hold: model equals 'b'",
    ),
    "the first of all does not hold": (
        FilterRules(groups=(Group(rules=(IS_B, IS_A)),)),
        False,
        "in group 1 this does not hold: model equals 'b'",
    ),
    "the second of any holds": (
        FilterRules(groups=(Group(rules=(IS_B, IS_A), logic="or"),)),
        True,
        "every group of the filter rules holds",
    ),
    "none of any holds": (
        FilterRules(groups=(Group(rules=(IS_B, HAS_USER), logic="or"),)),
        False,
        "no rule of group 1 holds",
    ),
    "the second group does not hold": (
        FilterRules(groups=(Group(rules=(IS_A,)), Group(rules=(IS_B,)))),
        False,
        "in group 2 this does not hold: model equals 'b'",
    ),
    "no rule of the second group holds": (
        FilterRules(groups=(Group(rules=(IS_A,)), Group(rules=(IS_B,), logic="or"))),
        False,
        "no rule of group 2 holds",
    ),
    "the first group does not hold": (
        FilterRules(groups=(Group(rules=(HAS_USER,)), Group(rules=(IS_A,)))),
        False,
        "in group 1 this does not hold: user_id exists",
    ),
    "a number": (
        FilterRules(groups=(Group(rules=(NO_USER, DEAR)),)),
        False,
        "in group 1 this does not hold: total_cost gt 1",
    ),
}


def _generation(**changes: Any) -> Generation:
    record = {"model": "a", "identity": Identity(api_key_hash="k"), "cost": Cost(total=Decimal("0.5"))}
    return Generation(id="gen-1", timing=Timing(start=EPOCH), **{**record, **changes})


def _result(check: str, policy: dict[str, Any], generation: Generation) -> CheckResult:
    found = {one.name: one for one in evaluate(Policy(**policy), generation, route="support").checks}
    return found[check]  # type: ignore[index]


@pytest.mark.parametrize(("policy", "expected"), ANSWERS.values(), ids=ANSWERS)
def test_a_check_says_why_in_words(policy: dict[str, Any], expected: CheckResult) -> None:
    """With its name."""
    assert expected == _result(expected.name, policy, _generation())


@pytest.mark.parametrize(("rules", "passed", "why"), FILTERS.values(), ids=FILTERS)
def test_the_filter_says_why_in_words(rules: FilterRules | None, passed: bool, why: str) -> None:
    """Which group, and the first rule of it that does not hold."""
    expected = CheckResult("filter_rules", passed, why)

    assert expected == _result("filter_rules", {"filter_rules": rules}, _generation())


@pytest.mark.parametrize("policy", [{"api_key_hashes": ["k"]}, {"excluded_api_key_hashes": ["k"]}], ids=str)
def test_a_key_that_is_not_known_is_told(policy: dict[str, Any]) -> None:
    """With what may help."""
    expected = CheckResult("api_keys", False, UNKNOWN)

    assert expected == _result("api_keys", policy, _generation(identity=Identity()))


SAMPLED: dict[str, tuple[dict[str, Any], str]] = {
    "a session": ({"identity": Identity(session_id="s"), "trace": TraceContext(trace_id="t")}, "session"),
    "a trace": ({"trace": TraceContext(trace_id="t")}, "trace"),
    "neither": ({}, "generation"),
}


@pytest.mark.parametrize(("changes", "unit"), SAMPLED.values(), ids=SAMPLED)
def test_what_is_sampled_is_told(changes: dict[str, Any], unit: str) -> None:
    """A session, a trace, or a generation by itself."""
    result = _result("sampling", {"sampling_rate": 0.0001}, _generation(**changes))

    assert (False, True) == (result.passed, f"of its {unit} does not lie below the rate 0.0001" in result.why)


CHECKS = ["enabled", "api_keys", "filter_rules", "sampling"]
STOPS: dict[str, tuple[dict[str, Any], int]] = {
    "nothing": ({}, 4),
    "enabled": ({"enabled": False, "api_key_hashes": ["l"], "sampling_rate": 0.0001}, 1),
    "api_keys": ({"api_key_hashes": ["l"], "sampling_rate": 0.0001}, 2),
    "filter_rules": (
        {"filter_rules": FilterRules(groups=(Group(rules=(IS_B,)),)), "sampling_rate": 0.0001},
        3,
    ),
    "sampling": ({"sampling_rate": 0.0001}, 4),
}


@pytest.mark.parametrize(("policy", "run"), STOPS.values(), ids=STOPS)
def test_checks_run_in_their_order_up_to_the_first_that_stops(policy: dict[str, Any], run: int) -> None:
    """Which is the one that the outcome names; then nothing may leave."""
    evaluation = evaluate(Policy(**policy), _generation(), route="support")

    assert CHECKS[:run] == [check.name for check in evaluation.checks]
    assert (evaluation.checks[-1].passed, evaluation.stopped_by is None) == (not policy, not policy)
    assert (evaluation.redacted is not None, None) == (not policy, evaluation.error)


RULES: dict[str, tuple[Rule, str]] = {
    "exists": (HAS_USER, "user_id exists"),
    "not_exists": (NO_USER, "user_id not_exists"),
    "exists with a value": (Rule(field="model", operator="exists", value="x"), "model exists"),
    "text": (IS_A, "model equals 'a'"),
    "number": (DEAR, "total_cost gt 1"),
}


@pytest.mark.parametrize(("rule", "expected"), RULES.values(), ids=RULES)
def test_a_rule_is_shown_as_it_was_written(rule: Rule, expected: str) -> None:
    """In the account, and in the words of its operator."""
    assert expected == str(rule)


WRONG: dict[str, tuple[Any, str]] = {
    "a rate too low": (
        lambda: Policy(sampling_rate=0.00009),
        "sampling_rate: expected a rate from 0.0001 to 1, got 0.00009",
    ),
    "a rate too high": (
        lambda: Policy(sampling_rate=2),
        "sampling_rate: expected a rate from 0.0001 to 1, got 2",
    ),
    "a rate that is text": (lambda: Policy(sampling_rate="1"), "sampling_rate: expected a number, got '1'"),
    "a rate that is true": (lambda: Policy(sampling_rate=True), "sampling_rate: expected a number, got True"),
    "a rate that is none": (
        lambda: Policy(sampling_rate=Decimal("NaN")),
        "sampling_rate: expected a rate from 0.0001 to 1, got NaN",
    ),
    "a mode": (
        lambda: Policy(user_identity="no"),
        "user_identity: expected one of keep, hash, drop, got 'no'",
    ),
    "one key": (
        lambda: Policy(api_key_hashes="abc"),
        "api_key_hashes: expected several key hashes, got one text of 3 characters",
    ),
    "a key that is a number": (
        lambda: Policy(api_key_hashes=[5]),
        "api_key_hashes: expected key hashes, which are texts: give a list of them",
    ),
    "a number for keys": (
        lambda: Policy(excluded_api_key_hashes=5),
        "excluded_api_key_hashes: expected key hashes, which are texts: give a list of them",
    ),
    "no function": (
        lambda: Policy(content_hook="x"),
        "content_hook: expected a function from Content to Content, got str",
    ),
    "a group of nothing": (lambda: Group(rules=()), "a group needs at least one rule"),
    "a field": (
        lambda: Rule(field="x", operator="exists"),
        "field: expected one of model, provider, session_id, user_id, api_key_name, finish_reason, input, "
        "output, "
        "total_cost, total_tokens, prompt_tokens, completion_tokens, got 'x'",
    ),
    "an operator": (
        lambda: Rule(field="model", operator="x"),
        "operator: expected one of equals, not_equals, contains, not_contains, regex, starts_with, "
        "ends_with, exists, "
        "not_exists, gt, lt, gte, lte, got 'x'",
    ),
}


@pytest.mark.parametrize(("build", "expected"), WRONG.values(), ids=WRONG)
def test_a_wrong_policy_is_told_in_words(build: Any, expected: str) -> None:
    """Whole, when it is made."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # the text is compared whole
        build()

    assert expected == str(caught.value)


def test_the_least_and_the_largest_rate_are_rates() -> None:
    """Both ends are in."""
    assert [Decimal("0.0001"), Decimal(1), Decimal("0.1")] == [
        Policy(sampling_rate=rate).sampling_rate for rate in (0.0001, 1, 0.1)
    ]
