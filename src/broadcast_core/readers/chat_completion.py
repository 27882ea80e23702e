"""A chat completion as its caller sees it: the request's body and the response, or its stream chunks.

The document is `{"request": {...}, "response": {...} | "chunks": [...], "started_at", "ended_at"}`, with
`first_token_at` and `id` when known. A response may be an error (`{"error": {...}}`). A failed request has
no id of the gateway's, so one is derived from the request and its start: the same request, the same id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from broadcast_core.diagnostic import Diagnostic, Problem
from broadcast_core.generation import Content, Failure, Generation, Identity, Timing, TraceContext
from broadcast_core.jsontext import Json, dumps_anything, keep
from broadcast_core.parameters import known_parameters
from broadcast_core.readers.chat_stream import assembled
from broadcast_core.readers.chat_usage import usage_and_cost
from broadcast_core.readers.content import INPUTS
from broadcast_core.readers.custom_keys import KNOWN_KEYS
from broadcast_core.readers.fields import Fields, as_array, as_instant, as_object, as_text, or_none
from broadcast_core.readers.reading import Read, Reading, Rejected
from broadcast_core.readers.trace_context import are_tags, cleaned_id

_OPERATIONS = {"messages": "chat", "prompt": "completions", "input": "responses"}
_KINDS = {"list": "embeddings", "embedding": "embeddings"}
_USUAL_KINDS = ("chat.completion", "chat.completion.chunk", "text_completion", "response", *_KINDS)
_ANSWER = ("choices", "output", "data", "embeddings", "text")


def read(document: Json) -> Reading:
    """Return the one generation of a request and its response."""
    return Reading((_read(document),))


def from_exchange(
    request: Mapping[str, Json],
    response: Mapping[str, Json] | None = None,
    *,
    started_at: datetime,
    ended_at: datetime | None = None,
    first_token_at: datetime | None = None,
    chunks: list[Json] | None = None,
    generation_id: str | None = None,
) -> Reading:
    """Return the generation of a request that this program made; times are aware datetimes."""
    times = {"started_at": started_at, "ended_at": ended_at, "first_token_at": first_token_at}
    document: dict[str, Json] = {"request": dict(request), "id": generation_id}
    document |= {key: moment.isoformat() for key, moment in times.items() if moment is not None}
    if chunks is not None:
        document["chunks"] = chunks
    elif response is not None:
        document["response"] = dict(response)
    return read(document)


def _read(document: Json) -> Read | Rejected:
    if not isinstance(document, dict):
        return Rejected(problems=(Problem("expected an object with request and response"),))
    fields = Fields(document, "$")
    request = fields.take("request", as_object, must=True)
    chunks = fields.take("chunks", as_array, must=True)
    response = fields.take("response", as_object, must=True) if chunks is None else assembled(chunks)
    start = fields.take("started_at", as_instant, must=True)
    if start is None and not fields.problems:
        fields.problems.append(Problem("missing: the record needs the time of the request", "$.started_at"))
    if request is None and not fields.problems:
        fields.problems.append(Problem("missing: the body that was sent", "$.request"))
    if fields.problems or request is None or start is None:
        return Rejected(problems=tuple(fields.problems), id=or_none(as_text, fields.left.get("id")))
    return _Exchange(fields, request, response or {}, start, chunks is not None).outcome()


class _Exchange:
    """One request with its response; each method takes what it knows."""

    def __init__(
        self,
        fields: Fields,
        request: dict[str, Json],
        response: dict[str, Json],
        start: datetime,
        stream: bool,
    ) -> None:
        self.fields = fields
        self.request = Fields(request, "$.request")
        self.response = Fields(response, "$.chunks" if stream else "$.response")
        self.start = start
        self.stream = stream

    def outcome(self) -> Read | Rejected:
        """Return the generation, or every reason why there is none."""
        body = self._body()
        for part in (self.request, self.response):
            self.fields.take_over(part)
        if self.fields.problems:
            return Rejected(problems=tuple(self.fields.problems), id=body["id"])
        return Read(generation=Generation(**body), diagnostics=tuple(self.fields.diagnostics))

    def _body(self) -> dict[str, Any]:
        timing = self._timing()
        usage, cost = usage_and_cost(self.response)
        failure = self._failure()
        generation_id = self._id()
        finish_reason, native = self._finish_reasons()
        context = self._trace()
        identity = Identity(user_id=self.request.text("user"), session_id=self.request.text("session_id"))
        stream = self.request.left.get("stream")
        kind = next((key for key in INPUTS if key in self.request.left), "messages")
        model = self.request.text("model")
        content, parameters = self._content(kind)
        return {
            "id": generation_id,
            "timing": timing,
            "status": "error" if failure else "ok",
            "operation": self._operation(kind),
            "model": model,
            "served_model": self.response.text("model"),
            "provider": self.response.text("provider"),
            "streamed": stream if isinstance(stream, bool) else self.stream,
            "finish_reason": finish_reason,
            "native_finish_reason": native,
            "parameters": parameters,
            "usage": usage,
            "cost": cost,
            "trace": context,
            "identity": identity,
            "failure": failure,
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
        seen = dumps_anything([self.start.astimezone(UTC).isoformat(), self.request.left])[0]
        what = "no id in the response: one was derived from the request and its start"
        if stated:
            self.response.left["id"] = stated
            what = "an id with control characters: one was derived from the request and its start"
        self.fields.diagnostics.append(Diagnostic("coerced", self.response.at("id"), what))
        return "derived-" + hashlib.sha256(seen).hexdigest()[:32]

    def _timing(self) -> Timing:
        end = self.fields.take("ended_at", as_instant, must=True)
        if end is not None and end < self.start:
            what = f"the end {end.isoformat()} lies before the start {self.start.isoformat()}"
            self.fields.problems.append(Problem(what, "$.ended_at"))
            end = None
        first_ms = self.fields.take("first_token_at", self._milliseconds_after_start)
        return Timing(start=self.start, end=end, first_token_ms=first_ms)

    def _milliseconds_after_start(self, value: Json) -> float:
        moment = as_instant(value)
        if moment < self.start:
            raise ValueError(f"{moment.isoformat()} lies before the start {self.start.isoformat()}")
        return (moment - self.start).total_seconds() * 1000

    def _failure(self) -> Failure | None:
        error = self.response.left.get("error")
        if error in (None, False, "", []):
            return None
        del self.response.left["error"]
        if not isinstance(error, dict):
            return Failure(message=error) if isinstance(error, str) else Failure(raw=error)
        fields = Fields(error, self.response.at("error"))
        metadata = error.get("metadata")
        kind = metadata.get("error_type") if isinstance(metadata, dict) else None
        message, code, named = fields.text("message"), fields.text("code"), fields.text("type")
        if isinstance(kind, str) and kind.strip() and named is not None:
            fields.left["type"] = named
        self.response.take_over(fields)
        return Failure(
            type=_text(kind) or named or "Error", code=code, message=message, raw=fields.left or None
        )

    def _finish_reasons(self) -> tuple[str | None, str | None]:
        choices = self.response.left.get("choices")
        first = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
        return _text(first.get("finish_reason")), _text(first.get("native_finish_reason"))

    def _trace(self) -> TraceContext:
        trace = Fields(self.request.take("trace", as_object) or {}, "$.request.trace")
        known = {key: trace.take(key, as_text) for key in KNOWN_KEYS}
        for key in ("trace_id", "parent_span_id"):
            known[key] = cleaned_id(known[key], trace, key)
        tags = trace.left.pop("tags") if are_tags(trace.left.get("tags")) else ()
        self.request.take_over(trace)
        return TraceContext(**known, tags=tuple(tags), metadata=trace.left)

    def _content(self, kind: str) -> tuple[Content, dict[str, Json]]:
        asked = self.request.left.pop(kind, None)
        parameters, rest = known_parameters(self.request.left)
        body = {key: self.response.left.pop(key) for key in _ANSWER if key in self.response.left}
        said = Content(
            input=None if asked is None else {kind: asked}, output=body or None, request=rest or None
        )
        return said, parameters

    def _operation(self, kind: str) -> str:
        named = self.response.left.get("object")
        if named in _USUAL_KINDS:
            del self.response.left["object"]
        return _KINDS[named] if isinstance(named, str) and named in _KINDS else _OPERATIONS[kind]

    def _rest(self) -> dict[str, Json]:
        rest = dict(self.fields.left)
        if isinstance(self.response.left.get("created"), int):
            del self.response.left["created"]  # the gateway's own second of the start
        if self.response.left:
            keep(rest, "response", self.response.left)
        return rest


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value.strip() else None
