"""The span rows: the named span, the generation's `llm` span, and a span per provider attempt."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from broadcast_core.destinations import (
    Attempt,
    Diagnostic,
    Generation,
    Item,
    Row,
    SharedContent,
    SpanKey,
    Summary,
    as_uuid7,
    attempt_failure_text,
    attempt_metadata,
    failure_text,
    fit_text,
    generation_metadata,
    span_key_of,
)
from broadcast_opik.endpoints import MAX_ERROR_TEXT, MAX_TEXT, SPANS
from broadcast_opik.ids import ResolvedId, TreeIds
from broadcast_opik.mapping.providers import opik_provider
from broadcast_opik.mapping.shared import (
    put_content,
    put_error,
    put_labels,
    put_merged,
    put_metadata,
    put_times,
)
from broadcast_opik.mapping.usage import opik_cost, opik_usage

DEFAULT_NAME = "LLM Generation"


def span_items(ids: TreeIds, content: SharedContent) -> Iterator[Item]:
    """Yield the named spans of a tree, its generations, and their attempts when the route wants them."""
    under = ids.tree.generations_by_span
    for key, summary in () if ids.has_left else ids.tree.spans.items():
        yield _named_span(ids, content, key, summary).to_item(SPANS, under[key])
    for generation in ids.tree.generations.values():
        own = ids.generation(generation)
        yield _generation_span(ids, content, generation, own).to_item(SPANS, (generation.id,))
        for attempt, attempt_id in ids.attempts(generation) if ids.config.attempts else ():
            row = _attempt_span(ids, own.id, generation, attempt, attempt_id)
            yield row.to_item(SPANS, (generation.id,))


def _named_span(ids: TreeIds, content: SharedContent, key: SpanKey, summary: Summary) -> Row:
    (name, parent), own = key, ids.span(key)
    linked = ids.parent(parent, summary.latest)
    row = Row((*_unlinked(parent, linked), *own.diagnostics))
    put_merged(row, ids, own, summary)
    row.put("trace_id", ids.trace.id)
    row.put("parent_span_id", linked)
    row.put("name", fit_text(name, "$.trace.span_name", MAX_TEXT), default="Span")
    row.put("type", "general")
    reserved = {"parent_span_id": None if linked else parent}
    put_metadata(row, ids, own, summary.custom, "$.trace.metadata", reserved)
    put_content(row, content, *summary.content)
    return row


def _generation_span(ids: TreeIds, content: SharedContent, generation: Generation, own: ResolvedId) -> Row:
    timing, trace = generation.timing, generation.trace
    parent, key, wait = trace.parent_span_id, span_key_of(generation), timing.first_token_ms
    linked = None if parent == generation.id else ids.parent(parent, timing.start)
    of_trace = ids.trace.diagnostics if ids.is_callers_own else ()  # there is no row of the trace to tell it
    row = Row((*own.diagnostics, *of_trace, *ids.late, *_unlinked(parent, linked, generation.id)))
    row.put("id", own.id)
    row.put("trace_id", ids.trace.id)
    row.put("parent_span_id", ids.span(key).id if key is not None else linked)
    row.put("project_name", ids.config.project_name)
    name = fit_text(trace.generation_name, "$.trace.generation_name", MAX_TEXT)
    row.put("name", name, default=DEFAULT_NAME)
    row.put("type", "llm")
    put_times(row, timing.start, timing.end, _updated_at(generation))
    served = row.take(fit_text(generation.served_model, "$.served_model", MAX_TEXT))
    row.put("model", served or fit_text(generation.model, "$.model", MAX_TEXT))
    row.put("provider", opik_provider(row.take(fit_text(generation.provider, "$.provider", MAX_TEXT))))
    row.put("usage", opik_usage(generation.usage))
    row.put("ttft", wait if wait is not None and wait >= 0 else None)
    put_labels(row, trace.tags, trace.metadata)
    put_error(row, failure_text(generation.error, MAX_ERROR_TEXT, generation.attempts))
    row.put("total_estimated_cost", opik_cost(generation.cost))
    reserved = {"parent_span_id": None if linked else parent, **generation_metadata(generation)}
    put_metadata(row, ids, own, trace.metadata, "$.metadata", reserved)
    put_content(row, content, generation.content.input, generation.content.output)
    return row


def _attempt_span(
    ids: TreeIds, parent: str, generation: Generation, attempt: Attempt, own: ResolvedId
) -> Row:
    row = Row(own.diagnostics)
    name = f"provider attempt {attempt.index + 1}" + (f": {attempt.provider}" if attempt.provider else "")
    row.put("id", own.id)
    row.put("trace_id", ids.trace.id)
    row.put("parent_span_id", parent)
    row.put("project_name", ids.config.project_name)
    row.put("name", fit_text(name, "$.attempts", MAX_TEXT))
    row.put("type", "general")
    put_times(row, attempt.start or generation.timing.start, attempt.end, _updated_at(generation))
    put_error(row, attempt_failure_text(attempt, MAX_ERROR_TEXT))
    known = attempt_metadata(attempt)
    known["served_model"] = known.pop("model", None)
    put_metadata(row, ids, own, {}, "$.attempts", {"openrouter_observation_id": generation.id, **known})
    return row


def _updated_at(generation: Generation) -> datetime:
    return (generation.timing.end or generation.timing.start) + timedelta(microseconds=1)


def _unlinked(
    parent: str | None, linked: str | None, generation: str | None = None
) -> tuple[Diagnostic, ...]:
    """Return what is told of a parent that a row cannot hang under; Opik would hide what does."""
    if parent is None or linked is not None:
        return ()
    what = "the generation itself" if parent == generation else "no UUIDv7 of the past"
    if parent != generation and as_uuid7(parent.lower()) is not None:
        what = (
            "a span of another trace, of a time to come or in capitals; Opik would hide what hangs under it"
        )
    what = f"{what}: not linked, kept in the metadata as parent_span_id"
    return (Diagnostic("moved", "$.trace.parent_span_id", what),)
