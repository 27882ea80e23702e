"""A request as one line of the output."""

from __future__ import annotations

from base64 import b64encode

from msgspec import DecodeError, Raw
from msgspec.json import Decoder

from broadcast_core.batching.request import Request
from broadcast_core.jsontext import dumps_lossy

_GRAMMAR = Decoder(Raw)  # checks that a text is JSON without making values of it


def format_request(request: Request) -> bytes:
    """Return a request as one line of JSON; a JSON body is inserted unchanged."""
    fields = {
        "route": request.route,
        "method": request.method,
        "url": request.url,
        "headers": dict(request.headers),
        "endpoint": request.endpoint.name,
        "generations": request.generations,
    }
    key, body = _format_body(request)
    return dumps_lossy(fields)[0][:-1] + b',"' + key + b'":' + body + b"}\n"


def _format_body(request: Request) -> tuple[bytes, bytes]:
    """Return the key and the JSON of a body: the JSON value, a text, or the base64 of anything else.

    A body that claims to be JSON is checked: malformed JSON would break this line and the lines after it.
    """
    body = request.body
    media_type = request.endpoint.content_type.partition(";")[0].strip().lower()
    is_json = media_type == "application/json" or media_type.endswith("+json")
    if is_json and not body.strip():
        return b"body", b"null"
    try:
        text = body.decode("utf-8")
        if not is_json:
            return b"body", dumps_lossy(text)[0]
        _GRAMMAR.decode(body)
    except (UnicodeDecodeError, DecodeError, RecursionError):
        return b"body_base64", b'"' + b64encode(body) + b'"'
    return b"body", body.replace(b"\r", b" ").replace(b"\n", b" ").strip()
