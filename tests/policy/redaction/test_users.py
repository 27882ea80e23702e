"""Who asked: kept, hashed under the route's own key, or dropped, wherever the record has it."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import attrs
import pytest

from broadcast_core import Content, Generation, Identity, Policy, Timing, TraceContext
from broadcast_core.policy import Evaluation, evaluate
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


def _allowed(policy: Policy, key: str | None = KEY, generation: Generation = GENERATION) -> Evaluation:
    evaluation = evaluate(policy, generation, hash_key=key)
    assert evaluation.redacted is not None
    return evaluation


def _hash(kind: str, value: str, key: str = KEY) -> str:
    secret, message = (text.encode("utf-8", "surrogatepass") for text in (key, f"{kind}\x00{value}"))
    return hmac.new(secret, message, hashlib.sha256).hexdigest()[:32]


def test_ids_are_hashed_under_the_key_of_the_route() -> None:
    """The same user is the same everywhere in the record; another kind of id is not."""
    found = _allowed(Policy(user_identity="hash", drop_custom_metadata=True, **OPEN)).redacted
    user, session = _hash("user", "alice"), _hash("session", "alice-1")

    assert Identity(user_id=user, session_id=session, gateway_user_id=user, entity_id="org") == found.identity
    assert {"external_user": user, "app.title": "Shop"} == found.generation_identity
    assert "alice" not in repr(found)


def test_ids_are_dropped() -> None:
    """And what may repeat them with them; account and key are the operator's own."""
    found = _allowed(Policy(user_identity="drop", drop_custom_metadata=True, **OPEN)).redacted

    assert Identity(entity_id="org") == found.identity
    assert {"app.title": "Shop"} == found.generation_identity
    assert {"tools": []} == found.content.request
    assert "alice" not in repr(found)


@pytest.mark.parametrize("key", [None, ""])
def test_without_a_key_ids_are_dropped_and_that_is_said(key: str | None) -> None:
    """Never hashed under no key: anyone could test a guess."""
    allowed = _allowed(Policy(user_identity="hash"), key)

    assert Identity(entity_id="org") == allowed.redacted.identity
    assert any("dropped, since there is no secret 'hash_key'" in str(note) for note in allowed.diagnostics)


def test_custom_metadata_and_tags_are_dropped() -> None:
    """The trace keeps its id and its names."""
    allowed = _allowed(Policy(drop_custom_metadata=True))

    assert TraceContext(trace_id="t", trace_name="T") == allowed.redacted.trace
    assert {} == allowed.redacted.extra
    assert ["$.trace.metadata", "$.extra", "$.content.request", "$.generation_identity"] == [
        note.path for note in allowed.diagnostics
    ]


REQUEST = (
    "withheld $.content.request: of the request, metadata, prompt_cache_key, safety_identifier, session_id, "
    "trace, user may repeat what is held back"
)
EXTRA = "withheld $.extra: unknown fields may repeat what is held back"
GROUP = "withheld $.generation_identity: opt-in metadata, off for this route (broadcast_generation_identity)"
NOTES: dict[str, tuple[Policy, list[str]]] = {
    "keep": (Policy(), [GROUP]),
    "hash": (
        Policy(user_identity="hash"),
        ["withheld $.identity: user_identity is hash for this route", EXTRA, REQUEST, GROUP],
    ),
    "drop": (
        Policy(user_identity="drop", **OPEN),
        ["withheld $.identity: user_identity is drop for this route", EXTRA, REQUEST],
    ),
    "beside a side": (
        Policy(user_identity="drop", drop_output=True, **OPEN),
        [
            "withheld $: error texts, unknown fields and unknown parameters may quote what is held back",
            "withheld $.identity: user_identity is drop for this route",
            REQUEST,
        ],
    ),
    "ids and custom metadata": (
        Policy(user_identity="drop", drop_custom_metadata=True, **OPEN),
        [
            "withheld $.identity: user_identity is drop for this route",
            EXTRA,
            REQUEST,
            "withheld $.trace.metadata: drop_custom_metadata is on for this route",
        ],
    ),
    "custom metadata": (
        Policy(drop_custom_metadata=True),
        [
            "withheld $.trace.metadata: drop_custom_metadata is on for this route",
            EXTRA,
            REQUEST,
            GROUP,
        ],
    ),
}


@pytest.mark.parametrize(("policy", "expected"), NOTES.values(), ids=NOTES)
def test_what_is_held_back_is_told(policy: Policy, expected: list[str]) -> None:
    """In the order in which it is taken out, each once."""
    assert expected == [str(note) for note in _allowed(policy).diagnostics]


def test_without_a_key_the_note_says_what_to_give() -> None:
    """By the name of the secret."""
    expected = "user_identity is hash for this route; dropped, since there is no secret 'hash_key'"

    assert expected == _allowed(Policy(user_identity="hash"), None).diagnostics[0].what


REQUESTS: dict[str, tuple[Any, Any, bool]] = {
    "who asked": ({"user": "alice", "tools": []}, {"tools": []}, True),
    "nothing else": ({"safety_identifier": "alice"}, None, True),
    "nobody": ({"tools": []}, {"tools": []}, False),
    "empty": ({}, None, False),
    "none": (None, None, False),
    "an array": (["alice"], None, True),
    "a text": ("alice", None, True),
}


@pytest.mark.parametrize(("request_body", "expected", "is_reported"), REQUESTS.values(), ids=REQUESTS)
def test_a_request_keeps_what_does_not_say_who_asked(
    request_body: Any, expected: Any, is_reported: bool
) -> None:
    """What is no object may say anything."""
    said = Content(input="hi", request=request_body)
    allowed = _allowed(Policy(user_identity="drop"), generation=attrs.evolve(GENERATION, content=said))

    assert Content(input="hi", request=expected) == allowed.redacted.content
    assert is_reported == (REQUEST in [str(note) for note in allowed.diagnostics])


@pytest.mark.parametrize(("key", "user"), [("\ud83d" * 16, "ä\udc00"), ("日" * 16, "日")], ids=ascii)
def test_any_text_can_be_hashed(key: str, user: str) -> None:
    """In UTF-8, half characters too."""
    generation = attrs.evolve(GENERATION, identity=Identity(user_id=user))

    found = _allowed(Policy(user_identity="hash"), key, generation).redacted.identity

    assert Identity(user_id=_hash("user", user, key)) == found


@pytest.mark.parametrize("mode", ["hash", "drop"])
def test_what_is_no_text_in_the_opt_in_group_is_dropped(mode: Any) -> None:
    """It can be no id; other fields stay as they are."""
    group = {"external_user": 7, "user_id": None, "session_id": ["s"], "app_id": 5, "origin": None}
    generation = attrs.evolve(GENERATION, generation_identity=group)

    found = _allowed(Policy(user_identity=mode, **OPEN), generation=generation).redacted

    assert {"app_id": 5} == found.generation_identity


def test_nothing_is_said_where_nothing_was_held_back() -> None:
    """A bare generation under every switch."""
    bare = Generation(id="a", timing=Timing(start=EPOCH))
    evaluation = evaluate(Policy(user_identity="hash", drop_custom_metadata=True), bare, hash_key=KEY)

    assert (bare, ()) == (evaluation.redacted, evaluation.diagnostics)


def test_a_wrong_mode_is_refused() -> None:
    """When the policy is made."""
    with pytest.raises(ValueError, match="user_identity: expected one of keep, hash, drop, got 'mask'"):
        Policy(user_identity="mask")  # type: ignore[arg-type]
