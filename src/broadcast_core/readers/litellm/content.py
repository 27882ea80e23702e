"""Messages and response of a payload. What LiteLLM redacted was withheld at the source: it is absent."""

from __future__ import annotations

from attrs import frozen

from broadcast_core.diagnostics import Diagnostic
from broadcast_core.jsontext import Json
from broadcast_core.readers.fields import Fields
from broadcast_core.record.generation import Content
from broadcast_core.record.parameters import known_parameters

REDACTED = "redacted-by-litellm"
_ANSWER = ("choices", "output", "data", "text")
_BESIDE = ("stream", "stream_options")  # how it was asked for, which the record has elsewhere
_BASE64 = "[base64_data truncated:"


@frozen(kw_only=True)
class Exchanged:
    """The content, the parameters, and what the first choice says of its end."""

    content: Content
    parameters: dict[str, Json]
    finish_reason: str | None
    native_finish_reason: str | None

    __hash__ = None  # type: ignore[assignment]


def exchanged(payload: Fields, response: Fields, parameters: Fields) -> Exchanged:
    """Take what was asked and answered; each part that LiteLLM redacted or cut is noted."""
    asked = _unredacted(payload, "messages", payload.left.pop("messages", None))
    answer: dict[str, Json] = {key: response.left.pop(key) for key in _ANSWER if key in response.left}
    reasons = _finish_reasons(answer.get("choices"))
    output = _unredacted(payload, "response", answer or None)
    known, rest = known_parameters(parameters.left)
    request = {key: value for key, value in rest.items() if key not in _BESIDE and value is not None}
    withheld = (asked is None or output is None) and any(
        note.kind == "withheld" for note in payload.diagnostics
    )
    content = Content(
        input=None if asked is None else {"messages" if isinstance(asked, list) else "input": asked},
        output=output,
        request=request or None,
        withheld="litellm" if withheld else None,
    )
    return Exchanged(
        content=content, parameters=known, finish_reason=reasons[0], native_finish_reason=reasons[1]
    )


def _unredacted(payload: Fields, key: str, value: Json) -> Json:
    """Return a value, or None where LiteLLM put its mark in place of words."""
    texts = list(_texts(value))
    if REDACTED in texts:
        what = "redacted by LiteLLM, before it was logged"
        payload.diagnostics.append(Diagnostic("withheld", payload.at(key), what))
        return None
    if any(_BASE64 in text for text in texts):
        what = "LiteLLM cut base64 data, as of pictures, before it was logged"
        payload.diagnostics.append(Diagnostic("truncated", payload.at(key), what))
    return value


def _texts(value: Json) -> list[str]:
    """Return every text in a value, however deep, without recursion."""
    found: list[str] = []
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            found.append(one)
        elif isinstance(one, dict | list):
            left += one.values() if isinstance(one, dict) else one
    return found


def _finish_reasons(choices: Json) -> tuple[str | None, str | None]:
    first = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(first, dict):
        return None, None
    specific = first.get("provider_specific_fields")
    native = specific.get("native_finish_reason") if isinstance(specific, dict) else None
    return _text(first.get("finish_reason")), _text(native)


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value.strip() else None
