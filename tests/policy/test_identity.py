"""Who asked: kept, hashed under the route's own key, or dropped, wherever the record has it."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from broadcast_core import Content, Generation, Identity, Policy, Timing, TraceContext
from broadcast_core.policy import Allowed, ask
from broadcast_core.testing.strategies import EPOCH

KEY = "a key of many characters"
OPEN = {"broadcast_generation_identity": True}
GENERATION = Generation(
    id="a",
    timing=Timing(start=EPOCH),
    identity=Identity(user_id="alice", session_id="alice-1", gateway_user_id="alice", entity_id="org"),
    trace=TraceContext(trace_id="t", trace_name="T", tags=("tag",), metadata={"who": "alice"}),
    generation_identity={"external_user": "alice", "unknown": "alice", "app.title": "Shop"},
    content=Content(input="hi", request={"user": "alice", "metadata": {"x": "alice"}, "tools": []}),
    extra={"user.id.copy": "alice"},
)


def _allowed(policy: Policy, key: str | None = KEY) -> Allowed:
    answer = ask(policy, GENERATION, hash_key=key)
    assert isinstance(answer, Allowed)
    return answer


def _hash(kind: str, value: str) -> str:
    return hmac.new(KEY.encode(), f"{kind}\x00{value}".encode(), hashlib.sha256).hexdigest()[:32]


def test_ids_are_hashed_under_the_key_of_the_route() -> None:
    """The same user is the same everywhere in the record; another kind of id is not."""
    found = _allowed(Policy(user_identity="hash", drop_custom_metadata=True, **OPEN)).generation
    user, session = _hash("user", "alice"), _hash("session", "alice-1")

    assert Identity(user_id=user, session_id=session, gateway_user_id=user, entity_id="org") == found.identity
    assert {"external_user": user, "app.title": "Shop"} == found.generation_identity
    assert "alice" not in repr(found)


def test_ids_are_dropped() -> None:
    """And what may repeat them with them; account and key are the operator's own."""
    found = _allowed(Policy(user_identity="drop", drop_custom_metadata=True, **OPEN)).generation

    assert Identity(entity_id="org") == found.identity
    assert {"app.title": "Shop"} == found.generation_identity
    assert {"tools": []} == found.content.request
    assert "alice" not in repr(found)


@pytest.mark.parametrize("key", [None, ""])
def test_without_a_key_ids_are_dropped_and_that_is_said(key: str | None) -> None:
    """Never hashed under no key: anyone could test a guess."""
    allowed = _allowed(Policy(user_identity="hash"), key)

    assert Identity(entity_id="org") == allowed.generation.identity
    assert any("dropped, since there is no secret 'hash_key'" in str(note) for note in allowed.diagnostics)


def test_custom_metadata_and_tags_are_dropped() -> None:
    """The trace keeps its id and its names."""
    allowed = _allowed(Policy(drop_custom_metadata=True))

    assert TraceContext(trace_id="t", trace_name="T") == allowed.generation.trace
    assert {} == allowed.generation.extra
    assert ["$.trace.metadata", "$.extra", "$.content.request", "$.generation_identity"] == [
        note.path for note in allowed.diagnostics
    ]


def test_nothing_is_said_where_nothing_was_held_back() -> None:
    """A bare generation under every switch."""
    bare = Generation(id="a", timing=Timing(start=EPOCH))
    answer = ask(Policy(user_identity="hash", drop_custom_metadata=True), bare, hash_key=KEY)

    assert Allowed(generation=bare) == answer


def test_a_wrong_mode_is_refused() -> None:
    """When the policy is made."""
    with pytest.raises(ValueError, match="user_identity: expected one of keep, hash, drop, got 'mask'"):
        Policy(user_identity="mask")  # type: ignore[arg-type]
