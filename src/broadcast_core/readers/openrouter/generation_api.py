"""`GET /generation` and `GET /generation/content` into generations.

The document is the first answer (`{"data": {...}}`), or `{"generation": {...}, "content": {...}}` with both.
The envelope may be missing, as where a client has taken it off, or where the log page was copied.

A generation took as long as the longer of `latency` and `generation_time`: in answers that were seen the
first is the time to the first token of a stream, in the documentation the second is a part of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeGuard

from broadcast_core.diagnostics import Problem
from broadcast_core.jsontext import Json, keep
from broadcast_core.readers.fields import Fields
from broadcast_core.readers.openrouter.attempts import (
    ProviderResponse,
    is_list_of_objects,
    responses,
    rest_of_list,
)
from broadcast_core.readers.openrouter.content import as_response
from broadcast_core.readers.openrouter.opt_in import sort_into_groups
from broadcast_core.readers.results import Read, Reading, Rejected
from broadcast_core.record.conversions import as_decimal, as_flag, as_float, as_instant, as_text, or_none
from broadcast_core.record.field_checks import EARLIEST, wrong_instant
from broadcast_core.record.generation import (
    Attempt,
    Content,
    Cost,
    Failure,
    Generation,
    Identity,
    Timing,
    Usage,
)

TOO_EARLY = (
    "the generation is not there: it can be looked up some seconds after its answer, after an aborted stream"
    " later; look it up again, and see whether the id and the key are right"
)
OWN_KEYS = frozenset({
    "native_tokens_prompt", "native_tokens_completion", "native_tokens_reasoning", "native_tokens_cached",
    "tokens_prompt", "tokens_completion", "generation_time", "moderation_latency", "total_cost",
    "provider_name", "provider_responses", "upstream_id", "cache_discount", "api_type",
})  # fmt: skip
"""Keys that only an answer of the generation API has."""
_ENOUGH = 3
_OPERATIONS = {"completions": "chat"}  # the API calls chat and prompt requests alike
_CENTURIES = 1e13  # milliseconds; more cannot be added to a time
_TOKENS = {
    "input_tokens": "native_tokens_prompt",
    "output_tokens": "native_tokens_completion",
    "reasoning_tokens": "native_tokens_reasoning",
    "cache_read_tokens": "native_tokens_cached",
    "output_image_tokens": "native_tokens_completion_images",
}


def is_bare(answer: Json) -> TypeGuard[dict[str, Json]]:
    """Tell whether an object is the data of an answer without its envelope."""
    if not isinstance(answer, dict) or "data" in answer:
        return False
    return ("id" in answer or "generation_id" in answer) and len(OWN_KEYS & answer.keys()) >= _ENOUGH


def read(document: Json) -> Reading:
    """Return the one generation of an answer of the generation API."""
    if not isinstance(document, dict):
        return Reading((Rejected(problems=(Problem("expected an object with data"),)),))
    both = "generation" in document
    answer = document.get("generation") if both else document
    where = "$.generation" if both else "$"
    data, around = (answer, None) if is_bare(answer) else _split_data(answer)
    path = where if data is answer else f"{where}.data"
    if not data:
        if is_missing(answer):
            return Reading((Rejected(problems=(Problem(TOO_EARLY, f"{where}.error"),)),))
        return Reading((Rejected(problems=(Problem("missing: the data of the generation", path),)),))
    content, beside = _split_data(document.get("content")) if both else ({}, None)
    unknown = {key: value for key, value in document.items() if key not in ("generation", "content")}
    extra = {"generation": around, "content": beside, **unknown} if both else around
    return Reading((_Answer(Fields(data, path), Fields(content, "$.content.data"), extra).outcome(),))


def is_missing(answer: Json) -> bool:
    """Tell whether an answer says that it knows no such generation."""
    error = answer.get("error") if isinstance(answer, dict) else None
    return isinstance(error, dict) and str(error.get("code")) == "404"


def _split_data(answer: Json) -> tuple[dict[str, Json], Json]:
    """Return the data of an answer, and what stands beside it."""
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, dict):
        return {}, answer
    return data, {key: value for key, value in answer.items() if key != "data"}


class _Answer:
    """One answer; each method takes what it knows from the fields."""

    def __init__(self, fields: Fields, content: Fields, around: Json) -> None:
        self.fields = fields
        self.content = content
        self.around = around

    def outcome(self) -> Read | Rejected:
        """Return the generation, or every reason why there is none."""
        fields = self.fields
        generation_id = fields.first(("id", "generation_id"), as_text, required=True)
        if not fields.problems and (generation_id is None or not generation_id.isprintable()):
            fields.problems.append(Problem("missing: the generation needs its id", fields.at("id")))
        body = self._body(generation_id, self._timing())
        fields.adopt_reports(self.content)
        if fields.problems:
            return Rejected(problems=tuple(fields.problems), id=generation_id)
        return Read(generation=Generation(**body), diagnostics=tuple(fields.diagnostics))

    def _timing(self) -> Timing:
        """Return the times; where they are wrong, the problems are noted and a placeholder stands in."""
        fields = self.fields
        known = len(fields.problems)
        start = fields.take("created_at", as_instant, required=True)
        if start is None and known == len(fields.problems):
            what = "missing: the record needs the time of the request"
            fields.problems.append(Problem(what, fields.at("created_at")))
        start = EARLIEST if start is None else start
        latency, whole = (self._milliseconds(key, start) for key in ("latency", "generation_time"))
        known_ones = [moment for moment in (latency, whole) if moment is not None]
        longest = max(known_ones, default=None)
        return Timing(
            start=start,
            end=None if longest is None else start + timedelta(milliseconds=longest),
            first_token_ms=latency if self._is_first_token(latency, whole) else None,
            generation_ms=whole,
        )

    def _milliseconds(self, key: str, start: datetime) -> float | None:
        """Take a duration; one that no time can have is a problem."""
        fields = self.fields
        duration = fields.take(key, as_float, required=True)
        if duration is None:
            return None
        wrong: str | None = f"expected milliseconds, at least 0, got {duration}"
        if 0 <= duration < _CENTURIES:
            wrong = wrong_instant(start + timedelta(milliseconds=duration))
        if wrong:
            fields.problems.append(Problem(wrong, fields.at(key)))
        return None if wrong else duration

    def _is_first_token(self, latency: float | None, whole: float | None) -> bool:
        """Tell whether the latency is that of the first token: of a stream, and shorter than the whole."""
        streamed = or_none(as_flag, self.fields.left.get("streamed"))
        return bool(streamed) and latency is not None and whole is not None and latency < whole

    def _body(self, generation_id: str | None, timing: Timing) -> dict[str, Any]:
        fields = self.fields
        listed = self._provider_responses()
        attempts = tuple(response.attempt() for response in listed)
        failure = self._failure(attempts)
        counts: dict[str, Any] = {name: fields.count(key) for name, key in _TOKENS.items()}
        finish_reason, native = fields.text("finish_reason"), fields.text("native_finish_reason")
        streamed, cancelled = fields.flag("streamed"), fields.flag("cancelled")
        operation = fields.text("api_type") or "completions"
        model = fields.text("model")
        body: dict[str, Any] = {
            "id": generation_id,
            "timing": timing,
            "status": "cancelled" if cancelled else ("error" if failure else "ok"),
            "operation": _OPERATIONS.get(operation, operation),
            "model": model,
            "served_model": model,
            "provider": fields.text("provider_name"),
            "streamed": streamed,
            "finish_reason": finish_reason,
            "native_finish_reason": native,
            "usage": Usage(**counts),
            "cost": self._cost(),
            "identity": Identity(session_id=fields.text("session_id"), user_id=fields.text("external_user")),
            "attempts": attempts,
            "failure": failure,
            "content": self._content(finish_reason, native),
            "extra": self._rest(listed),
        }
        groups = sort_into_groups({key: value for key, value in fields.left.items() if value is not None})
        body["generation_cost"], body["generation_identity"], body["generation_request_context"] = groups
        return body

    def _cost(self) -> Cost:
        fields = self.fields
        total = fields.money("total_cost")
        if total is not None and or_none(as_decimal, fields.left.get("usage")) == total:
            del fields.left["usage"]  # the same charge under its older name
        return Cost(
            total=total,
            upstream=fields.money("upstream_inference_cost"),
            cache_discount=fields.money("cache_discount"),
            source="unknown" if total is None else "billed",
            is_byok=fields.flag("is_byok"),
        )

    def _provider_responses(self) -> list[ProviderResponse]:
        value = self.fields.left.get("provider_responses")
        if not is_list_of_objects(value):
            return []
        del self.fields.left["provider_responses"]
        found = responses(value, self.fields.at("provider_responses"))
        for response in found:
            self.fields.adopt_reports(response.fields)
        return found

    def _failure(self, attempts: tuple[Attempt, ...]) -> Failure | None:
        error = self.content.left.get("error")
        if isinstance(error, dict):
            del self.content.left["error"]
            fields = Fields(error, self.content.at("error"))
            code, message = fields.text("status"), fields.text("message")
            self.content.adopt_reports(fields)
            return Failure(code=code, message=message, raw=fields.left or None)
        if attempts and all(attempt.failed for attempt in attempts):
            status = attempts[-1].status_code
            return Failure(code=str(status), message="Provider returned error")
        return None

    def _content(self, finish_reason: str | None, native: str | None) -> Content:
        asked, answer = self.content.left.pop("input", None), self.content.left.pop("output", None)
        return Content(input=asked, output=as_response(answer, finish_reason, native))

    def _rest(self, listed: list[ProviderResponse]) -> dict[str, Json]:
        """Return what stood around the data, and what is left of its parts."""
        rest: dict[str, Json] = dict(_without_empty(self.around or {}))
        if content := _without_empty(self.content.left):
            keep(rest, "content.data", content)
        if left := rest_of_list(listed):
            keep(rest, "provider_responses", left)
        return rest


def _without_empty(values: Mapping[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in values.items() if value is not None and value != {}}
