"""The mapping table of the plugin's README, made from what the mapping does and a remark where one helps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from broadcast_opik.testing.landings import Landing, landings

BEGIN, END = "<!-- mapping table: scripts/mapping-table -->\n", "<!-- end of the mapping table -->\n"
SAME = "<same>"

REMARKS = {
    "id": "ids are computed, [see below](#ids); without a `trace_id` it is the key of the trace too",
    "timing.start": "its milliseconds are in the ids",
    "timing.end": "the version of a row: its latest end (else start), plus 1 µs a generation",
    "timing.first_token_ms": "a negative one: `metadata.first_token_ms`",
    "model": "`model` too, when it is not known what served",
    "provider": "`provider` in Opik's spelling",
    "parameters": "each under its own name",
    "usage.input_tokens": "with cache reads and writes, as OpenAI counts",
    "usage.total_tokens": "the sum of both when it is not told",
    "usage.cache_basis": "`exclusive`: cache reads and writes are added to `prompt_tokens`",
    "cost.total": "US dollars, exact to 12 decimals",
    "cost.upstream": "with BYOK added to the total; deliveries tell it in an opt-in group",
    "cost.upstream_input": "with BYOK both are added to the total where `cost.upstream` is unknown",
    "cost.upstream_output": "as `cost.upstream_input`",
    "trace.trace_id": "groups generations; `metadata` has the generation id when there is none",
    "trace.trace_name": "default `OpenRouter Request`",
    "trace.span_name": "makes a `general` span between trace and generation",
    "trace.generation_name": "default `LLM Generation`",
    "trace.parent_span_id": "the parent in a trace of your own: when both are UUIDv7; else metadata",
    "trace.tags[]": "`tags` at most 50 of 100 characters, `metadata.tags` all",
    "trace.metadata": "JSON types kept; on a clash yours moves into `custom`; `environment` is the row's too",
    "identity.session_id": "makes a thread; of more than 150 characters `thread_id` has the first and a hash",
    "failure.type": "`Error 429` where a code alone is known",
    "failure.message": "of a trace: when its last generation failed",
    "failure.stacktrace": "else the message, and on the span which providers failed",
    "generation_cost": "when the route opens the group",
    "content.input": 'as `{"messages": [...]}`; the role `developer` is shown as `system`',
    "content.output": 'as `{"choices": [...]}`; reasoning and tool calls are kept',
    "content.request": "tools, response format, what else was sent",
    "content.withheld": "`true` on the trace",
}
"""What a path cannot say, by field."""


def table() -> str:
    """Return the tables of every row as Markdown."""
    found = {path.removeprefix("$."): landing for path, landing in landings().items()}
    rows = _lines(found, ("trace", "llm span"))
    cells = [(_names(names), *map(_paths, columns), REMARKS.get(names[0], "")) for names, columns in rows]
    return "\n".join(
        (
            *_markdown(("from the generation", "trace row", "`llm` span row", ""), cells),
            "\nA named span, one for each `span_name` and parent of a trace, sums its generations up:\n",
            *_one_row(found, "named span"),
            "\nAn attempt span, with the option `attempts`:\n",
            *_one_row(found, "attempt span"),
            "",
        )
    )


def _one_row(found: Mapping[str, Landing], row: str) -> list[str]:
    lines = [(names, columns) for names, columns in _lines(found, (row,)) if columns[0]]
    return _markdown(
        ("from the generation", f"{row} row"), [(_names(names), _paths(one[0])) for names, one in lines]
    )


def _lines(
    found: Mapping[str, Landing], rows: tuple[str, ...]
) -> list[tuple[list[str], tuple[frozenset[str], ...]]]:
    """Return fields with where they land; those of one object that land alike share a line."""
    lines: dict[tuple[str, str | None, tuple[frozenset[str], ...]], list[str]] = {}
    for field, landing in found.items():
        parent, _, name = field.rpartition(".")
        alike = tuple(frozenset(_generic(path, name) for path in landing[row]) for row in rows)
        lines.setdefault((parent, REMARKS.get(field), alike), []).append(field)
    return [
        (names, alike if len(names) > 1 else tuple(found[names[0]][row] for row in rows))
        for (_, _, alike), names in lines.items()
    ]


def _generic(path: str, name: str) -> str:
    head, _, last = path.rpartition(".")
    return f"{head}.{SAME}" if last == name and head else path


def _names(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _paths(paths: Iterable[str]) -> str:
    ordered = sorted(paths, key=lambda path: (path.startswith("metadata"), path))
    return ", ".join(f"`{path}`" for path in ordered)


def _markdown(head: tuple[str, ...], cells: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [head, ("---",) * len(head), *cells]
    return ["| " + " | ".join(line).replace("|  |", "| |").rstrip() + " |" for line in lines]
