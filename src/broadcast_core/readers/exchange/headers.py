"""What only HTTP tells of an exchange: status and headers, of which those that are named here are read.

All other headers are left out: they may hold secrets, and say nothing of the generation.
https://openrouter.ai/docs/api-reference/overview
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from broadcast_core.errors import FieldError
from broadcast_core.jsontext import Json
from broadcast_core.record.conversions import as_object

_REQUEST = {
    "x-session-id": "session_id",
    "http-referer": "http_referer",
    "x-openrouter-title": "app.title",
    "x-title": "app.title",
}
_RESPONSE = (
    "x-generation-id", "x-provider-name", "x-openrouter-cache-source-id", "content-type", "content-length",
)  # fmt: skip
READ = frozenset({*_REQUEST, *_RESPONSE})
"""The headers that are read."""
_RECORDING = ("audio/",)


@frozen
class Headers:
    """The headers of a request or a response, by their names in lower case."""

    values: Mapping[str, str]

    __hash__ = None  # type: ignore[assignment]

    def get(self, name: str) -> str | None:
        """Return a header; None when it is blank or not there."""
        return self.values.get(name) or None

    @property
    def is_speech(self) -> bool:
        """Tell whether the body is a recording."""
        return (self.get("content-type") or "").lower().startswith(_RECORDING)

    def app_and_session(self) -> dict[str, Json]:
        """Return who asked, as the headers of a request tell it."""
        found: dict[str, Json] = {}
        for name, key in _REQUEST.items():
            if (value := self.get(name)) is not None:
                found.setdefault(key, value)
        return found


NO_HEADERS = Headers({})


def as_headers(value: Json) -> Headers:
    """Return headers from an object, or from an array of pairs."""
    if isinstance(value, list):
        if not all(isinstance(pair, list) and len(pair) == 2 for pair in value):
            raise FieldError("expected an object of headers, or an array of pairs")
        value = {str(name): text for name, text in value}
    return Headers(
        {
            str(name).lower(): (", ".join(map(str, text)) if isinstance(text, list) else str(text)).strip()
            for name, text in as_object(value).items()
            if text is not None
        }
    )
