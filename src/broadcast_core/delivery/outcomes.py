"""What became of every generation of a plan on one route: delivered, refused or undelivered, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from attrs import frozen

from broadcast_core.batching import Item, Request
from broadcast_core.delivery.job import EndedItem, ItemStatus

_WORST: Mapping[ItemStatus, int] = {"delivered": 0, "undelivered": 1, "refused": 2}


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


@frozen
class OpenGeneration:
    """A generation whose items have not all ended: how many, the worst of the others, and why."""

    items: int
    worst: ItemStatus = "delivered"
    why: str = ""
    may_be_there: bool = False

    def after(self, one: EndedItem) -> OpenGeneration:
        """Return it after one more item has ended."""
        why = "" if one.status == "delivered" else f"{one.item.endpoint}: {one.why}"
        return self.ended(one.status, why, may_be_there=one.may_be_there)

    def ended(self, status: ItemStatus, why: str, *, may_be_there: bool = False) -> OpenGeneration:
        """Return it after an item has ended so; a reason that is known is not said again."""
        is_known = f"; {why}; " in f"; {self.why}; "
        reasons = [text for text in (self.why, "" if is_known else why) if text]
        worst = max(self.worst, status, key=_WORST.__getitem__)
        return OpenGeneration(self.items - 1, worst, "; ".join(reasons), self.may_be_there or may_be_there)

    def outcome(self, route: str, generation: str) -> DeliveryOutcome:
        """Return the outcome of a generation of which all items have ended."""
        return DeliveryOutcome(
            route=route,
            generation=generation,
            status=self.worst,
            why=self.why,
            may_be_there=self.may_be_there,
        )


class Tally:
    """Counts the items of the generations of one plan on one route, until each generation has its outcome."""

    def __init__(self, route: str, requests: Iterable[Request]) -> None:
        self._route = route
        items = (item for request in requests for item in request.items)
        counts = Counter(generation for item in items for generation in named_by(item))
        self._open = {generation: OpenGeneration(number) for generation, number in counts.items()}

    def __len__(self) -> int:
        return len(self._open)

    def take(self, ended: Iterable[EndedItem]) -> list[DeliveryOutcome]:
        """Return the outcomes of generations whose last item this was."""
        outcomes = []
        for one in ended:
            for generation in named_by(one.item):
                after = self._open[generation] = self._open[generation].after(one)
                if not after.items:
                    del self._open[generation]
                    outcomes.append(after.outcome(self._route, generation))
        return outcomes


def named_by(item: Item) -> Iterable[str]:
    """Return the generations that an item speaks of, each once."""
    return dict.fromkeys(item.generations)
