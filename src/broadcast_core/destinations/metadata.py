"""What is known of a generation beside its content, as one JSON object, for the metadata of a row.

`generation_metadata` leaves out what most platforms have columns for: counts of tokens, times, names, the
parent, the failure. `all_metadata` has them too, so that a row with few columns loses nothing. The caller's
own keys stand beside ours; on a clash both stay, and a diagnostic says where.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import Any

import attrs

from broadcast_core.destinations.attempts import attempt_metadata
from broadcast_core.destinations.columns import Columns, Made, known_of
from broadcast_core.destinations.fitting import Fitted, money, untouched
from broadcast_core.diagnostics import Diagnostic
from broadcast_core.jsontext import Json
from broadcast_core.record.field_checks import written_time
from broadcast_core.record.generation import (
    Attempt,
    Content,
    Cost,
    Failure,
    Generation,
    Timing,
    Usage,
    content_value,
)


def _known_fields(names: str) -> Callable[[Any], dict[str, Json]]:
    """Return what gives those fields of a record that are known, by name."""
    return known_of({name: f"record.{name}" for name in names.split()}, "record")


_AMOUNTS = (
    "input", "output", "total", "upstream", "upstream_input", "upstream_output", "cache_discount",
    "input_unit_price", "output_unit_price",
)  # fmt: skip
_LATENCIES = _known_fields(
    "router_latency_ms provider_request_ms provider_headers_ms provider_body_end_ms"
    " provider_time_to_first_token_ms inter_token_latency_ms generation_ms"
)
_ACCOUNT = _known_fields("api_key_name api_key_hash entity_id creator_user_id gateway_user_id")
_NO_COUNTS = ("cache_basis", "is_estimated")
_COUNTS = _known_fields(" ".join(one.name for one in attrs.fields(Usage) if one.name not in _NO_COUNTS))
_FAILURE = _known_fields("type message stacktrace")


def combine(
    custom: Mapping[str, Json], reserved: Mapping[str, Json], taken: Container[str], platform: str
) -> Fitted[dict[str, Json]]:
    """Return one object: reserved keys, then the caller's; of these, those that clash move into `custom`.

    `taken` are names that mean something to the platform. What comes first is the last to be left out, should
    there be too much for the platform.
    """
    present = {key: value for key, value in reserved.items() if value or _says(value)}
    return beside(custom, present, taken, platform)


def beside(
    custom: Mapping[str, Json], present: dict[str, Json], taken: Container[str], platform: str
) -> Fitted[dict[str, Json]]:
    """Return the same as `combine`, of keys that all say something."""
    if not custom:
        return untouched(present)
    clashing = [key for key in custom if key in present or key in taken]
    if not clashing:
        return untouched({**present, **custom})
    result = {**present, **{key: value for key, value in custom.items() if key not in clashing}}
    place = "custom"
    while place in result:
        place += "_"
    result[place] = {key: custom[key] for key in clashing}
    what = f"the name is taken in {platform}; your value is in the metadata under {place}"
    moved = (Diagnostic("moved", f"$.trace.metadata.{key}", f"{what}.{key}") for key in clashing)
    return Fitted(result, tuple(moved))


def _says(value: Json) -> bool:
    """Tell whether a value that counts as false says something: 0, False and a blank text do."""
    return value is not None and value != {} and value != []


def _request(content: Content) -> Json:
    asked = content_value(content, "request")
    return None if asked is None else asked.value


def _attempts(attempts: tuple[Attempt, ...]) -> list[Json]:
    return [attempt_metadata(attempt) for attempt in attempts]


def _cache_basis(usage: Usage) -> str | None:
    return None if usage.cache_basis == "inclusive" else usage.cache_basis


def _odd_wait(timing: Timing) -> float | None:
    """Return a wait for the first token that is none, which platforms have no column for."""
    wait = timing.first_token_ms
    return wait if wait is not None and wait < 0 else None


def _code(failure: Failure) -> str | None:
    return failure.code


def _details(failure: Failure) -> Json:
    return failure.raw


def _plain(values: Mapping[str, Json]) -> dict[str, Json]:
    """Return a mapping of a program's own as a dict, which JSON writers know."""
    return values if isinstance(values, dict) else dict(values)


def cost_metadata(cost: Cost) -> dict[str, Json]:
    """Return what is known of the cost: US dollars, unknown left out."""
    known = _MONEY(cost)
    if cost.is_byok is not None:
        known["is_byok"] = cost.is_byok
    if cost.source != "unknown":
        known["source"] = cost.source
    if known and cost.total is not None:
        known["currency"] = "USD"
    return known


_MONEY = known_of({name: Made(f"cost.{name}", money) for name in _AMOUNTS}, "cost")
GENERATION_COLUMNS: Columns = {
    "openrouter_observation_id": "generation.id",
    "trace_name": "generation.trace.trace_name",
    "span_name": "generation.trace.span_name",
    "user_id": "generation.identity.user_id",
    "session_id": "generation.identity.session_id",
    "tags": Made("generation.trace.tags or None", list),
    "status": "generation.status",
    "operation": "generation.operation",
    "source": "generation.source",
    "request_model": "generation.model",
    "response_model": "generation.served_model",
    "model_author": "generation.author",
    "provider_name": "generation.provider",
    "provider_slug": "generation.provider_slug",
    "streamed": "generation.streamed",
    "finish_reason": "generation.finish_reason",
    "native_finish_reason": "generation.native_finish_reason",
    "model_parameters": Made("generation.parameters or None", _plain),
    "cost": Made("generation.cost", cost_metadata),
    "usage_is_estimated": "generation.usage.is_estimated",
    "usage_cache_basis": Made("generation.usage", _cache_basis),
    "first_token_ms": Made("generation.timing", _odd_wait),
    "latencies": Made("generation.timing", _LATENCIES),
    "account": Made("generation.identity", _ACCOUNT),
    "provider_attempts": Made("generation.attempts or None", _attempts),
    "failure_code": Made("generation.failure", _code),
    "failure_details": Made("generation.failure", _details),
    "generation_cost": Made("generation.generation_cost or None", _plain),
    "generation_identity": Made("generation.generation_identity or None", _plain),
    "generation_request_context": Made("generation.generation_request_context or None", _plain),
    "truncated": Made("generation.truncated or None", list),
    "content_withheld": "generation.content.withheld",
    "request": Made("generation.content", _request),
    "extra": Made("generation.extra or None", _plain),
    "schema_version": "generation.schema_version",
}
"""What `generation_metadata` tells, as columns of a table over `generation`."""
_fill = known_of(GENERATION_COLUMNS, "generation")
_fill_before = known_of(
    {
        "openrouter_trace_id": "generation.trace.trace_id",
        "parent_span_id": "generation.trace.parent_span_id",
        "generation_name": "generation.trace.generation_name",
        "start_time": Made("generation.timing.start", written_time),
        "end_time": Made("generation.timing.end", written_time),
        "usage": Made("generation.usage", _COUNTS),
        "failure": Made("generation.failure", _FAILURE),
    },
    "generation",
)


def generation_metadata(generation: Generation) -> dict[str, Json]:
    """Return what is known of a generation, without what is None or empty and so says nothing."""
    return _fill(generation)


def all_metadata(generation: Generation) -> dict[str, Json]:
    """Return all that is known of a generation beside its content and the caller's own metadata.

    That is `generation_metadata`, and what a platform often has columns for: for one that has not.
    """
    known = {**_fill_before(generation), **_fill(generation)}
    if (wait := generation.timing.first_token_ms) is not None:
        known["first_token_ms"] = wait
    return known
