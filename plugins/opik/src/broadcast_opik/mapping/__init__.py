"""Trace trees to Opik's rows.

trace.py      the trace row             span.py     named, llm and attempt spans
usage.py      tokens and cost           shared.py   what rows of traces and spans share
providers.py  Opik's provider names
"""

from __future__ import annotations

from collections.abc import Iterator

from broadcast_core.destinations import Item, SharedContent, TraceTree, chat_input, chat_output
from broadcast_opik.config import OpikConfig
from broadcast_opik.endpoints import MAX_FIELD_BYTES
from broadcast_opik.ids import TreeIds
from broadcast_opik.mapping.span import span_items
from broadcast_opik.mapping.trace import trace_items

_SHAPES = {"$.content.input": chat_input, "$.content.output": chat_output}
"""OpenAI's roles; one message of another hides Opik's Messages view (PrettyLLMMessage of its front end)."""


def map_tree(tree: TraceTree, config: OpikConfig) -> Iterator[Item]:
    """Yield the trace row and the span rows of a tree."""
    ids = TreeIds(tree, config)
    content = SharedContent(MAX_FIELD_BYTES, "Opik", _SHAPES)
    yield from trace_items(ids, content)
    yield from span_items(ids, content)
