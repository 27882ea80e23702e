"""One id for Opik: a UUIDv7 that is a function of the original id and a time.

    id = v7(milliseconds, the low 74 bits of SHA-256("broadcast-opik/1" NUL kind NUL original))

With the option `id_scope = "project"` the hash is that of

    "broadcast-opik/1/project" NUL project, as Opik files it NUL kind NUL original

Same original and time, same UUID, forever: a change would need a new namespace. An original that is a
UUIDv7 already, without capitals, is used as it is. Opik wants UUIDv7 whose first 48 bits are a real time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

from broadcast_core.destinations import SpanKey, Window, as_uuid7, carried_time, uuid7_of
from broadcast_opik.scope import filed_under

NAMESPACE = b"broadcast-opik/1"
PROJECT_NAMESPACE = b"broadcast-opik/1/project"
LIMIT = Window().limit
BEFORE = timedelta(hours=12)  # half of Opik's window, so that there is time for sending and retries

Kind = Literal["trace", "own-trace", "span", "own-span", "generation", "attempt"]


def opik_id(kind: Kind, original: str, moment: datetime, project: str = "") -> str:
    """Return the UUIDv7 of an original id at a time (cut to milliseconds), with a project one of its own."""
    space = b"%s\x00%s" % (PROJECT_NAMESPACE, _bytes(filed_under(project))) if project else NAMESPACE
    seed = b"%s\x00%s\x00%s" % (space, kind.encode(), original.encode("utf-8", "surrogatepass"))
    return uuid7_of(seed, moment)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def own_uuid7(text: str | None, moment: datetime) -> str | None:
    """Return a caller's UUIDv7, or None for anything else.

    Also for one more than 24 hours after a moment: Opik refuses it, and with it the whole batch.
    """
    own = as_uuid7(text)
    carried = None if own is None else carried_time(own)
    return own if carried is not None and carried <= moment + LIMIT else None


def trace_moment(trace_id: str, anchor: datetime) -> datetime:
    """Return the time of a trace: the one its id carries, when it lies in the 12 hours before the anchor."""
    carried = carried_time(trace_id)
    earliest = max(anchor - BEFORE, datetime(1970, 1, 1, tzinfo=UTC))
    return carried if carried is not None and earliest <= carried <= anchor else anchor


def span_original(trace_key: str, span: SpanKey) -> str:
    """Return the original id of a named span: its trace, name and parent, each with its length."""
    name, parent = span
    return "".join(f"{len(part)}:{part}," for part in (trace_key, name, parent or ""))
