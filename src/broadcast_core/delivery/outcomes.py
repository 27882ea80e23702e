"""What became of every generation of a plan on one route: delivered, refused or undelivered, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import frozen

from broadcast_core.batching import Item, Request
from broadcast_core.delivery.job import EndedItem, ItemStatus

_WORST_FIRST: tuple[ItemStatus, ...] = ("refused", "undelivered", "delivered")


@frozen(kw_only=True)
class DeliveryOutcome:
    """What became of one generation on one route.

    It is delivered when all of its items are, refused when any of them is, else undelivered. `why` names the
    endpoint and says what the platform answered, without content; `may_be_there` that parts of it may have
    arrived although nobody knows.
    """

    route: str
    generation: str
    status: ItemStatus
    why: str = ""
    may_be_there: bool = False


def outcome_of(route: str, generation: str, ended: Sequence[EndedItem]) -> DeliveryOutcome:
    """Return the outcome of a generation of which all items have ended."""
    statuses = {one.status for one in ended}
    reasons = dict.fromkeys(_reason(one) for one in ended if one.status != "delivered")
    return DeliveryOutcome(
        route=route,
        generation=generation,
        status=next(status for status in _WORST_FIRST if status in statuses),
        why="; ".join(reasons),
        may_be_there=any(one.may_be_there for one in ended),
    )


def _reason(ended: EndedItem) -> str:
    return f"{ended.item.endpoint}: {ended.why}"


class Tally:
    """Counts the items of the generations of one plan on one route, until each generation has its outcome."""

    def __init__(self, route: str, requests: Iterable[Request]) -> None:
        self._route = route
        self._left: dict[str, int] = {}
        self._ended: dict[str, list[EndedItem]] = {}
        for request in requests:
            for item in request.items:
                for generation in _named(item):
                    self._left[generation] = self._left.get(generation, 0) + 1

    def __len__(self) -> int:
        return len(self._left)

    def take(self, ended: Iterable[EndedItem]) -> list[DeliveryOutcome]:
        """Return the outcomes of generations whose last item this was."""
        outcomes = []
        for one in ended:
            for generation in _named(one.item):
                self._ended.setdefault(generation, []).append(one)
                self._left[generation] -= 1
                if not self._left[generation]:
                    del self._left[generation]
                    outcomes.append(outcome_of(self._route, generation, self._ended.pop(generation)))
        return outcomes


def _named(item: Item) -> Iterable[str]:
    return dict.fromkeys(item.generations)
