"""Forks, and the end of a program."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import httpx2
import pytest

from broadcast_core.capture import Recorder
from tests.capture.conftest import Offers
from tests.capture.openrouter import DONE, END, WORDS, OpenRouter, completion, stream
from tests.capture.posting import ASK, post

_PROGRAM = """
import httpx2, sys
from broadcast_core.capture import Recorder

class Printing:
    def offer(self, generation):
        print(generation.id, flush=True)
        return True

answer = httpx2.Response(200, json={"id": "gen-1", "choices": [{"message": {"content": "hi"}}]})
recorder = Recorder(Printing())
client = httpx2.Client(transport=recorder.transport(httpx2.MockTransport(lambda _: answer)))
client.post("https://openrouter.ai/api/v1/chat/completions", json={"model": "a/b", "messages": []})
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_captures_its_own(offers: Offers, server: OpenRouter) -> None:
    """The exchange that was on its way at the fork is the parent's, whoever closes a copy of it."""
    server.script(stream(*WORDS, *END), completion())
    recorder = Recorder(offers, base_urls=[server.url])
    transport = recorder.transport(httpx2.HTTPTransport())
    with (
        httpx2.Client(transport=transport) as client,
        client.stream("POST", f"{server.url}/chat/completions", json=ASK) as response,
    ):
        passed = response.iter_raw()
        next(passed)
        child = os.fork()
        if child == 0:
            _exit_of_child(recorder, offers, server, passed)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert b"".join(passed).endswith(DONE)
    recorder.close()

    assert 0 == status
    assert [("ok", True)] == [(found.status, found.streamed) for found in offers.generations]


def _exit_of_child(recorder: Recorder, offers: Offers, server: OpenRouter, passed: Any) -> None:
    """Leave the process with 0 if it captured one request of its own and nothing else."""
    try:
        passed.close()
        post(recorder, httpx2.HTTPTransport(), f"{server.url}/chat/completions")
        counts = recorder.close()
        os._exit(0 if (1, 1) == (counts.offered, len(offers.generations)) else 1)
    finally:
        os._exit(2)


def test_what_waits_at_the_end_of_a_program_is_offered() -> None:
    """Nobody closed the recorder."""
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, timeout=60, check=True)

    assert b"gen-1" == done.stdout.strip()
