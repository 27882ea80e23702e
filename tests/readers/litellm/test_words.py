"""What a payload of LiteLLM is said to lack, in words and with its path, and what is told elsewhere in it."""

from __future__ import annotations

from typing import Any

import pytest

from broadcast_core.readers.litellm.payload import read
from tests.readers.litellm.test_payload import CALL, FAILED, PAYLOAD, _notes, _outcome, _read, _response

REDACTED = "redacted-by-litellm"
SAID = [{"role": "user", "content": REDACTED}]


@pytest.mark.parametrize("own", [None, "", "a\nb"], ids=["none", "empty", "no id"])
def test_a_payload_without_an_id_is_rejected_with_the_path(own: Any) -> None:
    """In an array with its place."""
    without = {**PAYLOAD, "id": own, "litellm_call_id": None, "hidden_params": {}}
    reading = read([PAYLOAD, without])

    assert ["missing: the generation needs its id @ $[1].id"] == [
        str(problem) for one in reading.rejected for problem in one.problems
    ]


def test_an_id_of_litellms_own_is_noted_with_the_path() -> None:
    """It joins with no delivery."""
    what = "not an id of OpenRouter's: it joins with no delivery of the same call"

    assert [f"coerced $.id: {what}"] == _notes(_outcome(id=CALL, hidden_params={}))


WITHHELD: dict[str, tuple[dict[str, Any], str | None]] = {
    "nothing": ({}, None),
    "the question alone": ({"messages": SAID}, "litellm"),
    "the answer alone": ({"response": _response(choices=[{"message": {"content": REDACTED}}])}, "litellm"),
    "no answer": ({"response": {}}, None),
    "cut pictures": ({"messages": [{"role": "user", "content": "[base64_data truncated: 3B]"}]}, None),
}


@pytest.mark.parametrize(("changes", "expected"), WITHHELD.values(), ids=WITHHELD)
def test_content_is_withheld_only_where_litellm_redacted_some(
    changes: dict[str, Any], expected: str | None
) -> None:
    """What is not there for another reason is not said to be."""
    content = _read(**changes).content

    assert expected == content.withheld
    assert (content.input is None) == ("messages" in changes and expected is not None)


def test_words_of_an_error_stand_in_one_of_two_places() -> None:
    """Older payloads have the second alone."""
    information = {**FAILED["error_information"], "error_message": ""}  # type: ignore[dict-item]
    found = _read(**{**FAILED, "error_information": information, "error_str": "boom again"})
    bare = _read(**{**FAILED, "error_information": {}, "error_str": None})

    assert found.failure is not None
    assert bare.failure is not None
    assert ("boom again", "Error", None) == (found.failure.message, bare.failure.type, bare.failure.message)


def test_a_wrong_part_of_an_error_is_noted_where_it_stands() -> None:
    """The error that the words end in is text of theirs."""
    words = 'litellm.APIError: OpenrouterException - {"error": {"code": [1], "message": "slow"}}'
    information = {**FAILED["error_information"], "error_message": words}  # type: ignore[dict-item]
    found = _read(**{**FAILED, "error_information": information})

    assert found.failure is not None
    assert ("slow", {"code": [1]}) == (found.failure.message, found.failure.raw)


def test_hidden_parameters_that_nobody_knows_are_kept() -> None:
    """But for copies of what stands elsewhere, and for headers."""
    hidden = {
        **PAYLOAD["hidden_params"], "new": 1, "response_cost": 0.5, "api_base": "https://x.example",
        "empty": [],
    }  # fmt: skip

    assert {"new": 1} == _read(hidden_params=hidden).extra["hidden_params"]
