"""Who asked, by the names that LiteLLM has for it: end user, session, key of the proxy, tags."""

from __future__ import annotations

import re

from broadcast_core.jsontext import Json
from broadcast_core.readers.fields import Fields
from broadcast_core.readers.trace_keys import are_tags, clean_id
from broadcast_core.record.conversions import as_object
from broadcast_core.record.generation import Identity, TraceContext

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_AGENT = "User-Agent: "  # a tag that the proxy adds, twice


def identity_and_trace(
    payload: Fields, metadata: Fields, parameters: Fields
) -> tuple[Identity, TraceContext]:
    """Take who asked, and what the caller said about the trace.

    `trace_id` of the payload is the session, unless one is stated beside it; a UUID is LiteLLM's own, made
    for one call, and groups nothing.
    """
    requester = Fields(
        metadata.take("requester_metadata", as_object) or {}, metadata.at("requester_metadata")
    )
    requester.left.pop("headers", None)
    headers = metadata.take("requester_custom_headers", as_object) or {}
    stated_trace = payload.left.get("trace_id")
    own = isinstance(stated_trace, str) and _UUID.fullmatch(stated_trace)
    named = None if own else clean_id(payload.text("trace_id"), payload, "trace_id")
    stated = payload.text("session_id")
    sessions = (stated, requester.text("session_id"), _text(headers.get("x-session-id")), named)
    users = (payload.text("end_user"), metadata.text("user_api_key_end_user_id"), parameters.text("user"))
    identity = Identity(
        user_id=_first(users),
        session_id=_first(sessions),
        api_key_name=metadata.text("user_api_key_alias"),
        gateway_user_id=metadata.text("user_api_key_user_id"),
    )
    trace = TraceContext(
        trace_id=named if stated is not None and named != stated else None,
        tags=_tags(payload),
        metadata={key: value for key, value in requester.left.items() if value is not None},
    )
    payload.adopt_reports(requester)
    return identity, trace


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _first(values: tuple[str | None, ...]) -> str | None:
    return next((value for value in values if value is not None), None)


def _tags(payload: Fields) -> tuple[str, ...]:
    if not are_tags(payload.left.get("request_tags")):
        return ()
    tags = payload.left.pop("request_tags")
    return tuple(tag for tag in tags if not tag.startswith(_AGENT))
