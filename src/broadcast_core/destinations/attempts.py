"""Provider attempts of a generation: a name for each, what is known of it, and it as one line."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from broadcast_core.destinations.columns import Columns, Made, known_of
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


ATTEMPT_COLUMNS: Columns = {
    "index": "attempt.index",
    "provider_name": "attempt.provider",
    "status_code": "attempt.status_code",
    "start": Made("attempt.start", written_time),
    "end": Made("attempt.end", written_time),
    "latency_ms": "attempt.latency_ms",
    "is_byok": "attempt.is_byok",
    "id": "attempt.id",
    "endpoint_id": "attempt.endpoint_id",
    "model": "attempt.model",
    "message": "attempt.message",
}
"""What `attempt_metadata` tells, as columns of a table over `attempt`."""
attempt_metadata: Callable[[Attempt], dict[str, Json]] = known_of(ATTEMPT_COLUMNS, "attempt")
"""Return what is known of a provider attempt."""


def describe_attempt(attempt: Attempt) -> str:
    """Return a provider attempt as one line: who, the status, the message."""
    status = f"{attempt.provider or 'a provider'}: HTTP {attempt.status_code}"
    return f"{status}, {attempt.message}" if attempt.message else status
