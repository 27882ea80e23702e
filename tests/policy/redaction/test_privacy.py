"""What may leave: privacy by field class, fail closed, and the opt-in groups."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given

from broadcast_core import Attempt, Cost, Failure, FieldError, Generation, Policy, Timing, Usage
from broadcast_core.policy import CheckResult, evaluate
from broadcast_core.testing.strategies import EPOCH, generations

PRIVATE = Policy(privacy_mode=True)


def _content_fields(record: Any, path: str = "") -> list[tuple[str, Any, Any]]:
    """Return path, value and default of every field that is content or has no class, at any depth."""
    found = []
    for field in attrs.fields(type(record)):
        value, where = getattr(record, field.name), f"{path}.{field.name}"
        if field.metadata.get("privacy", "content") == "content" and not attrs.has(type(value)):
            found.append(
                (
                    where,
                    value,
                    field.default.factory() if hasattr(field.default, "factory") else field.default,
                )
            )
        for item in value if isinstance(value, tuple) else (value,):
            if attrs.has(type(item)):
                found += _content_fields(item, where)
    return found


@given(generations())
def test_privacy_mode_empties_every_content_field(generation: Generation) -> None:
    """By class, so that a new field is covered when it is classified, and before."""
    allowed = evaluate(PRIVATE, generation)
    assert allowed.redacted is not None

    assert [(where, default) for where, _, default in _content_fields(allowed.redacted)] == [
        (where, value) for where, value, _ in _content_fields(allowed.redacted)
    ]
    assert "privacy_mode" == allowed.redacted.content.withheld


@given(generations())
def test_privacy_mode_keeps_everything_else(generation: Generation) -> None:
    """Tokens, money, times, users and custom metadata stay."""
    allowed = evaluate(PRIVATE, generation)
    assert allowed.redacted is not None

    for name in ("id", "timing", "usage", "cost", "trace", "identity", "status"):
        assert getattr(generation, name) == getattr(allowed.redacted, name)


def test_parameters_that_may_hold_content_stay_behind() -> None:
    """Only known names with plain values leave in privacy mode."""
    parameters = {
        "temperature": 0.2,
        "stop": ["secret"],
        "logit_bias": {"1": 2},
        "reasoning": {"effort": "high"},
    }
    generation = Generation(id="a", timing=Timing(start=EPOCH), parameters=parameters)

    allowed = evaluate(PRIVATE, generation)
    assert allowed.redacted is not None

    assert {"temperature": 0.2, "reasoning": {"effort": "high"}} == allowed.redacted.parameters


def test_raw_upstream_usage_is_null_with_its_reason() -> None:
    """As OpenRouter's own privacy mode sends it."""
    group = {"usage": 1, "upstream_raw_response_usage": {"text": "secret"}}
    generation = Generation(id="a", timing=Timing(start=EPOCH), generation_cost=group)

    allowed = evaluate(Policy(privacy_mode=True, broadcast_generation_cost=True), generation)
    assert allowed.redacted is not None

    assert {
        "usage": 1,
        "upstream_raw_response_usage": None,
        "upstream_raw_response_usage_suppression_reason": "privacy_mode",
    } == allowed.redacted.generation_cost


@pytest.mark.parametrize("group", ["generation_cost", "generation_identity", "generation_request_context"])
def test_opt_in_groups_stay_until_they_are_switched_on(group: str) -> None:
    """Off by default, and said so."""
    generation = Generation(id="a", timing=Timing(start=EPOCH), **{group: {"x": 1}})  # type: ignore[arg-type]

    off, on = evaluate(Policy(), generation), evaluate(Policy(**{f"broadcast_{group}": True}), generation)
    assert off.redacted is not None
    assert on.redacted is not None

    assert ({}, {"x": 1}) == (getattr(off.redacted, group), getattr(on.redacted, group))
    assert [f"$.{group}"] == [diagnostic.path for diagnostic in off.diagnostics]


def test_unknown_fields_of_opt_in_groups_stay_behind_in_privacy_mode() -> None:
    """What no list knows, and what is no plain value, may hold content."""
    generation = Generation(
        id="a",
        timing=Timing(start=EPOCH),
        generation_identity={"app.title": "Shop", "input_preview": "secret"},
        generation_cost={"usage": 1, "usage_data": {"prompt": "secret"}},
        generation_request_context={"streamed": True, "note": "secret"},
    )
    everything = Policy(
        privacy_mode=True,
        broadcast_generation_cost=True,
        broadcast_generation_identity=True,
        broadcast_generation_request_context=True,
    )

    allowed = evaluate(everything, generation)
    assert allowed.redacted is not None

    assert {"app.title": "Shop"} == allowed.redacted.generation_identity
    assert {"usage": 1} == allowed.redacted.generation_cost
    assert {"streamed": True} == allowed.redacted.generation_request_context


