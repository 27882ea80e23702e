"""Which fields a row has, each with its rule: TraceWrite and SpanWrite, sections 1.2 and 1.3.

A server reads the whole batch (400), then validates it (422 with every violation), then looks at the ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from broadcast_core.jsontext import Json
from broadcast_opik.testing import values
from broadcast_opik.testing.refusal import invalid, strict, unreadable
from broadcast_opik.testing.values import Rule, camel

_BOTH: Mapping[str, Rule] = {
    "id": values.uuid,
    "project_name": values.project,
    "name": values.text,
    "start_time": values.time,
    "end_time": values.time,
    "last_updated_at": values.update_time,
    "input": values.content,
    "output": values.content,
    "metadata": values.metadata,
    "tags": values.tags,
    "error_info": values.error_info,
    "ttft": values.wait,
    "source": values.one_of("sdk", "experiment", "playground", "optimization", "evaluator"),
    "environment": values.environment,
}
RULES: Mapping[str, Mapping[str, Rule]] = {
    "traces": {**_BOTH, "thread_id": values.text},
    "spans": {
        **_BOTH,
        "trace_id": values.uuid,
        "parent_span_id": values.uuid,
        "type": values.one_of("general", "tool", "llm", "guardrail"),
        "model": values.text,
        "provider": values.text,
        "usage": values.usage,
        "total_estimated_cost": values.cost,
    },
}
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "traces": ("id", "name", "start_time", "last_updated_at", "source", "metadata"),
    "spans": ("id", "trace_id", "name", "type", "start_time", "last_updated_at", "source", "metadata"),
}
"""Beyond start_time all strict: what is not sent is invented by the server, or shown as nothing."""

_NEVER_NULL = ("input", "output", "metadata")


def check_rows(kind: str, rows: list[Json], *, versioned: bool = True) -> list[dict[str, Json]]:
    """Return the rows without nulls; raise `Refused` for the first unreadable value, then for all violations.

    Without `versioned`, rows may leave out `last_updated_at`: the server then takes its own time.
    """
    known = [_without_null(kind, index, row) for index, row in enumerate(rows)]
    violations = [
        what for index, row in enumerate(known) for what in _violations(kind, index, row, versioned)
    ]
    if violations:
        raise invalid(violations)
    return known


def _without_null(kind: str, index: int, row: Json) -> dict[str, Json]:
    """Section 1.7: null is absent, but in JSON fields it may be stored as the text "null" (strict)."""
    path = f"{kind}[{index}]"
    if not isinstance(row, dict):
        raise unreadable(f"Cannot construct an instance from {path}")
    for name, value in row.items():
        if name not in RULES[kind]:
            raise strict(f"{path} has the unknown field {name!r}, and would lose it")
        if value is None and name in _NEVER_NULL:
            raise strict(f"{path}.{name} is null, which may be stored as the text 'null'")
    return {name: value for name, value in row.items() if value is not None}


def _violations(kind: str, index: int, row: Mapping[str, Json], versioned: bool) -> Iterator[str]:
    path = f"{kind}[{index}]"
    for name, value in row.items():
        yield from RULES[kind][name](value, f"{path}.{camel(name)}")
    for name in REQUIRED[kind]:
        if name not in row and (versioned or name != "last_updated_at"):
            yield f"{path}.{camel(name)} must not be null"
