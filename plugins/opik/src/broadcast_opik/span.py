"""The span rows: the named span, the generation's `llm` span, and a span per provider attempt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from broadcast_core.batching.item import Item
from broadcast_core.diagnostics import Diagnostic
from broadcast_core.jsontext import Json
from broadcast_core.record.generation import Attempt, Generation
from broadcast_core.record.schema import written_time
from broadcast_core.traces.keys import SpanKey, span_key_of
from broadcast_core.traces.summary import MICROSECOND, Summary
from broadcast_opik.context import Context
from broadcast_opik.field import json_field
from broadcast_opik.ids import as_uuid7
from broadcast_opik.limits import MAX_ERROR_TEXT, SPANS
from broadcast_opik.metadata import attempt_fields, combined, generation_metadata
from broadcast_opik.naming import ResolvedId
from broadcast_opik.provider import opik_provider
from broadcast_opik.row import error_info, row
from broadcast_opik.text import cleaned, environment, tags
from broadcast_opik.usage import opik_usage, total_cost

DEFAULT_NAME = "LLM Generation"


def span_items(context: Context) -> Iterator[Item]:
    """Yield the named spans of a tree, its generations, and their attempts when the route wants them."""
    under = _by_span(context.tree.generations.values())
    for key, summary in () if context.has_left else context.tree.spans.items():
        yield _named_span(context, key, summary, under[key])
    for generation in context.tree.generations.values():
        named = context.ids.generation(generation)
        yield _generation_span(context, generation, named)
        if context.config.attempts:
            for attempt, own in context.ids.attempts(generation):
                yield _attempt_span(context, generation, attempt, own, named.id)


def _by_span(generations: Iterable[Generation]) -> dict[SpanKey | None, tuple[str, ...]]:
    under: dict[SpanKey | None, list[str]] = {}
    for generation in generations:
        under.setdefault(span_key_of(generation), []).append(generation.id)
    return {key: tuple(ids) for key, ids in under.items()}


def _named_span(context: Context, key: SpanKey, summary: Summary, under: tuple[str, ...]) -> Item:
    notes: list[Diagnostic] = []
    name, parent = key
    linked = context.linked(parent, summary.latest)
    notes += _unlinked(parent, linked)
    fields: dict[str, Json] = {
        "trace_id": context.trace.id,
        "parent_span_id": linked,
        "name": cleaned(name, "$.trace.span_name", notes) or "Span",
        "type": "general",
    }
    ours = {"parent_span_id": None if linked else parent}
    body = context.summary_row(context.ids.span(key), summary, fields, ours, notes)
    return Item(endpoint=SPANS.name, body=body, generations=under, diagnostics=tuple(notes))


def _generation_span(context: Context, generation: Generation, named: ResolvedId) -> Item:
    timing, trace, content = generation.timing, generation.trace, generation.content
    parent = trace.parent_span_id
    linked = None if parent == generation.id else context.linked(parent, timing.start)
    theirs = context.trace.notes if context.is_callers_own else ()  # there is no row of the trace to tell it
    notes: list[Diagnostic] = [
        *named.notes,
        *theirs,
        *context.late,
        *_unlinked(parent, linked, generation.id),
    ]
    key, wait = span_key_of(generation), timing.first_token_ms
    fields: dict[str, Json] = {
        "id": named.id,
        "trace_id": context.trace.id,
        "parent_span_id": context.ids.span(key).id if key is not None else linked,
        "project_name": context.config.project_name,
        "name": cleaned(trace.generation_name, "$.trace.generation_name", notes) or DEFAULT_NAME,
        "type": "llm",
        "start_time": written_time(timing.start),
        "end_time": written_time(timing.end) if timing.end else None,
        "last_updated_at": _updated_at(generation),
        "source": "sdk",
        "model": cleaned(generation.served_model, "$.served_model", notes)
        or cleaned(generation.model, "$.model", notes),
        "provider": opik_provider(cleaned(generation.provider, "$.provider", notes)),
        "usage": opik_usage(generation.usage, notes) or None,
        "ttft": wait if wait is not None and wait >= 0 else None,
        "tags": tags(trace.tags, "$.trace.tags", notes) or None,
        "environment": environment(trace.metadata.get("environment"), "$.trace.metadata.environment", notes),
        "error_info": error_info(generation.error, notes, generation.attempts),
    }
    ours = {
        "openrouter_trace_id": context.tree.key,
        "opik_event_id": named.event_id,
        "parent_span_id": None if linked else parent,
        **generation_metadata(generation),
    }
    metadata = json_field(combined(trace.metadata, ours, notes), "$.metadata", notes)
    encoder = context.encoder
    body = row(
        fields,
        {
            "total_estimated_cost": total_cost(generation.cost, notes),
            "metadata": metadata,
            "input": None if content.input is None else encoder.input(content.input, notes),
            "output": None if content.output is None else encoder.output(content.output, notes),
        },
    )
    return Item(endpoint=SPANS.name, body=body, generations=(generation.id,), diagnostics=tuple(notes))


def _unlinked(
    parent: str | None, linked: str | None, generation: str | None = None
) -> tuple[Diagnostic, ...]:
    if parent is None or linked is not None:
        return ()
    what = "no UUIDv7 of the past" if parent != generation else "the generation itself"
    if parent != generation and as_uuid7(parent.lower()) is not None:
        what = (
            "a span of another trace, of a time to come or in capitals; Opik would hide what hangs under it"
        )
    what = f"{what}: not linked, kept in the metadata as parent_span_id"
    return (Diagnostic("moved", "$.trace.parent_span_id", what),)


def _updated_at(generation: Generation) -> str:
    timing = generation.timing
    return written_time((timing.end or timing.start) + MICROSECOND)


def _attempt_span(
    context: Context, generation: Generation, attempt: Attempt, named: ResolvedId, parent: str
) -> Item:
    notes: list[Diagnostic] = list(named.notes)
    name = f"provider attempt {attempt.index + 1}" + (f": {attempt.provider}" if attempt.provider else "")
    fields: dict[str, Json] = {
        "id": named.id,
        "trace_id": context.trace.id,
        "parent_span_id": parent,
        "project_name": context.config.project_name,
        "name": cleaned(name, "$.attempts", notes),
        "type": "general",
        "start_time": written_time(attempt.start or generation.timing.start),
        "end_time": written_time(attempt.end) if attempt.end else None,
        "last_updated_at": _updated_at(generation),
        "source": "sdk",
        "error_info": _attempt_error(attempt, notes),
    }
    ours = {
        "openrouter_trace_id": context.tree.key,
        "openrouter_observation_id": generation.id,
        "opik_event_id": named.event_id,
    }
    told = attempt_fields(attempt)
    told["served_model"] = told.pop("model", None)
    metadata = json_field(combined({}, {**ours, **told}, notes), "$.attempts", notes)
    body = row(fields, {"metadata": metadata})
    return Item(endpoint=SPANS.name, body=body, generations=(generation.id,), diagnostics=tuple(notes))


def _attempt_error(attempt: Attempt, notes: list[Diagnostic]) -> Json:
    if not attempt.failed:
        return None
    status = f"HTTP {attempt.status_code}"
    message = cleaned(attempt.message, "$.attempts", notes, MAX_ERROR_TEXT)
    told = {"message": message} if message else {}
    return {"exception_type": status, **told, "traceback": message or status}
