"""Which fields a row has, each with its rule: TraceWrite and SpanWrite, section 1.

A server reads the whole batch (400), then validates it (422 with every violation), then looks at the ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from broadcast_core.jsontext import Json
from broadcast_opik.testing import stricter as ours
from broadcast_opik.testing import values
from broadcast_opik.testing.refusal import broken, invalid, strict, unreadable
from broadcast_opik.testing.rulebook import measured, read, stricter
from broadcast_opik.testing.values import Check, camel

_BOTH: Mapping[str, Check] = {
    "id": values.uuid,
    "project_name": values.project,
    "name": values.text,
    "start_time": values.time,
    "end_time": values.time,
    "last_updated_at": values.update_time,
    "input": values.content,
    "output": values.content,
    "metadata": values.content,
    "tags": values.tags,
    "error_info": values.error_info,
    "ttft": values.wait,
    "source": values.one_of("sdk", "experiment", "playground", "optimization", "evaluator"),
    "environment": values.environment,
}
RULES: Mapping[str, Mapping[str, Check]] = {
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
"""What a server holds each field to."""

OURS: Mapping[str, Check] = {
    "project_name": ours.text,
    "name": ours.text,
    "input": ours.content,
    "output": ours.content,
    "metadata": ours.metadata,
    "tags": ours.tags,
    "error_info": ours.error_info,
    "environment": ours.environment,
    "thread_id": ours.thread_id,
    "model": ours.text,
    "provider": ours.text,
    "usage": ours.usage,
    "total_estimated_cost": ours.cost,
}
"""On what we insist beyond."""

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "traces": ("id", "name", "start_time", "last_updated_at", "source", "metadata"),
    "spans": ("id", "name", "type", "start_time", "last_updated_at", "source", "metadata"),
}
"""Beyond id and start_time all strict: what is not sent is invented by the server, or shown as nothing."""

_NEEDED = ("id", "start_time")
_NEVER_NULL = ("input", "output", "metadata")


@read(1, "a row needs its start_time; one without an id gets one, which is not modelled")
@measured(0, "a null in the list of rows is a 500")
def check_rows(
    kind: str, rows: list[Json], *, versioned: bool = True, strictly: bool = True
) -> list[dict[str, Json]]:
    """Return the known fields of rows without nulls; raise for what is unreadable, then for all violations.

    Without `versioned`, rows may leave out `last_updated_at`: the server then takes its own time.
    """
    if None in rows:
        raise broken()
    known = [_known(kind, index, row, strictly) for index, row in enumerate(rows)]
    violations = [
        what for index, row in enumerate(known) for what in _violations(kind, index, row, versioned, strictly)
    ]
    if violations:
        raise invalid(violations)
    return known


@stricter(1, "a row has no unknown field, which would be lost")
@stricter(1, "input, output and metadata are not null, which may be stored as the text `null`")
def _known(kind: str, index: int, row: Json, strictly: bool) -> dict[str, Json]:
    path = f"{kind}[{index}]"
    if not isinstance(row, dict):
        raise unreadable(f"Cannot construct an instance from {path}")
    for name, value in row.items() if strictly else ():
        if name not in RULES[kind]:
            raise strict(f"{path} has the unknown field {name!r}, and would lose it")
        if value is None and name in _NEVER_NULL:
            raise strict(f"{path}.{name} is null, which may be stored as the text 'null'")
    return {name: value for name, value in row.items() if value is not None and name in RULES[kind]}


@stricter(1, "name, type, source, metadata and last_updated_at are always there")
def _violations(
    kind: str, index: int, row: Mapping[str, Json], versioned: bool, strictly: bool
) -> Iterator[str]:
    path = f"{kind}[{index}]"
    for name, value in row.items():
        found = RULES[kind][name](value, f"{path}.{camel(name)}")
        if strictly and name in OURS:
            found += [one for one in OURS[name](value, f"{path}.{camel(name)}") if one not in found]
        yield from found
    for name in REQUIRED[kind] if strictly else _NEEDED:
        if name not in row and (versioned or name != "last_updated_at"):
            yield f"{path}.{camel(name)} must not be null"
