"""What passes to and from every endpoint is captured as it is read from a document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from broadcast_core.capture import Recorder
from broadcast_core.readers.exchange import read
from broadcast_core.record.generation import Generation
from tests.capture.conftest import Offers
from tests.capture.posting import BASE, EVENTS, answering, post
from tests.paths import ROOT

FOLDER = ROOT / "tests" / "readers" / "exchange" / "cases"
SPEECH = "/audio/speech"
PATHS = {
    "chat": "/chat/completions",
    "completions": "/completions",
    "responses": "/responses",
    "messages": "/messages",
    "embeddings": "/embeddings",
    "image": "/images",
    "rerank": "/rerank",
    "stt": "/audio/transcriptions",
    "tts": SPEECH,
}
CASES = [path for path in sorted(FOLDER.glob("*/*.json")) if path.parent.name in PATHS]


def _lines(chunks: Any) -> bytes:
    """Return a stream as it comes over the wire."""
    if isinstance(chunks, str):
        return chunks.encode()
    lines = [one if isinstance(one, str) else f"data: {json.dumps(one)}" for one in chunks]
    return "".join(f"{line}\n\n" for line in lines).encode()


def _answer(document: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    headers = {"content-type": "application/json", **document.get("headers", {})}
    if "chunks" in document:
        return _lines(document["chunks"]), {**headers, **EVENTS}
    response = document.get("response")
    if response is None:
        return b"\xff\xf3\x00", headers
    return (response if isinstance(response, str) else json.dumps(response)).encode(), headers


def _facts(found: Generation) -> tuple[Any, ...]:
    failed = None if found.failure is None else (found.failure.type, found.failure.code)
    answer = (found.finish_reason, found.usage, found.cost, found.provider, failed)
    return (found.operation, found.content.input, found.content.output, *answer)


@pytest.mark.parametrize("case", CASES, ids=[f"{path.parent.name}/{path.stem}" for path in CASES])
def test_a_case_is_captured_as_it_is_read(case: Path, offers: Offers) -> None:
    """Input, output, figures, and why it failed."""
    document = json.loads(case.read_text("utf-8"))["document"]
    endpoint = PATHS[case.parent.name]
    body, headers = _answer(document)
    known = {**document.get("headers", {}), **({"content-length": "3"} if endpoint == SPEECH else {})}
    (expected,) = read({**document, "path": endpoint, "headers": known}).generations
    recorder = Recorder(offers)

    headers = {name.lower(): text for name, text in headers.items()}
    transport = answering(body, headers=headers)
    post(recorder, transport, BASE + endpoint, json=document["request"])
    counts = recorder.close()

    if not body.strip():  # nothing came
        assert (0, 1) == (counts.offered, counts.unread)
        return
    (found,) = offers.generations
    assert _facts(expected) == _facts(found)
    if not expected.id.startswith("derived-"):
        assert expected.id == found.id
