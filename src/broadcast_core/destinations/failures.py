"""What went wrong in words, for platforms that have one text for it."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from broadcast_core.destinations.attempts import describe_attempt
from broadcast_core.destinations.fitting import Fitted, clean, fit_text
from broadcast_core.diagnostics import Diagnostic
from broadcast_core.jsontext import Json, dumps_lossy
from broadcast_core.record.generation import Attempt, Failure


@frozen
class FailureText:
    """A failure as texts: its type and traceback, which are never blank, and its message."""

    type: str
    message: str | None
    traceback: str

    def named(self, type: str, message: str, traceback: str) -> dict[str, str]:
        """Return the texts under the names that a platform has for them; without a message, two."""
        texts = {type: self.type, message: self.message, traceback: self.traceback}
        return {name: text for name, text in texts.items() if text is not None}


def failure_text(
    failure: Failure | None, max_type: int, max_text: int, attempts: Iterable[Attempt] = ()
) -> Fitted[FailureText] | None:
    """Return a failure as a type of at most `max_type` bytes, and texts of at most `max_text`; None for none.

    A failure of no type of its own is told apart by its code; without a stack, the traceback has the
    provider's own words and says which providers failed.
    """
    if failure is None:
        return None
    changes: list[Diagnostic] = []

    def fit(text: str | None, path: str, max_bytes: int = max_text) -> str | None:
        fitted = fit_text(text, path, max_bytes)
        changes.extend(fitted.diagnostics)
        return fitted.value

    kind = fit(failure.type, "$.failure.type", max_type) or "Error"
    if kind == "Error" and failure.code:
        kind = fit(f"Error {failure.code}", "$.failure.code", max_type) or kind
    message = fit(failure.message, "$.failure.message")
    traceback = fit(failure.stacktrace, "$.failure.stacktrace")
    if traceback is None:
        upstream = fit(provider_message(failure.raw), "$.failure.raw")
        tried = [fit(describe_attempt(attempt), "$.attempts") for attempt in attempts if attempt.failed]
        lines = (message or kind, upstream, *tried)
        traceback = fit("\n".join(line for line in lines if line), "$.failure")
    return Fitted(FailureText(kind, message, traceback or kind), tuple(changes))


def attempt_failure_text(attempt: Attempt, max_text: int) -> Fitted[FailureText] | None:
    """Return a failed attempt as texts; None for one that did not fail."""
    if not attempt.failed:
        return None
    status, message = f"HTTP {attempt.status_code}", fit_text(attempt.message, "$.attempts", max_text)
    text = FailureText(status, message.value, message.value or status)
    return Fitted(text, message.diagnostics)


def provider_message(raw: Json) -> str | None:
    """Return what the provider answered, as OpenRouter hands it on under `metadata.raw`.

    https://openrouter.ai/docs/api-reference/errors
    """
    metadata = raw.get("metadata") if isinstance(raw, dict) else None
    answer = metadata.get("raw") if isinstance(metadata, dict) else None
    if not isinstance(metadata, dict) or not answer or (isinstance(answer, str) and not clean(answer)):
        return None
    words = answer if isinstance(answer, str) else dumps_lossy(answer)[0].decode()
    name = metadata.get("provider_name")
    return f"{(clean(name) if isinstance(name, str) else '') or 'the provider'}: {words}"
