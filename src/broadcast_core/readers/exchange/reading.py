"""An exchange as its caller sees it: the request's body and the response, or its stream chunks.

The document is `{"request": {...}, "response": {...} | "chunks": [...], "started_at", "ended_at"}`, with
`first_token_at` and `id` when known, and what HTTP alone tells: the `path` of the endpoint, `status_code`,
`headers` of the response and `request_headers`. A response may be an error (`{"error": {...}}`), and may be
the text that came. Chunks are objects, or the lines that came over the wire. Why a call failed that brought
no response, as by a timeout, stands under `error` beside the request: a text, or an object with `type`,
`message` and `code`. Without any of these it failed too, since there was no response. The rules are in
`failure.py`.

A failed request has no id of the gateway's, so one is derived from the request and its start: the same
request, the same id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from attrs import evolve

from broadcast_core.diagnostics import Diagnostic, Problem
from broadcast_core.errors import FieldError
from broadcast_core.jsontext import Json
from broadcast_core.readers.exchange.answer import is_complete
from broadcast_core.readers.exchange.attempts import routing
from broadcast_core.readers.exchange.bodies import Body, as_body, recording
from broadcast_core.readers.exchange.content import content_of
from broadcast_core.readers.exchange.document import build_document
from broadcast_core.readers.exchange.endpoints import VIDEO, endpoint_of
from broadcast_core.readers.exchange.failure import status_and_failure
from broadcast_core.readers.exchange.headers import NO_HEADERS, as_headers
from broadcast_core.readers.exchange.identity import identity_of, request_context, trace_of
from broadcast_core.readers.exchange.ids import generation_id_of
from broadcast_core.readers.exchange.streams import Stream, as_stream, assemble
from broadcast_core.readers.exchange.timing import timing_of
from broadcast_core.readers.exchange.unmapped import rest_of
from broadcast_core.readers.exchange.usage import accounted
from broadcast_core.readers.fields import MENDED, Fields
from broadcast_core.readers.results import Read, Reading, Rejected
from broadcast_core.record.conversions import as_count, as_instant, as_object, as_text, or_none
from broadcast_core.record.generation import Failure, Generation
from broadcast_core.record.messages import finish_of


def read(document: Json) -> Reading:
    """Return the one generation of a request and its response."""
    return Reading((_read(document),))


def from_exchange(
    request: Mapping[str, Json],
    response: Mapping[str, Json] | bytes | str | None = None,
    *,
    started_at: datetime | str,
    ended_at: datetime | str | None = None,
    first_token_at: datetime | str | None = None,
    chunks: Sequence[Json] | None = None,
    generation_id: str | None = None,
    error: BaseException | Mapping[str, Json] | str | None = None,
    path: str | None = None,
    status_code: int | None = None,
    headers: Mapping[str, str] | None = None,
    request_headers: Mapping[str, str] | None = None,
) -> Reading:
    """Return the generation of a request that this program made.

    Times are aware datetimes or their ISO 8601 text. The response is its body: parsed, or as it came. `path`
    is that of the endpoint, as `/api/v1/messages`. Of headers only those are read that tell of the
    generation; some endpoints have its id there alone. `error` says why a call failed that brought no
    response: the exception, or what a document says under `error`. An argument of another type, as an object
    of an SDK, is a TypeError that says what to pass; anything else that cannot be used is rejected in the
    reading.
    """
    times = {"started_at": started_at, "ended_at": ended_at, "first_token_at": first_token_at}
    http = {"headers": headers, "request_headers": request_headers, "path": path, "status_code": status_code}
    try:
        document = build_document(request, response, chunks, times, generation_id, error, http)
    except FieldError as wrong:
        return Reading((Rejected(problems=(Problem(str(wrong), "$.response"),)),))
    return read(document)


def _read(document: Json) -> Read | Rejected:
    if not isinstance(document, dict):
        return Rejected(problems=(Problem("expected an object with request and response"),))
    fields = Fields(document, "$")
    request = fields.take("request", as_object, required=True)
    stream = fields.take("chunks", as_stream, required=True)
    streamed = stream is not None and bool(stream.chunks)
    body = None if streamed else fields.take("response", as_body, required=True)
    start = fields.take("started_at", as_instant, required=True)
    if start is None and not fields.problems:
        fields.problems.append(Problem("missing: the record needs the time of the request", "$.started_at"))
    if request is None and not fields.problems:
        fields.problems.append(Problem("missing: the body that was sent", "$.request"))
    if fields.problems or request is None or start is None:
        return Rejected(problems=tuple(fields.problems), id=or_none(as_text, fields.left.get("id")))
    return _Exchange(fields, Fields(request, "$.request"), body or Body(), start, stream).outcome()


class _Exchange:
    """One request with its response; each method takes what it knows."""

    def __init__(
        self, fields: Fields, request: Fields, body: Body, start: datetime, stream: Stream | None
    ) -> None:
        self.fields = fields
        self.request = request
        self.asked = dict(request.left)
        self.start = start
        self.headers = fields.take("headers", as_headers) or NO_HEADERS
        self.request_headers = fields.take("request_headers", as_headers) or NO_HEADERS
        self.path = fields.text("path")
        self.http_status = fields.take("status_code", as_count)
        self.stream = body.stream if body.stream is not None else stream if body.response is None else None
        if self.stream is not None:
            self.response = Fields(assemble(self.stream.chunks), "$.chunks")
        else:
            self.response = Fields(self._response(body), "$.response")
        self.answer = dict(self.response.left)
        self.endpoint = endpoint_of(self.path, self.asked, self.answer)
        self._report_body(body)
        self._note_http_error()

    def _response(self, body: Body) -> dict[str, Json]:
        is_good = self.http_status is None or self.http_status < 300
        if body.response is None and self.headers.is_speech and is_good and not self.fields.left.get("error"):
            return recording(self.headers)
        return body.response or {}

    def _report_body(self, body: Body) -> None:
        if body.is_blank:
            what = "nothing but white space came: the answer broke off before it began"
            self.fields.diagnostics.append(Diagnostic("truncated", "$.response", what))
        if body.mended:
            self.fields.diagnostics.append(Diagnostic("coerced", "$.response", MENDED))

    def _note_http_error(self) -> None:
        """Let the status of the response say that it failed, where nothing else does."""
        status = self.http_status
        if status is None or status < 400:
            return
        if self.fields.left.get("error") or self.response.left.get("error"):
            self.fields.left["status_code"] = status
        else:
            what = f"the response has the status {status}"
            self.fields.left["error"] = {"type": "HTTPError", "code": str(status), "message": what}

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
        timing = timing_of(self.fields, self.response, self.start)
        error = self.response.left.get("error")
        charged = accounted(self.response, self.endpoint)
        status, failed = status_and_failure(self.fields, self.response, self.answer, self.endpoint)
        route = routing(self.response, error)
        seen = [self.start.astimezone(UTC).isoformat(), self.asked]
        generation_id = generation_id_of(
            self.fields, self.response, self.headers, seen, is_job=self.endpoint is VIDEO
        )
        context = trace_of(self.request)
        identity, app = identity_of(
            self.request, self.response, self.request_headers, is_error=error is not None
        )
        stream = self.request.left.get("stream")
        model = self.request.text("model")
        content, parameters = content_of(self.request, self.response, self.endpoint, self.asked)
        finish = finish_of(self.answer)
        is_byok = route.is_byok if charged.cost.is_byok is None else charged.cost.is_byok
        return {
            "id": generation_id,
            "timing": timing,
            "status": status,
            "operation": self.endpoint.operation,
            "model": model,
            "served_model": self.response.text("model"),
            "provider": self._provider() or route.provider,
            "streamed": stream if isinstance(stream, bool) else self.stream is not None,
            "finish_reason": finish.word,
            "native_finish_reason": finish.native,
            "parameters": parameters,
            "usage": charged.usage,
            "cost": evolve(charged.cost, is_byok=is_byok),
            "trace": context,
            "identity": identity,
            "attempts": route.attempts,
            "failure": failed,
            "generation_cost": charged.charged_for,
            "generation_identity": app,
            "generation_request_context": request_context(self.response, self.headers, charged.service_tier),
            "content": content,
            "extra": rest_of(self.fields, self.response, self.endpoint, self.asked),
        }

    def _provider(self) -> str | None:
        return self.response.text("provider") or self.headers.get("x-provider-name")

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
