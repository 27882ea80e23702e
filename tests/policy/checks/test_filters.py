"""Filter rules against a small oracle of their own, and engines that no pattern can hang."""

from __future__ import annotations

import pickle
import re
import sys
import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import Content, Cost, Generation, Identity, Policy, Timing, Usage
from broadcast_core.policy import CheckResult, FilterRules, Group, Rule, evaluate
from broadcast_core.policy.checks.filters import FIELDS, OPERATORS, passes, value_of
from broadcast_core.record.messages.text import UnreadableContent
from broadcast_core.testing.strategies import EPOCH
from tests.forged import forged

WORDS = st.sampled_from(["", "a", "ab", "b", "openai/gpt", "gpt", "Ä", "a\nb"])
NUMBERS = st.sampled_from([0, 1, 2, 10])
AMOUNTS = st.sampled_from([Decimal(0), Decimal("0.1"), Decimal(1), Decimal("1.0"), Decimal(10)])
NUMERIC = ("total_cost", "total_tokens", "prompt_tokens", "completion_tokens")
ON_TEXT = ("contains", "not_contains", "regex", "starts_with", "ends_with")
ON_NUMBER = ("gt", "lt", "gte", "lte")


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """Any rule that can be written."""
    field = draw(st.sampled_from(FIELDS))
    forbidden = ON_TEXT if field in NUMERIC else ON_NUMBER
    operator = draw(st.sampled_from([one for one in OPERATORS if one not in forbidden]))
    if field in NUMERIC:
        value: Any = draw(st.one_of(NUMBERS, st.sampled_from(["0.1", "1", " 10 ", 0.1])))
    else:
        value = draw(st.one_of(WORDS, NUMBERS))
    return Rule(field=field, operator=operator, value=value)


@st.composite
def subjects(draw: st.DrawFn) -> tuple[Generation, dict[str, Any]]:
    """A generation, and what each field of a rule means in it."""
    texts = {name: draw(st.one_of(st.none(), WORDS)) for name in FIELDS if name not in NUMERIC}
    counts = {name: draw(st.one_of(st.none(), NUMBERS)) for name in NUMERIC[1:]}
    cost = draw(st.one_of(st.none(), AMOUNTS))
    generation = Generation(
        id="a",
        timing=Timing(start=EPOCH),
        model=texts["model"],
        provider=texts["provider"],
        finish_reason=texts["finish_reason"],
        identity=Identity(**{name: texts[name] for name in ("session_id", "user_id", "api_key_name")}),
        content=Content(input=texts["input"], output=texts["output"]),
        cost=Cost(total=cost),
        usage=Usage(
            total_tokens=counts["total_tokens"],
            input_tokens=counts["prompt_tokens"],
            output_tokens=counts["completion_tokens"],
        ),
    )
    if counts["total_tokens"] is None and None not in (counts["prompt_tokens"], counts["completion_tokens"]):
        counts["total_tokens"] = counts["prompt_tokens"] + counts["completion_tokens"]
    return generation, {**texts, **counts, "total_cost": cost}


def _oracle(rule: Rule, known: dict[str, Any]) -> bool:
    """Say what a rule means, in the plainest way."""
    found, operator = known[rule.field], rule.operator
    if operator == "exists":
        return found is not None
    if operator == "not_exists":
        return found is None
    if found is None:
        return operator in ("not_equals", "not_contains")
    if rule.field in NUMERIC:
        one, other = float(found), float(rule.value or 0)
        order = {"equals": one == other, "not_equals": one != other, "gt": one > other}
        return {**order, "lt": one < other, "gte": one >= other, "lte": one <= other}[operator]
    text = str(rule.value)
    return {
        "equals": found == text,
        "not_equals": found != text,
        "contains": text in found,
        "not_contains": text not in found,
        "regex": re.search(re.escape(text), found) is not None,
        "starts_with": found[: len(text)] == text,
        "ends_with": found.endswith(text),
    }[operator]


@given(rules(), subjects())
def test_a_rule_holds_as_the_oracle_says(rule: Rule, subject: tuple[Generation, dict[str, Any]]) -> None:
    """Every field, every operator that it takes, known and unknown."""
    generation, known = subject

    assert _oracle(rule, known) == rule.holds(generation)


GROUPS = st.lists(
    st.builds(
        Group,
        rules=st.lists(rules(), min_size=1, max_size=3).map(tuple),
        logic=st.sampled_from(["and", "or"]),
    ),
    max_size=3,
).map(tuple)


@given(GROUPS, subjects())
def test_groups_all_hold_and_rules_all_or_any(
    groups: tuple[Group, ...], subject: tuple[Generation, dict[str, Any]]
) -> None:
    """`passes` is the one place where groups meet."""
    generation, known = subject
    held = [
        (all if group.logic == "and" else any)(_oracle(rule, known) for rule in group.rules)
        for group in groups
    ]

    assert all(held) == (passes(FilterRules(groups=groups), generation) is None)
    evaluation = evaluate(Policy(filter_rules=FilterRules(groups=groups)), generation)
    assert all(held) == (evaluation.redacted is not None)


