"""The canonical record: one LLM request and its outcome.

Every field carries a privacy class (`content`, `identity` or `operational`), and a field without one
counts as content. Unknown is None, zero is zero: a missing cost or count is never written as 0. Times
are aware datetimes, money is exact decimals of US dollars, durations are milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias, get_args

from attrs import Attribute, Factory, field, frozen

from broadcast_core.errors import FieldError
from broadcast_core.jsontext import Json
from broadcast_core.record.content_value import ContentValue
from broadcast_core.record.field_checks import checked, instance, one_of, tuple_of

SCHEMA_VERSION = 1

Status = Literal["ok", "error", "cancelled"]
CacheBasis = Literal["inclusive", "exclusive"]
CostSource = Literal["billed", "upstream", "estimated", "unknown"]
PrivacyClass = Literal["content", "identity", "operational"]

Count: TypeAlias = Annotated[int, "at least 0"]
Milliseconds: TypeAlias = Annotated[float, "finite"]
Money: TypeAlias = Annotated[Decimal, "finite"]
Instant: TypeAlias = Annotated[datetime, "with a time zone"]
Identifier: TypeAlias = Annotated[str, "not blank, no control characters"]
JsonObject: TypeAlias = Mapping[str, Json]


def _content(default: Any = None, **options: Any) -> Any:
    """Declare a field that holds, or may quote, what the user and the model said."""
    return field(default=default, metadata={"privacy": "content"}, **options)


def _identity(default: Any = None, **options: Any) -> Any:
    """Declare a field that says who, or that the caller chose freely."""
    return field(default=default, metadata={"privacy": "identity"}, **options)


def _operational(default: Any = None, **options: Any) -> Any:
    """Declare a field that says how the request went."""
    return field(default=default, metadata={"privacy": "operational"}, **options)


@frozen(kw_only=True, field_transformer=checked)
class Content:
    """What was asked and answered, as JSON; policy replaces it whole.

    `input` has the shape of a request (`{"messages": [...]}`, `{"prompt": ...}`, `{"input": ...}`),
    `output` that of a response (`{"choices": [...]}`), `request` what else the caller sent (tools,
    response format). `withheld` says why there is none, when policy took it out.
    """

    input: Json = _content()
    output: Json = _content()
    request: Json = _content()
    withheld: str | None = _operational()

    __hash__ = None  # type: ignore[assignment]  # JSON values are mutable


Side: TypeAlias = Literal["input", "output", "request"]
_SLOTS: Mapping[str, Any] = {name: vars(Content)[name] for name in get_args(Side)}


def content_value(content: Content, side: Side) -> ContentValue | None:
    """Return a side of content with its text, None for none; for those who change nothing of it."""
    found = _SLOTS[side].__get__(content)
    return found if found is None or found.__class__ is ContentValue else ContentValue(found)


def know_texts(content: Content, values: Mapping[str, Json], texts: Mapping[str, bytes]) -> None:
    """Keep the texts that our writer has made of values, where these are the sides of some content.

    Nobody else may have the values: a side is written once then, whoever sends it.
    """
    for name, slot in _SLOTS.items():
        value = slot.__get__(content)
        if value is not None and value.__class__ is not ContentValue:
            known = texts.get(name) if value is values.get(name) else None
            slot.__set__(content, ContentValue(value, known))


def _looked_into(slot: Any) -> property:
    """Return the attribute that gives a side as a value: whoever has seen it may change it in its place.

    So the texts that are known are forgotten, of all sides since they may share parts, and what is sent is
    written anew.
    """

    def look(content: Content) -> Json:
        if slot.__get__(content).__class__ is ContentValue:
            for each in _SLOTS.values():
                found = each.__get__(content)
                if found.__class__ is ContentValue:
                    each.__set__(content, found.value)
        return slot.__get__(content)

    return property(look, slot.__set__, slot.__delete__)


for _name, _slot in _SLOTS.items():
    setattr(Content, _name, _looked_into(_slot))


@frozen(kw_only=True, field_transformer=checked)
class Usage:
    """Token counts, each None when unknown.

    With cache_basis `inclusive` (OpenRouter's, OpenAI's) input_tokens counts cache reads and writes too;
    with `exclusive` (Anthropic's own) it does not. output_tokens always counts reasoning.
    """

    input_tokens: Count | None = _operational()
    output_tokens: Count | None = _operational()
    total_tokens: Count | None = _operational()
    cache_read_tokens: Count | None = _operational()
    cache_write_tokens: Count | None = _operational()
    cache_write_5m_tokens: Count | None = _operational()
    cache_write_1h_tokens: Count | None = _operational()
    reasoning_tokens: Count | None = _operational()
    input_audio_tokens: Count | None = _operational()
    input_image_tokens: Count | None = _operational()
    input_video_tokens: Count | None = _operational()
    output_audio_tokens: Count | None = _operational()
    output_image_tokens: Count | None = _operational()
    cache_basis: CacheBasis = _operational("inclusive", validator=one_of(*get_args(CacheBasis)))
    is_estimated: bool | None = _operational()

    @property
    def inclusive_input(self) -> int | None:
        """Input tokens with cache reads and writes; None when a part that belongs to them is unknown."""
        if self.cache_basis == "inclusive":
            return self.input_tokens
        parts = (self.input_tokens, self.cache_read_tokens, self.cache_write_tokens)
        known = [part for part in parts if part is not None]
        return sum(known) if len(known) == len(parts) else None

    @property
    def known_total(self) -> int | None:
        """All tokens: as stated, else the sum of input and output where both are known."""
        parts = (self.inclusive_input, self.output_tokens)
        if self.total_tokens is not None or None in parts:
            return self.total_tokens
        return sum(part for part in parts if part is not None)


@frozen(kw_only=True, field_transformer=checked)
class Cost:
    """Money in US dollars, exact; each None when unknown.

    `total` is what the gateway charged, with fees; `input` and `output` are its inference parts.
    `upstream` is the provider's price where the caller's own key paid it (BYOK).
    """

    total: Money | None = _operational()
    input: Money | None = _operational()
    output: Money | None = _operational()
    upstream: Money | None = _operational()
    upstream_input: Money | None = _operational()
    upstream_output: Money | None = _operational()
    cache_discount: Money | None = _operational()
    input_unit_price: Money | None = _operational()
    output_unit_price: Money | None = _operational()
    source: CostSource = _operational("unknown", validator=one_of(*get_args(CostSource)))
    is_byok: bool | None = _operational()


@frozen(kw_only=True, field_transformer=checked)
class Timing:
    """When it happened. Durations are milliseconds from `start`, unless their name says otherwise."""

    start: Instant = field(metadata={"privacy": "operational"})
    end: Instant | None = _operational()
    first_token_ms: Milliseconds | None = _operational()
    router_latency_ms: Milliseconds | None = _operational()
    provider_request_ms: Milliseconds | None = _operational()
    provider_headers_ms: Milliseconds | None = _operational()
    provider_body_end_ms: Milliseconds | None = _operational()
    provider_time_to_first_token_ms: Milliseconds | None = _operational()
    inter_token_latency_ms: Milliseconds | None = _operational()
    generation_ms: Milliseconds | None = _operational()

    @end.validator
    def _ends_after_start(self, _attribute: Attribute[Any], value: datetime | None) -> None:
        if value is not None and value < self.start:
            raise FieldError(f"end: {value.isoformat()} lies before the start {self.start.isoformat()}")


@frozen(kw_only=True, field_transformer=checked)
class TraceContext:
    """What the caller said about the trace: the known keys of the request's `trace`, and the caller's own.

    `metadata` keeps every other key with its JSON type.
    """

    trace_id: Identifier | None = _identity()
    trace_name: str | None = _identity()
    span_name: str | None = _identity()
    generation_name: str | None = _identity()
    parent_span_id: Identifier | None = _identity()
    tags: tuple[str, ...] = _identity(())
    metadata: JsonObject = _identity(Factory(dict))

    __hash__ = None  # type: ignore[assignment]


@frozen(kw_only=True, field_transformer=checked)
class Identity:
    """Who asked: the end user, the session, and the account and key at the gateway."""

    user_id: str | None = _identity()
    session_id: str | None = _identity()
    api_key_name: str | None = _identity()
    api_key_hash: str | None = _identity()
    entity_id: str | None = _identity()
    creator_user_id: str | None = _identity()
    gateway_user_id: str | None = _identity()


@frozen(kw_only=True, field_transformer=checked)
class Attempt:
    """One try at one provider; `index` counts from 0."""

    index: Count = field(metadata={"privacy": "operational"})
    provider: str | None = _operational()
    status_code: Count | None = _operational()
    start: Instant | None = _operational()
    end: Instant | None = _operational()
    latency_ms: Milliseconds | None = _operational()
    is_byok: bool | None = _operational()
    id: str | None = _operational()
    endpoint_id: str | None = _operational()
    model: str | None = _operational()
    message: str | None = _content()

    @property
    def failed(self) -> bool:
        """Tell whether the provider answered with an error."""
        return self.status_code is not None and self.status_code >= 400


@frozen(kw_only=True, field_transformer=checked)
class Failure:
    """Why there is no good answer. Messages may quote the prompt, so they are content."""

    type: str = _operational("Error")
    code: str | None = _operational()
    message: str | None = _content()
    stacktrace: str | None = _content()
    raw: Json = _content()

    __hash__ = None  # type: ignore[assignment]


@frozen(kw_only=True, field_transformer=checked)
class Generation:
    """One LLM request and its outcome: ok, error or cancelled.

    `id` is the idempotency key. `model` is what was asked for, `served_model` what answered, `provider`
    who served it, `author` who made the model. `operation` is the kind of API: chat, completions,
    responses, embeddings, rerank, tts, stt, image, video. The three `generation_*` groups hold the
    gateway's opt-in details. `extra` keeps what no field knows.
    """

    id: Identifier = field(metadata={"privacy": "operational"})
    timing: Timing = field(validator=instance(Timing), metadata={"privacy": "operational"})
    status: Status = _operational("ok", validator=one_of(*get_args(Status)))
    operation: str = _operational("chat")
    source: str = _operational("openrouter")
    model: str | None = _operational()
    served_model: str | None = _operational()
    author: str | None = _operational()
    provider: str | None = _operational()
    provider_slug: str | None = _operational()
    streamed: bool | None = _operational()
    finish_reason: str | None = _operational()
    native_finish_reason: str | None = _operational()
    parameters: JsonObject = _operational(Factory(dict))
    usage: Usage = _operational(Factory(Usage), validator=instance(Usage))
    cost: Cost = _operational(Factory(Cost), validator=instance(Cost))
    trace: TraceContext = _identity(Factory(TraceContext), validator=instance(TraceContext))
    identity: Identity = _identity(Factory(Identity), validator=instance(Identity))
    attempts: tuple[Attempt, ...] = _operational((), validator=tuple_of(Attempt))
    failure: Failure | None = _operational(validator=instance(Failure))
    generation_cost: JsonObject = _operational(Factory(dict))
    generation_identity: JsonObject = _identity(Factory(dict))
    generation_request_context: JsonObject = _identity(Factory(dict))
    truncated: tuple[str, ...] = _operational(())
    content: Content = _content(Factory(Content), validator=instance(Content))
    extra: JsonObject = _content(Factory(dict))
    schema_version: int = _operational(SCHEMA_VERSION)

    __hash__ = None  # type: ignore[assignment]

    @property
    def error(self) -> Failure | None:
        """Why it failed or was given up; what the status alone says where nothing else does."""
        if self.failure is not None or self.status == "ok":
            return self.failure
        return Failure(type="Cancelled" if self.status == "cancelled" else "Error")
