"""The body of a response: what a recording tells of itself, and a text that was mended."""

from __future__ import annotations

from typing import Any

import pytest

from broadcast_core.readers import Read
from broadcast_core.readers.exchange import from_exchange

MENDED = "lone surrogates became U+FFFD: they are no text"
ASKED = {"model": "a/b", "input": "Mind the sluice.", "voice": "alloy"}
START = "2026-11-23T10:00:00Z"

RECORDINGS: dict[str, tuple[dict[str, str], bytes | None, dict[str, Any]]] = {
    "a format": ({}, None, {"format": "mpeg"}),
    "a format with its rate": ({"Content-Type": "audio/pcm; rate=24000"}, None, {"format": "pcm"}),
    "a format with a slash": ({"Content-Type": "audio/x/y"}, None, {"format": "x/y"}),
    "no format": ({"Content-Type": "audio/;rate=24000"}, None, {}),
    "a stated size": ({"Content-Length": "1234"}, None, {"format": "mpeg", "bytes": 1234}),
    "the largest size": ({"Content-Length": "9" * 15}, None, {"format": "mpeg", "bytes": 10**15 - 1}),
    "a size of too many digits": ({"Content-Length": "1" * 16}, None, {"format": "mpeg"}),
    "a size that is no number": ({"Content-Length": "many"}, None, {"format": "mpeg"}),
    "bytes": ({}, b"\xff\xf3", {"format": "mpeg", "bytes": 2}),
    "bytes and another size": ({"Content-Length": "9"}, b"\xff\xf3", {"format": "mpeg", "bytes": 2}),
    "no bytes": ({"Content-Length": "9"}, b"", {"format": "mpeg", "bytes": 0}),
}


@pytest.mark.parametrize(("headers", "body", "audio"), RECORDINGS.values(), ids=RECORDINGS)
def test_a_recording_is_its_format_and_its_size(
    headers: dict[str, str], body: bytes | None, audio: dict[str, Any]
) -> None:
    """The size is that of its bytes where they are there, else the stated one."""
    (found,) = from_exchange(
        ASKED, body, started_at=START, status_code=200, headers={"Content-Type": "audio/mpeg", **headers}
    ).generations

    assert ("ok", {"audio": audio}) == (found.status, found.content.output)


NO_RECORDINGS: dict[str, tuple[dict[str, Any], bool]] = {
    "the last good status": ({"status_code": 299}, True),
    "a status of another place": ({"status_code": 300}, False),
    "a call that failed": ({"status_code": 200, "error": "down"}, False),
    "no status": ({}, True),
}


@pytest.mark.parametrize(("http", "is_one"), NO_RECORDINGS.values(), ids=NO_RECORDINGS)
def test_headers_tell_of_a_recording_where_the_call_went_well(http: dict[str, Any], is_one: bool) -> None:
    """Else nothing came."""
    headers = {"Content-Type": "audio/mpeg"}
    (found,) = from_exchange(ASKED, started_at=START, headers=headers, **http).generations

    assert ({"audio": {"format": "mpeg"}} if is_one else None) == found.content.output


@pytest.mark.parametrize(
    ("letter", "notes"),
    [("\\ud83d", [f"coerced $.response: {MENDED}"]), ("\\ud83d\\ude00", [])],
    ids=["half", "whole"],
)
def test_half_a_character_in_a_body_is_mended(letter: str, notes: list[str]) -> None:
    """And noted at the response."""
    body = f'{{"id": "gen-1", "choices": [{{"message": {{"content": "{letter}"}}}}]}}'
    (outcome,) = from_exchange({"model": "a/b"}, body, started_at=START).outcomes
    assert isinstance(outcome, Read)

    assert notes == [str(note) for note in outcome.diagnostics]
