"""What a policy cannot be applied to does not leave, and the answer says why and what to mend."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from broadcast_core import Content, Generation, Policy, Timing
from broadcast_core.policy import Evaluation, FilterRules, Group, Rule, evaluate
from broadcast_core.testing.strategies import EPOCH
from tests.forged import forged

GENERATION = Generation(id="a", timing=Timing(start=EPOCH))
WHY = "the policy of this route cannot be applied to it, so it does not leave: "


class _Fails(dict[str, Any]):
    """An object of a caller's whose values cannot be read."""

    def items(self) -> Any:
        raise RuntimeError("said")


def _rule(field: str) -> Policy:
    rule = Rule(field=field, operator="not_equals", value="x")
    return Policy(filter_rules=FilterRules(groups=(Group(rules=(rule,)),)))


def _nested(levels: int) -> Any:
    value: Any = "said"
    for _ in range(levels):
        value = [value]
    return value


UNJUDGED: dict[str, tuple[Policy, Generation, str]] = {
    "content too deep for a rule": (
        _rule("input"),
        attrs.evolve(GENERATION, content=Content(input=_nested(1001))),
        "a rule looks into its content, and it is nested deeper than 1000 levels: "
        "give it flatter, or as text",
    ),
    "a value of another type": (
        _rule("user_id"),
        forged(GENERATION, "identity.user_id", 7),
        "expected text, got int 7: give a str @ $.identity.user_id: "
        "build the record with its constructors, which check",
    ),
    "a value of another type that privacy mode meets": (
        Policy(privacy_mode=True),
        forged(GENERATION, "attempts", 7),
        "expected a tuple of Attempt, got int 7: give tuple(...) of them @ $.attempts: "
        "build the record with its constructors, which check",
    ),
}


@pytest.mark.parametrize(("policy", "generation", "what"), UNJUDGED.values(), ids=UNJUDGED)
def test_what_cannot_be_judged_does_not_leave(policy: Policy, generation: Generation, what: str) -> None:
    """With the path, or what the rule met."""
    assert Evaluation(error=WHY + what) == evaluate(policy, generation)


def test_what_the_code_of_a_caller_raises_is_not_quoted() -> None:
    """Its type and its place are told."""
    evaluation = evaluate(_rule("input"), attrs.evolve(GENERATION, content=Content(input=_Fails(a=1))))

    assert evaluation.redacted is None
    assert evaluation.error is not None
    assert evaluation.error.startswith(f"{WHY}what its fields hold cannot be read (RuntimeError at ")
    assert "said" not in evaluation.error


def test_what_is_wrong_with_no_record_is_told_by_its_type_and_place() -> None:
    """As the name of a route that is none."""
    evaluation = evaluate(Policy(sampling_rate=0.5), GENERATION, route=None)  # type: ignore[arg-type]

    assert evaluation.redacted is None
    assert evaluation.error is not None
    assert evaluation.error.startswith(f"{WHY}AttributeError at broadcast_core.policy.checks.sampling:")
