"""An exchange as its caller sees it: the request's body and the response, or its stream chunks.

The document is `{"request": {...}, "response": {...} | "chunks": [...], "started_at", "ended_at"}`, with
`first_token_at` and `id` when known. Chunks are objects, or the lines that came over the wire. A response may
be an error (`{"error": {...}}`). Why a call failed that brought no response, as by a timeout, stands under
`error` beside the request: a text, or an object with `type`, `message` and `code`. Without any of these it
failed too, since there was no response. The rules are in `failure.py`.

A failed request has no id of the gateway's, so one is derived from the request and its start: the same
request, the same id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from broadcast_core.diagnostics import Diagnostic, Problem
from broadcast_core.errors import FieldError
from broadcast_core.jsontext import Json, dumps_lossy, keep
from broadcast_core.readers.exchange.answer import answer_parts, choices, is_complete
from broadcast_core.readers.exchange.document import build_document
from broadcast_core.readers.exchange.failure import status_and_failure
from broadcast_core.readers.exchange.sse import Stream, as_stream
from broadcast_core.readers.exchange.stream import assemble
from broadcast_core.readers.exchange.usage import usage_and_cost
from broadcast_core.readers.fields import MENDED, Fields
from broadcast_core.readers.results import Read, Reading, Rejected
from broadcast_core.readers.trace_keys import KNOWN_KEYS, are_tags, clean_id
from broadcast_core.record.conversions import as_instant, as_object, as_text, or_none
from broadcast_core.record.generation import Content, Failure, Generation, Identity, Timing, TraceContext
from broadcast_core.record.messages import INPUT_KEYS
from broadcast_core.record.parameters import known_parameters

_OPERATIONS = {"messages": "chat", "prompt": "completions", "input": "responses"}
_KINDS = {"list": "embeddings", "embedding": "embeddings"}
_USUAL_KINDS = ("chat.completion", "chat.completion.chunk", "text_completion", "response", *_KINDS)


def read(document: Json) -> Reading:
    """Return the one generation of a request and its response."""
    return Reading((_read(document),))


def from_exchange(
    request: Mapping[str, Json],
    response: Mapping[str, Json] | None = None,
    *,
    started_at: datetime | str,
    ended_at: datetime | str | None = None,
    first_token_at: datetime | str | None = None,
    chunks: Sequence[Json] | None = None,
    generation_id: str | None = None,
    error: BaseException | Mapping[str, Json] | str | None = None,
) -> Reading:
    """Return the generation of a request that this program made.

    Times are aware datetimes or their ISO 8601 text. `error` says why a call failed that brought no response:
    the exception, or what a document says under `error`. An argument of another type, as an object of an SDK,
    is a TypeError that says what to pass; anything else that cannot be used is rejected in the reading.
    """
    times = {"started_at": started_at, "ended_at": ended_at, "first_token_at": first_token_at}
    return read(build_document(request, response, chunks, times, generation_id, error))


def _read(document: Json) -> Read | Rejected:
    if not isinstance(document, dict):
        return Rejected(problems=(Problem("expected an object with request and response"),))
    fields = Fields(document, "$")
    request = fields.take("request", as_object, required=True)
    stream = fields.take("chunks", as_stream, required=True)
    streamed = stream is not None and bool(stream.chunks)
    response = None if streamed else fields.take("response", _as_response, required=True)
    start = fields.take("started_at", as_instant, required=True)
    if start is None and not fields.problems:
        fields.problems.append(Problem("missing: the record needs the time of the request", "$.started_at"))
    if request is None and not fields.problems:
        fields.problems.append(Problem("missing: the body that was sent", "$.request"))
    if fields.problems or request is None or start is None:
        return Rejected(problems=tuple(fields.problems), id=or_none(as_text, fields.left.get("id")))
    if response is None and stream is not None:
        answer = Fields(assemble(stream.chunks), "$.chunks")
    else:
        stream, answer = None, Fields(response or {}, "$.response")
    return _Exchange(fields, Fields(request, "$.request"), answer, start, stream).outcome()


def _as_response(value: Json) -> dict[str, Json]:
    """Return the body of a response; of what is none, say where it belongs."""
    if isinstance(value, list):
        raise FieldError("expected an object, got an array; the chunks of a stream belong under `chunks`")
    if isinstance(value, str):
        raise FieldError("expected an object, got text; why a call failed without one belongs under `error`")
    return as_object(value)


class _Exchange:
    """One request with its response; each method takes what it knows."""

    def __init__(
        self, fields: Fields, request: Fields, response: Fields, start: datetime, stream: Stream | None
    ) -> None:
        self.fields = fields
        self.request = request
        self.response = response
        self.answer = dict(response.left)
        self.start = start
        self.stream = stream

    def outcome(self) -> Read | Rejected:
        """Return the generation, or every reason why there is none."""
        body = self._body()
        self._report_stream(body["failure"])
        for part in (self.request, self.response):
            self.fields.adopt_reports(part)
        if self.fields.problems:
            return Rejected(problems=tuple(self.fields.problems), id=body["id"])
        return Read(generation=Generation(**body), diagnostics=tuple(self.fields.diagnostics))

    def _body(self) -> dict[str, Any]:
        timing = self._timing()
        usage, cost = usage_and_cost(self.response)
        status, failed = status_and_failure(self.fields, self.response, self.answer)
        generation_id = self._id()
        finish_reason, native = self._finish_reasons()
        context = self._trace()
        identity = Identity(user_id=self.request.text("user"), session_id=self.request.text("session_id"))
        stream = self.request.left.get("stream")
        kind = next((key for key in INPUT_KEYS if key in self.request.left), "messages")
        model = self.request.text("model")
        content, parameters = self._content(kind)
        return {
            "id": generation_id,
            "timing": timing,
            "status": status,
            "operation": self._operation(kind),
            "model": model,
            "served_model": self.response.text("model"),
            "provider": self.response.text("provider"),
            "streamed": stream if isinstance(stream, bool) else self.stream is not None,
            "finish_reason": finish_reason,
            "native_finish_reason": native,
            "parameters": parameters,
            "usage": usage,
            "cost": cost,
            "trace": context,
            "identity": identity,
            "failure": failed,
            "content": content,
            "extra": self._rest(),
        }

    def _id(self) -> str:
        """Return the id that the document or the response states, else one derived from what was sent."""
        stated, answered = self.fields.text("id"), self.response.left.get("id")
        if stated is None or stated == answered:
            stated = self.response.text("id")
        if stated and stated.isprintable():
            return stated
        seen = dumps_lossy([self.start.astimezone(UTC).isoformat(), self.request.left])[0]
        what = "no id in the response: one was derived from the request and its start"
        if stated:
            self.response.left["id"] = stated
            what = "an id with control characters: one was derived from the request and its start"
        self.fields.diagnostics.append(Diagnostic("coerced", self.response.at("id"), what))
        return "derived-" + hashlib.sha256(seen).hexdigest()[:32]

    def _timing(self) -> Timing:
        end = self.fields.take("ended_at", as_instant, required=True)
        if end is not None and end < self.start:
            what = f"the end {end.isoformat()} lies before the start {self.start.isoformat()}"
            self.fields.problems.append(Problem(what, "$.ended_at"))
            end = None
        first_ms = self.fields.take("first_token_at", self._milliseconds_after_start)
        return Timing(start=self.start, end=end, first_token_ms=first_ms)

    def _milliseconds_after_start(self, value: Json) -> float:
        moment = as_instant(value)
        if moment < self.start:
            raise FieldError(f"{moment.isoformat()} lies before the start {self.start.isoformat()}")
        return (moment - self.start).total_seconds() * 1000

    def _finish_reasons(self) -> tuple[str | None, str | None]:
        first = next((choice for place, choice in choices(self.response.left) if place == 0), {})
        return _text(first.get("finish_reason")), _text(first.get("native_finish_reason"))

    def _trace(self) -> TraceContext:
        trace = Fields(self.request.take("trace", as_object) or {}, "$.request.trace")
        known = {key: trace.take(key, as_text) for key in KNOWN_KEYS}
        for key in ("trace_id", "parent_span_id"):
            known[key] = clean_id(known[key], trace, key)
        tags = trace.left.pop("tags") if are_tags(trace.left.get("tags")) else ()
        self.request.adopt_reports(trace)
        return TraceContext(**known, tags=tuple(tags), metadata=trace.left)

    def _content(self, kind: str) -> tuple[Content, dict[str, Json]]:
        asked = self.request.left.pop(kind, None)
        parameters, rest = known_parameters(self.request.left)
        body = {key: self.response.left.pop(key) for key in answer_parts(self.response.left)}
        content = Content(
            input=None if asked is None else {kind: asked}, output=body or None, request=rest or None
        )
        return content, parameters

    def _report_stream(self, failed: Failure | None) -> None:
        """Say what of the chunks could not be read, and when the stream seems to be cut off."""
        if self.stream is None:
            return
        odd, mended = self.stream.odd, MENDED
        if odd:
            what = (
                f"{odd} of {len(self.stream.chunks)} are no object and no line such as `data: {{...}}`; kept"
            )
            self.fields.diagnostics.append(Diagnostic("moved", "$.chunks", what))
        if self.stream.mended:
            self.fields.diagnostics.append(Diagnostic("coerced", "$.chunks", mended))
        if failed is None and not self.stream.done and not is_complete(self.answer):
            what = "the stream ended without a finish reason: it may have been cut off"
            self.fields.diagnostics.append(Diagnostic("truncated", "$.chunks", what))

    def _operation(self, kind: str) -> str:
        named = self.response.left.get("object")
        if named in _USUAL_KINDS:
            del self.response.left["object"]
        return _KINDS[named] if isinstance(named, str) and named in _KINDS else _OPERATIONS[kind]

    def _rest(self) -> dict[str, Json]:
        rest = {key: value for key, value in self.fields.left.items() if value is not None}
        if isinstance(self.response.left.get("created"), int):
            del self.response.left["created"]  # the gateway's own second of the start
        if self.response.left:
            keep(rest, "response", self.response.left)
        return rest


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value.strip() else None
