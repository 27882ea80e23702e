"""What became of the generations of a plan that was sent."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from broadcast_core.delivery.job import ItemStatus
from broadcast_core.delivery.outcomes import DeliveryOutcome


@frozen(kw_only=True)
class DeliveryReport:
    """An outcome for each generation on each route, in the order of the requests.

    `letters` are what was refused or not delivered, as lines in the stored form of requests, which
    `requests_of` reads again; they hold what was said, and no secret. `stopped` says why routes were given
    up before all of theirs was tried.
    """

    outcomes: tuple[DeliveryOutcome, ...] = ()
    letters: tuple[bytes, ...] = field(default=(), repr=lambda lines: f"({len(lines)} lines)")
    stopped: Mapping[str, str] = field(factory=dict)

    __hash__ = None  # type: ignore[assignment]

    def count(self, status: ItemStatus) -> int:
        """Return how many outcomes are so."""
        return sum(one.status == status for one in self.outcomes)

    @property
    def is_complete(self) -> bool:
        """Tell whether everything was delivered."""
        return self.count("delivered") == len(self.outcomes)
