"""Faults in what results hang on: chance, order, batches, processes, the world, and the input itself."""

from __future__ import annotations

import functools
import hashlib
import itertools
import os
import time
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from attrs import evolve

from broadcast_core import Endpoint, Item, Request, TraceTree, Unmapped
from broadcast_core.destinations import Generation, Secrets
from tests.testing.planted.base import Array, Lines

_count = itertools.count()
_seen: dict[str, int] = {}


class RandomIds(Lines):
    """Its ids are random."""

    law: ClassVar[str] = "test_same_generations_give_same_bytes"

    def id_of(self, generation: Generation, tree: TraceTree) -> str:
        """By dice."""
        return str(uuid.uuid4())


class IdsOfObjects(Lines):
    """Its ids are places of objects."""

    law: ClassVar[str] = "test_same_generations_give_same_bytes"

    def id_of(self, generation: Generation, tree: TraceTree) -> str:
        """Where it stands."""
        return str(id(generation))


class CountedIds(Array):
    """Its ids are counted."""

    law: ClassVar[str] = "test_same_generations_give_same_bytes"

    def id_of(self, generation: Generation, tree: TraceTree) -> str:
        """One after another."""
        return str(next(_count))


class SaltedIds(Lines):
    """Its ids are salted in each process."""

    law: ClassVar[str] = "test_another_process_gives_the_same_bytes"

    def id_of(self, generation: Generation, tree: TraceTree) -> str:
        """Python's own hash."""
        return f"{hash(generation.id):x}"


class OrderOfSets(Lines):
    """Its tags are in the order of a set."""

    law: ClassVar[str] = "test_another_process_gives_the_same_bytes"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """Each once."""
        return {**super().row(generation, tree), "tags": list(set(generation.trace.tags))}


class OrderOfKeys(Array):
    """The keys of its rows are in the order of a set."""

    law: ClassVar[str] = "test_another_process_gives_the_same_bytes"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """What is left of them."""
        row = super().row(generation, tree)
        return {name: row[name] for name in set(row) - {"extra"}} | {"extra": row["extra"]}


class OfThisProcess(Lines):
    """Its rows say when the process began."""

    law: ClassVar[str] = "test_another_process_gives_the_same_bytes"
    began: ClassVar[str] = str(time.time_ns())

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """Known at import."""
        return {**super().row(generation, tree), "instance": self.began}


class LooksAtTheClock(Lines):
    """It looks at the clock."""

    law: ClassVar[str] = "test_no_clock_network_dice_or_files"

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """How long does it take?"""
        time.time()
        yield from super().items(tree, config)


