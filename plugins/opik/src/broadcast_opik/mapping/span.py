"""The span rows: the named span, the generation's `llm` span, and a span per provider attempt."""

from __future__ import annotations

from collections.abc import Iterator

from broadcast_core.destinations import (
    Attempt,
    Diagnostic,
    Fitted,
    Generation,
    Item,
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
    to_item,
)
from broadcast_opik.endpoints import MAX_ERROR_TEXT, MAX_TEXT, SPANS
from broadcast_opik.ids import ResolvedId, TreeIds
from broadcast_opik.mapping.providers import opik_provider
from broadcast_opik.mapping.shared import error_info, labels, merged_columns, metadata, times
from broadcast_opik.mapping.usage import opik_cost, opik_usage

DEFAULT_NAME = "LLM Generation"


def span_items(ids: TreeIds, content: SharedContent) -> Iterator[Item]:
    """Yield the named spans of a tree, its generations, and their attempts when the route wants them."""
    under = ids.tree.generations_by_span
    for key, summary in () if ids.has_left else ids.tree.spans.items():
        yield _named_span(ids, content, key, summary, under[key])
    for generation in ids.tree.generations.values():
        own = ids.generation(generation)
        yield _generation_span(ids, content, generation, own)
        for attempt, attempt_id in ids.attempts(generation) if ids.config.attempts else ():
            yield _attempt_span(ids, own.id, generation, attempt, attempt_id)


def _named_span(
    ids: TreeIds, content: SharedContent, key: SpanKey, summary: Summary, generations: tuple[str, ...]
) -> Item:
    (name, parent), own = key, ids.span(key)
    linked = ids.parent(parent, summary.latest)
    fields = {
        **merged_columns(ids, own, summary),
        "trace_id": ids.trace.id,
        "parent_span_id": linked,
        "name": fit_text(name, "$.trace.span_name", MAX_TEXT, "Span"),
        "type": "general",
    }
    reserved = {"parent_span_id": None if linked else parent}
    json = {
        "metadata": metadata(ids, own, summary.custom, "$.trace.metadata", reserved),
        **content.of(summary),
    }
    return to_item(SPANS, generations, fields, json, (*_unlinked(parent, linked), *own.diagnostics))


def _generation_span(ids: TreeIds, content: SharedContent, generation: Generation, own: ResolvedId) -> Item:
    timing, trace = generation.timing, generation.trace
    parent, key, wait = trace.parent_span_id, span_key_of(generation), timing.first_token_ms
    linked = None if parent == generation.id else ids.parent(parent, ids.tree.moment(generation))
    of_trace = ids.trace.diagnostics if ids.is_callers_own else ()  # there is no row of the trace to tell it
    fields = {
        "id": own.id,
        "trace_id": ids.trace.id,
        "parent_span_id": ids.span(key).id if key is not None else linked,
        "project_name": ids.config.project_name,
        "name": fit_text(trace.generation_name, "$.trace.generation_name", MAX_TEXT, DEFAULT_NAME),
        "type": "llm",
        **times(timing.start, timing.end, ids.tree.updated_at(generation)),
        "model": _model(generation),
        "provider": fit_text(generation.provider, "$.provider", MAX_TEXT).map(opik_provider),
        "usage": opik_usage(generation.usage),
        "ttft": wait if wait is not None and wait >= 0 else None,
        **labels(trace.tags, trace.metadata),
        "error_info": error_info(
            failure_text(generation.error, MAX_TEXT, MAX_ERROR_TEXT, generation.attempts)
        ),
    }
    reserved = {"parent_span_id": None if linked else parent, **generation_metadata(generation)}
    json = {
        "total_estimated_cost": opik_cost(generation.cost),
        "metadata": metadata(ids, own, trace.metadata, "$.metadata", reserved),
        **content.of(generation),
    }
    told = (*own.diagnostics, *of_trace, *ids.late, *_unlinked(parent, linked, generation.id))
    return to_item(SPANS, (generation.id,), fields, json, told)


def _model(generation: Generation) -> Fitted[str | None]:
    served = fit_text(generation.served_model, "$.served_model", MAX_TEXT)
    return served if served.value else served.then(lambda _: fit_text(generation.model, "$.model", MAX_TEXT))


def _attempt_span(
    ids: TreeIds, parent: str, generation: Generation, attempt: Attempt, own: ResolvedId
) -> Item:
    name = f"provider attempt {attempt.index + 1}" + (f": {attempt.provider}" if attempt.provider else "")
    fields = {
        "id": own.id,
        "trace_id": ids.trace.id,
        "parent_span_id": parent,
        "project_name": ids.config.project_name,
        "name": fit_text(name, "$.attempts", MAX_TEXT),
        "type": "general",
        **times(attempt.start or generation.timing.start, attempt.end, ids.tree.updated_at(generation)),
        "error_info": error_info(attempt_failure_text(attempt, MAX_ERROR_TEXT)),
    }
    known = attempt_metadata(attempt)
    known["served_model"] = known.pop("model", None)
    reserved = {"openrouter_observation_id": generation.id, **known}
    json = {"metadata": metadata(ids, own, {}, "$.attempts", reserved)}
    return to_item(SPANS, (generation.id,), fields, json, own.diagnostics)


def _unlinked(
    parent: str | None, linked: str | None, generation: str | None = None
) -> tuple[Diagnostic, ...]:
    """Return what is told of a parent that a row cannot hang under; Opik would hide what does."""
    if parent is None or linked is not None:
        return ()
    what = "the generation itself" if parent == generation else "no UUIDv7 of the past"
    if parent != generation and as_uuid7(parent.lower()) is not None:
        what = "a span of another trace, of a time to come or in capitals; Opik would hide its children"
    told = f"{what}: not linked, kept in the metadata as parent_span_id"
    return (Diagnostic("moved", "$.trace.parent_span_id", told),)
