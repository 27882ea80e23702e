"""Exchanges with chats, full of markers: answers, streams, errors."""

from __future__ import annotations

import json

from broadcast_core.jsontext import Json
from broadcast_core.testing.canaries.marks import Marks
from broadcast_core.testing.canaries.records import settings


def request(marks: Marks) -> dict[str, Json]:
    """Return the body of a request to chats."""
    tool = {"type": "function", "function": {"name": marks.text(), "parameters": marks.json()}}
    return {
        "model": "openai/gpt-5-mini",
        "messages": [
            {"role": "system", "content": marks.text()},
            {"role": "user", "content": [{"type": "text", "text": marks.text()}, marks.json()]},
            {"role": "tool", "tool_call_id": "c", "content": marks.text()},
        ],
        "tools": [tool],
        "tool_choice": {"type": "function", "function": {"name": marks.text()}},
        **settings(marks),
        "response_format": marks.json(),
        "stop": [marks.text()],
        "prediction": marks.json(),
        "unknown": marks.json(),
    }


def message(marks: Marks) -> dict[str, Json]:
    """Return a message of an answer."""
    call = {"id": "c", "type": "function", "function": {"name": marks.text(), "arguments": marks.text()}}
    return {
        "role": "assistant",
        "content": marks.text(),
        "reasoning": marks.text(),
        "refusal": marks.text(),
        "tool_calls": [call],
        "unknown": marks.json(),
    }


def chat(marks: Marks) -> Json:
    """Return an answer."""
    return exchange(
        marks,
        response={
            "id": "gen-1795400000-a",
            "model": marks.no_name(),
            "provider": marks.no_name(),
            "service_tier": marks.text(),
            "choices": [
                {
                    "index": 0,
                    "message": message(marks),
                    "logprobs": {"content": [marks.json()]},
                    "finish_reason": marks.text(),
                    "native_finish_reason": marks.text(),
                }
            ],
            "usage": {"prompt_tokens": 3, "unknown": marks.json()},
            "unknown": marks.json(),
        },
    )


def error(marks: Marks) -> dict[str, Json]:
    """Return an error of OpenRouter."""
    about = {"raw": marks.json(), "error_type": marks.text(), "provider_name": marks.no_name()}
    return {
        "code": marks.text(),
        "type": marks.text(),
        "message": marks.text(),
        "metadata": about,
        "unknown": marks.json(),
    }


def chat_error(marks: Marks) -> Json:
    """Return an answer that is an error."""
    return exchange(marks, response={"error": error(marks)})


def chat_error_in_a_choice(marks: Marks) -> Json:
    """Return an answer with errors in its choices."""
    choices = [{"index": n, "message": message(marks), "error": error(marks)} for n in range(2)]
    return exchange(marks, response={"choices": choices})


def chat_without_a_response(marks: Marks) -> Json:
    """Return a call that failed without a response."""
    return exchange(marks, response=None, error=error(marks))


def chat_without_an_answer(marks: Marks) -> Json:
    """Return a response that is neither an answer nor an error."""
    return exchange(marks, response={"status_code": 503, "message": marks.text(), "unknown": marks.json()})


def chat_ranking(marks: Marks) -> Json:
    """Return a ranking that repeats what was sent."""
    results = [{"index": 0, "document": {"text": marks.text()}, "unknown": marks.json()}]
    return exchange(marks, response={"id": "gen-1795400000-a", "results": results})


def chat_format(marks: Marks) -> Json:
    """Return an answer that repeats the format which was asked for."""
    output = [{"type": "message", "content": [{"type": "output_text", "text": marks.text()}]}]
    asked = {"format": {"type": "json_schema", "name": marks.text(), "schema": marks.json()}}
    return exchange(marks, response={"object": "response", "output": output, "text": asked})


def chat_stream(marks: Marks) -> Json:
    """Return chunks of a stream."""
    deltas: list[Json] = [{"content": marks.text()}, {"reasoning": marks.text()}, {"unknown": marks.json()}]
    ends = {"index": 0, "delta": {}, "finish_reason": marks.text(), "native_finish_reason": marks.text()}
    chunks = [{"id": "gen-1795400000-a", "choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    chunks.append({"choices": [ends]})
    return exchange(marks, chunks=[*chunks, marks.json()])


def chat_lines(marks: Marks) -> Json:
    """Return lines of a stream."""
    chunk = {"choices": [{"index": 0, "delta": message(marks)}], "unknown": marks.json()}
    return exchange(marks, chunks=[f"data: {json.dumps(chunk)}", f"data: {marks.text()}"])


def exchange(marks: Marks, **answer: Json) -> Json:
    """Return an exchange with chats."""
    times = {"started_at": "2026-11-23T10:00:00Z", "ended_at": "2026-11-23T10:00:02Z"}
    return {"request": request(marks), **answer, **times, "unknown": marks.json()}