class LooksAtTheEnvironment(Lines):
    """Its authorize looks at the environment."""

    law: ClassVar[str] = "test_no_clock_network_dice_or_files"

    def authorize(
        self, request: Request, config: Any, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """A key by another path."""
        secrets = Secrets({"api_key": os.environ.get("ROWS_KEY") or secrets["api_key"]})
        return super().authorize(request, config, secrets, now, attempt)


class PlaceInTree(Lines):
    """Its rows are numbered by their place in the trace."""

    law: ClassVar[str] = "test_the_order_of_generations_changes_no_item"

    def id_of(self, generation: Generation, tree: TraceTree) -> str:
        """The first is 0."""
        return f"{tree.key}-{list(tree.generations).index(generation.id)}"


class FirstOfTree(Lines):
    """The first generation of a trace, as it came, names it."""

    law: ClassVar[str] = "test_the_order_of_a_long_trace_changes_no_item"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """By whom it came in with."""
        return {**super().row(generation, tree), "root": next(iter(tree.generations))}


class OtherTraces(Lines):
    """A row says which trace came before."""

    law: ClassVar[str] = "test_other_traces_in_a_batch_change_no_item"
    last: ClassVar[list[str]] = []

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """Keeps the key."""
        self.last.append(tree.key)
        yield from super().items(tree, config)

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """The one of before."""
        return {**super().row(generation, tree), "before": (self.last[-2:-1] or [""])[0]}


class NumberOfSiblings(Lines):
    """Its ids hang on how many generations came together."""

    law: ClassVar[str] = "test_a_long_trace_in_two_plans_has_the_same_items"

    def id_of(self, generation: Generation, tree: TraceTree) -> str:
        """With the number of all."""
        return f"{super().id_of(generation, tree)}-{len(tree.generations)}"


class OneAlone(Array):
    """A generation alone in its trace has another id."""

    law: ClassVar[str] = "test_later_generations_change_no_item_of_their_own"

    def id_of(self, generation: Generation, tree: TraceTree) -> str:
        """The trace's own."""
        return tree.key if len(tree.generations) == 1 else super().id_of(generation, tree)


class CountsVersions(Lines):
    """A row says how often it was planned."""

    law: ClassVar[str] = "test_plans_of_before_change_nothing"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """From a counter of its own."""
        _seen[generation.id] = _seen.get(generation.id, 0) + 1
        return {**super().row(generation, tree), "version": _seen[generation.id]}


class WritesToMetadata(Lines):
    """It writes to the metadata of a generation."""

    law: ClassVar[str] = "test_the_generations_are_not_changed"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """In place."""
        metadata: Any = generation.trace.metadata
        metadata["seen"] = True
        return super().row(generation, tree)


class WritesToContent(Lines):
    """It takes what it has read out of the content."""

    law: ClassVar[str] = "test_the_generations_are_not_changed"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """In place."""
        content = generation.content.input
        if isinstance(content, dict):
            content.pop("messages", None)
        return super().row(generation, tree)


class RandomAddress(Lines):
    """Its token of a batch is random."""

    law: ClassVar[str] = "test_the_address_is_the_same_each_time"

    def address(self, request: Request, config: Any) -> Request:
        """By dice."""
        return request.addressed(url=f"{request.url}?token={uuid.uuid4()}")


class CountedAddress(Lines):
    """Its objects are counted."""

    law: ClassVar[str] = "test_the_address_is_the_same_each_time"

    def address(self, request: Request, config: Any) -> Request:
        """One after another."""
        return request.addressed(url=f"{request.url}/{next(_count)}")


class CachedAddress(Lines):
    """Its token is that of the first batch with a generation, and not of a part of it."""

    law: ClassVar[str] = "test_the_address_is_the_same_each_time"

    def address(self, request: Request, config: Any) -> Request:
        """Remembered by the generation."""
        token = _token(next(iter(request.generations), ""), len(request.items), next(_count))
        return request.addressed(headers={"X-Token": token})


@functools.lru_cache(maxsize=1)
def _token(name: str, size: int, number: int) -> str:
    return hashlib.sha256(f"{name} {size} {number}".encode("utf-8", "replace")).hexdigest()


class TimedAddress(Lines):
    """Its objects are named by the day on which they are planned."""

    law: ClassVar[str] = "test_the_address_touches_nothing_of_the_world"

    def address(self, request: Request, config: Any) -> Request:
        """Of today."""
        return request.addressed(url=f"{request.url}/{time.time_ns() // 10**15}")


class AddressOfItems(Lines):
    """Its address changes the items."""

    law: ClassVar[str] = "test_items_raises_on_no_valid_tree"

    def address(self, request: Request, config: Any) -> Request:
        """With the token in the first."""
        first = evolve(request.items[0], body=request.items[0].body + b" ")
        return evolve(request, items=(first, *request.items[1:]))


class RemembersOptions(Lines):
    """It has the address of the route that planned last."""

    law: ClassVar[str] = "test_options_of_another_route_change_nothing"
    known: ClassVar[list[str]] = []

    def endpoint(self, config: Any, **changes: Any) -> Endpoint:
        """All that were there."""
        if config.dataset not in self.known:
            self.known.append(config.dataset)
        return super().endpoint(config, **{"headers": {"X-Dataset": self.known[-1]}, **changes})
