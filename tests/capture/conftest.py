"""A server that answers as OpenRouter does, and a queue that keeps what it is offered."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from broadcast_core import Generation
from broadcast_core.capture import Recorder
from tests.capture.openrouter import OpenRouter, serving
from tests.paths import EXAMPLES


class Offers:
    """A queue that keeps each generation; `is_full` has it refuse."""

    def __init__(self) -> None:
        self.generations: list[Generation] = []
        self.is_full = False

    def offer(self, generation: Generation) -> bool:
        """Keep a generation, or refuse it."""
        if not self.is_full:
            self.generations.append(generation)
        return not self.is_full


@pytest.fixture(scope="module")
def server() -> Iterator[OpenRouter]:
    """One server for a module; each test scripts its replies."""
    with serving() as running:
        yield running


@pytest.fixture
def offers() -> Offers:
    """An empty queue."""
    return Offers()


@pytest.fixture(scope="module")
def embed() -> ModuleType:
    """The example of a service; its SDK is in the environment of developers alone."""
    pytest.importorskip("openai", reason="the SDK is in the environment of developers alone")
    return load_example("embed")


@pytest.fixture
def recorder(server: OpenRouter, offers: Offers) -> Iterator[Recorder]:
    """A recorder for the server."""
    made = Recorder(offers, base_urls=[server.url])
    yield made
    made.close()


@pytest.fixture
def client(embed: ModuleType, server: OpenRouter, recorder: Recorder) -> Iterator[Any]:
    """The SDK's client as the example makes it."""
    with embed.client(recorder, base_url=server.url, api_key="sk-or-v1-secret") as made:
        yield made


def load_example(name: str) -> ModuleType:
    """Return a program of the examples as a module."""
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
