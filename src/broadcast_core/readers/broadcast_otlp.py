"""OpenRouter Broadcast deliveries (OTLP/JSON, webhook and collector) into generations.

One delivery is one request: a root span with everything, a child span per provider attempt, and for
streams a `generation` child. Attribute names are no contract: what is known is read in each spelling that
has been seen, what is unknown is kept in `extra`. Copies of the same content are read once.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from broadcast_core.diagnostic import Diagnostic, Problem
from broadcast_core.generation import (
    Attempt,
    Content,
    Cost,
    Failure,
    Generation,
    Identity,
    Status,
    Timing,
    TraceContext,
    Usage,
)
from broadcast_core.jsontext import Json
from broadcast_core.readers import custom_keys
from broadcast_core.readers.fields import (
    Fields,
    as_count,
    as_decimal,
    as_flag,
    as_float,
    as_unix_nanoseconds,
    from_json_text,
)
from broadcast_core.readers.opt_in import sorted_into_groups
from broadcast_core.readers.otlp import NotOtlpError, Span, spans
from broadcast_core.readers.parameters import known_parameters
from broadcast_core.readers.reading import Ignored, Read, Reading, Rejected

DEFAULT_TRACE_NAME = "OpenRouter Request"
DEFAULT_GENERATION_NAME = "LLM Generation"
DISCONNECTED = "The client has disconnected"  # how Broadcast words a request that its caller gave up

_SYSTEM = "trace.metadata.openrouter."
_GROUPS = ("trace.metadata.openrouter_generation.", "span.metadata.openrouter_generation.")
_PARAMETERS = "gen_ai.request."
_SAMPLE_NAME = "Test Trace - OpenRouter Observability"
_SAMPLE_SOURCE = "observability-test-button"


def read(document: Json) -> Reading:
    """Return the generations of one delivery, or of several that a collector put together."""
    try:
        everything = list(spans(document))
    except NotOtlpError as error:
        return Reading((Rejected(problems=(Problem(error.what, error.path),)),))
    if not everything:
        return Reading((Ignored(kind="empty_delivery", what="a delivery without spans: a connection test"),))
    roots, children, orphans = _families(everything)
    outcomes = [_outcome(root, children.get((root.trace_id, root.span_id), [])) for root in roots]
    outcomes += [_orphaned(span) for span in orphans]
    return Reading(tuple(outcomes))


def _families(everything: Iterable[Span]) -> tuple[list[Span], dict[tuple[str, str], list[Span]], list[Span]]:
    """Return the root spans, the children of each, and the children whose root is not here."""
    roots: list[Span] = []
    others: list[Span] = []
    for span in everything:
        (others if _is_child(span) else roots).append(span)
    known = {(root.trace_id, root.span_id) for root in roots}
    children: dict[tuple[str, str], list[Span]] = {}
    for span in others:
        children.setdefault((span.trace_id, span.parent_span_id), []).append(span)
    orphans = [span for key, family in children.items() if key not in known for span in family]
    return roots, children, orphans


def _is_child(span: Span) -> bool:
    if span.name.startswith("provider attempt ") or span.attributes.get("span.type") == "span":
        return True
    return bool(span.parent_span_id) and span.name in ("generation", "moderation") and span.kind in (2, "2")


def _orphaned(span: Span) -> Rejected:
    what = f"the span {span.name!r} came without the root span that it belongs to"
    return Rejected(problems=(Problem(what, span.path),), id=_base_id(span))


def _base_id(span: Span) -> str | None:
    value = span.attributes.get("gen_ai.response.id")
    return value.split(":", 1)[0] if isinstance(value, str) and value.strip() else None


def _outcome(root: Span, children: list[Span]) -> Read | Ignored | Rejected:
    if ignored := _test_delivery(root):
        return ignored
    fields = Fields(root.attributes, f"{root.path}.attributes", quoted=True)
    return _Root(root, fields, children).outcome()


def _test_delivery(root: Span) -> Ignored | None:
    if root.name == "openrouter-connection-test" or (
        root.trace_id.strip("0") == "1" and not root.attributes  # the ids that the connection test uses
    ):
        return Ignored(kind="connection_test", what="OpenRouter's Test Connection", id=root.span_id or None)
    sources = (root.attributes.get("trace.metadata.source"), root.attributes.get("source"))
    if root.attributes.get("trace.name") == _SAMPLE_NAME or _SAMPLE_SOURCE in sources:
        return Ignored(kind="sample_trace", what="OpenRouter's Send Trace sample", id=_base_id(root))
    return None


class _Root:
    """The reading of one root span with its children; each method takes what it knows from the fields."""

    def __init__(self, span: Span, fields: Fields, children: list[Span]) -> None:
        self.span = span
        self.fields = fields
        self.children = children

    def outcome(self) -> Read | Rejected:
        """Return the generation, or every reason why there is none."""
        fields = self.fields
        generation_id = self._id()
        start, end = self._times()
        body = self._body(generation_id, start, end)
        for key in self.span.repeated:
            fields.diagnostics.append(
                Diagnostic("dropped", fields.at(key), "given twice with different values; the first was read")
            )
        if fields.problems:
            return Rejected(problems=tuple(fields.problems), id=generation_id)
        return Read(generation=Generation(**body), diagnostics=tuple(fields.diagnostics))

    def _body(
        self, generation_id: str | None, start: datetime | None, end: datetime | None
    ) -> dict[str, Any]:
        fields = self.fields
        timing = self._timing(start, end)
        completion = fields.json("gen_ai.completion")
        request = completion.get("rawRequest") if isinstance(completion, dict) else None
        context, streamed_in_request = self._trace(generation_id, request), _streamed(request)
        finish_reason, native = self._finish_reasons()
        parameters, unread_request = known_parameters(request)
        parameters = {**parameters, **self._parameters()}
        content = self._content(completion, unread_request, finish_reason, native)
        attempts, stream_child = self._attempts(timing)
        cost_group, identity_group, context_group = sorted_into_groups(self._group())
        return {
            "id": generation_id,
            "timing": timing,
            "status": self._status(context_group),
            "operation": fields.text("gen_ai.operation.name") or "chat",
            "model": fields.text("gen_ai.request.model"),
            "served_model": fields.text("gen_ai.response.model"),
            "author": fields.text("gen_ai.provider.name", "gen_ai.system"),
            "provider": fields.text(_SYSTEM + "provider_name", "openrouter.provider_name"),
            "provider_slug": fields.text(_SYSTEM + "provider_slug", "openrouter.provider_slug"),
            "streamed": _first_known(
                context_group.get("streamed"), streamed_in_request, stream_child or None
            ),
            "finish_reason": finish_reason,
            "native_finish_reason": native,
            "parameters": parameters,
            "usage": self._usage(cost_group),
            "cost": self._cost(cost_group, attempts),
            "trace": context,
            "identity": self._identity(),
            "attempts": attempts,
            "failure": self._failure(),
            "generation_cost": cost_group,
            "generation_identity": identity_group,
            "generation_request_context": context_group,
            "truncated": self._truncated(),
            "content": content,
            "extra": self._rest(),
        }

    def _id(self) -> str | None:
        resource_id = self.span.resource.get("openrouter.trace.id")
        generation_id = self.fields.text("gen_ai.response.id") or (
            resource_id.strip() if isinstance(resource_id, str) and resource_id.startswith("gen-") else None
        )
        if generation_id is None:
            what = "missing: the generation needs its id, for example gen-1790606055-lQEt"
            self.fields.problems.append(Problem(what, self.fields.at("gen_ai.response.id")))
        elif not generation_id.isprintable():
            what = "expected an id without control characters"
            self.fields.problems.append(Problem(what, self.fields.at("gen_ai.response.id")))
        return generation_id

    def _times(self) -> tuple[datetime | None, datetime | None]:
        times = Fields(self.span.raw, self.span.path)
        start = times.take("startTimeUnixNano", as_unix_nanoseconds, must=True)
        end = times.take("endTimeUnixNano", as_unix_nanoseconds, must=True)
        if start is None and not times.problems:
            what = "missing: the span needs its start, nanoseconds since 1970"
            times.problems.append(Problem(what, times.at("startTimeUnixNano")))
        if start and end and end < start:
            what = f"the end {end.isoformat()} lies before the start {start.isoformat()}"
            times.problems.append(Problem(what, times.at("endTimeUnixNano")))
        self.fields.problems += times.problems
        return start, end

    def _timing(self, start: datetime | None, end: datetime | None) -> Timing:
        number = self.fields.number
        broken = start is None or (end is not None and end < start)
        return Timing(
            start=_PLACEHOLDER if broken or start is None else start,
            end=None if broken else end,
            first_token_ms=number(_SYSTEM + "first_token_ms"),
            router_latency_ms=number(_SYSTEM + "router_latency_ms"),
            provider_request_ms=number(_SYSTEM + "provider_request_ms"),
            provider_headers_ms=number(_SYSTEM + "provider_headers_ms"),
            provider_body_end_ms=number(_SYSTEM + "provider_body_end_ms"),
            provider_time_to_first_token_ms=number(_SYSTEM + "provider_time_to_first_token_ms"),
            inter_token_latency_ms=number(_SYSTEM + "inter_token_latency_ms"),
        )

    def _status(self, context_group: dict[str, Json]) -> Status:
        self.fields.left.pop("span.type", None)
        level = self.fields.left.get("span.level")
        if level in ("DEFAULT", "ERROR"):
            del self.fields.left["span.level"]
        if context_group.get("cancelled") is True or self._message() == DISCONNECTED:
            return "cancelled"
        return "error" if self.span.failed else "ok"

    def _message(self) -> str | None:
        found = self.span.status.get("message") or self.span.attributes.get("span.status_message")
        return found if isinstance(found, str) else None

    def _failure(self) -> Failure | None:
        event = next((event for event in self.span.events if event.name == "exception"), None)
        told = event.attributes if event else {}
        self.fields.drop_copies(("span.status_message",), self._message())
        if not self.span.failed and not told:
            return None
        kind, message, stacktrace = (
            _text(told.get(f"exception.{key}")) for key in ("type", "message", "stacktrace")
        )
        said = self._message()
        raw = {"exception.message": message} if message and said and message != said else None
        return Failure(type=kind or "Error", message=said or message, stacktrace=stacktrace, raw=raw)

    def _usage(self, cost_group: dict[str, Json]) -> Usage:
        count, usage = self.fields.count, "gen_ai.usage."
        estimated = cost_group.get("usage_is_estimated")
        return Usage(
            input_tokens=count(usage + "input_tokens", usage + "prompt_tokens"),
            output_tokens=count(usage + "output_tokens", usage + "completion_tokens"),
            total_tokens=count(usage + "total_tokens"),
            cache_read_tokens=count(usage + "input_tokens.cached"),
            cache_write_tokens=count(
                usage + "input_tokens.cache_write", usage + "input_tokens.cache_creation"
            ),
            cache_write_5m_tokens=count(usage + "input_tokens.cache_write_5m"),
            cache_write_1h_tokens=count(usage + "input_tokens.cache_write_1h"),
            reasoning_tokens=count(usage + "output_tokens.reasoning"),
            input_audio_tokens=count(usage + "input_tokens.audio"),
            input_image_tokens=count(usage + "input_tokens.image"),
            input_video_tokens=count(usage + "input_tokens.video"),
            output_audio_tokens=count(usage + "output_tokens.audio"),
            output_image_tokens=count(usage + "output_tokens.image"),
            is_estimated=estimated if isinstance(estimated, bool) else None,
        )

    def _cost(self, cost_group: dict[str, Json], attempts: tuple[Attempt, ...]) -> Cost:
        money, usage = self.fields.money, "gen_ai.usage."
        total = money(usage + "total_cost", usage + "cost")
        byok = cost_group.get("is_byok")
        if byok is None:
            byok = next(
                (a.is_byok for a in reversed(attempts) if a.is_byok is not None and not a.failed), None
            )
        return Cost(
            total=total,
            input=money(usage + "input_cost"),
            output=money(usage + "output_cost"),
            upstream=_decimal(cost_group, "byok_usage_inference") if byok is True else None,
            input_unit_price=money(_SYSTEM + "input_unit_price"),
            output_unit_price=money(_SYSTEM + "output_unit_price"),
            source="unknown" if total is None else "billed",
            is_byok=byok if isinstance(byok, bool) else None,
        )

    def _identity(self) -> Identity:
        text = self.fields.text
        return Identity(
            user_id=text("user.id"),
            session_id=text("session.id"),
            api_key_name=text(_SYSTEM + "api_key_name"),
            api_key_hash=text(_SYSTEM + "api_key_hash"),
            entity_id=text(_SYSTEM + "entity_id"),
            creator_user_id=text(_SYSTEM + "creator_user_id"),
            gateway_user_id=text(_SYSTEM + "user_id"),
        )

    def _finish_reasons(self) -> tuple[str | None, str | None]:
        reasons = self.fields.json("gen_ai.response.finish_reasons")
        single = self.fields.text("gen_ai.response.finish_reason")
        if isinstance(reasons, list) and reasons and isinstance(reasons[0], str):
            single = single or reasons[0]
            if reasons != [single]:
                self.fields.left["gen_ai.response.finish_reasons"] = reasons
        return single, self.fields.text(_SYSTEM + "finish_reason")

    def _parameters(self) -> dict[str, Json]:
        found = {}
        for key in [
            key for key in self.fields.left if key.startswith(_PARAMETERS) and key != _PARAMETERS + "model"
        ]:
            value = self.fields.left.pop(key)
            found[key.removeprefix(_PARAMETERS)] = _number_if_spelled(value)
        return found

    def _trace(self, generation_id: str | None, request: Json) -> TraceContext:
        fields = self.fields
        echo = request.get("trace") if isinstance(request, dict) else None
        echo = echo if isinstance(echo, dict) else {}
        resource_id = self.span.resource.get("openrouter.trace.id")
        stated = resource_id if isinstance(resource_id, str) and resource_id.strip() else None
        trace_id = stated if stated != generation_id else None
        name = fields.text("trace.name")
        tags = fields.json("trace.tags")
        custom = custom_keys.collect(fields, echo)
        if tags is None:
            tags = custom.get("tags")
            if _are_tags(tags):
                del custom["tags"]
        fields.left.pop(_SYSTEM + "source", None) if fields.left.get(
            _SYSTEM + "source"
        ) == "openrouter" else None
        return TraceContext(
            trace_id=self._clean_id(trace_id or _text(echo.get("trace_id")), "trace_id"),
            trace_name=name if name != DEFAULT_TRACE_NAME else None,
            span_name=_text(echo.get("span_name")),
            generation_name=self.span.name
            if self.span.name.strip() not in ("", DEFAULT_GENERATION_NAME)
            else None,
            parent_span_id=self._clean_id(
                self.span.parent_span_id or _text(echo.get("parent_span_id")), "parent_span_id"
            ),
            tags=tuple(tags) if _are_tags(tags) else (),
            metadata=custom,
        )

    def _clean_id(self, value: str | None, name: str) -> str | None:
        if value is None or not value.strip():
            return None
        if value.isprintable():
            return value
        what = f"control characters were taken out of the {name}"
        self.fields.diagnostics.append(Diagnostic("coerced", self.span.path, what))
        return "".join(char for char in value if char.isprintable()) or None

    def _group(self) -> dict[str, Json]:
        """Take the opt-in attributes `openrouter_generation.*`, which come in two copies."""
        found: dict[str, Json] = {}
        for prefix in _GROUPS:
            for key in [key for key in self.fields.left if key.startswith(prefix)]:
                name = key.removeprefix(prefix)
                value = self.fields.left[key]
                if name not in found:
                    found[name] = from_json_text(value)[0] if isinstance(value, str) else value
                elif value != found[name] and from_json_text(str(value))[0] != found[name]:
                    continue
                del self.fields.left[key]
        return found

    def _content(
        self,
        completion: Json,
        request: Json,
        finish_reason: str | None,
        native: str | None,
    ) -> Content:
        fields = self.fields
        prompt_text = fields.left.get("gen_ai.prompt")
        prompt = fields.json("gen_ai.prompt")
        fields.drop_copies(("span.input", "trace.input"), prompt_text)
        fields.drop_copies(("span.output", "trace.output"), self.span.attributes.get("gen_ai.completion"))
        if prompt is None:
            prompt = self._copy_of_content(("span.input", "trace.input"))
        if completion is None:
            completion = self._copy_of_content(("span.output", "trace.output"))
        output, tools = _as_response(completion, finish_reason, native)
        request = _without_known(request, prompt, self.span.attributes)
        if tools is not None:
            request = {**(request if isinstance(request, dict) else {}), "tools": tools}
        return Content(input=prompt, output=output, request=request or None)

    def _copy_of_content(self, keys: tuple[str, ...]) -> Json:
        for key in keys:
            if (text := self.fields.left.get(key)) is not None:
                value = self.fields.json(key)
                self.fields.drop_copies(keys, text)
                return value
        return None

    def _attempts(self, timing: Timing) -> tuple[tuple[Attempt, ...], bool]:
        """Return the provider attempts, and whether the child that only streams have is there."""
        listed = self._provider_responses()
        found = [
            _attempt(span, listed, timing)
            for span in self.children
            if span.name.startswith("provider attempt ")
        ]
        if not found:
            found = [_listed_attempt(index, item) for index, item in enumerate(listed)]
        streamed = any(span.name == "generation" for span in self.children)
        found.sort(key=lambda attempt: attempt.index)
        self._keep_unknown_children()
        return tuple(found), streamed

    def _provider_responses(self) -> list[dict[str, Json]]:
        keys = ("trace.metadata.provider_responses", "span.metadata.provider_responses")
        original = self.span.attributes.get(keys[0], self.span.attributes.get(keys[1]))
        if original is None:
            return []
        self.fields.drop_copies(keys, original)
        value = from_json_text(original)[0] if isinstance(original, str) else original
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            return value
        self.fields.left[keys[0]] = original
        return []

    def _keep_unknown_children(self) -> None:
        for span in self.children:
            known = span.name.startswith("provider attempt ") or span.name == "generation"
            left = {} if known else dict(span.attributes)
            if not known:
                self.fields.left[f"child span {span.name}"] = {
                    "attributes": left,
                    **{key: span.raw.get(key) for key in ("startTimeUnixNano", "endTimeUnixNano", "status")},
                }

    def _truncated(self) -> tuple[str, ...]:
        suffix = ".truncated"
        keys = [
            key for key, value in self.fields.left.items() if key.endswith(suffix) and value in (True, "true")
        ]
        for key in keys:
            del self.fields.left[key]
        return tuple(key.removesuffix(suffix) for key in keys)

    def _rest(self) -> dict[str, Json]:
        left = dict(self.fields.left)
        for event in self.span.events:
            if event.name not in ("exception", "openrouter.trace_truncated"):
                left[f"event {event.name}"] = event.attributes
        resource = {
            key: value
            for key, value in self.span.resource.items()
            if key != "openrouter.trace.id" and (key, value) not in _USUAL_RESOURCE
        }
        if resource:
            left["resource"] = resource
        return left


_USUAL_RESOURCE = (("service.name", "openrouter"), ("service.version", "1.0.0"))
_PLACEHOLDER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")  # stands in a record that is rejected


def _attempt(span: Span, listed: list[dict[str, Json]], timing: Timing) -> Attempt:
    """Read an attempt span; its times are clamped to those of the root, which it can outlast."""
    fields = Fields(span.attributes, f"{span.path}.attributes", quoted=True)
    number = _attempt_number(span.name)
    index = fields.take("span.metadata.attempt_index", as_count)
    index = index if index is not None else (number or 1) - 1
    other = listed[index] if index < len(listed) else {}
    times = Fields(span.raw, span.path)
    start = _clamped(times.take("startTimeUnixNano", as_unix_nanoseconds), timing)
    end = _clamped(times.take("endTimeUnixNano", as_unix_nanoseconds), timing)
    message = span.status.get("message") or fields.text("span.status_message")
    return Attempt(
        index=index,
        provider=fields.text(_SYSTEM + "provider_name")
        or _text(other.get("provider_name"))
        or _named(span.name),
        status_code=_soft(
            as_count, fields.left.pop("span.metadata.status_code", None) or other.get("status")
        ),
        start=start,
        end=end if start is None or end is None or end >= start else start,
        latency_ms=_soft(as_float, other.get("latency")),
        is_byok=_soft(as_flag, _first_known(fields.left.get("span.metadata.is_byok"), other.get("is_byok"))),
        id=_text(other.get("id")),
        endpoint_id=fields.text("span.metadata.endpoint_id") or _text(other.get("endpoint_id")),
        model=fields.text("span.metadata.model_permaslug") or _text(other.get("model_permaslug")),
        message=message if isinstance(message, str) else None,
    )


def _listed_attempt(index: int, item: dict[str, Json]) -> Attempt:
    return Attempt(
        index=index,
        provider=_text(item.get("provider_name")),
        status_code=_soft(as_count, item.get("status")),
        latency_ms=_soft(as_float, item.get("latency")),
        is_byok=_soft(as_flag, item.get("is_byok")),
        id=_text(item.get("id")),
        endpoint_id=_text(item.get("endpoint_id")),
        model=_text(item.get("model_permaslug")),
    )


def _attempt_number(name: str) -> int | None:
    digits = name.removeprefix("provider attempt ").split(":", 1)[0]
    return (
        int(digits)
        if digits.isdecimal() and digits.isascii() and len(digits) < 6 and int(digits) > 0
        else None
    )


def _named(name: str) -> str | None:
    return _text(name.partition(":")[2].strip())


def _clamped(moment: datetime | None, timing: Timing) -> datetime | None:
    if moment is None:
        return None
    moment = max(moment, timing.start)
    return min(moment, timing.end) if timing.end else moment


def _as_response(completion: Json, finish_reason: str | None, native: str | None) -> tuple[Json, Json]:
    """Return Broadcast's completion object as a chat response, and the tool definitions beside it."""
    if not isinstance(completion, dict) or not completion.keys() & {"completion", "reasoning", "toolCalls"}:
        return completion, None
    rest = {key: value for key, value in completion.items() if key not in _COMPLETION_KEYS}
    text, reasoning, calls = (completion.get(key) for key in ("completion", "reasoning", "toolCalls"))
    if text is None and reasoning is None and not calls and not rest:
        return None, completion.get("tools")
    message: dict[str, Json] = {"role": "assistant", "content": text}
    if reasoning is not None:
        message["reasoning"] = reasoning
    if calls:
        message["tool_calls"] = calls
    choice: dict[str, Json] = {"index": 0, "message": message}
    if finish_reason is not None:
        choice["finish_reason"] = finish_reason
    if native is not None:
        choice["native_finish_reason"] = native
    return {"choices": [choice], **rest}, completion.get("tools")


