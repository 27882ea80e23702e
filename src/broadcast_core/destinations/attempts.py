"""Provider attempts of a generation: a name for each, what is known of it, and it as one line."""

from __future__ import annotations

from collections.abc import Iterator

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


def attempt_metadata(attempt: Attempt) -> dict[str, Json]:
    """Return what is known of a provider attempt."""
    values: dict[str, Json] = {
        "index": attempt.index,
        "provider_name": attempt.provider,
        "status_code": attempt.status_code,
        "start": written_time(attempt.start) if attempt.start else None,
        "end": written_time(attempt.end) if attempt.end else None,
        "latency_ms": attempt.latency_ms,
        "is_byok": attempt.is_byok,
        "id": attempt.id,
        "endpoint_id": attempt.endpoint_id,
        "model": attempt.model,
        "message": attempt.message,
    }
    return {name: value for name, value in values.items() if value is not None}


def describe_attempt(attempt: Attempt) -> str:
    """Return a provider attempt as one line: who, the status, the message."""
    status = f"{attempt.provider or 'a provider'}: HTTP {attempt.status_code}"
    return f"{status}, {attempt.message}" if attempt.message else status
