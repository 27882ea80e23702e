"""Exchanges with the endpoints that are no chat, full of markers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from broadcast_core.jsontext import Json
from broadcast_core.testing.canaries.exchanges import error
from broadcast_core.testing.canaries.marks import Marks
from broadcast_core.testing.canaries.records import settings

_TIMES = {"started_at": "2026-11-23T10:00:00Z", "ended_at": "2026-11-23T10:00:02Z"}
_ID = "gen-1795400000-a"


def _exchange(marks: Marks, request: Mapping[str, Json], **answer: Json) -> Json:
    asked = {"model": "a/b", **request, **settings(marks), "unknown": marks.json()}
    return {"request": asked, **answer, **_TIMES, "unknown": marks.json()}


def _items(marks: Marks) -> list[Json]:
    said = {
        "type": "output_text",
        "text": marks.text(),
        "annotations": [marks.json()],
        "unknown": marks.json(),
    }
    return [
        {
            "type": "reasoning",
            "summary": [{"type": "summary_text", "text": marks.text()}],
            "unknown": marks.json(),
        },
        {"type": "reasoning", "content": [{"type": "reasoning_text", "text": marks.text()}, marks.json()]},
        {
            "type": "message",
            "role": "assistant",
            "content": [said, {"type": "refusal", "refusal": marks.text()}],
        },
        {"type": "function_call", "call_id": "c", "name": marks.text(), "arguments": marks.text()},
        {"type": "custom_tool_call", "call_id": "c", "name": marks.text(), "input": marks.text()},
        {"type": "image_generation_call", "result": marks.text()},
        {"type": "web_search_call", "action": {"query": marks.text()}},
    ]


def _responses(marks: Marks) -> Json:
    asked = {"instructions": marks.text(), "input": [{"role": "user", "content": marks.json()}]}
    response = {
        "id": _ID, "object": "response", "output": _items(marks), "status": "completed",
        "incomplete_details": {"reason": marks.text()}, "error_type": marks.text(), "unknown": marks.json(),
        "service_tier": marks.text(), "instructions": marks.text(),
    }  # fmt: skip
    return _exchange(marks, asked, response=response)


def _responses_stream(marks: Marks) -> Json:
    def event(kind: str, **rest: Json) -> Json:
        return {"type": f"response.{kind}", **rest}

    items = _items(marks)
    events = [
        event("created", response={"id": _ID, "status": "in_progress", "unknown": marks.json()}),
        *(event("output_item.done", output_index=n, item=item) for n, item in enumerate(items)),
        event("output_text.delta", output_index=20, content_index=0, delta=marks.text()),
        event("refusal.done", output_index=20, content_index=1, refusal=marks.text()),
        event("output_text.annotation.added", output_index=20, content_index=0, annotation=marks.json()),
        event("reasoning_summary_text.delta", output_index=21, summary_index=0, delta=marks.text()),
        event("function_call_arguments.delta", output_index=22, delta=marks.text()),
        event("debug", echo=marks.json()),
    ]
    return _exchange(marks, {"input": marks.text(), "stream": True}, chunks=[*events, marks.json()])


def _blocks(marks: Marks) -> list[Json]:
    return [
        {"type": "thinking", "thinking": marks.text(), "signature": marks.text()},
        {"type": "redacted_thinking", "data": marks.text()},
        {"type": "text", "text": marks.text(), "citations": [marks.json()]},
        {
            "type": "tool_use",
            "id": "t",
            "name": marks.text(),
            "input": {"x": marks.json()},
            "unknown": marks.json(),
        },
        {"type": "server_tool_use", "id": "t", "name": marks.text(), "input": marks.json()},
        {"type": "web_search_tool_result", "tool_use_id": "t", "content": [marks.json()]},
    ]


def _asked_in_blocks(marks: Marks) -> dict[str, Json]:
    data = {"type": "base64", "media_type": "image/png", "data": marks.text()}
    blocks: list[Json] = [
        {"type": "text", "text": marks.text()},
        {"type": "image", "source": data, "unknown": marks.json()},
        {"type": "document", "source": {"type": "text", "data": marks.text()}, "title": marks.text()},
        {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": marks.text()}]},
    ]
    return {
        "system": [{"type": "text", "text": marks.text(), "unknown": marks.json()}],
        "messages": [{"role": "user", "content": blocks, "unknown": marks.json()}],
    }


def _messages(marks: Marks) -> Json:
    response = {
        "id": _ID, "type": "message", "role": "assistant", "content": _blocks(marks),
        "stop_reason": marks.text(), "stop_details": {"explanation": marks.text()},
        "usage": {"input_tokens": 3, "iterations": [marks.json()]},
        "container": marks.json(), "openrouter_metadata": _metadata(marks), "unknown": marks.json(),
    }  # fmt: skip
    return _exchange(marks, _asked_in_blocks(marks), response=response)


def _metadata(marks: Marks) -> dict[str, Json]:
    attempts = [{"provider": marks.no_name(), "model": marks.no_name(), "status": 503}]
    return {"summary": marks.text(), "attempts": attempts, "pipeline": [{"data": marks.json()}]}


def _messages_stream(marks: Marks) -> Json:
    events: list[Json] = [{"type": "message_start", "message": {"id": _ID, "type": "message", "content": []}}]
    for place, block in enumerate(_blocks(marks)):
        events.append({"type": "content_block_start", "index": place, "content_block": block})
    deltas: list[dict[str, Json]] = [
        {"type": "text_delta", "text": marks.text()},
        {"type": "citations_delta", "citation": marks.json()},
        {"type": "unknown_delta", "unknown": marks.json()},
    ]
    events += [{"type": "content_block_delta", "index": 20, "delta": delta} for delta in deltas]
    partial = {"type": "input_json_delta", "partial_json": marks.text()}
    events.append({"type": "content_block_delta", "index": 21, "delta": partial})
    events.append({"type": "message_delta", "delta": {"stop_reason": marks.text()}, "usage": {}})
    lines = [
        f"event: {event['type']}\ndata: {json.dumps(event)}\n" for event in events if isinstance(event, dict)
    ]
    return _exchange(marks, {"messages": [{"role": "user", "content": marks.text()}]}, chunks=lines)


def _messages_error(marks: Marks) -> Json:
    asked = {"system": marks.text(), "messages": [{"role": "user", "content": marks.json()}]}
    return _exchange(marks, asked, response={"type": "error", "error": error(marks), "request_id": _ID})


def _tried(marks: Marks) -> Json:
    """Return an error of the last of several providers."""
    before = [{"code": 400, "message": marks.text(), "provider_name": marks.no_name(), "raw": marks.json()}]
    about = {"provider_name": marks.no_name(), "previous_errors": before, "flagged_input": marks.text()}
    failed = {"code": 403, "message": marks.text(), "metadata": about}
    asked = {"messages": [{"role": "user", "content": marks.text()}]}
    return _exchange(marks, asked, response={"error": failed, "openrouter_metadata": _metadata(marks)})


def _image(marks: Marks) -> Json:
    asked = {
        "prompt": marks.text(),
        "size": marks.text(),
        "input_references": [{"type": "image_url", "image_url": {"url": marks.text()}}],
    }
    data = [{"b64_json": marks.text(), "revised_prompt": marks.text()}, {"url": marks.text()}]
    return _exchange(marks, asked, response={"created": 0, "data": data, "unknown": marks.json()})


def _image_stream(marks: Marks) -> Json:
    events: list[Json] = [
        {"type": "image_generation.text_chunk", "text": marks.text(), "phase": "reasoning"},
        {"type": "image_generation.completed", "b64_json": marks.text(), "unknown": marks.json()},
        {"type": "image_generation.other", "unknown": marks.json()},
    ]
    return _exchange(marks, {"prompt": marks.text()}, chunks=events)


def _rerank(marks: Marks) -> Json:
    asked = {"query": marks.text(), "documents": [marks.text(), {"text": marks.text()}]}
    results = [
        {"index": 0, "relevance_score": 0.5, "document": {"text": marks.text()}, "unknown": marks.json()}
    ]
    return _exchange(marks, asked, response={"id": _ID, "results": results, "unknown": marks.json()})


def _transcription(marks: Marks) -> Json:
    asked = {"input_audio": {"data": marks.text(), "format": "wav"}, "language": marks.text()}
    response = {"text": marks.text(), "segments": [{"text": marks.text()}], "words": [marks.json()]}
    return _exchange(marks, asked, response={**response, "unknown": marks.json()})


def _speech(marks: Marks) -> Json:
    asked = {"input": marks.text(), "voice": marks.text(), "input_references": [marks.json()]}
    headers = {"content-type": "audio/mpeg", "x-generation-id": _ID}
    return _exchange(marks, asked, status_code=200, headers=headers)


def _video(marks: Marks) -> Json:
    asked = {
        "prompt": marks.text(),
        "frame_images": [{"type": "image_url", "image_url": {"url": marks.text()}}],
    }
    response = {
        "id": "job", "status": "completed", "polling_url": marks.text(), "unsigned_urls": [marks.text()],
        "generation_id": _ID, "unknown": marks.json(),
    }  # fmt: skip
    return _exchange(marks, asked, response=response)


def _headers(marks: Marks) -> Json:
    asked = {"x-session-id": "s", "x-title": "An app", "http-referer": "https://app.example"}  # who asked
    told = {"x-provider-name": marks.no_name(), "x-openrouter-cache-source-id": marks.no_name()}
    response = {"choices": [{"message": {"content": marks.text()}}]}
    return _exchange(marks, {"prompt": marks.text()}, response=response, headers=told, request_headers=asked)


ENDPOINTS: dict[str, Callable[[Marks], Json]] = {
    "of responses": _responses,
    "of responses in a stream": _responses_stream,
    "of messages": _messages,
    "of messages in a stream": _messages_stream,
    "of messages that failed": _messages_error,
    "of several providers": _tried,
    "of images": _image,
    "of images in a stream": _image_stream,
    "of rankings": _rerank,
    "of transcriptions": _transcription,
    "of speech": _speech,
    "of films": _video,
    "with headers": _headers,
}
