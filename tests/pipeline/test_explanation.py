"""Explanations: which question stopped a generation, and where every field of it goes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given

from broadcast_core import (
    Content,
    Cost,
    Generation,
    Identity,
    Item,
    Policy,
    Route,
    Timing,
    TraceContext,
    TraceTree,
    Unmapped,
)
from broadcast_core.pipeline.explanation import Explanation, explain
from broadcast_core.policy import FilterRules, Group, Rule
from broadcast_core.record.leaves import leaves
from broadcast_core.testing.strategies import EPOCH, generations
from broadcast_opik import destination
from broadcast_opik.config import LOCAL
from tests.fake import Lines

GENERATION = Generation(
    id="gen-1",
    timing=Timing(start=EPOCH, end=EPOCH + timedelta(seconds=1)),
    model="m",
    cost=Cost(total=Decimal("0.5")),
    identity=Identity(user_id="u", session_id="s"),
    trace=TraceContext(metadata={"step": 1}),
    content=Content(input={"messages": [{"role": "user", "content": "hi"}]}, output="ho"),
    generation_cost={"usage": 0.5},
)


def _story(explanation: Explanation, path: str) -> tuple[tuple[str, ...], str]:
    (story,) = [story for story in explanation.fields if story.path == path]
    return story.places, story.why


def _opik(**policy: Any) -> Route:
    return Route.to(destination, {"base_url": LOCAL, "project_name": "demo"}, policy=Policy(**policy))


def test_where_fields_go_on_the_wire() -> None:
    """As the mapping really does it, not as anybody says."""
    told = explain(GENERATION, _opik(broadcast_generation_cost=True))

    assert ("planned", None) == (told.outcome.status, told.outcome.stopped_by)
    assert (("spans[0].metadata.cost.total", "spans[0].total_estimated_cost"), "") == _story(
        told, "$.cost.total"
    )
    assert (("spans[0].input", "traces[0].input"), "") == _story(told, "$.content.input")
    assert (("spans[0].metadata.step", "traces[0].metadata.step"), "") == _story(
        told, "$.trace.metadata.step"
    )
    assert (("spans[0].metadata.generation_cost",), "") == _story(told, "$.generation_cost.usage")


def test_why_fields_do_not_leave() -> None:
    """In the words of what held them back."""
    told = explain(GENERATION, _opik(privacy_mode=True, user_identity="drop"))

    assert ((), "held back: privacy mode is on for this route") == _story(told, "$.content.output")
    assert ((), "held back: user_identity is drop for this route") == _story(told, "$.identity.user_id")
    assert ((), "held back: opt-in metadata, off for this route (broadcast_generation_cost)") == _story(
        told, "$.generation_cost.usage"
    )


def test_a_field_in_other_form_says_so() -> None:
    """It leaves, and why it is not what it was."""
    hash_keys = {"opik": "0123456789abcdef"}
    told = explain(GENERATION, _opik(user_identity="hash"), hash_keys=hash_keys)
    places, why = _story(told, "$.identity.session_id")

    assert "traces[0].thread_id" in places
    assert "in other form: user_identity is hash for this route" == why


def test_a_policy_is_applied_once() -> None:
    """The caller's own function too, which may cost something."""
    seen: list[Content] = []

    def hook(content: Content) -> Content:
        seen.append(content)
        return content

    told = explain(GENERATION, _opik(content_hook=hook))

    assert 1 == len(seen)
    assert "planned" == told.outcome.status


RULES = FilterRules(groups=(Group(rules=(Rule(field="model", operator="equals", value="x"),)),))
STOPS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "enabled": ({"enabled": False}, ["enabled"]),
    "api_keys": ({"api_key_hashes": ["k"]}, ["enabled", "api_keys"]),
    "filter_rules": ({"filter_rules": RULES}, ["enabled", "api_keys", "filter_rules"]),
    "sampling": ({"sampling_rate": 0.0001}, ["enabled", "api_keys", "filter_rules", "sampling"]),
}


@pytest.mark.parametrize(("policy", "run"), STOPS.values(), ids=STOPS)
def test_the_check_that_stops_a_generation_is_the_last(policy: dict[str, Any], run: list[str]) -> None:
    """In the order of Broadcast; the outcome says the same."""
    told = explain(GENERATION, _opik(**policy))

    assert run == [check.name for check in told.checks]
    assert [True] * (len(run) - 1) + [False] == [check.passed for check in told.checks]
    assert ("skipped", run[-1]) == (told.outcome.status, told.outcome.stopped_by)
    assert all(story.why.startswith("nothing of it leaves: ") for story in told.fields)


def test_an_object_of_many_keys_is_told_as_one() -> None:
    """With places of some of them."""
    many = evolve(
        GENERATION, trace=TraceContext(metadata={f"k{n}": n for n in range(3_000)}), extra={"left": 1}
    )
    told = explain(many, _opik())

    assert ("spans[0].metadata.k0", "spans[0].metadata.k1") == _story(told, "$.trace.metadata")[0][:2]
    assert (("spans[0].metadata.extra",), "") == _story(told, "$.extra")


def test_a_key_of_metadata_may_look_like_a_path() -> None:
    """It stands for itself, whatever it has."""
    odd: dict[str, Any] = {"*": None, ".*": 1, "$": {"*": [2]}, "": 3}
    told = explain(evolve(GENERATION, trace=TraceContext(metadata=odd)), _opik())

    assert {"$.trace.metadata.*", "$.trace.metadata..*", "$.trace.metadata.$", "$.trace.metadata."} <= {
        story.path for story in told.fields
    }


class Forgetful(Lines):
    """Sends the id alone, in text that is no JSON."""

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """One line a generation."""
        for generation in tree.generations.values():
            yield Item(endpoint="lines", body=generation.id.encode(), generations=(generation.id,))


def test_a_field_that_a_destination_has_no_place_for_is_told() -> None:
    """Also where its items are no JSON."""
    told = explain(GENERATION, Route.to(Forgetful()))

    assert (("lines[0]",), "") == _story(told, "$.id")
    assert ((), "the destination has no place for it") == _story(told, "$.cost.total")


@given(generations())
def test_every_field_has_a_story_on_opik(generation: Generation) -> None:
    """It goes somewhere, or it is said why not."""
    told = explain(generation, _opik(privacy_mode=True))

    assert [leaf.path for leaf in leaves(generation)] == [story.path for story in told.fields]
    assert all(story.places or story.why for story in told.fields)
