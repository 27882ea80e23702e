"""The chunks of a streamed chat completion, put together to the response that was not streamed."""

from __future__ import annotations

from broadcast_core.jsontext import Json

_LAST_WINS = ("id", "model", "provider", "usage", "error", "system_fingerprint", "service_tier")
_GROWING = ("content", "reasoning", "reasoning_content", "refusal")


def assembled(chunks: list[Json]) -> dict[str, Json]:
    """Return one response: texts joined, tool calls put together by index, the last usage."""
    response: dict[str, Json] = {}
    choices: dict[Json, dict[str, Json]] = {}
    for chunk in chunks:
        if not isinstance(chunk, dict):
            continue
        response |= {key: chunk[key] for key in _LAST_WINS if chunk.get(key) is not None}
        parts = chunk.get("choices")
        for part in parts if isinstance(parts, list) else ():
            if isinstance(part, dict):
                _add(choices, part)
    if choices:
        response["choices"] = [
            choices[index] for index in sorted(choices, key=lambda index: (str(type(index)), index))
        ]
    return response


def _add(choices: dict[Json, dict[str, Json]], part: dict[str, Json]) -> None:
    index = part.get("index", 0)
    index = index if isinstance(index, int) else 0
    choice = choices.setdefault(index, {"index": index, "message": {"role": "assistant", "content": None}})
    for key, value in part.items():
        if key not in ("delta", "message", "index") and value is not None:
            choice[key] = value
    delta = part.get("delta", part.get("message"))
    if isinstance(delta, dict):
        _grow(choice["message"], delta)


def _grow(message: dict[str, Json], delta: dict[str, Json]) -> None:
    for key, value in delta.items():
        if value is None:
            continue
        old = message.get(key)
        if key == "tool_calls" and isinstance(value, list):
            message[key] = _calls(old if isinstance(old, list) else [], value)
        elif key in _GROWING and isinstance(value, str):
            message[key] = (old or "") + value
        elif isinstance(old, list) and isinstance(value, list):
            message[key] = old + value
        elif key == "audio" and isinstance(old, dict) and isinstance(value, dict):
            message[key] = {
                **old,
                **value,
                **{k: old[k] + value[k] for k in ("data", "transcript") if _both(old, value, k)},
            }
        else:
            message[key] = value


def _both(old: dict[str, Json], new: dict[str, Json], key: str) -> bool:
    return isinstance(old.get(key), str) and isinstance(new.get(key), str)


def _calls(calls: list[Json], parts: list[Json]) -> list[Json]:
    """Join the parts of tool calls: the name comes once, the arguments grow."""
    found = [dict(call) for call in calls if isinstance(call, dict)]
    for part in parts:
        if not isinstance(part, dict):
            continue
        same = next((call for call in found if call.get("index") == part.get("index")), None)
        if same is None:
            found.append(dict(part))
            continue
        function, more = same.get("function"), part.get("function")
        same |= {key: value for key, value in part.items() if value is not None and key != "function"}
        if isinstance(function, dict) and isinstance(more, dict):
            grown = {key: value for key, value in more.items() if value is not None}
            if _both(function, more, "arguments"):
                grown["arguments"] = function["arguments"] + more["arguments"]
            same["function"] = {**function, **grown}
        elif more is not None:
            same["function"] = more
    return list(found)
