"""The canonical record: one LLM request and its outcome.

Every field carries a privacy class (`content`, `identity` or `operational`), and a field without one
counts as content. Unknown is None, zero is zero: a missing cost or count is never written as 0. Times
are aware datetimes, money is exact decimals of US dollars, durations are milliseconds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias

from attrs import Attribute, field, frozen

from broadcast_core.jsontext import Json

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

_FIGURES = re.compile(r"[0-9eETZ+\-.:_ ]{0,40}")

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
MOST = 2**63 - 1
LATEST = datetime(2262, 4, 11, 23, 47, 16, tzinfo=UTC)  # the last second of signed 64-bit nanoseconds


def wrong_count(value: int) -> str | None:
    """Say what is wrong with a count, or None."""
    if type(value) is not int:
        return f"expected a whole number, got {_shown(value)}"
    if value < 0:
        return f"expected at least 0, got {value}"
    return "expected a count of at most 64 bits" if value > MOST else None


def wrong_number(value: float | Decimal) -> str | None:
    """Say what is wrong with a number that must be finite, or None."""
    if not isinstance(value, int | float | Decimal) or isinstance(value, bool):
        return f"expected a number, got {_shown(value)}"
    try:
        return None if math.isfinite(value) else f"expected a finite number, got {value}"
    except OverflowError:
        return "expected a number that a double can hold"


def wrong_instant(value: datetime) -> str | None:
    """Say what is wrong with a point in time, or None."""
    if not isinstance(value, datetime):
        return f"expected a datetime, got {_shown(value)}"
    if value.tzinfo is None:
        return "expected a time with a time zone, for example 2026-11-23T10:00:00Z"
    if not EARLIEST <= value < LATEST:
        return f"expected a time between 1970 and 2262, got {value.isoformat()}"
    return None


def wrong_identifier(value: str) -> str | None:
    """Say what is wrong with an id, or None."""
    if type(value) is not str:
        return f"expected text, got {_shown(value)}"
    if not value.strip():
        return "expected an id, got blank text"
    return None if value.isprintable() else "expected an id without control characters"


def written_time(moment: datetime) -> str:
    """Return a time as ISO 8601 in UTC, with as many decimals as it needs."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat()[:-6] + "Z"


def is_figures(text: str) -> bool:
    """Tell whether a text is a number or a time, or nearly one: a message may quote it, and no other text."""
    return _FIGURES.fullmatch(text) is not None


def _shown(value: object) -> str:
    """Name a value of the wrong type; texts and objects may be what a user said."""
    quoted = is_figures(value) if isinstance(value, str) else isinstance(value, int | float | Decimal)
    return f"{type(value).__name__} {value!r}"[:40] if quoted else type(value).__name__


def _checked(wrong: Callable[[Any], str | None]) -> Callable[[Any, Attribute[Any], Any], None]:
    def check(_instance: object, attribute: Attribute[Any], value: Any) -> None:
        if value is not None and (what := wrong(value)):
            raise ValueError(f"{attribute.name}: {what}")

    return check


_COUNT, _NUMBER = _checked(wrong_count), _checked(wrong_number)
_INSTANT, _IDENTIFIER = _checked(wrong_instant), _checked(wrong_identifier)


def _content(default: Any = None, **options: Any) -> Any:
    """Declare a field that holds, or may quote, what the user and the model said."""
    return field(default=default, metadata={"privacy": "content"}, **options)


def _identity(default: Any = None, **options: Any) -> Any:
    """Declare a field that says who, or that the caller chose freely."""
    return field(default=default, metadata={"privacy": "identity"}, **options)


def _operational(default: Any = None, **options: Any) -> Any:
    """Declare a field that says how the request went."""
    return field(default=default, metadata={"privacy": "operational"}, **options)


def _utc(value: Any) -> Any:
    """Return an aware time in UTC: arithmetic in a zone with summer time is off by an hour twice a year."""
    if not isinstance(value, datetime) or value.tzinfo in (None, UTC):
        return value
    try:
        return value.astimezone(UTC)
    except OverflowError:  # before the year 1 or after 9999: left to the validator
        return value


