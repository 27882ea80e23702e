"""The endpoints of OpenRouter: what each calls its input and its answer, and which of them an exchange is of.

The path decides where it is known, else what came back where only one endpoint answers so, else what was
asked. https://openrouter.ai/docs/api-reference/overview
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from broadcast_core.jsontext import Json
from broadcast_core.record.messages import has_blocks


@frozen
class Endpoint:
    """One endpoint: the word of its operation in the record, and the keys that hold what was said."""

    operation: str
    input: tuple[str, ...]
    output: tuple[str, ...]


CHAT = Endpoint("chat", ("messages",), ("choices",))
COMPLETIONS = Endpoint("completions", ("prompt", "suffix"), ("choices",))
RESPONSES = Endpoint(
    "responses", ("input", "instructions"), ("output", "output_text", "status", "incomplete_details")
)
MESSAGES = Endpoint(
    "messages", ("messages", "system"), ("content", "stop_reason", "stop_sequence", "stop_details")
)
EMBEDDINGS = Endpoint("embeddings", ("input",), ("data", "embeddings"))
IMAGE = Endpoint("image", ("prompt", "input_references"), ("data", "text"))
RERANK = Endpoint("rerank", ("query", "documents"), ("results",))
TRANSCRIPTION = Endpoint(
    "stt", ("input_audio", "file", "prompt"), ("text", "segments", "words", "language", "duration", "task")
)
SPEECH = Endpoint("tts", ("input", "input_references"), ("audio",))
VIDEO = Endpoint("video", ("prompt", "frame_images", "input_references"), ("unsigned_urls",))

_PATHS: Mapping[str, Endpoint] = {
    "/chat/completions": CHAT,
    "/completions": COMPLETIONS,
    "/responses": RESPONSES,
    "/messages": MESSAGES,
    "/embeddings": EMBEDDINGS,
    "/images": IMAGE,
    "/images/generations": IMAGE,
    "/rerank": RERANK,
    "/audio/transcriptions": TRANSCRIPTION,
    "/audio/speech": SPEECH,
    "/videos": VIDEO,
}
PATHS = tuple(_PATHS)
"""How the paths of the endpoints end."""
_ANSWERS: Mapping[Json, Endpoint] = {
    "chat.completion": CHAT,
    "chat.completion.chunk": CHAT,
    "text_completion": COMPLETIONS,
    "response": RESPONSES,
    "message": MESSAGES,
    "list": EMBEDDINGS,
    "embedding": EMBEDDINGS,
}
_FOR_EMBEDDINGS = {"dimensions", "encoding_format", "input_type"}
_FOR_PICTURES = {"size", "quality", "aspect_ratio", "background", "output_format", "output_compression"}
_FOR_FILMS = {"frame_images", "duration", "generate_audio", "callback_url", "upscale_factor", "creativity"}


def endpoint_of(path: str | None, request: Mapping[str, Json], answer: Mapping[str, Json]) -> Endpoint:
    """Return the endpoint of an exchange; one that nobody knows is read like a chat."""
    return _by_path(path) or _by_answer(request, answer) or _by_request(request) or CHAT


def _by_path(path: str | None) -> Endpoint | None:
    """Return the endpoint whose path this is: the longest that it ends with."""
    found = [end for end in _PATHS if path and path.partition("?")[0].rstrip("/").endswith(end)]
    if not found and path and "/videos/" in path:
        return VIDEO
    return _PATHS[max(found, key=len)] if found else None


def _by_answer(request: Mapping[str, Json], answer: Mapping[str, Json]) -> Endpoint | None:
    for key in ("object", "type"):
        named = answer.get(key)
        if isinstance(named, str) and named in _ANSWERS:
            return _ANSWERS[named]
    if answer.get("type") == "error" and "messages" in request:
        return MESSAGES
    if isinstance(answer.get("results"), list) and "query" in request:
        return RERANK
    if "polling_url" in answer or "unsigned_urls" in answer:
        return VIDEO
    data = answer.get("data")
    first = data[0] if isinstance(data, list) and data and isinstance(data[0], dict) else {}
    if first.get("object") == "embedding" or "embedding" in first:
        return EMBEDDINGS
    return IMAGE if first.keys() & {"b64_json", "url"} else None


def _by_request(request: Mapping[str, Json]) -> Endpoint | None:
    keys = request.keys()
    if "messages" in keys:
        return MESSAGES if "system" in keys or _has_blocks(request["messages"]) else CHAT
    if keys >= {"query", "documents"}:
        return RERANK
    if keys & {"input_audio", "timestamp_granularities"}:
        return TRANSCRIPTION
    if keys >= {"input", "voice"}:
        return SPEECH
    if "input" in keys:
        return EMBEDDINGS if keys & _FOR_EMBEDDINGS else RESPONSES
    if "prompt" in keys:
        return VIDEO if keys & _FOR_FILMS else IMAGE if keys & _FOR_PICTURES else COMPLETIONS
    return None


def _has_blocks(messages: Json) -> bool:
    return isinstance(messages, list) and any(
        isinstance(one, dict) and has_blocks(one.get("content")) for one in messages
    )
