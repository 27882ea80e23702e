"""A standard logging payload, or several in an array, as generations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from broadcast_core.diagnostics import Diagnostic, Problem
from broadcast_core.errors import FieldError
from broadcast_core.jsontext import Json
from broadcast_core.jsontext.jsonable import to_jsonable
from broadcast_core.readers.fields import Fields
from broadcast_core.readers.litellm.content import exchanged
from broadcast_core.readers.litellm.failure import failure
from broadcast_core.readers.litellm.identity import identity_and_trace
from broadcast_core.readers.litellm.usage import cost, tokens
from broadcast_core.readers.results import Read, Reading, Rejected
from broadcast_core.record.conversions import as_float, as_object, as_text, or_none
from broadcast_core.record.field_checks import EARLIEST, wrong_instant
from broadcast_core.record.generation import Cost, Generation, Status, Timing, Usage

_GATEWAY = "openrouter/"
_HEADERS = ("llm_provider-x-generation-id", "x-generation-id")
_CACHED = re.compile(r"(?P<source>.+)_cache_hit[\d.]+")
_OPERATIONS = {
    "completion": "chat",
    "anthropic_messages": "messages",
    "text_completion": "completions",
    "embedding": "embeddings",
    "responses": "responses",
    "rerank": "rerank",
    "speech": "tts",
    "transcription": "stt",
    "image_generation": "image",
}
_CENTURIES = 1e10  # seconds; more cannot be added to a time
_COPIES = ("model_map_information", "error_str", "saved_cache_cost")
_HIDDEN_COPIES = ("response_cost", "api_base")
_ABOUT = ("id", "object", "created", "model", "provider", "usage", "system_fingerprint")


def read(document: Json) -> Reading:
    """Return the generation of a payload, or those of an array of them."""
    if isinstance(document, list):
        return Reading(tuple(_read(one, f"$[{place}]") for place, one in enumerate(document)))
    return Reading((_read(document, "$"),))


def from_payload(payload: Mapping[str, Any]) -> Reading:
    """Return the generation of a payload in a program, as `kwargs["standard_logging_object"]` of a callback.

    What is no JSON in it becomes the nearest that is; the payload is not kept.
    """
    return read(to_jsonable(dict(payload))[0])


def _read(document: Json, path: str) -> Read | Rejected:
    if not isinstance(document, dict):
        return Rejected(problems=(Problem("expected an object, a standard logging payload", path),))
    return _Payload(Fields(document, path)).outcome()


class _Payload:
    """One payload; each method takes what it knows."""

    def __init__(self, fields: Fields) -> None:
        self.fields = fields
        self.hidden, self.metadata = self._part("hidden_params"), self._part("metadata")
        self.parameters, self.response = self._part("model_parameters"), self._part("response")
        self.headers = Fields(
            self.hidden.take("additional_headers", as_object) or {}, self.hidden.at("additional_headers")
        )
        self.usage = Fields(self.response.take("usage", as_object) or {}, self.response.at("usage"))
        self.is_failure = fields.left.get("status") == "failure"
        self.is_cached = fields.left.get("cache_hit") is True
        self.streamed = True in (fields.left.pop("stream", None), self.parameters.left.get("stream"))

    def outcome(self) -> Read | Rejected:
        """Return the generation, or every reason why there is none."""
        fields = self.fields
        timing = self._timing()
        generation_id = self._id()
        body = self._body(generation_id, timing)
        for part in (self.hidden, self.metadata, self.parameters, self.response, self.headers, self.usage):
            fields.adopt_reports(part)
        if fields.problems:
            return Rejected(problems=tuple(fields.problems), id=generation_id)
        return Read(generation=Generation(**body), diagnostics=tuple(fields.diagnostics))

    def _body(self, generation_id: str | None, timing: Timing | None) -> dict[str, Any]:
        fields = self.fields
        usage, charged = self._usage_and_cost()
        identity, trace = identity_and_trace(fields, self.metadata, self.parameters)
        found = exchanged(fields, self.response, self.parameters)
        status, failed = self._status(), failure(fields) if self.is_failure else None
        if failed is not None and failed.type == "CancelledError":
            status = "cancelled"
        model, operation = fields.text("model"), fields.text("call_type") or "completion"
        body: dict[str, Any] = {
            "id": generation_id,
            "timing": timing,
            "status": status,
            "operation": _OPERATIONS.get(operation)
            or _OPERATIONS.get(operation.removeprefix("a"), operation),
            "source": "litellm",
            "model": None if model is None else model.removeprefix(_GATEWAY),
            "served_model": self._served_model(),
            "provider": self.hidden.text("upstream_provider") or self.response.text("provider"),
            "streamed": self.streamed,
            "finish_reason": found.finish_reason,
            "native_finish_reason": found.native_finish_reason,
            "parameters": found.parameters,
            "usage": usage,
            "cost": charged,
            "trace": trace,
            "identity": identity,
            "failure": failed,
            "content": found.content,
        }
        return {**body, "extra": self._rest()}

    def _part(self, key: str) -> Fields:
        return Fields(self.fields.take(key, as_object) or {}, self.fields.at(key))

    def _id(self) -> str | None:
        """Return OpenRouter's id where the payload has it, else LiteLLM's own, which joins with nothing."""
        own = self.fields.text("id")
        cached = _CACHED.fullmatch(own or "")
        if cached:
            self.fields.left["cached_id"] = cached["source"]
        answered = own if own and own.startswith("gen-") else self.headers.text(*_HEADERS)
        found = answered or own or or_none(as_text, self.fields.left.get("litellm_call_id"))
        if found is None or not found.isprintable():
            self.fields.problems.append(Problem("missing: the generation needs its id", self.fields.at("id")))
            return None
        if cached or not answered:
            what = "not an id of OpenRouter's: it joins with no delivery of the same call"
            self.fields.diagnostics.append(Diagnostic("coerced", self.fields.at("id"), what))
        return own if cached else found

    def _timing(self) -> Timing | None:
        fields = self.fields
        start, end = (fields.take(key, _as_moment, required=True) for key in ("startTime", "endTime"))
        first = fields.take("completionStartTime", _as_moment)
        fields.left.pop("response_time", None)  # of a stream it is the time to the first token
        if start is None:
            if not fields.problems:
                what = "missing: the record needs the time of the request"
                fields.problems.append(Problem(what, fields.at("startTime")))
            return None
        if end is not None and end < start:
            what = "it lies before the start, as when a clock was set back: taken as unknown"
            fields.diagnostics.append(Diagnostic("coerced", fields.at("endTime"), what))
            end = None
        tells = self.streamed and not self.is_cached and first is not None and start <= first != end
        first_ms = (first - start).total_seconds() * 1000 if tells and first is not None else None
        return Timing(start=start, end=end, first_token_ms=first_ms)

    def _usage_and_cost(self) -> tuple[Usage, Cost]:
        """Take tokens and cost; a failure has zeros instead, and a cached answer those of another call."""
        fields = self.fields
        provider = or_none(as_text, fields.left.get("custom_llm_provider"))
        usage = tokens(fields, self.usage)
        charged = cost(fields, self.usage, self.headers, provider)
        self.metadata.left.pop("usage_object", None)
        if self.is_failure or self.is_cached:
            return Usage(), Cost()
        return usage, charged

    def _status(self) -> Status:
        self.fields.left.pop("status", None)
        return "error" if self.is_failure else "ok"

    def _served_model(self) -> str | None:
        """Return the model that answered; the proxy writes the alias of its caller over it."""
        served = self.response.text("model")
        alias = or_none(as_text, self.fields.left.get("model_group"))
        return None if served is None or served == alias else served.removeprefix(_GATEWAY)

    def _rest(self) -> dict[str, Json]:
        """Return what is left, without copies and without headers of requests and responses."""
        unwanted = _COPIES if self.is_failure else (*_COPIES, "error_information")
        left = {key: value for key, value in self.fields.left.items() if key not in unwanted}
        hidden = {key: value for key, value in self.hidden.left.items() if key not in _HIDDEN_COPIES}
        parts = {
            "metadata": self.metadata.left,
            "hidden_params": hidden,
            "response": {key: value for key, value in self.response.left.items() if key not in _ABOUT},
            "usage": self.usage.left,
        }
        rest = {**left, **parts}
        return _pruned(
            {key: _pruned(value) if isinstance(value, dict) else value for key, value in rest.items()}
        )


def _pruned(values: dict[str, Json]) -> dict[str, Json]:
    """Return the keys that say something: no null, and nothing empty."""
    return {key: value for key, value in values.items() if value not in (None, "", [], {})}


def _as_moment(value: Json) -> datetime:
    """Return a time from seconds since 1970."""
    seconds = as_float(value)
    if not 0 <= seconds < _CENTURIES:
        raise FieldError(f"expected seconds since 1970, got {seconds}")
    moment = EARLIEST + timedelta(seconds=seconds)
    if what := wrong_instant(moment):
        raise FieldError(what)
    return moment