def test_sentences_in_codes_stay_behind_in_privacy_mode() -> None:
    """Some providers put their whole message into the code."""
    failure = Failure(type="the prompt was bad", code="you said: secret", message="secret")
    generation = Generation(
        id="a",
        timing=Timing(start=EPOCH),
        failure=failure,
        finish_reason="I stop",
        native_finish_reason="stop",
    )

    allowed = evaluate(PRIVATE, generation)
    assert allowed.redacted is not None

    assert Failure(type="Error") == allowed.redacted.failure
    assert (None, "stop") == (allowed.redacted.finish_reason, allowed.redacted.native_finish_reason)


@attrs.frozen(kw_only=True)
class _Note:
    """A record within the record, of tomorrow."""

    text: str = attrs.field(default="", metadata={"privacy": "content"})
    code: str = attrs.field(default="c", metadata={"privacy": "operational"})


@attrs.frozen(kw_only=True)
class _Tomorrow(Generation):
    """A record with fields that nobody has thought of here."""

    note: _Note = attrs.field(factory=_Note, metadata={"privacy": "operational"})
    notes: tuple[_Note, ...] = attrs.field(default=(), metadata={"privacy": "operational"})
    said: str = "nothing"


def test_fields_of_tomorrow_are_content_at_any_depth() -> None:
    """By their class, and without one too."""
    note = _Note(text="said", code="d")
    allowed = evaluate(
        PRIVATE, _Tomorrow(id="a", timing=Timing(start=EPOCH), note=note, notes=(note,), said="said")
    )
    assert allowed.redacted is not None
    private: Any = allowed.redacted

    assert (_Note(code="d"), (_Note(code="d"),), "nothing") == (private.note, private.notes, private.said)


NOT_KNOWN = [
    "like_this_one",
    "like-this-one",
    "LikeThisOneError",
    "likethisone",
    "this is a sentence",
    "这句话正好有四十个字符长" * 3 + "没有空格",
    "СказаноТайноСлово",
    "my_secret_sentence.Error",
    "openai.my_secret_sentence.RateLimitError",
    "error: my boss",
    "rate limit exceeded for alice",
    "",
    " ",
    "stop\n",
    "429 alice",
    "ＳＴＯＰ",
    "x" * 10_000,
]


def _private(**fields: Any) -> Generation:
    allowed = evaluate(PRIVATE, Generation(id="a", timing=Timing(start=EPOCH), **fields))
    assert allowed.redacted is not None
    return allowed.redacted


@pytest.mark.parametrize("text", NOT_KNOWN, ids=lambda text: text[:20])
def test_only_known_words_leave_where_a_word_is_expected(text: str) -> None:
    """A sentence can look like a word."""
    attempt = Attempt(index=0, provider="P", id="id-1")
    private = _private(
        failure=Failure(type=text, code=text, message=text),
        finish_reason=text,
        native_finish_reason=text,
        operation=text,
        truncated=(text,),
        parameters={"service_tier": text, "reasoning": {"effort": text}, "modalities": [text], text: 1},
        attempts=(attempt,),
    )

    assert Failure(type="Error") == private.failure
    assert (None, None, "unknown") == (
        private.finish_reason,
        private.native_finish_reason,
        private.operation,
    )
    assert ((), {}, (attempt,)) == (private.truncated, private.parameters, private.attempts)


KNOWN = {
    "finish_reason": ["stop", "tool_calls", "length", "content_filter"],
    "native_finish_reason": [
        "STOP",
        "MAX_TOKENS",
        "end_turn",
        "tool_use",
        "completed",
        "guardrail_intervened",
    ],
    "operation": ["chat", "embeddings", "tts", "generate_content"],
}
ERRORS = [
    "Error", "RateLimitError", "rate_limit_exceeded", "openai.RateLimitError", "APIConnectionError", "429",
    "HTTP 502", "asyncio.exceptions.CancelledError", "context_length_exceeded", "invalid_request_error",
    "RESOURCE_EXHAUSTED", "ThrottlingException", "Error 503", "NoResponse", "TimeoutError", "BadRequest",
]  # fmt: skip


