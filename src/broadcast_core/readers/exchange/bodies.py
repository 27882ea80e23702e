"""The body of a response as it came: an object, text, the lines of a stream, or other bytes."""

from __future__ import annotations

from attrs import frozen

from broadcast_core.errors import FieldError
from broadcast_core.jsontext import Json, JsonError, loads_lenient
from broadcast_core.readers.exchange.headers import Headers
from broadcast_core.readers.exchange.streams import Stream, as_stream
from broadcast_core.readers.exchange.streams.sse import looks_like_stream
from broadcast_core.record.conversions import as_object

_ARRAY = "expected an object, got an array; the chunks of a stream belong under `chunks`"
_TEXT = "expected an object, got text; why a call failed without one belongs under `error`"
_MARKUP = "expected JSON, got a web page: see whether the URL of the request is that of the API"
_BINARY = (
    "expected JSON, got other bytes; of a recording or a film give `status_code` and `headers`, and no body"
)


@frozen
class Body:
    """What a response held: one object, or a stream; `is_blank` where nothing but white space came."""

    response: dict[str, Json] | None = None
    stream: Stream | None = None
    is_blank: bool = False
    mended: bool = False

    __hash__ = None  # type: ignore[assignment]


def as_body(value: Json) -> Body:
    """Return what a response holds; a text is read as it came over the wire."""
    if isinstance(value, list):
        raise FieldError(_ARRAY)
    if not isinstance(value, str):
        return Body(as_object(value))
    text = value.removeprefix("\ufeff").strip()
    if not text:
        return Body(is_blank=True)
    if text.startswith("{"):
        return _from_json(text)
    if looks_like_stream(text):
        return Body(stream=as_stream(text))
    raise FieldError(_MARKUP if text.startswith("<") else _TEXT)


def _from_json(text: str) -> Body:
    try:
        found, mended = loads_lenient(text)
    except JsonError as error:
        raise FieldError(f"the body is no JSON, or was cut off: {error.reason}") from None
    return Body(as_object(found), mended=mended)


def recording(headers: Headers, size: int | None = None) -> dict[str, Json]:
    """Return the answer that a recording is: its format, and its size in bytes where that is known."""
    kind = (headers.get("content-type") or "").partition(";")[0].partition("/")[2].strip() or None
    stated = headers.get("content-length") or ""
    known = int(stated) if stated.isdecimal() and len(stated) < 16 else None
    about = {"format": kind, "bytes": known if size is None else size}
    return {"audio": {key: value for key, value in about.items() if value is not None}}


def from_bytes(body: bytes, headers: Headers) -> Json:
    """Return a body of bytes as a document has it: text, or what a recording tells of itself."""
    if headers.is_speech:
        return recording(headers, len(body))
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise FieldError(_BINARY) from None
