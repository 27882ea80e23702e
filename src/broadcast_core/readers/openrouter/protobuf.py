"""OTLP in protobuf, in the form of OTLP's JSON: one message, as a collector sends it or writes it to a file.

A message is an `ExportTraceServiceRequest` or a `TracesData`, which are the same bytes. In the JSON, ids are
hexadecimal, other bytes base64, numbers of 64 bits texts, and NaN and the infinities their names. A double
without a fraction is a whole number, as the JSON of collectors and of JavaScript has it.
https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from broadcast_core.diagnostics import Problem
from broadcast_core.errors import ArgumentTypeError, MissingPackage
from broadcast_core.jsontext import Json
from broadcast_core.readers.openrouter import delivery
from broadcast_core.readers.openrouter.otlp import OF_THEIR_OWN
from broadcast_core.readers.results import Reading, Rejected

UNREADABLE = (
    "this is no OTLP in protobuf, or it is damaged, or a text in it is no UTF-8; see what wrote it, or let it"
    " write JSON"
)
NO_TRACES = (
    "these are no traces, but metrics or logs as it seems, since the kind of a field or the size of an id is"
    f" another one; {OF_THEIR_OWN}"
)
_INSTALL = "pip install 'broadcast-core[protobuf]'"
_MISSING = f"reading protobuf needs the package opentelemetry-proto: {_INSTALL}"
_INT64, _UINT64 = 2, 4  # kinds of fields, as descriptors of protobuf number them
_SCALARS = (str, int, float, bytes)
_ID_SIZES = {"trace_id": 16, "span_id": 8, "parent_span_id": 8}
_EXACT = 2**53  # a whole number below it is a double without loss


def read(message: bytes) -> Reading:
    """Return the generations of one message, as those of the same data in JSON; what is none is rejected.

    Raise `MissingPackage` where the extra `protobuf` is not installed.
    """
    document = as_json(message)
    if isinstance(document, Problem):
        return Reading((Rejected(problems=(document,)),))
    return delivery.read(document)


def as_json(message: bytes) -> dict[str, Json] | Problem:
    """Return one message of traces as OTLP's JSON has it, or why it is none; one of 100 levels is too deep.

    A field that the installed release of opentelemetry-proto does not know is not in it. Raise
    `MissingPackage` where the extra `protobuf` is not installed.
    """
    if not isinstance(message, bytes):
        what = f"expected the bytes of one message, got {type(message).__name__}: pass them as bytes"
        raise ArgumentTypeError(what)
    try:
        from google.protobuf.message import DecodeError
        from google.protobuf.unknown_fields import UnknownFieldSet
        from opentelemetry.proto.trace.v1.trace_pb2 import TracesData
    except Exception:  # noqa: BLE001  # classes that were made for another release of protobuf raise anything
        raise MissingPackage(_MISSING) from None
    try:
        traces = TracesData.FromString(message)
    except (DecodeError, ValueError, RecursionError):  # the last two: protobuf without its extension in C
        return Problem(UNREADABLE)
    if not _are_traces(traces, UnknownFieldSet):
        return Problem(NO_TRACES)
    return _object(traces)


def _are_traces(traces: Any, unread: Any) -> bool:
    """Tell whether no part has a field of another kind than traces have, as metrics and logs do.

    Their messages have the same shape down to the spans. `unread` returns the unknown fields of a part.
    """
    if not traces.resource_spans and len(unread(traces)):
        return False
    return all(_is_of_its_kind(part, unread) for part in _parts(traces))


def _parts(traces: Any) -> Iterator[Any]:
    yield traces
    for group in traces.resource_spans:
        yield group
        for scope in group.scope_spans:
            yield scope
            yield from scope.spans


def _is_of_its_kind(part: Any, unread: Any) -> bool:
    """Tell whether what is unknown of a part is a field of a newer release, and its ids have their sizes."""
    fields = part.DESCRIPTOR.fields_by_number
    if any(field.field_number in fields for field in unread(part)):
        return False
    return all(
        len(getattr(part, name)) in (0, size) for name, size in _ID_SIZES.items() if hasattr(part, name)
    )


def _object(message: Any) -> dict[str, Json]:
    """Return the fields of a message that are set, by their names in JSON; a pair has a key, be it empty."""
    found: dict[str, Json] = {"key": ""} if type(message).__name__ == "KeyValue" else {}
    for field, value in message.ListFields():
        if isinstance(value, _SCALARS):
            found[field.json_name] = _plain(field, value)
        elif hasattr(value, "ListFields"):
            found[field.json_name] = _object(value)
        else:
            found[field.json_name] = [
                _plain(field, item) if isinstance(item, _SCALARS) else _object(item) for item in value
            ]
    return found


def _plain(field: Any, value: Any) -> Json:
    if isinstance(value, bytes):
        return value.hex() if field.name in _ID_SIZES else base64.b64encode(value).decode()
    if isinstance(value, float):
        return _number(value)
    return str(value) if field.cpp_type in (_INT64, _UINT64) else value


def _number(value: float) -> Json:
    if value - value != 0:
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    return int(value) if value.is_integer() and abs(value) < _EXACT else value
