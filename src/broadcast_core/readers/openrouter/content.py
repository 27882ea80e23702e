"""What was asked and answered: out of the copies that a delivery carries, in the shapes of the record.

Broadcast sends prompt and completion under three names each, and the completion brings the caller's whole
request along (`rawRequest`). Each is read once; a copy that differs is kept.
"""

from __future__ import annotations

from collections.abc import Mapping

from broadcast_core.jsontext import Json, keep
from broadcast_core.readers.fields import Fields
from broadcast_core.record.generation import Content
from broadcast_core.record.messages import INPUT_KEYS

PROMPT = ("gen_ai.prompt", "span.input", "trace.input")
COMPLETION = ("gen_ai.completion", "span.output", "trace.output")
_ANSWER = ("completion", "reasoning", "toolCalls")
_BESIDE = ("tools", "rawRequest")
_ELSEWHERE = {"user": "user.id", "session_id": "session.id", "model": "gen_ai.request.model"}


def first_copy(fields: Fields, keys: tuple[str, ...]) -> Json:
    """Take the first of several copies, and drop the others where they are equal or empty."""
    for nothing in (None, ""):
        fields.drop_copies(keys, nothing)
    first = next((key for key in keys if key in fields.left), None)
    if first is None:
        return None
    fields.drop_copies([key for key in keys if key != first], fields.left[first])
    return fields.json(first)


def as_response(answer: Json, finish_reason: str | None, native_finish_reason: str | None) -> Json:
    """Return Broadcast's completion object as a chat response; other shapes stay as they are."""
    if not isinstance(answer, dict) or not answer.keys() & {*_ANSWER, *_BESIDE}:
        return answer
    rest = {key: value for key, value in answer.items() if key not in _ANSWER and key not in _BESIDE}
    if "choices" in rest:
        return rest | {key: answer[key] for key in _ANSWER if answer.get(key) is not None}
    text, reasoning, calls = (answer.get(key) for key in _ANSWER)
    if text is None and reasoning is None and not calls and not rest:
        return None
    message: dict[str, Json] = {"role": "assistant", "content": text}
    if reasoning is not None:
        message["reasoning"] = reasoning
    if calls:
        message["tool_calls"] = calls
    choice: dict[str, Json] = {"index": 0, "message": message}
    if finish_reason is not None:
        choice["finish_reason"] = finish_reason
    if native_finish_reason is not None:
        choice["native_finish_reason"] = native_finish_reason
    return {"choices": [choice], **rest}


def echoed_request(completion: Json) -> Json:
    """Return the caller's own request, which the completion brings along."""
    return completion.get("rawRequest") if isinstance(completion, dict) else None


def from_delivery(
    fields: Fields,
    stated: Mapping[str, Json],
    completion: Json,
    request: Json,
    finish_reason: str | None,
    native_finish_reason: str | None,
) -> Content:
    """Take the prompt, and make the content of it, the answer and the rest of the request.

    `stated` are the attributes: what they say already is left out of the request.
    """
    prompt = first_copy(fields, PROMPT)
    known = {
        **{key: stated[name] for key, name in _ELSEWHERE.items() if name in stated},
        **(prompt if isinstance(prompt, dict) else {}),
    }
    rest = _without_known(request, known)
    if prompt is None:
        prompt = _take_input(rest)
    tools = completion.get("tools") if isinstance(completion, dict) else None
    if tools is not None:
        rest = _with_tools(rest, tools)
    output = as_response(completion, finish_reason, native_finish_reason)
    return Content(input=prompt, output=output, request=rest or None)


def _without_known(request: Json, known: Mapping[str, Json]) -> Json:
    """Return the request without the keys that the record already has."""
    if not isinstance(request, dict):
        return request
    return {
        key: value
        for key, value in request.items()
        if not (key in known and known[key] == value) and not (key == "trace" and isinstance(value, dict))
    }


def _take_input(request: Json) -> Json:
    """Take the input out of a request that came without its prompt."""
    if not isinstance(request, dict):
        return None
    return next(({key: request.pop(key)} for key in INPUT_KEYS if request.get(key) is not None), None)


def _with_tools(request: Json, tools: Json) -> dict[str, Json]:
    """Add the tools that came beside the answer to the request, unless it has the same already."""
    echo = {} if request is None else {"rawRequest": request}
    result = dict(request) if isinstance(request, dict) else echo
    if result.get("tools") != tools:
        keep(result, "tools", tools)
    return result