@pytest.mark.parametrize(("name", "word"), [(name, word) for name, words in KNOWN.items() for word in words])
def test_known_words_leave(name: str, word: str) -> None:
    """They say how it went."""
    assert word == getattr(_private(**{name: word}), name)


@pytest.mark.parametrize("word", ERRORS)
def test_known_errors_leave(word: str) -> None:
    """As a type and as a code, from whichever library, in whichever case."""
    assert (
        Failure(type=word, code=word) == _private(failure=Failure(type=word, code=word, message="m")).failure
    )


NAMES = [
    "openai/gpt-5-mini",
    "anthropic/claude-sonnet-4.5:beta",
    "~auto",
    "meta-llama/llama-3.3-70b-instruct",
]
TITLES = ["Amazon Bedrock", "Google AI Studio", "xAI", "Z.AI", "Google Vertex (Global)", "01.AI"]


def test_names_leave_in_their_form_alone() -> None:
    """They cannot be listed: one piece of ASCII, and of providers a few words with capitals."""
    fields = ("model", "served_model", "provider_slug", "source")
    for name in NAMES:
        private = _private(**dict.fromkeys(fields, name), attempts=(Attempt(index=0, model=name, id=name),))
        assert [name] * 4 == [getattr(private, field) for field in fields]
        assert (name, name) == (private.attempts[0].model, private.attempts[0].id)
    for title in TITLES:
        private = _private(provider=title, author=title, attempts=(Attempt(index=0, provider=title),))
        assert [title] * 3 == [private.provider, private.author, private.attempts[0].provider]
    for said in ("like this", "这句话", "a\n", "", "I hate my boss so much", "x" * 129):
        fields = ("model", "served_model", "provider", "provider_slug", "author")
        tries = (Attempt(index=0, provider=said, id=said, endpoint_id=said, model=said),)
        private = _private(**dict.fromkeys(fields, said), source=said, attempts=tries)
        assert [None] * 5 == [getattr(private, field) for field in fields]
        assert ("unknown", (Attempt(index=0),)) == (private.source, private.attempts)


def test_what_was_no_word_is_told_with_its_path() -> None:
    """So that nobody wonders where a code went."""
    generation = Generation(
        id="a",
        timing=Timing(start=EPOCH),
        finish_reason="like_this_one",
        failure=Failure(type="like this", code="like_this_one"),
        attempts=(Attempt(index=0), Attempt(index=1, model="like this")),
    )
    for policy in (PRIVATE, Policy(drop_output=True)):
        allowed = evaluate(policy, generation)
        assert allowed.redacted is not None
        told = {one.path: one.what for one in allowed.diagnostics if "in no list" in one.what}

        assert ["$.finish_reason", "$.failure.type", "$.failure.code", "$.attempts[1].model"] == list(told)


def test_values_of_opt_in_groups_are_numbers_and_known_words_in_privacy_mode() -> None:
    """In every known field, and in the parts of known objects."""
    said = "like_this_one"
    groups = {
        "generation_cost": {
            "usage": said,
            "cache_creation.mine": 1,
            "credit_pool_id": "pool-1",
            "usage_web": "0.5",
        },
        "generation_request_context": {
            "finish_reason": said,
            "native_finish_reason": "STOP",
            "api_type": said,
            "service_tier": "flex",
            "provider_name": "Amazon Bedrock",
            "created_at": "2026-11-23T10:00:00.123Z",
            "streamed": "true",
            "latency": said,
            "variant": said,
        },
    }
    generation = Generation(id="a", timing=Timing(start=EPOCH), **groups)  # type: ignore[arg-type]
    switches = {f"broadcast_{name}": True for name in groups}
    allowed = evaluate(Policy(privacy_mode=True, **switches), generation)  # type: ignore[arg-type]
    assert allowed.redacted is not None

    assert {"credit_pool_id": "pool-1", "usage_web": "0.5"} == allowed.redacted.generation_cost
    assert {
        "native_finish_reason": "STOP",
        "service_tier": "flex",
        "provider_name": "Amazon Bedrock",
        "created_at": "2026-11-23T10:00:00.123Z",
        "streamed": "true",
    } == allowed.redacted.generation_request_context


