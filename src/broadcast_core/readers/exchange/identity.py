"""Who asked, in which session and trace, and how the request was served."""

from __future__ import annotations

from broadcast_core.jsontext import Json
from broadcast_core.readers.exchange.headers import Headers
from broadcast_core.readers.fields import Fields
from broadcast_core.readers.trace_keys import KNOWN_KEYS, are_tags, clean_id
from broadcast_core.record.conversions import as_object, as_text
from broadcast_core.record.generation import Identity, TraceContext

_CONTEXT = {"x-openrouter-cache-source-id": "response_cache_source_id"}


def trace_of(request: Fields) -> TraceContext:
    """Take the caller's words on the trace; unknown keys are metadata."""
    trace = Fields(request.take("trace", as_object) or {}, "$.request.trace")
    known = {key: trace.take(key, as_text) for key in KNOWN_KEYS}
    for key in ("trace_id", "parent_span_id"):
        known[key] = clean_id(known[key], trace, key)
    tags = trace.left.pop("tags") if are_tags(trace.left.get("tags")) else ()
    request.adopt_reports(trace)
    return TraceContext(**known, tags=tuple(tags), metadata=trace.left)


def identity_of(
    request: Fields, response: Fields, headers: Headers, *, is_error: bool
) -> tuple[Identity, dict[str, Json]]:
    """Take who asked, and what the headers of the request tell of the app; an error names the account."""
    app = headers.app_and_session()
    session = request.text("session_id")
    header = app.pop("session_id", None)
    if session is None and isinstance(header, str):
        session = header
    user = request.text("user", "safety_identifier") or _user_of_metadata(request)
    account = response.text("user_id") if is_error else None
    return Identity(user_id=user, session_id=session, gateway_user_id=account), app


def _user_of_metadata(request: Fields) -> str | None:
    """Return the user that a request of the Messages API names in its metadata; it stays there too."""
    metadata = request.left.get("metadata")
    user = metadata.get("user_id") if isinstance(metadata, dict) else None
    return user if isinstance(user, str) and user.strip() else None


def request_context(response: Fields, headers: Headers, tier: Json) -> dict[str, Json]:
    """Return how the request was served: the tier that was billed, and whose answer was given again."""
    served = response.left.pop("service_tier", None) if tier is None else tier
    found = {"service_tier": served}
    found |= {key: headers.get(name) for name, key in _CONTEXT.items()}
    return {key: value for key, value in found.items() if value is not None}
