"""Which deliveries hold nothing: those that a connection test sends."""

from __future__ import annotations

from typing import Any

from broadcast_core.jsontext import JsonError, loads

LARGEST_EMPTY = 4_096
"""Bytes of the largest body that is looked into; one that holds nothing is far smaller."""


def holds_nothing(body: bytes) -> bool:
    """Tell whether a body is empty, or OTLP JSON without a span; what cannot be read holds something."""
    if len(body) > LARGEST_EMPTY:
        return False
    if not body.strip():
        return True
    try:
        document = loads(body)
    except JsonError:
        return False
    return document == {} or (_is_list_of(document, "resourceSpans") and not _spans_in(document))


def _spans_in(document: Any) -> bool:
    """Tell whether there is a span, or anything of another form in its place."""
    for resource in document["resourceSpans"]:
        if not (resource == {} or _is_list_of(resource, "scopeSpans")):
            return True
        for scope in resource.get("scopeSpans", ()):
            if not (isinstance(scope, dict) and scope.get("spans", []) == []):
                return True
    return False


def _is_list_of(value: Any, name: str) -> bool:
    return isinstance(value, dict) and isinstance(value.get(name), list)
