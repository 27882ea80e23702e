"""The chat document of an exchange that a program hands over: request, response or chunks, times, error.

What has the wrong type is a mistake in the program: a TypeError that names the argument and what to pass.
Nothing of an object that is no JSON is called or quoted, but the text of an exception.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from broadcast_core.errors import ArgumentTypeError
from broadcast_core.jsontext import Json
from broadcast_core.readers.exchange.bodies import from_bytes
from broadcast_core.readers.exchange.headers import NO_HEADERS, READ, as_headers

_DUMPED = '; of an object of an SDK pass what its model_dump(mode="json") returns'
_TIME = "a datetime with a time zone, or its ISO 8601 text"
_SECONDS = "; of time.time() make datetime.fromtimestamp(seconds, UTC)"
_PLAIN = (str, int, float, list, type(None))


def build_document(
    request: Mapping[str, Json],
    response: Mapping[str, Json] | bytes | str | None,
    chunks: Sequence[Json] | None,
    times: Mapping[str, datetime | str | None],
    generation_id: str | None,
    error: object,
    http: Mapping[str, Any],
) -> dict[str, Json]:
    """Return the document; what is None is left out. Raise `FieldError` for bytes that are no text."""
    headers = {name: http.get(name) for name in ("headers", "request_headers")}
    document = {
        "request": _body("request", request, "the body that was sent"),
        "response": None if response is None else _response(response, http.get("headers")),
        "chunks": None if chunks is None else _chunks(chunks),
        **{name: _time(name, moment) for name, moment in times.items()},
        "id": generation_id,
        "error": _error(error),
        **{name: None if found is None else _headers(name, found) for name, found in headers.items()},
        "path": http.get("path"),
        "status_code": http.get("status_code"),
    }
    return {key: value for key, value in document.items() if value is not None}


def _body(name: str, value: Any, what: str) -> dict[str, Json]:
    if isinstance(value, Mapping):
        return dict(value)
    dumped = _DUMPED if hasattr(type(value), "model_dump") else ""
    raise ArgumentTypeError(f"{name}: expected a mapping, {what}; got {type(value).__name__}{dumped}")


def _response(value: Any, headers: Any) -> Json:
    if isinstance(value, str):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return from_bytes(bytes(value), NO_HEADERS if headers is None else as_headers(dict(headers)))
    what = "the body of the response, parsed or as it came"
    if isinstance(value, list | tuple):
        what += " (the chunks of a stream go to `chunks`)"
    return _body("response", value, what)


def _headers(name: str, value: Any) -> dict[str, Json]:
    """Return headers that can be read, of any mapping, as a client has them."""
    known = as_headers({str(key): str(text) for key, text in _body(name, value, "headers").items()})
    return {key: text for key, text in known.values.items() if key in READ}


def _chunks(value: Any) -> Json:
    if isinstance(value, str):
        return value
    if not isinstance(value, list | tuple):
        what = "expected a list of chunks, or the text of the stream"
        raise ArgumentTypeError(
            f"chunks: {what}; got {type(value).__name__}: collect them as you hand them on"
        )
    what = "a chunk as it was parsed, or a line of the stream"
    return [
        one if isinstance(one, _PLAIN) else _body(f"chunks[{n}]", one, what) for n, one in enumerate(value)
    ]


def _time(name: str, moment: Any) -> str | None:
    if isinstance(moment, datetime):
        return moment.isoformat()
    if moment is None or isinstance(moment, str):
        return moment
    seconds = _SECONDS if isinstance(moment, int | float) else ""
    raise ArgumentTypeError(f"{name}: expected {_TIME}; got {type(moment).__name__}{seconds}")


def _error(error: Any) -> Json:
    """Return what a document says under `error`; anything but JSON is told like an exception.

    This is the path of a call that has failed already, so nothing here may fail again.
    """
    if isinstance(error, Mapping):
        return dict(error)
    if isinstance(error, _PLAIN):
        return error
    try:
        message = str(error)
    except Exception:  # noqa: BLE001  # the text of an exception is the program's own code
        message = ""
    return {"type": type(error).__name__, "message": message or None}
