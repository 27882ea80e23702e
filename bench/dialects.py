"""One request with its answer, written as our own record and as a Broadcast delivery.

The delivery has the shape of `examples/deliveries/`: the content in three copies each, an attempt span and
the span that streams have. Both lines read as the same generation; `python -m bench` checks it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
from attrs import frozen

_KNOWN_TRACE_KEYS = ("trace_id", "trace_name", "span_name")
_PRICE_IN, _PRICE_OUT = Decimal("0.000001"), Decimal("0.000005")


@frozen(kw_only=True)
class Call:
    """One request and its answer, before a dialect is chosen."""

    id: str
    span: str
    start_ms: int
    end_ms: int
    first_token_ms: int
    latency_ms: int
    model: str
    author: str
    provider: str
    provider_slug: str
    native_finish_reason: str
    messages: list[dict[str, Any]]
    answer: str | None
    tool_calls: list[dict[str, Any]]
    tools: list[dict[str, Any]]
    temperature: float
    max_tokens: int
    tokens_in: int
    tokens_out: int
    cached: int
    user: str
    session: str | None
    attempt: str
    trace: dict[str, Any]

    @property
    def finish_reason(self) -> str:
        """Why the answer ends."""
        return "tool_calls" if self.tool_calls else "stop"

    @property
    def custom(self) -> dict[str, Any]:
        """The caller's own keys of the trace."""
        return {key: value for key, value in self.trace.items() if key not in _KNOWN_TRACE_KEYS}

    @property
    def parameters(self) -> dict[str, Any]:
        """What tuned the model."""
        return {"temperature": self.temperature, "max_tokens": self.max_tokens, "stream": True}

    @property
    def costs(self) -> tuple[Decimal, Decimal]:
        """US dollars of the input and of the output."""
        return _PRICE_IN * self.tokens_in, _PRICE_OUT * self.tokens_out

    @property
    def permaslug(self) -> str:
        """The model in its dated spelling."""
        return f"{self.model}-20261001"


def as_record(call: Call) -> bytes:
    """Return the line of NDJSON that our own codec reads."""
    message: dict[str, Any] = {"role": "assistant", "content": call.answer}
    if call.tool_calls:
        message["tool_calls"] = call.tool_calls
    choice = {
        "index": 0,
        "message": message,
        "finish_reason": call.finish_reason,
        "native_finish_reason": call.native_finish_reason,
    }
    content: dict[str, Any] = {"input": {"messages": call.messages}, "output": {"choices": [choice]}}
    if call.tools:
        content["request"] = {"tools": call.tools}
    start, end = _written(call.start_ms), _written(call.end_ms)
    cost_in, cost_out = call.costs
    trace = {key: value for key, value in call.trace.items() if key in _KNOWN_TRACE_KEYS}
    if call.custom:
        trace["metadata"] = call.custom
    document = {
        "id": call.id,
        "timing": {
            "start": start,
            "end": end,
            "first_token_ms": float(call.first_token_ms),
            "router_latency_ms": float(call.latency_ms),
        },
        "status": "ok",
        "model": call.model,
        "served_model": call.model,
        "author": call.author,
        "provider": call.provider,
        "provider_slug": call.provider_slug,
        "streamed": True,
        "finish_reason": call.finish_reason,
        "native_finish_reason": call.native_finish_reason,
        "parameters": call.parameters,
        "usage": {
            "input_tokens": call.tokens_in,
            "output_tokens": call.tokens_out,
            "total_tokens": call.tokens_in + call.tokens_out,
            "cache_read_tokens": call.cached,
        },
        "cost": {
            "total": str(cost_in + cost_out),
            "input": str(cost_in),
            "output": str(cost_out),
            "source": "billed",
            "is_byok": False,
        },
        "trace": trace,
        "identity": _known({"user_id": call.user, "session_id": call.session, "api_key_name": "help desk"}),
        "attempts": [
            {
                "index": 0,
                "provider": call.provider,
                "status_code": 200,
                "start": start,
                "end": end,
                "latency_ms": float(call.first_token_ms),
                "is_byok": False,
                "id": call.attempt,
                "model": call.permaslug,
            }
        ],
        "content": content,
        "schema_version": 1,
    }
    return _compact(_known(document))


def as_delivery(call: Call) -> bytes:
    """Return the body that OpenRouter Broadcast posts to a webhook."""
    name = {"key": "service.name", "value": {"stringValue": "openrouter"}}
    version = {"key": "service.version", "value": {"stringValue": "1.0.0"}}
    trace_id = {"key": "openrouter.trace.id", "value": {"stringValue": call.trace.get("trace_id", call.id)}}
    groups = [
        {
            "resource": {"attributes": [name, version, trace_id]},
            "scopeSpans": [{"scope": {"name": "openrouter"}, "spans": [span]}],
        }
        for span in (_root_span(call), _attempt_span(call), _stream_span(call))
    ]
    return _compact({"resourceSpans": groups})