@given(GROUPS, subjects(), subjects())
def test_a_decision_never_depends_on_another_record(
    groups: tuple[Group, ...], one: tuple[Generation, Any], other: tuple[Generation, Any]
) -> None:
    """Asked first or after another: the same answer."""
    policy = Policy(filter_rules=FilterRules(groups=groups))
    before = evaluate(policy, one[0])
    evaluate(policy, other[0])

    assert before == evaluate(policy, one[0])


def test_a_filter_that_is_switched_off_lets_everything_through() -> None:
    """As OpenRouter's does."""
    never = Group(rules=(Rule(field="model", operator="equals", value="no such"),))
    generation = Generation(id="a", timing=Timing(start=EPOCH))
    off = evaluate(Policy(filter_rules=FilterRules(groups=(never,), enabled=False)), generation)
    on = evaluate(Policy(filter_rules=FilterRules(groups=(never,))), generation)

    assert off.redacted is not None
    why = "in group 1 this does not hold: model equals 'no such'"
    assert CheckResult("filter_rules", False, why) == on.stopped_by


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "field": ({"field": "modle", "operator": "equals", "value": "x"}, "expected one of model, provider"),
    "operator": ({"field": "model", "operator": "like", "value": "x"}, "expected one of equals, not_equals"),
    "order of texts": (
        {"field": "model", "operator": "gt", "value": 1},
        "the field holds a text, which gt does not",
    ),
    "part of a number": (
        {"field": "total_cost", "operator": "contains", "value": "1"},
        "the field holds a number",
    ),
    "no number": (
        {"field": "total_cost", "operator": "gt", "value": "a lot"},
        "total_cost gt: expected a number as the value",
    ),
    "NaN": ({"field": "total_cost", "operator": "gt", "value": "NaN"}, "expected a number as the value"),
    "no value": ({"field": "model", "operator": "equals"}, "expected a value, a text or a number"),
    "boolean": (
        {"field": "model", "operator": "equals", "value": True},
        "expected a value, a text or a number",
    ),
    "pattern": (
        {"field": "model", "operator": "regex", "value": "grö("},
        "model regex: RE2 does not take the pattern: missing ): grö(",
    ),
    "half a character": (
        {"field": "model", "operator": "regex", "value": "a\ud83d"},
        "model regex: expected a pattern without lone surrogates: no text that is searched has any",
    ),
    "lookahead": ({"field": "model", "operator": "regex", "value": "(?=a)"}, "RE2 does not take the pattern"),
    "long pattern": ({"field": "model", "operator": "regex", "value": "a" * 2001}, "at most 2000 characters"),
}