def test_what_is_no_plain_value_of_the_identity_group_stays_behind_in_privacy_mode() -> None:
    """An array or an object may hold what somebody said."""
    plain = {"app": None, "app_id": 1, "app.title": "Shop", "origin": True, "upstream_id": 0.5}
    group = {**plain, "user_agent": ["said"], "request_id": {"said": 1}}
    generation = Generation(id="a", timing=Timing(start=EPOCH), generation_identity=group)

    evaluation = evaluate(Policy(privacy_mode=True, broadcast_generation_identity=True), generation)

    assert evaluation.redacted is not None
    assert plain == evaluation.redacted.generation_identity


def test_a_route_that_is_off_lets_nothing_out() -> None:
    """And says why."""
    evaluation = evaluate(Policy(enabled=False), Generation(id="a", timing=Timing(start=EPOCH)))

    assert CheckResult("enabled", False, "the route is not enabled") == evaluation.stopped_by
    assert evaluation.redacted is None


BYOK = {"is_byok": True, "byok_usage_inference": 0.0000372, "usage_is_estimated": True}


def test_what_the_cost_group_knows_completes_the_cost_when_it_is_on() -> None:
    """And not before: a group that is off says nothing anywhere."""
    generation = Generation(id="a", timing=Timing(start=EPOCH), generation_cost=BYOK)

    off, on = evaluate(Policy(), generation), evaluate(Policy(broadcast_generation_cost=True), generation)
    assert off.redacted is not None
    assert on.redacted is not None

    assert (Cost(), Usage()) == (off.redacted.cost, off.redacted.usage)
    assert Cost(is_byok=True, upstream=Decimal("0.0000372")) == on.redacted.cost
    assert Usage(is_estimated=True) == on.redacted.usage


def test_the_cost_group_overrules_nothing_that_is_known() -> None:
    """It completes."""
    known = Cost(is_byok=False, total=Decimal(1))
    generation = Generation(id="a", timing=Timing(start=EPOCH), generation_cost=BYOK, cost=known)

    allowed = evaluate(Policy(broadcast_generation_cost=True), generation)
    assert allowed.redacted is not None

    assert known == allowed.redacted.cost


SWITCHES = [name for name in attrs.fields_dict(Policy) if isinstance(getattr(Policy(), name), bool)]


@pytest.mark.parametrize("switch", SWITCHES)
@pytest.mark.parametrize("value", ["false", 0, None])
def test_a_switch_is_true_or_false(switch: str, value: Any) -> None:
    """A text like "false" would switch on, and let out or hold back what nobody meant."""
    with pytest.raises(FieldError, match=switch):
        Policy(**{switch: value})


@pytest.mark.parametrize("name", ["api_key_hashes", "excluded_api_key_hashes"])
def test_one_text_is_no_list_of_key_hashes(name: str) -> None:
    """It would be taken for its letters."""
    with pytest.raises(ValueError, match="expected several key hashes"):
        Policy(**{name: "abc"})


PAID: dict[str, tuple[Cost, dict[str, Any], Cost]] = {
    "it is known whose key it was": (
        Cost(is_byok=True),
        {"byok_usage_inference": 0.5},
        Cost(is_byok=True, upstream=Decimal("0.5")),
    ),
    "the group says otherwise": (
        Cost(is_byok=True),
        {"is_byok": False, "byok_usage_inference": 0.5},
        Cost(is_byok=True, upstream=Decimal("0.5")),
    ),
    "it was not the caller's key": (
        Cost(),
        {"is_byok": False, "byok_usage_inference": 0.5},
        Cost(is_byok=False),
    ),
    "it is known that it was not the caller's key": (
        Cost(is_byok=False),
        {"is_byok": True, "byok_usage_inference": 0.5},
        Cost(is_byok=False),
    ),
    "nobody knows": (Cost(), {"byok_usage_inference": 0.5}, Cost()),
    "the price is known": (
        Cost(upstream=Decimal(1)),
        {"is_byok": True, "byok_usage_inference": 0.5},
        Cost(is_byok=True, upstream=Decimal(1)),
    ),
    "the price is none": (Cost(), {"is_byok": True, "byok_usage_inference": "a lot"}, Cost(is_byok=True)),
}


@pytest.mark.parametrize(("known", "group", "expected"), PAID.values(), ids=PAID)
def test_what_the_provider_charged_is_known_where_the_caller_paid_it(
    known: Cost, group: dict[str, Any], expected: Cost
) -> None:
    """From the cost group, where the record does not say."""
    generation = Generation(id="a", timing=Timing(start=EPOCH), cost=known, generation_cost=group)

    evaluation = evaluate(Policy(broadcast_generation_cost=True), generation)

    assert evaluation.redacted is not None
    assert expected == evaluation.redacted.cost
