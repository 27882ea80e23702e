"""Standard logging payloads of LiteLLM with markers wherever content can stand."""

from __future__ import annotations

from collections.abc import Mapping

from broadcast_core.jsontext import Json
from broadcast_core.testing.canaries.marks import Marks
from broadcast_core.testing.canaries.records import settings


def payload(marks: Marks) -> dict[str, Json]:
    """Return the payload of a call that was answered."""
    choice = {
        "finish_reason": marks.text(),
        "message": {"role": "assistant", "content": marks.json(), "unknown": marks.json()},
        "provider_specific_fields": {"native_finish_reason": marks.text()},
        "unknown": marks.json(),
    }
    response = {
        "id": _ID,
        "model": marks.no_name(),
        "provider": marks.no_name(),
        "choices": [choice],
        "usage": {"prompt_tokens": 3, "completion_tokens": 4, "unknown": marks.json()},
        "unknown": marks.json(),
    }
    return _payload(marks, {"status": "success", "response": response})


def failed_payload(marks: Marks) -> dict[str, Json]:
    """Return the payload of a call that failed."""
    information = {
        "error_class": marks.text(),
        "error_code": marks.text(),
        "error_message": f"litellm.APIError: APIError: OpenrouterException - {marks.text()}",
        "llm_provider": marks.text(),
        "unknown": marks.json(),
    }
    return _payload(marks, {"status": "failure", "response": {}, "error_information": information})


_ID = "gen-1795400000-a"


def _payload(marks: Marks, ending: Mapping[str, Json]) -> dict[str, Json]:
    return {
        "id": _ID,
        "call_type": marks.text(),
        "startTime": 1795400000.0,
        "endTime": 1795400002.0,
        "completionStartTime": 1795400001.0,
        "model": marks.no_name(),
        "messages": [{"role": "user", "content": marks.json(), "unknown": marks.json()}],
        "model_parameters": {**settings(marks), "tools": [marks.json()], "unknown": marks.json()},
        "metadata": {"unknown": marks.json(), marks.text(): 1},
        "hidden_params": {"additional_headers": {}, "unknown": marks.json()},
        "unknown": marks.json(),
        marks.text(): {"inner": marks.text()},
        **ending,
    }
