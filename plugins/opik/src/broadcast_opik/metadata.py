"""Metadata of a row: the caller's own keys and ours; on a clash both survive and a diagnostic says where.

Opik puts `provider` and `providers` into metadata itself when it reads a row, so these two are never
written by us, and a caller's value of that name moves beside ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from broadcast_core.diagnostic import Diagnostic
from broadcast_core.generation import Cost, Generation
from broadcast_core.jsontext import Json

INJECTED_BY_OPIK = ("provider", "providers")


def combined(
    custom: Mapping[str, Json], ours: Mapping[str, Json], notes: list[Diagnostic]
) -> dict[str, Json]:
    """Return one object with the caller's keys and ours; the caller's clashing keys move into `custom`."""
    present = {key: value for key, value in ours.items() if value is not None and value != {} and value != []}
    clashing = [key for key in custom if key in present or key in INJECTED_BY_OPIK]
    result = {key: value for key, value in custom.items() if key not in clashing}
    result.update(present)
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
    if known and cost.total is not None:
        known["source"] = cost.source
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
