"""The mapping table of the plugin's README, made from what the mapping does and a remark where one helps."""

from __future__ import annotations

import json
from collections.abc import Mapping

from broadcast_core import Generation, Route, plan
from broadcast_core.destinations import Json
from broadcast_core.testing.lineage import EVERYTHING, field_lineage
from broadcast_core.testing.mapping_table import mapping_table
from broadcast_opik.config import LOCAL
from broadcast_opik.plugin import Opik

ROWS = ("trace", "named span", "llm span", "attempt span")
BEGIN, END = "<!-- mapping table: scripts/mapping-table -->\n", "<!-- end of the mapping table -->\n"
REMARKS = {
    "id": "ids are computed, [see below](#ids); without a `trace_id` it is the key of the trace too",
    "timing.start": "its milliseconds are in the ids",
    "timing.end": "the version of a row: its latest end (else start), plus 1 µs a generation",
    "timing.first_token_ms": "a negative one: `metadata.first_token_ms`",
    "model": "`model` too, when it is not known what served",
    "provider": "`provider` in Opik's spelling",
    "parameters": "each under its own name",
    "usage.input_tokens": "with cache reads and writes, as OpenAI counts",
    "usage.total_tokens": "the sum of both when it is not given",
    "usage.cache_basis": "`exclusive`: cache reads and writes are added to `prompt_tokens`",
    "cost.total": "US dollars, exact to 12 decimals",
    "cost.upstream": "with BYOK added to the total; deliveries carry it in an opt-in group",
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


def rows_of(generation: Generation) -> Mapping[str, Json]:
    """Return the rows of a generation by their name, with everything that may leave."""
    options = {"base_url": LOCAL, "project_name": "demo", "attempts": True}
    requests = plan([generation], Route.to(Opik(), options, policy=EVERYTHING)).requests
    rows = [row for request in requests for several in json.loads(request.body).values() for row in several]
    return dict(zip(ROWS, rows, strict=True))


def table() -> str:
    """Return the tables of every row as Markdown."""
    lineage = field_lineage(rows_of)
    return "\n".join(
        (
            *mapping_table(lineage, {"trace": "trace row", "llm span": "`llm` span row"}, REMARKS),
            "\nA named span, one for each `span_name` and parent of a trace, sums its generations up:\n",
            *mapping_table(lineage, {"named span": "named span row"}),
            "\nAn attempt span, with the option `attempts`:\n",
            *mapping_table(lineage, {"attempt span": "attempt span row"}),
            "",
        )
    )
