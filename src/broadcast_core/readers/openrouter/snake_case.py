"""OTLP in snake_case, as protobuf's own JSON has it with the names of its fields, in those of OTLP's JSON.

The objects of OTLP have no keys of their own: attributes are lists of pairs. So every known name can be
rewritten wherever it stands. Ids are base64 there, and hexadecimal in OTLP's JSON.
https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from broadcast_core.jsontext import Json
from broadcast_core.jsontext.stackless import Call, run

BEGINNING = "resource_spans"
_NAMES = """
resource_spans scope_spans schema_url trace_id span_id parent_span_id trace_state start_time_unix_nano
end_time_unix_nano time_unix_nano string_value int_value double_value bool_value bytes_value array_value
kvlist_value dropped_attributes_count dropped_events_count dropped_links_count
"""
_IDS = {"traceId": 16, "spanId": 8, "parentSpanId": 8}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.title, rest))


_KNOWN: Mapping[str, str] = {name: _camel(name) for name in _NAMES.split()}


def in_camel_case(value: Json) -> Json:
    """Return a delivery with the names of OTLP's JSON; a name that is not known stays."""
    renamed: Json = run(_renamed(value))
    return renamed


def _renamed(value: Json) -> Call:
    if isinstance(value, list):
        items: list[Json] = []
        for item in value:
            items.append((yield _renamed(item)))
        return items
    if not isinstance(value, dict):
        return value
    found: dict[str, Json] = {}
    for key, item in value.items():
        name: str = _KNOWN.get(key, key)
        if name in found or (name != key and name in value):
            name = key  # both spellings: none is lost
        found[name] = _id(item, _IDS[name]) if name in _IDS else (yield _renamed(item))
    return found


def _id(value: Json, size: int) -> Json:
    """Return an id of so many bytes in hexadecimal; one that is no base64 of these stays."""
    if not isinstance(value, str):
        return value
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return value
    return data.hex() if len(data) == size else value
