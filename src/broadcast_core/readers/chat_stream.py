"""The chunks of a streamed chat completion, put together to the response that was not streamed.

Texts and tool calls grow, lists are joined; of everything else the last value that is not null counts.
"""

from __future__ import annotations

from typing import Any

from broadcast_core.jsontext import Json

_GROWING = ("content", "reasoning", "reasoning_content", "refusal")


def assembled(chunks: list[Json]) -> dict[str, Json]:
    """Return one response: texts joined, tool calls put together by index, the last usage.

    What is no chunk, and no choice of one, is kept under `chunks`.
    """
    response: dict[str, Json] = {}
    choices: dict[int, dict[str, Json]] = {}
    odd: list[Json] = []
    for chunk in chunks:
        if not isinstance(chunk, dict):
            odd.append(chunk)
            continue
        response |= {key: value for key, value in chunk.items() if value is not None and key != "choices"}
        for part in _listed(chunk.get("choices")):
            if isinstance(part, dict):
                _add(choices, part)
            else:
                odd.append(part)
    if choices:
        response["choices"] = [choices[index] for index in sorted(choices)]
    if odd:
        response["chunks"] = odd
    return response


def _add(choices: dict[int, dict[str, Json]], part: dict[str, Json]) -> None:
    stated = part.get("index")
    index = stated if type(stated) is int else 0
    choice = choices.setdefault(index, {"index": index})
    for key, value in part.items():
        if value is None or (key == "index" and value == index):
            continue
        if key in ("delta", "message") and isinstance(value, dict):
            _grow(choice.setdefault("message", {"role": "assistant", "content": None}), value)
        elif key in ("delta", "message", "text"):
            name = "text" if key == "text" else "delta"
            choice[name] = _longer(choice.get(name), value)
        elif key == "logprobs":
            choice[key] = _joined(choice.get(key), value)
        else:
            choice[key if key != "index" else "stated_index"] = value


def _grow(message: dict[str, Json], delta: dict[str, Json]) -> None:
    for key, value in delta.items():
        old = message.get(key)
        if value is None:
            continue
        if key == "tool_calls":
            message[key] = _calls(_listed(old), _listed(value))
        elif key in _GROWING:
            message[key] = _longer(old, value)
        elif key == "audio" and isinstance(old, dict) and isinstance(value, dict):
            message[key] = _spoken(old, value)
        else:
            _append(message, key, value)


def _append(into: dict[str, Json], key: str, value: Json) -> None:
    """Let a list grow in place; anything else is the latest."""
    old = into.get(key)
    if isinstance(old, list) and isinstance(value, list):
        old += value
    else:
        into[key] = list(value) if isinstance(value, list) else value


def _longer(old: Json, new: Json) -> Json:
    """Return a text with its next piece; pieces of other kinds are listed in their order."""
    if old is None:
        return new
    return old + new if isinstance(old, str) and isinstance(new, str) else [*_listed(old), *_listed(new)]


def _joined(old: Json, new: Json) -> Json:
    """Return an object whose lists grow, as those of token probabilities do."""
    if not isinstance(new, dict):
        return new
    grown: dict[str, Json] = old if isinstance(old, dict) else dict.fromkeys(new)
    for key, value in new.items():
        if value is not None:
            _append(grown, key, value)
    return grown


def _spoken(old: dict[str, Json], new: dict[str, Json]) -> dict[str, Json]:
    return {
        **old,
        **new,
        **{key: old[key] + new[key] for key in ("data", "transcript") if _both(old, new, key)},
    }


def _calls(calls: list[Json], parts: list[Json]) -> list[Json]:
    """Join the parts of tool calls: the name comes once, the arguments grow."""
    found: list[Any] = [dict(call) if isinstance(call, dict) else call for call in calls]
    for part in parts:
        if not isinstance(part, dict):
            found.append(part)
            continue
        same = next((call for call in reversed(found) if _continues(call, part)), None)
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
    return found


def _continues(call: Json, part: dict[str, Json]) -> bool:
    """Tell whether a part belongs to a call: the same index, and no other id.

    A part without index and id continues the latest call.
    """
    if not isinstance(call, dict):
        return False
    index, ids = part.get("index"), (part.get("id"), call.get("id"))
    if all(ids):
        return ids[0] == ids[1] and index in (None, call.get("index"))
    return not ids[0] if index is None else bool(index == call.get("index"))


def _both(old: dict[str, Json], new: dict[str, Json], key: str) -> bool:
    return isinstance(old.get(key), str) and isinstance(new.get(key), str)


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [] if value is None else [value]
