"""The span rows: the named span, the generation's `llm` span, and a span per provider attempt."""

from __future__ import annotations

from collections.abc import Iterator

from broadcast_core.destinations import (
    ATTEMPT_COLUMNS,
    GENERATION_COLUMNS,
    Attempt,
    Constant,
    Diagnostic,
    Fit,
    Fitted,
    Generation,
    Item,
    Made,
    SharedContent,
    SpanKey,
    Summary,
    Text,
    as_uuid7,
    attempt_failure_text,
    failure_text,
    fit_text,
    known_of,
    row_of,
    span_key_of,
    to_item,
    written_time,
)
from broadcast_opik.endpoints import MAX_ERROR_TEXT, MAX_TEXT, SPANS
from broadcast_opik.ids import ResolvedId, TreeIds
from broadcast_opik.mapping.providers import opik_provider
from broadcast_opik.mapping.shared import MERGED, OURS, environment, error_info, metadata, own_tags
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


_fill_named = row_of(
    {
        **MERGED,
        "trace_id": "ids.trace.id",
        "parent_span_id": "linked",
        "name": Text("name", "$.trace.span_name", MAX_TEXT, default="Span"),
        "type": Constant("general"),
    },
    "ids", "own", "row", "name", "linked",
)  # fmt: skip
_fill_named_metadata = known_of({**OURS, "parent_span_id": "unlinked"}, "ids", "own", "unlinked")


def _named_span(
    ids: TreeIds, content: SharedContent, key: SpanKey, row: Summary, generations: tuple[str, ...]
) -> Item:
    (name, parent), own = key, ids.span(key)
    linked = ids.parent(parent, row.latest)
    reserved = _fill_named_metadata(ids, own, None if linked else parent)
    json = {"metadata": metadata(reserved, row.custom, "$.trace.metadata"), **content.of(row)}
    told = (*_unlinked(parent, linked), *own.diagnostics)
    return to_item(SPANS, generations, _fill_named(ids, own, row, name, linked), json, told)


def _model(generation: Generation) -> Fitted[str | None]:
    served = fit_text(generation.served_model, "$.served_model", MAX_TEXT)
    return served if served.value else served.then(lambda _: fit_text(generation.model, "$.model", MAX_TEXT))


def _failure(generation: Generation) -> Fitted[dict[str, str]] | None:
    failure = generation.error
    if failure is None:
        return None
    return error_info(failure_text(failure, MAX_TEXT, MAX_ERROR_TEXT, generation.attempts))


_fill_generation = row_of(
    {
        "id": "own.id",
        "trace_id": "ids.trace.id",
        "parent_span_id": "parent",
        "project_name": "ids.config.project_name",
        "name": Text(
            "generation.trace.generation_name", "$.trace.generation_name", MAX_TEXT, default=DEFAULT_NAME
        ),
        "type": Constant("llm"),
        "start_time": Made("generation.timing.start", written_time),
        "end_time": Made("generation.timing.end", written_time),
        "last_updated_at": Made("updated_at", written_time),
        "source": Constant("sdk"),
        "model": Fit("generation", _model),
        "provider": Text("generation.provider", "$.provider", MAX_TEXT, make=opik_provider),
        "usage": Fit("generation.usage", opik_usage),
        "ttft": Made("generation.timing.first_token_ms", lambda wait: wait if wait >= 0 else None),
        "tags": Fit("generation.trace.tags or None", own_tags),
        "environment": Fit("generation.trace.metadata or None", environment),
        "error_info": Fit("generation", _failure),
        "total_estimated_cost": Fit("generation.cost", opik_cost),
    },
    "ids", "own", "generation", "parent", "updated_at",
)  # fmt: skip
_fill_generation_metadata = known_of(
    {**OURS, "parent_span_id": "unlinked", **GENERATION_COLUMNS}, "ids", "own", "generation", "unlinked"
)


def _generation_span(ids: TreeIds, content: SharedContent, generation: Generation, own: ResolvedId) -> Item:
    parent, key = generation.trace.parent_span_id, span_key_of(generation)
    linked = None
    if parent is not None and parent != generation.id:
        linked = ids.parent(parent, ids.tree.moment(generation))
    under = ids.span(key).id if key is not None else linked
    reserved = _fill_generation_metadata(ids, own, generation, None if linked else parent)
    json = {
        "metadata": metadata(reserved, generation.trace.metadata, "$.metadata"),
        **content.of(generation),
    }
    of_trace = ids.trace.diagnostics if ids.is_callers_own else ()  # there is no row of the trace to tell it
    unlinked = () if parent is None else _unlinked(parent, linked, generation.id)
    told = (*own.diagnostics, *of_trace, *ids.late, *unlinked)
    fields = _fill_generation(ids, own, generation, under, ids.tree.updated_at(generation))
    return to_item(SPANS, (generation.id,), fields, json, told)


def _attempt_failure(attempt: Attempt) -> Fitted[dict[str, str]] | None:
    return error_info(attempt_failure_text(attempt, MAX_ERROR_TEXT))


_fill_attempt = row_of(
    {
        "id": "own.id",
        "trace_id": "ids.trace.id",
        "parent_span_id": "parent",
        "project_name": "ids.config.project_name",
        "name": Text("name", "$.attempts", MAX_TEXT),
        "type": Constant("general"),
        "start_time": Made("start", written_time),
        "end_time": Made("attempt.end", written_time),
        "last_updated_at": Made("updated_at", written_time),
        "source": Constant("sdk"),
        "error_info": Fit("attempt", _attempt_failure),
    },
    "ids", "own", "attempt", "name", "parent", "start", "updated_at",
)  # fmt: skip
_fill_attempt_metadata = known_of(
    {
        **OURS,
        "openrouter_observation_id": "generation.id",
        **{name: column for name, column in ATTEMPT_COLUMNS.items() if name != "model"},
        "served_model": "attempt.model",
    },
    "ids", "own", "generation", "attempt",
)  # fmt: skip


def _attempt_span(
    ids: TreeIds, parent: str, generation: Generation, attempt: Attempt, own: ResolvedId
) -> Item:
    name = f"provider attempt {attempt.index + 1}" + (f": {attempt.provider}" if attempt.provider else "")
    start, updated_at = attempt.start or generation.timing.start, ids.tree.updated_at(generation)
    fields = _fill_attempt(ids, own, attempt, name, parent, start, updated_at)
    json = {"metadata": metadata(_fill_attempt_metadata(ids, own, generation, attempt), {}, "$.attempts")}
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