_COMPLETION_KEYS = frozenset({"completion", "reasoning", "toolCalls", "tools", "rawRequest"})


def _without_known(request: Json, prompt: Json, attributes: dict[str, Json]) -> Json:
    """Return the echo of the caller's body without what the record has in its place already."""
    if not isinstance(request, dict):
        return request
    known: list[tuple[str, Json]] = [
        ("user", attributes.get("user.id")),
        ("session_id", attributes.get("session.id")),
        ("model", attributes.get("gen_ai.request.model")),
        *((key, value) for key, value in (prompt.items() if isinstance(prompt, dict) else ())),
    ]
    left = dict(request)
    for key, value in known:
        if key in left and left[key] == value:
            del left[key]
    if isinstance(left.get("trace"), dict):
        del left["trace"]
    return left


def _streamed(request: Json) -> bool | None:
    flag = request.get("stream") if isinstance(request, dict) else None
    return flag if isinstance(flag, bool) else None


def _decimal(group: dict[str, Json], key: str) -> Decimal | None:
    amount: Decimal | None = _soft(as_decimal, group.get(key))
    return amount


def _soft(convert: Any, value: Json) -> Any:
    try:
        return None if value is None else convert(value)
    except ValueError:
        return None


def _number_if_spelled(value: Json) -> Json:
    if isinstance(value, str):
        try:
            number = as_float(value)
        except ValueError:
            return from_json_text(value)[0]
        return int(number) if number == int(number) and "." not in value else number
    return value


def _first_known(*values: Json) -> Any:
    return next((value for value in values if value is not None), None)


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _are_tags(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
