"""What is known of a generation beside its content, as one JSON object, for the metadata of a row.

`generation_metadata` leaves out what most platforms have columns for: counts of tokens, times, names, the
parent, the failure. `all_metadata` has them too, so that a row with few columns loses nothing. The caller's
own keys stand beside ours; on a clash both stay, and a diagnostic says where.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from operator import attrgetter
from typing import Any

import attrs

from broadcast_core.destinations.attempts import attempt_metadata
from broadcast_core.destinations.fitting import Fitted, money
from broadcast_core.diagnostics import Diagnostic
from broadcast_core.jsontext import Json
from broadcast_core.record.field_checks import written_time
from broadcast_core.record.generation import Cost, Generation, Usage, content_value


class _Group:
    """Fields of a record of which those that are known are told."""

    def __init__(self, *names: str) -> None:
        self._names = names
        self._values = attrgetter(*names)

    def of(self, record: object) -> Iterator[tuple[str, Any]]:
        """Return the fields with their names."""
        return zip(self._names, self._values(record), strict=True)

    def known(self, record: object) -> dict[str, Any]:
        """Return the fields that are known, by name."""
        return {name: value for name, value in self.of(record) if value is not None}


_AMOUNTS = _Group(
    "input", "output", "total", "upstream", "upstream_input", "upstream_output", "cache_discount",
    "input_unit_price", "output_unit_price",
)  # fmt: skip
_LATENCIES = _Group(
    "router_latency_ms", "provider_request_ms", "provider_headers_ms", "provider_body_end_ms",
    "provider_time_to_first_token_ms", "inter_token_latency_ms", "generation_ms",
)  # fmt: skip
_ACCOUNT = _Group("api_key_name", "api_key_hash", "entity_id", "creator_user_id", "gateway_user_id")
_NO_COUNTS = ("cache_basis", "is_estimated")
_FAILURE = _Group("type", "message", "stacktrace")
_COUNTS = _Group(*(one.name for one in attrs.fields(Usage) if one.name not in _NO_COUNTS))


def combine(
    custom: Mapping[str, Json], reserved: Mapping[str, Json], taken: Container[str], platform: str
) -> Fitted[dict[str, Json]]:
    """Return one object: reserved keys, then the caller's; of these, those that clash move into `custom`.

    `taken` are names that mean something to the platform. What comes first is the last to be left out, should
    there be too much for the platform.
    """
    present = {key: value for key, value in reserved.items() if value or _says(value)}
    if not custom:
        return Fitted(present)
    clashing = [key for key in custom if key in present or key in taken]
    if not clashing:
        return Fitted({**present, **custom})
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


def generation_metadata(generation: Generation) -> dict[str, Json]:
    """Return what is known of a generation, without what is None or empty and so says nothing."""
    trace, who, failure, usage = generation.trace, generation.identity, generation.failure, generation.usage
    wait, asked = generation.timing.first_token_ms, content_value(generation.content, "request")
    known = {
        "openrouter_observation_id": generation.id,
        "trace_name": trace.trace_name,
        "span_name": trace.span_name,
        "user_id": who.user_id,
        "session_id": who.session_id,
        "tags": list(trace.tags),
        "status": generation.status,
        "operation": generation.operation,
        "source": generation.source,
        "request_model": generation.model,
        "response_model": generation.served_model,
        "model_author": generation.author,
        "provider_name": generation.provider,
        "provider_slug": generation.provider_slug,
        "streamed": generation.streamed,
        "finish_reason": generation.finish_reason,
        "native_finish_reason": generation.native_finish_reason,
        "model_parameters": _plain(generation.parameters),
        "cost": cost_metadata(generation.cost),
        "usage_is_estimated": usage.is_estimated,
        "usage_cache_basis": None if usage.cache_basis == "inclusive" else usage.cache_basis,
        "first_token_ms": wait if wait is not None and wait < 0 else None,
        "latencies": _LATENCIES.known(generation.timing),
        "account": _ACCOUNT.known(who),
        "provider_attempts": [attempt_metadata(attempt) for attempt in generation.attempts],
        "failure_code": failure.code if failure else None,
        "failure_details": failure.raw if failure else None,
        "generation_cost": _plain(generation.generation_cost),
        "generation_identity": _plain(generation.generation_identity),
        "generation_request_context": _plain(generation.generation_request_context),
        "truncated": list(generation.truncated),
        "content_withheld": generation.content.withheld,
        "request": None if asked is None else asked.value,
        "extra": _plain(generation.extra),
        "schema_version": generation.schema_version,
    }
    return {key: value for key, value in known.items() if value or (value is not None and _says(value))}


def _plain(values: Mapping[str, Json]) -> dict[str, Json]:
    """Return a mapping of a program's own as a dict, which JSON writers know."""
    return values if values.__class__ is dict else dict(values)  # type: ignore[return-value]


def all_metadata(generation: Generation) -> dict[str, Json]:
    """Return all that is known of a generation beside its content and the caller's own metadata.

    That is `generation_metadata`, and what a platform often has columns for: for one that has not.
    """
    trace, timing, failure = generation.trace, generation.timing, generation.failure
    return {
        "openrouter_trace_id": trace.trace_id,
        "parent_span_id": trace.parent_span_id,
        "generation_name": trace.generation_name,
        "start_time": written_time(timing.start),
        "end_time": written_time(timing.end) if timing.end else None,
        "usage": _COUNTS.known(generation.usage),
        "failure": _FAILURE.known(failure) if failure else None,
        **generation_metadata(generation),
        "first_token_ms": timing.first_token_ms,
    }


def cost_metadata(cost: Cost) -> dict[str, Json]:
    """Return what is known of the cost: US dollars, unknown left out."""
    known = {name: money(amount) for name, amount in _AMOUNTS.of(cost) if amount is not None}
    if cost.is_byok is not None:
        known["is_byok"] = cost.is_byok
    if cost.source != "unknown":
        known["source"] = cost.source
    if known and cost.total is not None:
        known["currency"] = "USD"
    return known
