"""Steps of redaction return what they change, and the record is rebuilt and checked once."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs
import pytest

from broadcast_core import Content, Generation, Identity, Policy, Timing, TraceContext
from broadcast_core.policy import evaluate
from broadcast_core.policy.redaction.draft import Draft
from broadcast_core.testing.strategies import EPOCH
from tests.forged import forged

GENERATION = Generation(
    id="a",
    timing=Timing(start=EPOCH),
    identity=Identity(user_id="alice"),
    trace=TraceContext(tags=("tag",)),
    content=Content(input="hi", request={"user": "alice"}),
    generation_cost={"is_byok": True},
    extra={"unknown": 1},
)
EVERYTHING = Policy(
    privacy_mode=True, user_identity="hash", drop_custom_metadata=True, broadcast_generation_cost=True
)


@attrs.frozen(kw_only=True)
class _Counted(Generation):
    """A record that counts how often it is made."""

    made: ClassVar[list[None]] = []

    def __attrs_post_init__(self) -> None:
        self.made.append(None)


@pytest.mark.parametrize(
    ("policy", "times"),
    [
        (EVERYTHING, 1),
        (Policy(user_identity="drop"), 1),
        (Policy(broadcast_generation_cost=True), 1),
        (Policy(), 0),
    ],
)
def test_a_record_is_rebuilt_once_where_anything_changes(policy: Policy, times: int) -> None:
    """However many steps there are."""
    fields = {field.name: getattr(GENERATION, field.name) for field in attrs.fields(Generation)}
    record = _Counted(**{**fields, "generation_cost": fields["generation_cost"] if times else {}})
    _Counted.made.clear()
    evaluation = evaluate(policy, record, hash_key="of sixteen letters")

    assert times == len(_Counted.made)
    assert (evaluation.redacted is record) == (not times)


def test_a_draft_is_never_changed_in_place() -> None:
    """So that a step can be tried, and nothing of it stays."""
    before = Draft(GENERATION)
    after = before.with_changes({"model": "m"}).with_changes({"model": "n", "extra": {}})

    assert (Draft(GENERATION), None, "n") == (before, before.value("model"), after.value("model"))
    assert attrs.evolve(GENERATION, model="n", extra={}) == after.rebuild()
    assert before.rebuild() is GENERATION


REPLACED_LATER: dict[str, tuple[str, dict[str, Any]]] = {
    "unknown fields": ("extra", {"user_identity": "hash"}),
    "custom metadata": ("trace", {"user_identity": "drop", "drop_custom_metadata": True}),
    "an opt-in group": ("generation_request_context", {"drop_custom_metadata": True}),
}


@pytest.mark.parametrize(("field", "policy"), REPLACED_LATER.values(), ids=REPLACED_LATER)
def test_a_record_that_no_constructor_makes_does_not_leave(field: str, policy: dict[str, Any]) -> None:
    """Not even when a later step would replace what is wrong with it."""
    evaluation = evaluate(Policy(**policy), forged(GENERATION, field, ("said",)))

    assert evaluation.redacted is None
    assert f"$.{field}" in str(evaluation.error)
