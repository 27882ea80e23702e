"""A server that answers as OpenRouter does, and a queue that keeps what it is offered."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from types import ModuleType

import pytest

from broadcast_core import Generation
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


def load_example(name: str) -> ModuleType:
    """Return a program of the examples as a module."""
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
