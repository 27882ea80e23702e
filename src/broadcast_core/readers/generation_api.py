"""`GET /generation` and `GET /generation/content` into generations.

The document is the first answer (`{"data": {...}}`), or `{"generation": {...}, "content": {...}}` with both.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from broadcast_core.diagnostic import Problem
from broadcast_core.generation import Attempt, Content, Cost, Failure, Generation, Identity, Timing, Usage
from broadcast_core.jsontext import Json
from broadcast_core.readers.fields import Fields, as_count, as_flag, as_float, as_instant
from broadcast_core.readers.opt_in import sorted_into_groups
from broadcast_core.readers.reading import Read, Reading, Rejected

_OPERATIONS = {"completions": "chat"}  # the API calls chat and prompt requests alike


def read(document: Json) -> Reading:
    """Return the one generation of an answer of the generation API."""
    if not isinstance(document, dict):
        return Reading((Rejected(problems=(Problem("expected an object with data"),)),))
    both = "generation" in document
    data = _data(document.get("generation") if both else document)
    content = _data(document.get("content")) if both else {}
    path = "$.generation.data" if both else "$.data"
    if not data:
        return Reading((Rejected(problems=(Problem("missing: the data of the generation", path),)),))
    return Reading((_Answer(Fields(data, path), content).outcome(),))


class _Answer:
    """One answer; each method takes what it knows from the fields."""

    def __init__(self, fields: Fields, content: dict[str, Json]) -> None:
        self.fields = fields
        self.content = content

    def outcome(self) -> Read | Rejected:
        """Return the generation, or every reason why there is none."""
        fields = self.fields
        generation_id = fields.text("id")
        if generation_id is None or not generation_id.isprintable():
            fields.problems.append(Problem("missing: the generation needs its id", fields.at("id")))
        timing = self._timing()
        if fields.problems or timing is None:
            return Rejected(problems=tuple(fields.problems), id=generation_id)
        body = self._body(generation_id, timing)
        if fields.problems:
            return Rejected(problems=tuple(fields.problems), id=generation_id)
        return Read(generation=Generation(**body), diagnostics=tuple(fields.diagnostics))

    def _timing(self) -> Timing | None:
        fields = self.fields
        start = fields.take("created_at", as_instant, must=True)
        if start is None:
            if not fields.problems:
                what = "missing: the record needs the time of the request"
                fields.problems.append(Problem(what, fields.at("created_at")))
            return None
        total = fields.take("latency", as_float, must=True)
        if total is not None and not 0 <= total < 1e12:
            fields.problems.append(
                Problem(f"expected milliseconds, at least 0, got {total}", fields.at("latency"))
            )
            return None
        end = start + timedelta(milliseconds=total) if total is not None else None
        return Timing(start=start, end=end, generation_ms=fields.number("generation_time"))

    def _body(self, generation_id: str | None, timing: Timing) -> dict[str, Any]:
        fields = self.fields
        attempts = self._attempts()
        failure = self._failure(attempts)
        usage, cost = self._usage(), self._cost()
        finish_reason, native = fields.text("finish_reason"), fields.text("native_finish_reason")
        streamed, cancelled = fields.flag("streamed"), fields.flag("cancelled")
        operation = fields.text("api_type") or "completions"
        body: dict[str, Any] = {
            "id": generation_id,
            "timing": timing,
            "status": "cancelled" if cancelled else ("error" if failure else "ok"),
            "operation": _OPERATIONS.get(operation, operation),
            "model": fields.text("model"),
            "provider": fields.text("provider_name"),
            "streamed": streamed,
            "finish_reason": finish_reason,
            "native_finish_reason": native,
            "usage": usage,
            "cost": cost,
            "identity": Identity(session_id=fields.text("session_id"), user_id=fields.text("external_user")),
            "attempts": attempts,
            "failure": failure,
            "content": self._content(finish_reason),
        }
        body["served_model"] = body["model"]
        groups = sorted_into_groups({key: value for key, value in fields.left.items() if value is not None})
        body["generation_cost"], body["generation_identity"], body["generation_request_context"] = groups
        return body

    def _usage(self) -> Usage:
        count = self.fields.count
        return Usage(
            input_tokens=count("native_tokens_prompt"),
            output_tokens=count("native_tokens_completion"),
            reasoning_tokens=count("native_tokens_reasoning"),
            cache_read_tokens=count("native_tokens_cached"),
            output_image_tokens=count("native_tokens_completion_images"),
        )

    def _cost(self) -> Cost:
        total = self.fields.money("total_cost")
        self.fields.drop_copies(("usage",), self.fields.left.get("usage") if total is None else float(total))
        return Cost(
            total=total,
            upstream=self.fields.money("upstream_inference_cost"),
            cache_discount=self.fields.money("cache_discount"),
            source="unknown" if total is None else "billed",
            is_byok=self.fields.flag("is_byok"),
        )

    def _attempts(self) -> tuple[Attempt, ...]:
        listed = self.fields.left.get("provider_responses")
        if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
            return ()
        del self.fields.left["provider_responses"]
        found = []
        for index, item in enumerate(listed):
            fields = Fields(item, f"{self.fields.path}.provider_responses[{index}]")
            attempt = Attempt(
                index=index,
                provider=fields.text("provider_name"),
                status_code=fields.take("status", as_count),
                latency_ms=fields.take("latency", as_float),
                is_byok=fields.take("is_byok", as_flag),
                id=fields.text("id"),
                endpoint_id=fields.text("endpoint_id"),
                model=fields.text("model_permaslug"),
            )
            self.fields.diagnostics += fields.diagnostics
            found.append(attempt)
        return tuple(found)

    def _failure(self, attempts: tuple[Attempt, ...]) -> Failure | None:
        error = self.content.get("error")
        if isinstance(error, dict):
            fields = Fields(error, "$.content.data.error")
            code, message = fields.text("status"), fields.text("message")
            return Failure(type="Error", code=code, message=message, raw=fields.left or None)
        if attempts and all(attempt.failed for attempt in attempts):
            status = attempts[-1].status_code
            return Failure(type="Error", code=str(status), message="Provider returned error")
        return None

    def _content(self, finish_reason: str | None) -> Content:
        output = self.content.get("output")
        if not isinstance(output, dict) or not output.keys() & {"completion", "reasoning"}:
            return Content(input=self.content.get("input"), output=output)
        rest = {key: value for key, value in output.items() if key not in ("completion", "reasoning")}
        if output.get("completion") is None and output.get("reasoning") is None and not rest:
            return Content(input=self.content.get("input"))
        message: dict[str, Json] = {"role": "assistant", "content": output.get("completion")}
        if output.get("reasoning") is not None:
            message["reasoning"] = output["reasoning"]
        choice: dict[str, Json] = {"index": 0, "message": message}
        if finish_reason is not None:
            choice["finish_reason"] = finish_reason
        return Content(input=self.content.get("input"), output={"choices": [choice], **rest})


def _data(answer: Json) -> dict[str, Json]:
    data = answer.get("data") if isinstance(answer, dict) else None
    return data if isinstance(data, dict) else {}
