"""An exchange that was kept, as the document that the readers read, and its generations."""

from __future__ import annotations

from datetime import timedelta

from attrs import evolve, frozen

from broadcast_core.capture.answer import Answer, answer_of
from broadcast_core.capture.exchange import Exchange
from broadcast_core.diagnostics import Problem
from broadcast_core.jsontext import Json, JsonError, loads_lenient
from broadcast_core.readers import exchange
from broadcast_core.readers.results import Read, Reading, Rejected
from broadcast_core.record.generation import Generation

INPUT_CUT, OUTPUT_CUT = "span.input", "span.output"
"""What `Generation.truncated` says of a part that is missing, as deliveries of OpenRouter name it."""


@frozen
class Captured:
    """The reading of one exchange; `is_cut` when a part of it is missing."""

    reading: Reading
    is_cut: bool = False

    __hash__ = None  # type: ignore[assignment]


def read_exchange(seen: Exchange, limit: int) -> Captured:
    """Return the generation of an exchange that has ended; bodies inflate to the limit at most."""
    try:
        request, _ = loads_lenient((seen.sent.body or b"{}").decode("utf-8", "replace"))
    except JsonError as error:
        return _rejected(f"the body that was sent is no JSON: {error.reason}", "$.request")
    answer = answer_of(seen, limit)
    if answer.problem:
        return _rejected(answer.problem, "$.response")
    cut = ((INPUT_CUT,) if not seen.sent.body else ()) + ((OUTPUT_CUT,) if answer.note else ())
    reading = exchange.read(_document(seen, request, answer))
    outcomes = (
        evolve(one, generation=_with_gaps(one.generation, cut, answer)) if isinstance(one, Read) else one
        for one in reading.outcomes
    )
    return Captured(Reading(tuple(outcomes)), bool(cut))


def _rejected(what: str, path: str) -> Captured:
    return Captured(Reading((Rejected(problems=(Problem(what, path),)),)))


def _document(seen: Exchange, request: Json, answer: Answer) -> dict[str, Json]:
    document: dict[str, Json] = {
        "request": request,
        **answer.fields,
        "started_at": seen.started_at.isoformat(),
        "ended_at": _moment(seen, answer.last_at),
        "first_token_at": _moment(seen, answer.first_at),
        "path": seen.sent.path or None,
        "headers": dict(seen.headers) or None,
        "request_headers": dict(seen.sent.headers) or None,
        "http": _http(seen, answer),
    }
    return {key: value for key, value in document.items() if value is not None}


def _moment(seen: Exchange, ticks: int | None) -> str | None:
    if ticks is None:
        return None
    return (seen.started_at + timedelta(microseconds=(ticks - seen.begun) // 1000)).isoformat()


def _http(seen: Exchange, answer: Answer) -> Json:
    """Return what only HTTP knows: a status that is no success, which try it was, what could not be read."""
    known: dict[str, Json] = {}
    if seen.status is not None and seen.status != 200:
        known["status"] = seen.status
    retry = seen.sent.retry
    if retry is not None and retry.isdecimal() and retry != "0":
        known["retry"] = int(retry)
    if answer.note:
        known["note"] = answer.note
    return known or None


def _with_gaps(found: Generation, cut: tuple[str, ...], answer: Answer) -> Generation:
    """Return a generation that says what is missing of it."""
    content = found.content if answer.has_output else evolve(found.content, output=None)
    return evolve(found, content=content, truncated=cut) if cut else found
