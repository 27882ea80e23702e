"""Our own record, and the parts that other dialects have of it, full of markers."""

from __future__ import annotations

from broadcast_core.jsontext import Json
from broadcast_core.testing.canaries.marks import Marks


def record(marks: Marks) -> Json:
    """Return a record with a marker in every place."""
    return {
        "id": "gen-1795400000-a",
        "timing": {"start": "2026-11-23T10:00:00Z", "end": "2026-11-23T10:00:02Z", "unknown": marks.json()},
        "status": "error",
        "content": {
            "input": marks.json(),
            "output": marks.json(),
            "request": marks.json(),
            "more": marks.json(),
        },
        "operation": marks.text(),
        "source": marks.no_name(),
        "model": marks.no_name(),
        "served_model": marks.no_name(),
        "author": marks.no_name(),
        "provider": marks.no_name(),
        "provider_slug": marks.no_name(),
        "finish_reason": marks.text(),
        "native_finish_reason": marks.text(),
        "truncated": [marks.text()],
        "failure": {
            "type": marks.text(),
            "code": marks.text(),
            "message": marks.text(),
            "stacktrace": marks.text(),
            "raw": marks.json(),
        },
        "attempts": [
            {
                "index": 0,
                "status_code": 500,
                "provider": marks.no_name(),
                "id": marks.no_name(),
                "endpoint_id": marks.no_name(),
                "model": marks.no_name(),
                "message": marks.text(),
                "body": marks.json(),
            }
        ],
        "parameters": {"stop": [marks.text()], "response_format": marks.json(), **settings(marks)},
        "generation_cost": {
            "unknown": marks.json(),
            marks.text(): 1,
            f"cache_creation.{marks.text()}": 2,
            "usage": marks.text(),
            "credit_pool_id": marks.no_name(),
        },
        "generation_identity": {"unknown": marks.json(), marks.text(): 1},
        "generation_request_context": {
            "unknown": marks.json(),
            marks.text(): 1,
            "latency": marks.text(),
            **context(marks),
        },
        "extra": {"kept": marks.json()},
        "unknown": marks.json(),
    }


def settings(marks: Marks) -> dict[str, Json]:
    """Return model parameters with markers where numbers and known words are expected."""
    return {
        "temperature": marks.text(),
        "service_tier": marks.text(),
        "reasoning_effort": marks.text(),
        "verbosity": marks.text(),
        "encoding_format": marks.text(),
        "truncation": marks.text(),
        "modalities": [marks.text()],
        "reasoning": {"effort": marks.text(), "summary": marks.text(), marks.text(): 1},
        "thinking": {"type": marks.text()},
        marks.text(): 1,
    }


def context(marks: Marks) -> dict[str, Json]:
    """Return fields of the request context with markers where known words and names are expected."""
    return {
        "finish_reason": marks.text(),
        "native_finish_reason": marks.text(),
        "api_type": marks.text(),
        "service_tier": marks.text(),
        "router": marks.no_name(),
        "preset_id": marks.no_name(),
    }
