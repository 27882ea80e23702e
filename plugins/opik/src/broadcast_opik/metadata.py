"""Metadata of a row: the caller's own keys and ours; on a clash both survive and a diagnostic says where.

Opik puts `provider` and `providers` into metadata when it reads a row, and takes `cost` and `model` of a
span's metadata for its cost and model where the row has none. So a caller's values of these names move too.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from broadcast_core.diagnostics import Diagnostic
from broadcast_core.jsontext import Json
from broadcast_core.record.generation import Attempt, Cost, Generation
from broadcast_core.record.schema import written_time

MEANT_BY_OPIK = frozenset({"provider", "providers", "cost", "model"})


def combined(
    custom: Mapping[str, Json], ours: Mapping[str, Json], notes: list[Diagnostic]
) -> dict[str, Json]:
    """Return one object with our keys and then the caller's; of these, those that clash move into `custom`.

    What comes first is the last to be left out, should there be too many for Opik.
    """
    present = {key: value for key, value in ours.items() if value is not None and value != {} and value != []}
    clashing = [key for key in custom if key in present or key in MEANT_BY_OPIK]
    result = {**present, **{key: value for key, value in custom.items() if key not in clashing}}
    if clashing:
        place = "custom"
        while place in result:
            place += "_"
        result[place] = {key: custom[key] for key in clashing}
        for key in clashing:
            what = f"the name is taken in Opik; your value is in the metadata under {place}.{key}"
            notes.append(Diagnostic("moved", f"$.trace.metadata.{key}", what))
    return result


def money(amount: Decimal | None) -> Json:
    """Return an amount as a JSON number when a double holds it exactly, else as text."""
    if amount is None:
        return None
    number = float(amount)
    return number if Decimal(repr(number)) == amount else str(amount)


def cost_metadata(cost: Cost) -> dict[str, Json]:
    """Return what is known of the cost: US dollars, unknown left out."""
    amounts = {
        "input": cost.input,
        "output": cost.output,
        "total": cost.total,
        "upstream": cost.upstream,
        "upstream_input": cost.upstream_input,
        "upstream_output": cost.upstream_output,
        "cache_discount": cost.cache_discount,
        "input_unit_price": cost.input_unit_price,
        "output_unit_price": cost.output_unit_price,
    }
    known: dict[str, Json] = {name: money(amount) for name, amount in amounts.items() if amount is not None}
    if cost.is_byok is not None:
        known["is_byok"] = cost.is_byok
    if cost.source != "unknown":
        known["source"] = cost.source
    if known and cost.total is not None:
        known["currency"] = "USD"
    return known


def latencies(generation: Generation) -> dict[str, Json]:
    """Return the durations in milliseconds that are known."""
    timing = generation.timing
    values = {
        "router_latency_ms": timing.router_latency_ms,
        "provider_request_ms": timing.provider_request_ms,
        "provider_headers_ms": timing.provider_headers_ms,
        "provider_body_end_ms": timing.provider_body_end_ms,
        "provider_time_to_first_token_ms": timing.provider_time_to_first_token_ms,
        "inter_token_latency_ms": timing.inter_token_latency_ms,
        "generation_ms": timing.generation_ms,
    }
    return {name: value for name, value in values.items() if value is not None}


def identity(generation: Generation) -> dict[str, Json]:
    """Return the account and key at the gateway, as far as they are known."""
    who = generation.identity
    values = {
        "api_key_name": who.api_key_name,
        "api_key_hash": who.api_key_hash,
        "entity_id": who.entity_id,
        "creator_user_id": who.creator_user_id,
        "gateway_user_id": who.gateway_user_id,
    }
    return {name: value for name, value in values.items() if value is not None}


def generation_metadata(generation: Generation) -> dict[str, Json]:
    """Return our keys of the generation's metadata; what is unknown or empty is left out."""
    trace, who, failure, usage = generation.trace, generation.identity, generation.failure, generation.usage
    wait = generation.timing.first_token_ms
    return {
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
        "model_parameters": dict(generation.parameters),
        "cost": cost_metadata(generation.cost),
        "usage_is_estimated": usage.is_estimated,
        "usage_cache_basis": None if usage.cache_basis == "inclusive" else usage.cache_basis,
        "first_token_ms": wait if wait is not None and wait < 0 else None,
        "latencies": latencies(generation),
        "account": identity(generation),
        "provider_attempts": [attempt_fields(attempt) for attempt in generation.attempts],
        "failure_code": failure.code if failure else None,
        "failure_details": failure.raw if failure else None,
        "generation_cost": dict(generation.generation_cost),
        "generation_identity": dict(generation.generation_identity),
        "generation_request_context": dict(generation.generation_request_context),
        "truncated": list(generation.truncated),
        "content_withheld": generation.content.withheld,
        "request": generation.content.request,
        "extra": dict(generation.extra),
        "schema_version": generation.schema_version,
    }


def attempt_fields(attempt: Attempt) -> dict[str, Json]:
    """Return what is known of a provider attempt."""
    values: dict[str, Json] = {
        "index": attempt.index,
        "provider_name": attempt.provider,
        "status_code": attempt.status_code,
        "start": written_time(attempt.start) if attempt.start else None,
        "end": written_time(attempt.end) if attempt.end else None,
        "latency_ms": attempt.latency_ms,
        "is_byok": attempt.is_byok,
        "id": attempt.id,
        "endpoint_id": attempt.endpoint_id,
        "model": attempt.model,
        "message": attempt.message,
    }
    return {name: value for name, value in values.items() if value is not None}
