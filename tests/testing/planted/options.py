"""Faults with options, rows of a whole trace, totals, connection tests, and waiting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from attrs import evolve, frozen

from broadcast_core import Checked, Endpoint, Item, Request, Response, TraceTree, Unmapped
from broadcast_core.destinations import (
    Diagnostic,
    Generation,
    Place,
    Retry,
    Verdicts,
    dumps,
    option,
    plan_check,
)
from tests.testing.planted.base import SERVER, Array, Lines, Options

_ENDPOINTS: dict[str, Any] = {}


class CachesByKind(Lines):
    """Its endpoint is kept by one option alone, and is that of the first route."""

    law: ClassVar[str] = "test_routes_in_another_order_have_the_same_bytes"

    def endpoints(self, config: Any) -> tuple[Endpoint, ...]:
        """By the kind."""
        known: tuple[Endpoint, ...] = _ENDPOINTS.setdefault(config.kind, (self.endpoint(config),))
        return known


class KeepsEndpoints(Lines):
    """It keeps endpoints in itself."""

    law: ClassVar[str] = "test_the_destination_keeps_nothing"

    def endpoints(self, config: Any) -> tuple[Endpoint, ...]:
        """By the dataset."""
        kept = vars(self).setdefault("kept", {})
        known: tuple[Endpoint, ...] = kept.setdefault(config.dataset, (self.endpoint(config),))
        return known


class SwitchTakesAway(Lines):
    """A switch leaves out what nothing else has."""

    law: ClassVar[str] = "test_no_option_makes_a_field_vanish"

    def item(self, row: Any, generations: tuple[str, ...], config: Any, **changes: Any) -> Item:
        """Attempts, when rows are numbered."""
        kept = {name: value for name, value in row.items() if name != "attempts" or not config.numbered}
        return super().item(kept, generations, config, **changes)


class OnePlaceForAll(Lines):
    """Each dataset is another place, and all are written into one."""

    law: ClassVar[str] = "test_another_place_is_written_to_otherwise"

    def endpoint(self, config: Any, **changes: Any) -> Endpoint:
        """The main one."""
        return super().endpoint(evolve(config, dataset="main"), **changes)

    def place(self, config: Any) -> Place:
        """By the dataset."""
        return Place(space=SERVER, home=config.dataset)


class LargeTogether(Lines):
    """Each text has its limit, and the row has none."""

    law: ClassVar[str] = "test_many_large_texts_are_shortened_together"

    def item(self, row: Any, generations: tuple[str, ...], config: Any, **changes: Any) -> Item:
        """Cut one by one."""
        some = (dumps(one)[:45_000].decode(errors="replace") for one in row.values())
        texts = {str(n): text for n, text in enumerate(some)}
        made = super().item({"row": row.get("row")}, generations, config, **changes)
        note = Diagnostic("truncated", "$", "texts have a limit each")
        return evolve(made, body=self.encode(dumps({"row": row.get("row"), **texts})), diagnostics=(note,))


class TotalsOfOne(Array):
    """Its total takes a count that is not known for none."""

    law: ClassVar[str] = "test_a_total_of_something_unknown_is_unknown"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """With a sum."""
        usage = generation.usage
        return {
            **super().row(generation, tree),
            "sum": (usage.input_tokens or 0) + (usage.output_tokens or 0),
        }


class NamesTheFirst(Lines):
    """The row of a trace names its first generation alone."""

    law: ClassVar[str] = "test_a_row_of_all_speaks_of_all"

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """As its anchor."""
        for item in super().items(tree, config):
            is_trace = isinstance(item, Item) and item.generations == tuple(tree.generations)
            names = tuple(tree.generations)[:1]
            yield evolve(item, generations=names) if is_trace and isinstance(item, Item) else item


class CostInOneRow(Lines):
    """The cost of errors is in the row of their trace alone."""

    law: ClassVar[str] = "test_rows_have_the_same_whatever_the_status"

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """With all costs."""
        costs = sorted(str(one.cost.total) for one in tree.generations.values())
        row = {"trace": tree.key, "costs": costs}
        yield self.item(row, tuple(tree.generations), config, key=f"trace {tree.identity}")
        for generation in tree.generations.values():
            yield from self.of_generation(generation, tree, config)

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """Without the cost of an error."""
        row = super().row(generation, tree)
        return {**row, "cost": None} if generation.status == "error" else row


class CheckWithoutKey(Lines):
    """Its connection test goes without the key."""

    law: ClassVar[str] = "test_check_uses_the_secrets"

    def authorize(
        self, request: Request, config: Any, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """To requests with items alone."""
        return super().authorize(request, config, secrets, now, attempt) if request.items else request


@frozen(kw_only=True)
class Served(Options):
    """With a server."""

    url: str = option(
        SERVER, "The server.", check=lambda value: None if value.startswith("https://") else "no"
    )


class CheckElsewhere(Lines):
    """Its connection test asks the default server."""

    law: ClassVar[str] = "test_check_asks_the_server_that_is_configured"
    config: ClassVar[type] = Served

    def endpoint(self, config: Any, **changes: Any) -> Endpoint:
        """On the server of the config; but for a test."""
        return super().endpoint(config, **{"url": f"{config.url}/rows", **changes})

    def check(self, config: Any, answers: tuple[Response, ...] = ()) -> Request | Checked:
        """In one step."""
        if not answers:
            return plan_check(self.endpoint(config, url=f"{SERVER}/me", method="GET"), b"")
        return super().check(config, (*answers, *answers))


class Hasty(Lines):
    """It does not wait as long as it is asked to."""

    law: ClassVar[str] = "test_outcomes_wait_as_long_as_they_are_asked_to"

    def outcomes(self, request: Request, response: Response, config: Any) -> Verdicts:
        """But sends again at once."""
        return Retry("busy") if response.status == 503 else super().outcomes(request, response, config)