def _root_span(call: Call) -> dict[str, Any]:
    system = "trace.metadata.openrouter."
    asked = _text({"messages": call.messages})
    answered = _text(_completion(call))
    cost_in, cost_out = call.costs
    response = {
        "id": call.attempt,
        "provider_name": call.provider,
        "status": 200,
        "latency": call.first_token_ms,
        "is_byok": False,
        "model_permaslug": call.permaslug,
    }
    tried = _text([response])
    values = {
        "trace.name": call.trace.get("trace_name", "OpenRouter Request"),
        "user.id": call.user,
        "session.id": call.session,
        **{f"trace.metadata.{key}": value for key, value in call.custom.items()},
        **{f"span.metadata.{key}": value for key, value in call.custom.items()},
        system + "source": "openrouter",
        system + "api_key_name": "help desk",
        "span.type": "generation",
        "span.level": "DEFAULT",
        "span.input": asked,
        "trace.input": asked,
        "span.output": answered,
        "trace.output": answered,
        "gen_ai.operation.name": "chat",
        "gen_ai.system": call.author,
        "gen_ai.provider.name": call.author,
        "gen_ai.request.model": call.model,
        "gen_ai.response.model": call.model,
        "gen_ai.response.id": call.id,
        "gen_ai.request.temperature": call.temperature,
        "gen_ai.request.max_tokens": call.max_tokens,
        "gen_ai.response.finish_reason": call.finish_reason,
        "gen_ai.response.finish_reasons": _text([call.finish_reason]),
        "gen_ai.prompt": asked,
        "gen_ai.completion": answered,
        "gen_ai.usage.input_tokens": call.tokens_in,
        "gen_ai.usage.output_tokens": call.tokens_out,
        "gen_ai.usage.total_tokens": call.tokens_in + call.tokens_out,
        "gen_ai.usage.input_tokens.cached": call.cached,
        "gen_ai.usage.input_cost": float(cost_in),
        "gen_ai.usage.output_cost": float(cost_out),
        "gen_ai.usage.total_cost": float(cost_in + cost_out),
        system + "router_latency_ms": float(call.latency_ms),
        system + "first_token_ms": float(call.first_token_ms),
        system + "provider_name": call.provider,
        system + "provider_slug": call.provider_slug,
        system + "finish_reason": call.native_finish_reason,
        "trace.metadata.provider_responses": tried,
        "span.metadata.provider_responses": tried,
    }
    return _span(call, call.span, "LLM Generation", 3, values)


def _completion(call: Call) -> dict[str, Any]:
    request = {
        "model": call.model,
        **call.parameters,
        "messages": call.messages,
        "tools": call.tools or None,
        "user": call.user,
        "session_id": call.session,
        "trace": call.trace or None,
    }
    found = {
        "toolCalls": call.tool_calls or None,
        "tools": call.tools or None,
        "rawRequest": _known(request),
    }
    return {"completion": call.answer, "reasoning": None, **_known(found)}


def _attempt_span(call: Call) -> dict[str, Any]:
    values = {
        "span.type": "span",
        "span.level": "DEFAULT",
        "gen_ai.operation.name": "chat",
        "gen_ai.response.id": f"{call.id}:attempt-0",
        "trace.metadata.openrouter.provider_name": call.provider,
        "span.metadata.attempt_index": 0,
        "span.metadata.status_code": 200,
        "span.metadata.is_byok": False,
        "span.metadata.model_permaslug": call.permaslug,
    }
    return _span(call, call.span[::-1], f"provider attempt 1: {call.provider}", 2, values, parent=call.span)


def _stream_span(call: Call) -> dict[str, Any]:
    values = {
        "span.type": "span",
        "span.level": "DEFAULT",
        "gen_ai.operation.name": "chat",
        "gen_ai.response.id": f"{call.id}:generation",
    }
    return _span(call, call.span[1:] + "a", "generation", 2, values, parent=call.span)


def _span(
    call: Call, span_id: str, name: str, kind: int, values: dict[str, Any], parent: str | None = None
) -> dict[str, Any]:
    pairs = [{"key": key, "value": _any(value)} for key, value in values.items() if value is not None]
    span = {
        "traceId": call.span * 2,
        "spanId": span_id,
        "parentSpanId": parent,
        "name": name,
        "kind": kind,
        "startTimeUnixNano": str(call.start_ms * 1_000_000),
        "endTimeUnixNano": str(call.end_ms * 1_000_000),
        "attributes": pairs,
        "status": {"code": 1},
    }
    return _known(span)


def _any(value: bool | float | str) -> dict[str, Any]:
    """Return an OTLP value; a whole double is written without a point, as JavaScript does."""
    kinds = {bool: "boolValue", int: "intValue", float: "doubleValue", str: "stringValue"}
    plain = int(value) if isinstance(value, float) and value.is_integer() else value
    return {kinds[type(value)]: plain}


def _written(milliseconds: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _known(document: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if value is not None}


def _text(value: Any) -> str:
    return _compact(value).decode()


def _compact(value: Any) -> bytes:
    """Return JSON without spaces, numbers spelled as JavaScript spells them (0.00002, not 2e-05)."""
    return orjson.dumps(value)
