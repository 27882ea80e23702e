"""The example of a callback, with the real LiteLLM and a server that answers as OpenRouter does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from typing import Any

import pytest

from tests.capture.openrouter import ID, MODEL
from tests.paths import ROOT

if find_spec("litellm") is None:
    pytest.skip("litellm is in the environment of developers alone", allow_module_level=True)

SAID = "Hello there"
_PROGRAM = """
import sys
sys.modules["opik"] = None  # LiteLLM imports it where it is installed, and that takes seconds
from tests.capture.litellm_calls import main
main()
"""


@pytest.fixture(scope="module")
def calls() -> dict[str, Any]:
    """The records of each call."""
    environment = {
        **os.environ,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # no fetch of its price list
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
    }
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        env=environment,
        capture_output=True,
        timeout=120,
        cwd=ROOT,
        check=False,
    )
    assert 0 == done.returncode, done.stderr.decode()[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _only(calls: dict[str, Any], name: str) -> dict[str, Any]:
    (record,) = calls[name]
    found: dict[str, Any] = record
    return found


@pytest.mark.parametrize("name", ["completion", "async completion"])
def test_a_completion_is_offered_with_its_facts(name: str, calls: dict[str, Any]) -> None:
    """OpenRouter's id, provider and charge among them."""
    found = _only(calls, name)

    assert (ID, "ok", MODEL, "Azure") == (found["id"], found["status"], found["model"], found["provider"])
    assert {"total": "0.000321", "source": "billed", "is_byok": False} == found["cost"]
    assert (12, 4) == (found["usage"]["input_tokens"], found["usage"]["cache_read_tokens"])
    assert {"user_id": "user-1", "session_id": "session-1"} == found["identity"]
    assert {"tags": ["mine"]} == found["trace"]
    assert "first_token_ms" not in found["timing"]
    assert SAID == found["content"]["output"]["choices"][0]["message"]["content"]


@pytest.mark.parametrize("name", ["stream", "async stream"])
def test_a_stream_is_one_generation(name: str, calls: dict[str, Any]) -> None:
    """With the time of its first token and its charge."""
    found = _only(calls, name)

    assert (ID, True, "0.000321") == (found["id"], found["streamed"], found["cost"]["total"])
    assert found["timing"]["first_token_ms"] > 0
    assert SAID == found["content"]["output"]["choices"][0]["message"]["content"]


def test_tool_calls_are_in_the_answer(calls: dict[str, Any]) -> None:
    """As the model made them."""
    message = _only(calls, "tool calls")["content"]["output"]["choices"][0]["message"]

    assert ["get_weather"] == [call["function"]["name"] for call in message["tool_calls"]]


@pytest.mark.parametrize("name", ["error", "async error"])
def test_a_failed_call_has_openrouters_own_error(name: str, calls: dict[str, Any]) -> None:
    """Out of the words of LiteLLM; unknown tokens and cost are absent."""
    found = _only(calls, name)

    assert ("error", "provider_error", "402", "no credits are left") == (
        found["status"],
        *(found["failure"][key] for key in ("type", "code", "message")),
    )
    assert [] == [key for key in ("usage", "cost") if key in found]
    assert "output" not in found["content"]


def test_an_error_in_a_stream_is_an_error(calls: dict[str, Any]) -> None:
    """LiteLLM loses what had come."""
    found = _only(calls, "error in a stream")

    assert ("error", True) == (found["status"], found["streamed"])
    assert "provider went away" in found["failure"]["message"]


def test_what_litellm_redacted_is_absent(calls: dict[str, Any]) -> None:
    """Its mark is no content; tokens and cost are there."""
    found = _only(calls, "redacted")

    assert {"withheld": "litellm"} == found["content"]
    assert "redacted-by-litellm" not in json.dumps(found)
    assert "0.000321" == found["cost"]["total"]


def test_the_program_sends_its_generation_to_opik(calls: dict[str, Any]) -> None:
    """One question, one span."""
    assert [ID] == calls["program"]


def test_no_key_and_no_path_of_a_file_is_offered(calls: dict[str, Any]) -> None:
    """The payload alone is read, and of it no traceback and no header."""
    text = json.dumps(calls)

    assert [] == [word for word in ("secret", "Traceback", ".py", "BaseHTTP") if word in text]
    assert [0] == calls["unread"]
