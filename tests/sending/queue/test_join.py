"""A queue that joins: what is offered of one generation, now and later, is one span at the platform."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from broadcast_core import Join, Route
from broadcast_core.sending.queue import DeliveryQueue
from broadcast_opik import destination
from tests.cli.commands.test_join import WHOLE, exchange, lookup
from tests.cli.served import Opik, opik
from tests.sending.queue.lines import LIMITS, eventually


@pytest.fixture
def server() -> Iterator[Opik]:
    """Serve a model of Opik."""
    with opik() as served:
        yield served


def _queue(server: Opik, **options: Any) -> DeliveryQueue:
    return DeliveryQueue([Route.to(destination, {"base_url": server.url})], limits=LIMITS, **options)


def _costs(server: Opik) -> list[Any]:
    return [row.get("total_estimated_cost") for row in server.model.spans()]


@pytest.mark.parametrize("plan_in", ["process", "thread"])
def test_a_lookup_that_is_offered_later_completes_the_span(plan_in: Any, server: Opik) -> None:
    """In the order in which a service learns of it."""
    queue = _queue(server, plan_in=plan_in, join=Join())
    queue.offer(exchange())
    eventually(lambda: queue.counters.delivered == 1)
    queue.offer(lookup())
    found = queue.close(10)

    assert (2, 0) == (found.delivered, found.undelivered)
    assert [WHOLE[0][2]] == _costs(server)


def test_a_switch_says_no_bounds(server: Opik) -> None:
    """Where the queue is made, and not in its worker."""
    with pytest.raises(TypeError, match="join: expected a Join or None, got a bool"):
        _queue(server, join=True)


def test_another_queue_of_the_spool_joins_on(server: Opik, tmp_path: Path) -> None:
    """What was let out is on disk."""
    for offered in (exchange(), lookup()):
        queue = _queue(server, spool=tmp_path / "spool.sqlite", join=Join())
        queue.offer(offered)
        queue.close(10)

    assert [Decimal("0.25")] == _costs(server)


def test_a_queue_that_does_not_join_forgets_it(server: Opik, tmp_path: Path) -> None:
    """The lookup is a span of its own."""
    for offered, join in ((exchange(), Join()), (lookup(), None)):
        queue = _queue(server, spool=tmp_path / "spool.sqlite", join=join)
        queue.offer(offered)
        queue.close(10)

    assert 2 == len(_costs(server))
