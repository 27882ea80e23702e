"""Why a call failed: LiteLLM's own words, and OpenRouter's error that they end in.

The traceback is not taken: it has the paths of files.
"""

from __future__ import annotations

from broadcast_core.jsontext import Json, JsonError, loads_lenient
from broadcast_core.readers.fields import Fields
from broadcast_core.record.conversions import as_object, as_text, or_none
from broadcast_core.record.generation import Failure

_BODY = "OpenrouterException - "


def failure(payload: Fields) -> Failure:
    """Take the failure of a call that failed."""
    information = Fields(payload.take("error_information", as_object) or {}, payload.at("error_information"))
    words = information.text("error_message") or or_none(as_text, payload.left.get("error_str"))
    kind, code = information.text("error_class"), information.text("error_code")
    information.left.pop("traceback", None)
    payload.left.pop("error_str", None)
    error = _openrouter_error(words)
    metadata = error.left.get("metadata")
    stated = metadata.get("error_type") if isinstance(metadata, dict) else None
    found = Failure(
        type=stated if isinstance(stated, str) and stated.strip() else kind or "Error",
        code=error.text("code") or code,
        message=error.text("message") or words,
        raw=error.left or None,
    )
    rest = {key: value for key, value in information.left.items() if value not in (None, "")}
    if rest:
        payload.left["error_information"] = rest
    payload.adopt_reports(information)
    return found


def _openrouter_error(words: str | None) -> Fields:
    """Return the error object that LiteLLM's words end in; empty where there is none."""
    _, _, text = (words or "").partition(_BODY)
    try:
        body: Json = loads_lenient(text)[0] if text.startswith("{") else None
    except JsonError:
        body = None
    error = body.get("error") if isinstance(body, dict) else None
    return Fields(error if isinstance(error, dict) else {}, "$.error_information.error_message")
