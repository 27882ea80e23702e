"""Generations that several sources tell of, for tests of joining."""

from __future__ import annotations

from attrs import evolve

from broadcast_core.readers import read
from broadcast_core.record.generation import Generation
from broadcast_core.testing.canaries import Canaries

_ID = "gen-1795428000-joined"
_REQUEST = {"model": "openai/gpt-5-mini", "messages": [{"role": "user", "content": "How far is the moon?"}]}
_EXCHANGE = {
    "request": {**_REQUEST, "user": "u-1", "trace": {"trace_id": "t-1", "step": "ask"}},
    "response": {
        "id": _ID,
        "model": "openai/gpt-5-mini-2026",
        "choices": [{"message": {"role": "assistant", "content": "384,400 km."}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 14, "completion_tokens": 9, "total_tokens": 23},
    },
    "started_at": "2026-11-23T10:00:00.120Z",
    "ended_at": "2026-11-23T10:00:02.480Z",
}
_LOOKUP = {
    "data": {
        "id": _ID,
        "created_at": "2026-11-23T10:00:00.200Z",
        "model": "openai/gpt-5-mini-2026",
        "provider_name": "OpenAI",
        "latency": 900,
        "generation_time": 2100,
        "total_cost": 0.0000231,
        "usage": 0.0000231,
        "is_byok": False,
        "tokens_prompt": 14,
        "tokens_completion": 9,
        "native_tokens_prompt": 15,
        "native_tokens_completion": 9,
        "finish_reason": "stop",
        "native_finish_reason": "completed",
        "streamed": False,
    }
}
_RECORD = {
    "id": _ID,
    "timing": {"start": "2026-11-23T10:00:00.150Z", "end": "2026-11-23T10:00:02.400Z"},
    "trace": {"trace_id": "t-1", "metadata": {"step": "ask"}},
    "attempts": [{"index": 0, "provider": "Azure", "status_code": 503}, {"index": 1, "provider": "OpenAI"}],
    "generation_cost": {"usage_is_estimated": False},
}
CAPTURED: tuple[Generation, ...] = tuple(
    generation for document in (_EXCHANGE, _LOOKUP, _RECORD) for generation in read(document).generations
)
"""An exchange, its lookup, and what another source knows of it."""


def read_canaries(canaries: Canaries) -> list[Generation]:
    """Return what is read of a document full of markers, as versions of one generation."""
    return [evolve(one, id="gen-a") for one in read(canaries.document, canaries.dialect).generations]