@pytest.mark.parametrize(("rule", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_rule_is_refused_when_it_is_made(rule: dict[str, Any], message: str) -> None:
    """Not when the first record meets it."""
    with pytest.raises(ValueError, match=re.escape(message)):
        Rule(**rule)


PATTERNS: dict[str, tuple[Any, str]] = {
    "the longest": ("a" * 2000, "b" + "a" * 2000),
    "an empty one": ("", "gpt"),
    "of letters beyond ASCII": ("^[Ää]$", "ä"),
    "a whole number": (5, "gpt-5"),
    "a decimal": (Decimal("0.10"), "v0.10"),
}


@pytest.mark.parametrize(("pattern", "model"), PATTERNS.values(), ids=PATTERNS)
def test_a_pattern_is_looked_for(pattern: Any, model: str) -> None:
    """Anywhere in the text; a number is a pattern of its figures."""
    generation = Generation(id="a", timing=Timing(start=EPOCH), model=model)

    assert Rule(field="model", operator="regex", value=pattern).holds(generation)


def test_a_pattern_without_its_engine_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to install; other rules need none."""
    monkeypatch.setitem(sys.modules, "re2", None)
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # the text is compared whole
        Rule(field="model", operator="regex", value="a")

    engine = "a regex rule needs the package google-re2: pip install 'broadcast-core[filters]'"
    assert f"model regex: {engine}" == str(caught.value)
    assert Rule(field="model", operator="contains", value="(").holds(
        Generation(id="a", timing=Timing(start=EPOCH), model="f(x)")
    )


def test_a_group_knows_and_and_or() -> None:
    """Any other word would be taken for one of them."""
    rule = Rule(field="model", operator="exists")
    with pytest.raises(ValueError, match="logic"):
        Group(rules=(rule,), logic="xor")  # type: ignore[arg-type]


def test_a_group_needs_a_rule() -> None:
    """An empty one would let everything, or nothing, through."""
    with pytest.raises(ValueError, match="at least one rule"):
        Group(rules=())


HOSTILE = [
    r"(a+)+$",
    r"(a|aa)+$",
    r"(.*a){25}",
    r"^(([a-z])+.)+[A-Z]([a-z])+$",
    r"(x+x+)+y",
    r"(?:a?){64}a{64}",
]


@pytest.mark.parametrize("pattern", HOSTILE)
def test_no_pattern_hangs_the_host(pattern: str) -> None:
    """A backtracking engine needs longer than the universe lasts for some of these."""
    rule = Rule(field="input", operator="regex", value=pattern)
    generation = Generation(id="a", timing=Timing(start=EPOCH), content=Content(input="a" * 200_000 + "!"))
    start = time.process_time()
    rule.holds(generation)

    assert time.process_time() - start < 20


def test_a_regex_reads_any_text() -> None:
    """Lone surrogates and NUL too."""
    rule = Rule(field="input", operator="regex", value="(?i)grö.e")

    for text, expected in (("GRÖSSE", False), ("die Größe", True), ("\ud800\x00grÖße", True)):
        generation = Generation(id="a", timing=Timing(start=EPOCH), content=Content(input=text))
        assert expected == rule.holds(generation)


VALUES: dict[str, tuple[dict[str, Any], str, Any]] = {
    "the model that was asked for": ({"model": "asked", "served_model": "served"}, "model", "asked"),
    "the model that served, where no other is known": ({"served_model": "served"}, "model", "served"),
    "no model": ({}, "model", None),
    "the reason in the gateway's word": (
        {"finish_reason": "stop", "native_finish_reason": "end_turn"},
        "finish_reason",
        "stop",
    ),
    "only the provider's own reason": ({"native_finish_reason": "end_turn"}, "finish_reason", None),
    "the user": ({"identity": Identity(user_id="u", gateway_user_id="g", session_id="s")}, "user_id", "u"),
    "the session": ({"identity": Identity(user_id="u", session_id="s")}, "session_id", "s"),
    "the name of the key": (
        {"identity": Identity(api_key_name="n", api_key_hash="h")},
        "api_key_name",
        "n",
    ),
    "tokens with those of the cache": (
        {"usage": Usage(input_tokens=1, cache_read_tokens=2, cache_write_tokens=4, cache_basis="exclusive")},
        "prompt_tokens",
        Decimal(7),
    ),
    "tokens with those of the cache in them": (
        {"usage": Usage(input_tokens=7, cache_read_tokens=2)},
        "prompt_tokens",
        Decimal(7),
    ),
    "tokens of the answer": ({"usage": Usage(output_tokens=3, reasoning_tokens=2)}, "completion_tokens", 3),
    "tokens in all, added": ({"usage": Usage(input_tokens=1, output_tokens=2)}, "total_tokens", Decimal(3)),
    "tokens in all, as stated": (
        {"usage": Usage(input_tokens=1, output_tokens=2, total_tokens=9)},
        "total_tokens",
        Decimal(9),
    ),
    "tokens in all of which a part is not known": ({"usage": Usage(input_tokens=1)}, "total_tokens", None),
    "no tokens are zero tokens": ({"usage": Usage(output_tokens=0)}, "completion_tokens", Decimal(0)),
    "what was charged": ({"cost": Cost(total=Decimal(2), input=Decimal(1))}, "total_cost", Decimal(2)),
    "the provider": ({"provider": "p"}, "provider", "p"),
    "what was asked": ({"content": Content(input={"a": ["b", "c"]}, output="d")}, "input", "b\nc"),
    "what was answered": ({"content": Content(input="a", output=["b", "c"])}, "output", "b\nc"),
}


@pytest.mark.parametrize(("record", "field", "expected"), VALUES.values(), ids=VALUES)
def test_what_the_field_of_a_rule_means_in_the_record(
    record: dict[str, Any], field: str, expected: Any
) -> None:
    """Where a record says two things that are alike, too."""
    generation = Generation(id="a", timing=Timing(start=EPOCH), **record)

    assert expected == value_of(field, generation)


OF_ANOTHER_TYPE: dict[str, tuple[str, str, Any]] = {
    "a number for a text": ("user_id", "identity.user_id", 7),
    "a text for an amount": ("total_cost", "cost.total", "1"),
    "true for a count": ("completion_tokens", "usage.output_tokens", True),
    "a fraction for a count": ("completion_tokens", "usage.output_tokens", 1.5),
}


@pytest.mark.parametrize(("field", "path", "value"), OF_ANOTHER_TYPE.values(), ids=OF_ANOTHER_TYPE)
def test_a_value_of_another_type_is_not_compared(field: str, path: str, value: Any) -> None:
    """It would only seem to differ."""
    with pytest.raises(UnreadableContent) as caught:
        value_of(field, forged(Generation(id="a", timing=Timing(start=EPOCH)), path, value))

    assert f"{field} is of another type than it should be" == str(caught.value)


@pytest.mark.parametrize("operator", OPERATORS)
def test_of_what_is_not_known_only_denials_hold(operator: str) -> None:
    """That it is not there, is not the same, or does not contain."""
    field = "total_cost" if operator in ON_NUMBER else "output"
    generation = Generation(id="a", timing=Timing(start=EPOCH))

    assert (operator in ("not_exists", "not_equals", "not_contains")) == Rule(
        field=field, operator=operator, value=1
    ).holds(generation)


def test_rules_survive_pickle() -> None:
    """A route travels to workers."""
    rules = FilterRules(groups=(Group(rules=(Rule(field="input", operator="regex", value="a+"),)),))

    assert rules == pickle.loads(pickle.dumps(rules))
