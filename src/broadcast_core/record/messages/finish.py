"""Why an answer ended: in the words that OpenRouter has for it, and in the provider's own.

The words are `stop`, `length`, `tool_calls`, `content_filter` and `error`. An answer of chats brings them,
any other tells it by its status or its stop reason. A reason that is in no list keeps the word empty: a guess
of `stop` would hide an answer that was cut. https://openrouter.ai/docs/api-reference/overview
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import frozen

from broadcast_core.jsontext import Json

WORDS = ("stop", "length", "tool_calls", "content_filter", "error")
_NATIVE: Mapping[str, str] = {
    **dict.fromkeys(("end_turn", "stop_sequence", "pause_turn", "compaction", "completed", "eos"), "stop"),
    **dict.fromkeys(
        ("max_tokens", "max_output_tokens", "model_context_window_exceeded", "model_length"), "length"
    ),
    **dict.fromkeys(("tool_use", "function_call"), "tool_calls"),
    **dict.fromkeys(("refusal", "safety", "prohibited_content", "blocklist"), "content_filter"),
    **dict.fromkeys(("failed", "expired"), "error"),
}
_CALLS = ("function_call", "custom_tool_call")
_REFUSAL = "refusal"


@frozen
class Finish:
    """OpenRouter's word and the provider's own; None where it is not told, or in no list."""

    word: str | None = None
    native: str | None = None


def word_of(native: str | None) -> str | None:
    """Return OpenRouter's word for a provider's; None for one that is in no list."""
    plain = "" if native is None else native.lower()
    return plain if plain in WORDS else _NATIVE.get(plain)


def finish_of(output: Json) -> Finish:
    """Return why an output ended, whatever API it is of."""
    if not isinstance(output, dict):
        return Finish()
    if isinstance(output.get("choices"), list):
        return _of_choice(next(_objects(output["choices"]), {}))
    if isinstance(output.get("content"), list) or "stop_reason" in output:
        return _of_message(output)
    if isinstance(output.get("status"), str):
        return _of_status(output["status"], output)
    return Finish()


def _of_choice(choice: dict[str, Json]) -> Finish:
    stated, native = _text(choice.get("finish_reason")), _text(choice.get("native_finish_reason"))
    if stated is None or stated in WORDS:
        return Finish(stated, native)
    message = choice.get("message")
    called = isinstance(message, dict) and bool(message.get("tool_calls"))
    return Finish(_with_calls(word_of(stated), called=called), native or stated)


def _of_message(message: dict[str, Json]) -> Finish:
    """Return why a message of the Messages API ended: calls count, some models end them like a turn."""
    native = _text(message.get("stop_reason"))
    blocks = message.get("content")
    called = any(block.get("type") == "tool_use" for block in _objects(blocks))
    return Finish(_with_calls(word_of(native), called=called), native)


def _of_status(status: str, response: dict[str, Json]) -> Finish:
    """Return why a response of the Responses API, or a job, ended; one that goes on has not."""
    details = response.get("incomplete_details")
    reason = _text(details.get("reason")) if isinstance(details, dict) else None
    if status == "incomplete":
        return Finish(word_of(reason), reason or status)
    word = word_of(status)
    if word is None:
        return Finish()
    items = list(_objects(response.get("output")))
    if word == "stop" and any(item.get("status") == "incomplete" for item in items):
        word = "length"
    elif word == "stop" and _only_refused(items):
        word = "content_filter"
    return Finish(_with_calls(word, called=any(item.get("type") in _CALLS for item in items)), status)


def _only_refused(items: list[dict[str, Json]]) -> bool:
    parts = [part.get("type") for item in items for part in _objects(item.get("content"))]
    return _REFUSAL in parts and not any(kind == "output_text" for kind in parts)


def _with_calls(word: str | None, *, called: bool) -> str | None:
    return "tool_calls" if called and word == "stop" else word


def _objects(value: Json) -> Iterator[dict[str, Json]]:
    return (one for one in value if isinstance(one, dict)) if isinstance(value, list) else iter(())


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value.strip() else None
