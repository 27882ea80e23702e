"""A stored request as one line of JSON, and back.

The body stands last, in the envelope, as people read it: JSON as it is, other text as text, anything else as
base64. `digest` is the SHA-256 of the body.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64decode, b64encode

from attrs import frozen

from broadcast_core.errors import StoredFormError
from broadcast_core.jsontext import JsonError, loads

BEGINNING = b'{"route"'
"""How every line begins, and no record of a generation does."""
_BODY = re.compile(rb',"digest":"([0-9a-f]{64})","(body|body_text|body_base64)":')
_JSON_START = b'{["0123456789-tfn'


@frozen(kw_only=True)
class StoredRequest:
    """A planned request as it is stored: `head` is the JSON of all but the body, an object; and the body."""

    head: bytes
    body: bytes

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"StoredRequest({len(self.body)} bytes)"

    @property
    def line(self) -> bytes:
        """Both as one line of JSON, without its newline."""
        key, text = _written_body(self.body)
        digest = hashlib.sha256(self.body).hexdigest().encode()
        return b'%b,"digest":"%b","%b":%b}' % (self.head[:-1], digest, key, text)

    @classmethod
    def of_line(cls, line: bytes) -> StoredRequest:
        """Return what a line holds; raise `StoredFormError` for one that is no stored request."""
        line = line.strip()
        for found in _BODY.finditer(line):
            head = line[: found.start()] + b"}"
            if _is_object(head):
                body = _read_body(found[2], line[found.end() : -1])
                if hashlib.sha256(body).hexdigest().encode() != found[1]:
                    raise StoredFormError(
                        "the body is not the one that was planned: it has been changed, or cut short"
                    )
                return cls(head=head, body=body)
        raise StoredFormError(_why_no_request(line))


def _written_body(body: bytes) -> tuple[bytes, bytes]:
    """Return the key and the JSON of a body; a line break in it would be the end of the line."""
    if body[:1] and body[0] in _JSON_START and b"\n" not in body and b"\r" not in body and _is_json(body):
        return b"body", body
    try:
        return b"body_text", json.dumps(body.decode("utf-8"), ensure_ascii=False).encode()
    except UnicodeDecodeError:
        return b"body_base64", b'"' + b64encode(body) + b'"'


def _read_body(key: bytes, text: bytes) -> bytes:
    try:
        if key == b"body":
            return text
        value = json.loads(text)
        return b64decode(value, validate=True) if key == b"body_base64" else value.encode()
    except (ValueError, AttributeError, TypeError):
        raise StoredFormError("its body cannot be read: it has been changed") from None


def _is_json(body: bytes) -> bool:
    """Tell whether a body is JSON by our own rule: the same wherever it is asked, and for any reader."""
    try:
        loads(body)
    except JsonError:
        return False
    return True


def _is_object(head: bytes) -> bool:
    try:
        return isinstance(json.loads(head), dict)
    except (ValueError, RecursionError):
        return False


def _why_no_request(line: bytes) -> str:
    if not _is_object(line):
        return "malformed JSON, or not whole: expected a line that `broadcast plan` wrote"
    return "this is JSON, but no stored request: expected a line that `broadcast plan` wrote"