def _float(value: Any) -> Any:
    """Return a plain float for any real number, 0.0 for -0.0; anything else is left to the validator."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return value
    try:
        return float(value) + 0.0
    except OverflowError:
        return value


_count: dict[str, Any] = {"validator": _COUNT}
_number: dict[str, Any] = {"validator": _NUMBER}
_duration: dict[str, Any] = {"validator": _NUMBER, "converter": _float}
_instant: dict[str, Any] = {"validator": _INSTANT, "converter": _utc}


@frozen(kw_only=True)
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


@frozen(kw_only=True)
class Usage:
    """Token counts, each None when unknown.

    With cache_basis `inclusive` (OpenRouter's, OpenAI's) input_tokens counts cache reads and writes too;
    with `exclusive` (Anthropic's own) it does not. output_tokens always counts reasoning.
    """

    input_tokens: Count | None = _operational(**_count)
    output_tokens: Count | None = _operational(**_count)
    total_tokens: Count | None = _operational(**_count)
    cache_read_tokens: Count | None = _operational(**_count)
    cache_write_tokens: Count | None = _operational(**_count)
    cache_write_5m_tokens: Count | None = _operational(**_count)
    cache_write_1h_tokens: Count | None = _operational(**_count)
    reasoning_tokens: Count | None = _operational(**_count)
    input_audio_tokens: Count | None = _operational(**_count)
    input_image_tokens: Count | None = _operational(**_count)
    input_video_tokens: Count | None = _operational(**_count)
    output_audio_tokens: Count | None = _operational(**_count)
    output_image_tokens: Count | None = _operational(**_count)
    cache_basis: CacheBasis = _operational("inclusive")
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


@frozen(kw_only=True)
class Cost:
    """Money in US dollars, exact; each None when unknown.

    `total` is what the gateway charged, with fees; `input` and `output` are its inference parts.
    `upstream` is the provider's price where the caller's own key paid it (BYOK).
    """

    total: Money | None = _operational(**_number)
    input: Money | None = _operational(**_number)
    output: Money | None = _operational(**_number)
    upstream: Money | None = _operational(**_number)
    upstream_input: Money | None = _operational(**_number)
    upstream_output: Money | None = _operational(**_number)
    cache_discount: Money | None = _operational(**_number)
    input_unit_price: Money | None = _operational(**_number)
    output_unit_price: Money | None = _operational(**_number)
    source: CostSource = _operational("unknown")
    is_byok: bool | None = _operational()


@frozen(kw_only=True)
class Timing:
    """When it happened. Durations are milliseconds from `start`, unless their name says otherwise."""

    start: Instant = field(validator=_INSTANT, converter=_utc, metadata={"privacy": "operational"})
    end: Instant | None = _operational(**_instant)
    first_token_ms: Milliseconds | None = _operational(**_duration)
    router_latency_ms: Milliseconds | None = _operational(**_duration)
    provider_request_ms: Milliseconds | None = _operational(**_duration)
    provider_headers_ms: Milliseconds | None = _operational(**_duration)
    provider_body_end_ms: Milliseconds | None = _operational(**_duration)
    provider_time_to_first_token_ms: Milliseconds | None = _operational(**_duration)
    inter_token_latency_ms: Milliseconds | None = _operational(**_duration)
    generation_ms: Milliseconds | None = _operational(**_duration)

    @end.validator
    def _ends_after_start(self, _attribute: Attribute[Any], value: datetime | None) -> None:
        if value is not None and value < self.start:
            raise ValueError(f"end: {value.isoformat()} lies before the start {self.start.isoformat()}")


@frozen(kw_only=True)
class TraceContext:
    """What the caller said about the trace: the known keys of the request's `trace`, and the caller's own.

    `metadata` keeps every other key with its JSON type.
    """

    trace_id: Identifier | None = _identity(validator=_IDENTIFIER)
    trace_name: str | None = _identity()
    span_name: str | None = _identity()
    generation_name: str | None = _identity()
    parent_span_id: Identifier | None = _identity(validator=_IDENTIFIER)
    tags: tuple[str, ...] = _identity(())
    metadata: JsonObject = field(factory=dict, metadata={"privacy": "identity"})

    __hash__ = None  # type: ignore[assignment]


@frozen(kw_only=True)
class Identity:
    """Who asked: the end user, the session, and the account and key at the gateway."""

    user_id: str | None = _identity()
    session_id: str | None = _identity()
    api_key_name: str | None = _identity()
    api_key_hash: str | None = _identity()
    entity_id: str | None = _identity()
    creator_user_id: str | None = _identity()
    gateway_user_id: str | None = _identity()


@frozen(kw_only=True)
class Attempt:
    """One try at one provider; `index` counts from 0."""

    index: Count = field(validator=_COUNT, metadata={"privacy": "operational"})
    provider: str | None = _operational()
    status_code: Count | None = _operational(**_count)
    start: Instant | None = _operational(**_instant)
    end: Instant | None = _operational(**_instant)
    latency_ms: Milliseconds | None = _operational(**_duration)
    is_byok: bool | None = _operational()
    id: str | None = _operational()
    endpoint_id: str | None = _operational()
    model: str | None = _operational()
    message: str | None = _content()

    @property
    def failed(self) -> bool:
        """Tell whether the provider answered with an error."""
        return self.status_code is not None and self.status_code >= 400


@frozen(kw_only=True)
class Failure:
    """Why there is no good answer. Messages may quote the prompt, so they are content."""

    type: str = _operational("Error")
    code: str | None = _operational()
    message: str | None = _content()
    stacktrace: str | None = _content()
    raw: Json = _content()

    __hash__ = None  # type: ignore[assignment]


@frozen(kw_only=True)
class Generation:
    """One LLM request and its outcome: ok, error or cancelled.

    `id` is the idempotency key. `model` is what was asked for, `served_model` what answered, `provider`
    who served it, `author` who made the model. `operation` is the kind of API: chat, completions,
    responses, embeddings, rerank, tts, stt, image, video. The three `generation_*` groups hold the
    gateway's opt-in details. `extra` keeps what no field knows.
    """

    id: Identifier = field(validator=_IDENTIFIER, metadata={"privacy": "operational"})
    timing: Timing = field(metadata={"privacy": "operational"})
    status: Status = _operational("ok")
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
    parameters: JsonObject = field(factory=dict, metadata={"privacy": "operational"})
    usage: Usage = field(factory=Usage, metadata={"privacy": "operational"})
    cost: Cost = field(factory=Cost, metadata={"privacy": "operational"})
    trace: TraceContext = field(factory=TraceContext, metadata={"privacy": "identity"})
    identity: Identity = field(factory=Identity, metadata={"privacy": "identity"})
    attempts: tuple[Attempt, ...] = _operational(())
    failure: Failure | None = _operational()
    generation_cost: JsonObject = field(factory=dict, metadata={"privacy": "operational"})
    generation_identity: JsonObject = field(factory=dict, metadata={"privacy": "identity"})
    generation_request_context: JsonObject = field(factory=dict, metadata={"privacy": "identity"})
    truncated: tuple[str, ...] = _operational(())
    content: Content = field(factory=Content, metadata={"privacy": "content"})
    extra: JsonObject = field(factory=dict, metadata={"privacy": "content"})
    schema_version: int = _operational(SCHEMA_VERSION)

    __hash__ = None  # type: ignore[assignment]

    @property
    def ended_badly(self) -> Failure | None:
        """Why it failed or was given up; what the status alone says where nothing else does."""
        if self.failure is not None or self.status == "ok":
            return self.failure
        return Failure(type="Cancelled" if self.status == "cancelled" else "Error")
