"""Faults of rows over several plans, of addresses that items share, of ids that are told, of follow-ups."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from attrs import evolve

from broadcast_core import Endpoint, Item, Request, Response, TraceTree, Unmapped
from broadcast_core.destinations import FollowUp, Generation, Verdicts
from tests.testing.planted.base import SERVER, Array, Lines


class NamesRunTogether(Lines):
    """The row of an attempt has the id of a generation whose name ends in the number of the attempt."""

    law: ClassVar[str] = "test_ids_of_rows_never_meet"

    def of_generation(
        self, generation: Generation, tree: TraceTree, config: Any
    ) -> Iterator[Item | Unmapped]:
        """And rows of attempts."""
        yield from super().of_generation(generation, tree, config)
        for attempt in generation.attempts:
            name = self.id_of(evolve(generation, id=f"{generation.id}{attempt.index}"), tree)
            yield self.item({"row": name}, (generation.id,), config, key=name)


class IdsInAMember(Array):
    """Two rows have one id, which is in their JSON alone."""

    law: ClassVar[str] = "test_ids_of_rows_never_meet"

    def item(self, row: Any, generations: tuple[str, ...], config: Any, **changes: Any) -> Item:
        """By the first letter."""
        known = {"span_id": str(changes.get("key"))[:1], **row} if isinstance(row, dict) else row
        return super().item(known, generations, config, **{**changes, "key": None})


class SumsOfThisPlan(Lines):
    """The row of a trace, when it is sent again, has the number of generations of this plan."""

    law: ClassVar[str] = "test_a_row_that_is_sent_again_is_whole"

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """With a count."""
        row = {"trace": tree.key, "count": len(tree.generations)}
        yield self.item(row, tuple(tree.generations), config, key=f"trace {tree.identity}")
        for generation in tree.generations.values():
            yield from self.of_generation(generation, tree, config)


class VersionsOfStarts(Lines):
    """The row of a trace has the latest start for its version, which late generations leave as it is."""

    law: ClassVar[str] = "test_a_row_that_is_sent_again_has_a_later_version"

    def item(self, row: Any, generations: tuple[str, ...], config: Any, **changes: Any) -> Item:
        """One version for all."""
        return super().item({**row, "version": 1}, generations, config, **changes)


class PoorerRows(Lines):
    """Of a trace that it has forgotten it writes a row of what came late."""

    law: ClassVar[str] = "test_a_late_generation_replaces_no_row_by_a_poorer_one"

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """With its tags."""
        yield from super().items(tree, config)
        if tree.summary is None:
            tags = sorted({tag for one in tree.generations.values() for tag in one.trace.tags})
            row = {"trace": tree.key, "tags": tags}
            yield self.item(row, tuple(tree.generations), config, key=f"trace {tree.identity}")


class TimesOfTraces(Lines):
    """The time of an item is that of its trace."""

    law: ClassVar[str] = "test_the_time_of_an_item_is_that_of_its_generation"

    def of_generation(
        self, generation: Generation, tree: TraceTree, config: Any
    ) -> Iterator[Item | Unmapped]:
        """Its anchor."""
        for item in super().of_generation(generation, tree, config):
            yield evolve(item, time=tree.anchor) if isinstance(item, Item) else item


class TimesOfTomorrow(Lines):
    """The time of an item is two days late."""

    law: ClassVar[str] = "test_the_time_of_an_item_is_that_of_its_generation"

    def of_generation(
        self, generation: Generation, tree: TraceTree, config: Any
    ) -> Iterator[Item | Unmapped]:
        """By a wrong unit."""
        later = generation.timing.start + timedelta(days=2)
        for item in super().of_generation(generation, tree, config):
            yield evolve(item, time=later) if isinstance(item, Item) else item


class TokenOfTheFirst(Lines):
    """The token of a batch is that of its first item."""

    law: ClassVar[str] = "test_another_batch_has_another_address_or_all_have_one"

    def address(self, request: Request, config: Any) -> Request:
        """In a header."""
        return request.addressed(headers={"X-Token": hashlib.sha256(request.items[0].body).hexdigest()})


class DayOfTheFirst(Lines):
    """A request goes to the day of its first item, whatever the others are of."""

    law: ClassVar[str] = "test_items_of_one_request_share_their_address"

    def address(self, request: Request, config: Any) -> Request:
        """In the path, with a token."""
        first, token = request.items[0], hashlib.sha256(request.body).hexdigest()
        day = first.time.date().isoformat() if first.time else "none"
        return request.addressed(url=f"{request.endpoint.url}/{day}?token={token}")

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """Each with its time."""
        for item in super().items(tree, config):
            yield evolve(item, time=item.time or tree.anchor) if isinstance(item, Item) else item


class IdInAHeader(Lines):
    """A header has an id as a user wrote it."""

    law: ClassVar[str] = "test_ids_of_any_text_have_an_address"

    def address(self, request: Request, config: Any) -> Request:
        """Of the first item."""
        return request.addressed(headers={"X-First": request.items[0].generations[0]})


class TellsOtherIds(Lines):
    """The ids that it tells are made in another way than those that it sends."""

    law: ClassVar[str] = "test_the_ids_that_are_told_are_those_that_are_sent"

    def identify(self, original: str, moment: datetime, config: Any) -> Mapping[str, str]:
        """With the dataset."""
        return {"row": hashlib.sha256(f"{config.dataset} {original}".encode()).hexdigest()[:16]}


class IdsOfTheStart(Lines):
    """Its ids hang on the start as the last source has it."""

    law: ClassVar[str] = "test_a_generation_that_is_told_again_keeps_its_ids"

    def id_of(self, generation: Generation, tree: TraceTree) -> str:
        """Of the text and the start."""
        return self._hashed(generation.id, generation.timing.start)

    def identify(self, original: str, moment: datetime, config: Any) -> Mapping[str, str]:
        """As rows have them."""
        return {"row": self._hashed(original, moment)}

    def _hashed(self, original: str, moment: datetime) -> str:
        return hashlib.sha256(f"{original} {moment.isoformat()}".encode()).hexdigest()[:16]


class FollowsLocations(Lines):
    """A follow-up goes wherever an answer says."""

    law: ClassVar[str] = "test_follow_ups_go_to_the_same_server"

    def outcomes(self, request: Request, response: Response, config: Any) -> Verdicts:
        """By its header."""
        where = response.headers.get("Location", "")
        if response.status == 202 and where.startswith("https://"):
            later = Endpoint(name="later", url=where, method="GET", content_type="", prefix=b"", suffix=b"")
            return FollowUp(Request.planned(route=request.route, endpoint=later))
        return super().outcomes(request, response, config)


class FollowsPaths(Array):
    """A follow-up's URL is put together from texts."""

    law: ClassVar[str] = "test_follow_ups_go_to_the_same_server"

    def outcomes(self, request: Request, response: Response, config: Any) -> Verdicts:
        """Of the server and what it is told."""
        where = response.headers.get("Location", "")
        if response.status == 202 and where.startswith("@"):
            url = f"{SERVER}{where}"
            later = Endpoint(name="later", url=url, method="GET", content_type="", prefix=b"", suffix=b"")
            return FollowUp(Request.planned(route=request.route, endpoint=later))
        return super().outcomes(request, response, config)
