"""The span rows: the named span, the generation's `llm` span, and a span per provider attempt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from broadcast_core.diagnostic import Diagnostic
from broadcast_core.generation import Attempt, Generation, written_time
from broadcast_core.jsontext import Json
from broadcast_core.request import Item
from broadcast_core.tree import SpanKey, Summary, TraceTree, span_key_of
from broadcast_opik import ids
from broadcast_opik.config import OpikConfig
from broadcast_opik.limits import MONEY_DECIMALS, SPANS, cleaned, environment, json_field, tags
from broadcast_opik.metadata import combined, cost_metadata, identity, latencies
from broadcast_opik.provider import opik_provider
from broadcast_opik.row import Encoder, error_info, row
from broadcast_opik.usage import opik_usage

DEFAULT_NAME = "LLM Generation"
_MICROSECOND = timedelta(microseconds=1)


def span_items(tree: TraceTree, trace_id: str, config: OpikConfig, encoder: Encoder) -> Iterator[Item]:
    """Yield the named spans of a tree, its generations, and their attempts when the route wants them."""
    moment = ids.trace_moment(tree.trace_id, tree.anchor) if tree.trace_id else tree.anchor
    for key, summary in tree.spans.items():
        yield _named_span(tree, key, summary, trace_id, ids.span_uuid(tree.key, key, moment), config, encoder)
    for generation in tree.generations.values():
        named = span_key_of(generation)
        parent = (
            ids.as_uuid7(generation.trace.parent_span_id)
            if named is None
            else ids.span_uuid(tree.key, named, moment)
        )
        span_id = ids.generation_uuid(generation.id, generation.timing.start)
        yield _generation_span(tree, generation, trace_id, parent, span_id, config, encoder)
        if config.attempts:
            seen: Counter[int] = Counter()
            for attempt in generation.attempts:
                yield _attempt_span(generation, attempt, seen[attempt.index], trace_id, span_id, config)
                seen[attempt.index] += 1


def _named_span(
    tree: TraceTree,
    key: SpanKey,
    summary: Summary,
    trace_id: str,
    span_id: str,
    config: OpikConfig,
    encoder: Encoder,
) -> Item:
    notes: list[Diagnostic] = []
    name, parent = key
    own_parent = ids.as_uuid7(parent)
    ours: dict[str, Json] = {
        "openrouter_trace_id": tree.key,
        "parent_span_id": None if own_parent else parent,
    }
    fields: dict[str, Json] = {
        "id": span_id,
        "trace_id": trace_id,
        "parent_span_id": own_parent,
        "project_name": config.project_name,
        "name": cleaned(name, "$.trace.span_name", notes) or "Span",
        "type": "general",
        "start_time": written_time(summary.start),
        "end_time": written_time(summary.end) if summary.end else None,
        "last_updated_at": written_time(summary.updated_at),
        "source": "sdk",
        "error_info": error_info(summary.failure),
    }
    body = row(
        fields,
        {
            "metadata": json_field(combined(summary.custom, ours, notes), "$.trace.metadata", notes),
            "input": encoder.input(summary.input.value, notes) if summary.input else None,
            "output": encoder.output(summary.output.value, notes) if summary.output else None,
        },
    )
    here = tuple(g.id for g in tree.generations.values() if span_key_of(g) == key)
    return Item(endpoint=SPANS.name, body=body, generations=here, diagnostics=tuple(notes))


def _generation_span(
    tree: TraceTree,
    generation: Generation,
    trace_id: str,
    parent: str | None,
    span_id: str,
    config: OpikConfig,
    encoder: Encoder,
) -> Item:
    notes: list[Diagnostic] = []
    timing, trace, content = generation.timing, generation.trace, generation.content
    wait = timing.first_token_ms
    if trace.parent_span_id and not ids.as_uuid7(trace.parent_span_id):
        what = "no UUIDv7, so Opik cannot link it: kept in the metadata as parent_span_id"
        notes.append(Diagnostic("moved", "$.trace.parent_span_id", what))
    fields: dict[str, Json] = {
        "id": span_id,
        "trace_id": trace_id,
        "parent_span_id": parent,
        "project_name": config.project_name,
        "name": cleaned(trace.generation_name, "$.trace.generation_name", notes) or DEFAULT_NAME,
        "type": "llm",
        "start_time": written_time(timing.start),
        "end_time": written_time(timing.end) if timing.end else None,
        "last_updated_at": written_time((timing.end or timing.start) + _MICROSECOND),
        "source": "sdk",
        "model": cleaned(generation.served_model or generation.model, "$.model", notes),
        "provider": opik_provider(generation.provider),
        "usage": opik_usage(generation.usage, notes) or None,
        "ttft": wait if wait is not None and wait >= 0 else None,
        "tags": tags(trace.tags, "$.trace.tags", notes) or None,
        "environment": environment(trace.metadata.get("environment"), "$.trace.metadata.environment", notes),
        "error_info": error_info(generation.failure),
    }
    metadata = combined(trace.metadata, _ours(tree, generation), notes)
    body = row(
        fields,
        {
            "total_estimated_cost": _total_cost(generation, notes),
            "metadata": json_field(metadata, "$.metadata", notes),
            "input": None if content.input is None else encoder.input(content.input, notes),
            "output": None if content.output is None else encoder.output(content.output, notes),
        },
    )
    return Item(endpoint=SPANS.name, body=body, generations=(generation.id,), diagnostics=tuple(notes))


def _ours(tree: TraceTree, generation: Generation) -> dict[str, Json]:
    """Return our keys of the generation's metadata; what is unknown or empty is left out."""
    trace, who, failure, usage = generation.trace, generation.identity, generation.failure, generation.usage
    wait = generation.timing.first_token_ms
    return {
        "openrouter_trace_id": tree.key,
        "openrouter_observation_id": generation.id,
        "trace_name": trace.trace_name,
        "span_name": trace.span_name,
        "parent_span_id": None if ids.as_uuid7(trace.parent_span_id) else trace.parent_span_id,
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
        "provider_attempts": [_attempt_fields(attempt) for attempt in generation.attempts],
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


def _attempt_fields(attempt: Attempt) -> dict[str, Json]:
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


def _attempt_span(
    generation: Generation, attempt: Attempt, repetition: int, trace_id: str, parent: str, config: OpikConfig
) -> Item:
    notes: list[Diagnostic] = []
    timing = generation.timing
    start = attempt.start or timing.start
    name = f"provider attempt {attempt.index + 1}" + (f": {attempt.provider}" if attempt.provider else "")
    failed = {"exception_type": f"HTTP {attempt.status_code}", "traceback": f"HTTP {attempt.status_code}"}
    if attempt.message:
        failed["message"] = failed["traceback"] = cleaned(attempt.message, "$.attempts", notes) or "Error"
    fields: dict[str, Json] = {
        "id": ids.attempt_uuid(generation.id, attempt.index, timing.start, repetition),
        "trace_id": trace_id,
        "parent_span_id": parent,
        "project_name": config.project_name,
        "name": cleaned(name, "$.attempts", notes),
        "type": "general",
        "start_time": written_time(start),
        "end_time": written_time(attempt.end) if attempt.end else None,
        "last_updated_at": written_time((timing.end or timing.start) + _MICROSECOND),
        "source": "sdk",
        "error_info": failed if attempt.failed else None,
    }
    metadata = json_field(_attempt_fields(attempt), "$.attempts", notes)
    body = row(fields, {"metadata": metadata})
    return Item(endpoint=SPANS.name, body=body, generations=(generation.id,), diagnostics=tuple(notes))


def _total_cost(generation: Generation, notes: list[Diagnostic]) -> bytes | None:
    """Return what the generation cost in all; where the caller's own key paid, the upstream price too."""
    cost = generation.cost
    total = cost.total
    if cost.is_byok and cost.upstream is not None:
        total = cost.upstream + (total or Decimal(0))
    if total is None:
        return None
    if total < 0 or total.adjusted() > 20:
        notes.append(Diagnostic("dropped", "$.cost.total", "Opik takes no such cost; it is in the metadata"))
        return None
    exponent = Decimal(1).scaleb(-MONEY_DECIMALS)
    if -int(total.as_tuple().exponent) > MONEY_DECIMALS:
        rounded = total.quantize(exponent, rounding=ROUND_HALF_EVEN)
        what = f"Opik keeps {MONEY_DECIMALS} decimals; the exact cost is in the metadata"
        notes.append(Diagnostic("coerced", "$.cost.total", what))
        total = rounded
    return format(total, "f").encode()
