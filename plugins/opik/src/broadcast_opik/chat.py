"""Content in the shapes that Opik's Messages view and thread view render.

Input is `{"messages": [...]}` with the roles system, user, assistant, tool and function: one message of
another role hides the view, so `developer` is shown as `system` and the original role is kept beside it.
Output is `{"choices": [{"message": {...}}]}`.
"""

from __future__ import annotations

from broadcast_core.jsontext import Json

_SHOWN_ROLES = {"developer": "system"}


def shown_input(value: Json) -> Json:
    """Return what was asked, as messages where it can be read so; anything else stays as it is."""
    if isinstance(value, str):
        return {"messages": [{"role": "user", "content": value}]}
    if isinstance(value, list):
        return {"messages": _shown(value)} if _are_messages(value) else {"input": value}
    if not isinstance(value, dict):
        return {"input": value}
    for key in ("messages", "prompt", "input"):
        asked = value.get(key)
        rest = {name: item for name, item in value.items() if name != key}
        if _are_messages(asked) and "messages" not in rest:
            return {"messages": _shown(asked), **rest}
        if key == "prompt" and isinstance(asked, str) and "messages" not in rest:
            return {"messages": [{"role": "user", "content": asked}], **rest}
    return value


def shown_output(value: Json) -> Json:
    """Return what was answered, as choices where it can be read so; anything else stays as it is."""
    if isinstance(value, str):
        return {"choices": [{"index": 0, "message": {"role": "assistant", "content": value}}]}
    return value if isinstance(value, dict) else {"output": value}


def _are_messages(value: Json) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(message, dict) and isinstance(message.get("role"), str) for message in value)
    )


def _shown(messages: Json) -> list[Json]:
    if not any(message["role"] in _SHOWN_ROLES for message in messages):
        return list(messages)
    return [
        {**message, "role": _SHOWN_ROLES[role], "original_role": role}
        if (role := message["role"]) in _SHOWN_ROLES
        else message
        for message in messages
    ]
