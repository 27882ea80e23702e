"""One row as JSON: plain fields, and content that was encoded once and is spliced in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from broadcast_core.diagnostics import Diagnostic
from broadcast_core.jsontext import Json, dumps, dumps_lossy
from broadcast_core.record.generation import Attempt, Failure
from broadcast_opik.chat import shown_input, shown_output
from broadcast_opik.field import json_field
from broadcast_opik.limits import MAX_ERROR_TEXT
from broadcast_opik.text import clean, cleaned


class Encoder:
    """Encodes the content of one tree; a value that several rows share is encoded once."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], tuple[object, bytes, tuple[Diagnostic, ...]]] = {}

    def input(self, value: Json, notes: list[Diagnostic]) -> bytes:
        """Return what was asked, as Opik shows it."""
        return self._once(value, "$.content.input", notes)

    def output(self, value: Json, notes: list[Diagnostic]) -> bytes:
        """Return what was answered, as Opik shows it."""
        return self._once(value, "$.content.output", notes)

    def _once(self, value: Json, path: str, notes: list[Diagnostic]) -> bytes:
        key = (id(value), path)
        if key not in self._known:
            own: list[Diagnostic] = []
            show = shown_input if path.endswith("input") else shown_output
            self._known[key] = (value, json_field(value, path, own, show), tuple(own))
        _, text, diagnostics = self._known[key]
        notes.extend(diagnostics)
        return text


def row(fields: Mapping[str, Json], spliced: Mapping[str, bytes | None]) -> bytes:
    """Return one JSON object; fields that are None and spliced texts that are None are left out."""
    text = dumps({name: value for name, value in fields.items() if value is not None})
    parts = [b',"%s":%s' % (name.encode(), value) for name, value in spliced.items() if value is not None]
    return b"".join((text[:-1], *parts, b"}"))


def error_info(
    failure: Failure | None, notes: list[Diagnostic], attempts: Iterable[Attempt] = ()
) -> dict[str, Json] | None:
    """Return Opik's error_info, whose type and traceback must not be blank.

    A failure of no type of its own is told apart by its code; without a stack, the traceback has the
    provider's own words and says which providers failed.
    """
    if failure is None:
        return None
    kind = cleaned(failure.type, "$.failure.type", notes) or "Error"
    if kind == "Error" and failure.code:
        kind = cleaned(f"Error {failure.code}", "$.failure.code", notes) or kind
    message = cleaned(failure.message, "$.failure.message", notes, MAX_ERROR_TEXT)
    traceback = cleaned(failure.stacktrace, "$.failure.stacktrace", notes, MAX_ERROR_TEXT)
    if traceback is None:
        upstream = cleaned(_upstream(failure.raw), "$.failure.raw", notes, MAX_ERROR_TEXT)
        tried = [cleaned(_told(one), "$.attempts", notes, MAX_ERROR_TEXT) for one in attempts if one.failed]
        lines = (message or kind, upstream, *tried)
        traceback = cleaned("\n".join(line for line in lines if line), "$.failure", notes, MAX_ERROR_TEXT)
    told = {} if message is None else {"message": message}
    return {"exception_type": kind, **told, "traceback": traceback}


def _upstream(raw: Json) -> str | None:
    """Return what the provider said, as OpenRouter hands it on: `metadata.provider_name` and `metadata.raw`.

    https://openrouter.ai/docs/api-reference/errors
    """
    metadata = raw.get("metadata") if isinstance(raw, dict) else None
    said = metadata.get("raw") if isinstance(metadata, dict) else None
    if not isinstance(metadata, dict) or not said or (isinstance(said, str) and not clean(said)):
        return None
    words = said if isinstance(said, str) else dumps_lossy(said)[0].decode()
    name = metadata.get("provider_name")
    return f"{(clean(name) if isinstance(name, str) else '') or 'the provider'}: {words}"


def _told(attempt: Attempt) -> str:
    status = f"{attempt.provider or 'a provider'}: HTTP {attempt.status_code}"
    return f"{status}, {attempt.message}" if attempt.message else status
