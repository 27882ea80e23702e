"""The conformance suite passes a destination that keeps the laws, and fails one that breaks any of them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from attrs import evolve
from hypothesis import Phase, settings

from broadcast_core import Endpoint, Item, Request, TraceTree, Unmapped
from broadcast_core.testing.conformance import suite
from tests.fake import LINES, Lines

TestLines = suite(Lines(), {})

_count = itertools.count()


class Raises(Lines):
    """Not total."""

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """Trips over a generation without a model."""
        for generation in tree.generations.values():
            yield Item(endpoint="lines", body=generation.model.encode(), generations=(generation.id,))  # type: ignore[union-attr]


class Counts(Lines):
    """Not deterministic."""

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """Numbers its lines."""
        for generation in tree.generations.values():
            yield Item(endpoint="lines", body=b"%d" % next(_count), generations=(generation.id,))


class Looks(Lines):
    """Not pure."""

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """Looks at the clock."""
        time.time()
        yield from super().items(tree, config)


class NoJson(Lines):
    """Declares JSON and writes something else."""

    endpoints: Mapping[str, Endpoint] = {"lines": evolve(LINES, content_type="application/json", suffix=b"}")}


class Leaks(Lines):
    """Puts the secret into the body."""

    def authorize(self, request: Request, config: Any, secrets: Any) -> Request:
        """Adds an item with the key."""
        extra = Item(endpoint="lines", body=secrets["api_key"].encode(), generations=())
        return evolve(request, items=(*request.items, extra))


class Crowded(Lines):
    """Its requests have too many items."""

    endpoints: Mapping[str, Endpoint] = {
        "lines": Endpoint(name="lines", url="https://e.example/lines", max_items=0, max_bytes=10_000)
    }


BROKEN = [
    (Raises, "test_total_every_generation_has_an_outcome"),
    (Counts, "test_deterministic_same_input_same_bytes"),
    (Looks, "test_pure_no_clock_network_dice_or_files"),
    (NoJson, "test_bodies_are_json_without_nan"),
    (Leaks, "test_no_secret_in_a_plan"),
    (Crowded, "test_requests_keep_the_limits_of_their_endpoints"),
]


@contextmanager
def _first_failure_is_enough() -> Iterator[None]:
    """Shrinking a failure that is wanted would only cost time."""
    before = settings.default
    settings.register_profile("first", before, phases=[Phase.generate], max_examples=500)
    settings.load_profile("first")
    try:
        yield
    finally:
        settings.register_profile("before", before)
        settings.load_profile("before")


@pytest.mark.parametrize(("broken", "law"), BROKEN, ids=[broken.__name__ for broken, _ in BROKEN])
def test_a_destination_that_breaks_a_law_fails_its_test(broken: type[Lines], law: str) -> None:
    """Each law can fail."""
    with _first_failure_is_enough():
        laws = suite(broken(), {})()

    with pytest.raises(BaseException):  # noqa: B017, PT011  # whatever the law says
        getattr(laws, law)()
