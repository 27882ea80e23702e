"""Provider attempts of a generation: a name for each, what is known of it, and it as one line."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from broadcast_core.destinations.columns import known_of
from broadcast_core.jsontext import Json
from broadcast_core.record.field_checks import written_time
from broadcast_core.record.generation import Attempt, Generation


def name_attempts(generation: Generation) -> Iterator[tuple[str, Attempt]]:
    """Yield each attempt with a name of its own, as `attempt-0`; a repeated index gets a suffix."""
    seen: dict[int, int] = {}
    for attempt in generation.attempts:
        repetition = seen.get(attempt.index, 0)
        seen[attempt.index] = repetition + 1
        yield f"attempt-{attempt.index}" + (f"-{repetition}" if repetition else ""), attempt


attempt_metadata: Callable[[Attempt], dict[str, Json]] = known_of(
    {
        "index": "index",
        "provider_name": "provider",
        "status_code": "status_code",
        "start": ("start", written_time),
        "end": ("end", written_time),
        "latency_ms": "latency_ms",
        "is_byok": "is_byok",
        "id": "id",
        "endpoint_id": "endpoint_id",
        "model": "model",
        "message": "message",
    }
)
"""Return what is known of a provider attempt."""


def describe_attempt(attempt: Attempt) -> str:
    """Return a provider attempt as one line: who, the status, the message."""
    status = f"{attempt.provider or 'a provider'}: HTTP {attempt.status_code}"
    return f"{status}, {attempt.message}" if attempt.message else status
