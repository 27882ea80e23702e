"""A chat completion as its caller sees it: the request's body and the response, or its stream chunks.

The document is `{"request": {...}, "response": {...} | "chunks": [...], "started_at", "ended_at"}`, with
`first_token_at` and `id` when known. A response may be an error (`{"error": {...}}`). A failed request has
no id of the gateway's, so one is derived from the request and its start: the same request, the same id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from broadcast_core.diagnostic import Diagnostic, Problem
from broadcast_core.generation import (
    Content,
    Cost,
    Failure,
    Generation,
    Identity,
    Timing,
    TraceContext,
    Usage,
)
from broadcast_core.jsontext import Json, dumps_anything
from broadcast_core.readers.chat_stream import assembled
from broadcast_core.readers.custom_keys import KNOWN_KEYS
from broadcast_core.readers.fields import Fields, as_instant, as_text
from broadcast_core.readers.parameters import known_parameters
from broadcast_core.readers.reading import Read, Reading, Rejected

_INPUTS = ("messages", "prompt", "input")
_OPERATIONS = {"messages": "chat", "prompt": "completions", "input": "responses"}


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
    request = fields.take("request", _object, must=True)
    chunks = fields.take("chunks", _array, must=True)
    response = fields.take("response", _object, must=True) if chunks is None else assembled(chunks)
    if chunks is not None:
        fields.left.pop("response", None)
    start = fields.take("started_at", as_instant, must=True)
    if start is None and not fields.problems:
        fields.problems.append(Problem("missing: the record needs the time of the request", "$.started_at"))
    if request is None and not fields.problems:
        fields.problems.append(Problem("missing: the body that was sent", "$.request"))
    if fields.problems or request is None or start is None:
        return Rejected(problems=tuple(fields.problems))
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
        everywhere = (self.fields, self.request, self.response)
        problems = [problem for fields in everywhere for problem in fields.problems]
        diagnostics = [diagnostic for fields in everywhere for diagnostic in fields.diagnostics]
        if problems:
            return Rejected(problems=tuple(problems), id=body["id"])
        return Read(generation=Generation(**body), diagnostics=tuple(diagnostics))

    def _body(self) -> dict[str, Any]:
        timing = self._timing()
        usage, cost = self._usage_and_cost()
        failure = self._failure()
        generation_id = self._id()
        finish_reason, native = self._finish_reasons()
        context, identity = self._trace(), self._identity()
        model, served = self.request.text("model"), self.response.text("model")
        provider = self.response.text("provider")
        stream = self.request.left.get("stream")
        kind = next((key for key in _INPUTS if key in self.request.left), "messages")
        content, parameters = self._content(kind)
        return {
            "id": generation_id,
            "timing": timing,
            "status": "error" if failure else "ok",
            "operation": _operation(kind, self.response.left.pop("object", None)),
            "model": model,
            "served_model": served,
            "provider": provider,
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
        stated = self.fields.text("id") or self.response.text("id")
        if stated and stated.isprintable():
            return stated
        seen = dumps_anything([self.start.isoformat(), self.request.left])[0]
        derived = "derived-" + hashlib.sha256(seen).hexdigest()[:32]
        what = "no id in the response: one was derived from the request and its start"
        self.fields.diagnostics.append(Diagnostic("coerced", "$.response.id", what))
        return derived

    def _timing(self) -> Timing:
        end = self.fields.take("ended_at", as_instant, must=True)
        first = self.fields.take("first_token_at", as_instant)
        if end is not None and end < self.start:
            what = f"the end {end.isoformat()} lies before the start {self.start.isoformat()}"
            self.fields.problems.append(Problem(what, "$.ended_at"))
            end = None
        first_ms = (first - self.start).total_seconds() * 1000 if first else None
        return Timing(start=self.start, end=end, first_token_ms=first_ms)

    def _usage_and_cost(self) -> tuple[Usage, Cost]:
        usage = Fields(self.response.take("usage", _object) or {}, f"{self.response.path}.usage")
        prompt = Fields(usage.take("prompt_tokens_details", _object) or {}, usage.at("prompt_tokens_details"))
        answer = Fields(
            usage.take("completion_tokens_details", _object) or {}, usage.at("completion_tokens_details")
        )
        upstream = Fields(usage.take("cost_details", _object) or {}, usage.at("cost_details"))
        total, byok = usage.money("cost"), usage.flag("is_byok")
        result = (
            Usage(
                input_tokens=usage.count("prompt_tokens", "input_tokens"),
                output_tokens=usage.count("completion_tokens", "output_tokens"),
                total_tokens=usage.count("total_tokens"),
                cache_read_tokens=prompt.count("cached_tokens"),
                cache_write_tokens=prompt.count("cache_write_tokens"),
                input_audio_tokens=prompt.count("audio_tokens"),
                input_video_tokens=prompt.count("video_tokens"),
                input_image_tokens=prompt.count("image_tokens"),
                reasoning_tokens=answer.count("reasoning_tokens"),
                output_audio_tokens=answer.count("audio_tokens"),
                output_image_tokens=answer.count("image_tokens"),
            ),
            Cost(
                total=total,
                upstream=upstream.money("upstream_inference_cost"),
                upstream_input=upstream.money("upstream_inference_prompt_cost"),
                upstream_output=upstream.money("upstream_inference_completions_cost"),
                source="unknown" if total is None else "billed",
                is_byok=byok,
            ),
        )
        left = {**usage.left}
        for name, part in (("prompt_tokens_details", prompt), ("completion_tokens_details", answer)):
            if part.left:
                left[name] = part.left
        if upstream.left:
            left["cost_details"] = upstream.left
        if left:
            self.response.left["usage"] = left
        for part in (usage, prompt, answer, upstream):
            self.response.problems += part.problems
            self.response.diagnostics += part.diagnostics
        return result

    def _failure(self) -> Failure | None:
        error = self.response.left.get("error")
        if isinstance(error, str) and error:
            error = {"message": error}
        if not isinstance(error, dict):
            return None
        self.response.left.pop("error")
        fields = Fields(error, "$.response.error")
        metadata = error.get("metadata")
        kind = metadata.get("error_type") if isinstance(metadata, dict) else None
        message, code, named = fields.text("message"), fields.text("code"), fields.text("type")
        kind = kind if isinstance(kind, str) and kind.strip() else named
        return Failure(type=kind or "Error", code=code, message=message, raw=fields.left or None)

    def _finish_reasons(self) -> tuple[str | None, str | None]:
        choices = self.response.left.get("choices")
        first = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
        return _text(first.get("finish_reason")), _text(first.get("native_finish_reason"))

    def _trace(self) -> TraceContext:
        trace = Fields(self.request.take("trace", _object) or {}, "$.request.trace")
        known = {key: trace.take(key, as_text) for key in KNOWN_KEYS}
        for key in ("trace_id", "parent_span_id"):
            value = known[key]
            if value is not None and not value.isprintable():
                known[key] = "".join(char for char in value if char.isprintable()) or None
                what = "control characters were taken out"
                self.request.diagnostics.append(Diagnostic("coerced", trace.at(key), what))
        tags = trace.left.get("tags")
        if are_tags := isinstance(tags, list) and all(isinstance(tag, str) for tag in tags):
            del trace.left["tags"]
        self.request.diagnostics += trace.diagnostics
        return TraceContext(**known, tags=tuple(tags) if are_tags and tags else (), metadata=trace.left)

    def _identity(self) -> Identity:
        return Identity(user_id=self.request.text("user"), session_id=self.request.text("session_id"))

    def _content(self, kind: str) -> tuple[Content, dict[str, Json]]:
        asked = self.request.left.pop(kind, None)
        parameters, rest = known_parameters(self.request.left)
        body = {key: self.response.left.pop(key) for key in _ANSWER if key in self.response.left}
        return Content(
            input=None if asked is None else {kind: asked}, output=body or None, request=rest or None
        ), (parameters)

    def _rest(self) -> dict[str, Json]:
        rest = dict(self.fields.left)
        self.response.left.pop("created", None)  # the gateway's own second of the start
        if self.response.left:
            rest["response"] = self.response.left
        return rest


_ANSWER = ("choices", "output", "data", "embeddings", "text")


def _operation(kind: str, named: Json) -> str:
    if named == "list" or named == "embedding":
        return "embeddings"
    return _OPERATIONS[kind]


def _object(value: Json) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise ValueError("expected an object")
    return value


def _array(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise ValueError("expected an array")
    return value


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value.strip() else None
