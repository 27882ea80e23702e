"""What the body of a response says, as fields of an exchange document, and how it ended.

A stream is whole when its end was marked or an answer has its finish reason: clients stop reading there. One
that its reader left before that was cancelled, one that broke was cut.
"""

from __future__ import annotations

from attrs import frozen

from broadcast_core.capture.encodings import Body, decoded
from broadcast_core.capture.events import end_of_first_words
from broadcast_core.capture.exchange import Exchange
from broadcast_core.jsontext import Json, JsonError, loads_lenient
from broadcast_core.readers.exchange.answer import is_complete
from broadcast_core.readers.exchange.streams import as_stream, assemble

_LEFT = ("Cancelled", "the caller left before the answer was complete")
_NOT_READ: dict[str, Json] = {"choices": [{"index": 0}]}
"""Stands for an answer that came and cannot be read; the generation is given no output."""


@frozen(kw_only=True)
class Answer:
    """Fields of the exchange document; `has_output` is False where the answer came and could not be kept.

    `first_at` and `last_at` are ticks; `note` says what is missing, `problem` why there is nothing to read.
    """

    fields: dict[str, Json]
    first_at: int | None = None
    last_at: int | None = None
    has_output: bool = True
    note: str | None = None
    problem: str | None = None

    __hash__ = None  # type: ignore[assignment]


def answer_of(seen: Exchange, limit: int) -> Answer:
    """Return what came back, in bytes up to a limit."""
    if seen.status is None:
        return Answer(fields=_error(seen, "no response"), last_at=seen.ended)
    if seen.status < 300 and seen.content_type.lower().startswith("audio/"):
        return _of_recording(seen)
    body = decoded(seen.received, seen.encoding, limit)
    if seen.status < 400 and seen.content_type.lower().startswith("text/event-stream"):
        return _of_stream(seen, body)
    return _of_document(seen, body)


def _of_recording(seen: Exchange) -> Answer:
    """Return that a recording came: its head says all that is known of it."""
    fields = {} if seen.ending == "whole" else _error(seen, "the recording broke off")
    return Answer(fields=fields, last_at=seen.received.last_at)


def _of_stream(seen: Exchange, body: Body) -> Answer:
    head, tail = body.text, body.tail
    if body.note and not seen.encoding:  # the event that was cut is in neither
        head, tail = head[: head.rfind(b"\n") + 1], tail[tail.find(b"\n") + 1 :]
    found = as_stream([b"\n".join((head, tail)).decode("utf-8", "replace")])
    is_whole = found.done or seen.ending == "whole" or _is_whole(found.chunks)
    first = end_of_first_words(body.text)
    unread = bool(body.note) and not found.chunks
    fields: dict[str, Json] = {"response": _NOT_READ} if unread else {"chunks": found.chunks}
    if not is_whole:
        fields |= _error(seen, "the stream broke off")
    return Answer(
        fields=fields,
        first_at=None if first is None else body.came_at(first),
        last_at=seen.received.last_at if is_whole else seen.ended,
        has_output=not unread,
        note=body.note,
    )


def _is_whole(chunks: list[Json]) -> bool:
    answer = assemble(chunks)
    return "error" in answer or (bool(answer) and is_complete(answer))


def _of_document(seen: Exchange, body: Body) -> Answer:
    assert seen.status is not None
    response = _parsed(body.text)
    failed = seen.status >= 400
    if response is not None:
        fields: dict[str, Json] = {"response": response}
        if failed and not response.get("error"):
            fields["error"] = _of_status(seen.status)
        return Answer(fields=fields, last_at=seen.received.last_at)
    if failed:
        return Answer(fields={"error": _of_status(seen.status)}, last_at=seen.ended)
    if seen.ending != "whole":
        return Answer(fields=_error(seen, "the response broke off"), last_at=seen.ended)
    if body.note is None:
        return Answer(fields={}, problem=f"the response of status {seen.status} is no JSON object")
    return Answer(fields={"response": _NOT_READ}, last_at=seen.ended, has_output=False, note=body.note)


def _parsed(text: bytes) -> dict[str, Json] | None:
    try:
        value, _ = loads_lenient(text.decode("utf-8", "replace"))
    except JsonError:
        return None
    return value if isinstance(value, dict) else None


def _of_status(status: int) -> dict[str, Json]:
    return {"type": "HTTPError", "code": str(status), "message": f"the response has the status {status}"}


def _error(seen: Exchange, what: str) -> dict[str, Json]:
    """Return why there is no whole answer: the error of the transport, or that the caller left."""
    kind, words = seen.error or (_LEFT if seen.ending == "left" else ("ConnectionLost", what))
    return {"error": {"type": kind, "message": words or what}}
