"""Why a call failed: LiteLLM's own words, and OpenRouter's error that they end in.

The traceback is not taken: it has the paths of files.
"""

from __future__ import annotations

from broadcast_core.readers.fields import Fields, from_json_text
from broadcast_core.record.conversions import as_object, as_text, or_none
from broadcast_core.record.generation import Failure

_BODY = "OpenrouterException - "


def failure(payload: Fields) -> Failure:
    """Take the failure of a call that failed."""
    information = Fields(payload.take("error_information", as_object) or {}, payload.at("error_information"))
    words = information.text("error_message") or or_none(as_text, payload.left.get("error_str"))
    kind, code = information.text("error_class"), information.text("error_code")
    information.left.pop("traceback", None)
    error = _openrouter_error(words)
    metadata = error.left.get("metadata")
    stated = metadata.get("error_type") if isinstance(metadata, dict) else None
    found = Failure(
        type=stated if isinstance(stated, str) and stated.strip() else kind or "Error",
        code=error.text("code") or code,
        message=error.text("message") or words,
        raw=error.left or None,
    )
    if information.left:
        payload.left["error_information"] = information.left
    for part in (information, error):
        payload.adopt_reports(part)
    return found


def _openrouter_error(words: str | None) -> Fields:
    """Return the error object that LiteLLM's words end in; empty where there is none."""
    _, _, text = (words or "").partition(_BODY)
    body, _ = from_json_text(text)
    error = body.get("error") if isinstance(body, dict) else None
    return Fields(error if isinstance(error, dict) else {}, "$.error_information.error_message")
