"""What the relay counts, as the text that Prometheus reads."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import accumulate
from threading import Lock
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

if TYPE_CHECKING:
    from broadcast_relay.spool.engine import SpoolState

Intake: TypeAlias = Literal[
    "accepted",
    "test",
    "unauthorized",
    "method",
    "protobuf",
    "too_large",
    "timeout",
    "disconnected",
    "full",
    "failed",
    "stopping",
]
"""What became of a request to the intake."""
Generations: TypeAlias = Literal["delivered", "refused", "undelivered"]
"""What became of generations on a route."""

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """Counters of one relay; labels are outcomes and the names of routes. Any thread may count."""

    def __init__(self, routes: Iterable[str] = ()) -> None:
        self._registry = registry = CollectorRegistry()
        self._intake = _IntakeCounts()
        registry.register(self._intake)
        self._generations = Counter(
            "broadcast_relay_generations", "Generations by outcome.", ["route", "outcome"], registry=registry
        )
        reloads = Counter(
            "broadcast_relay_reloads", "Reloads of the settings.", ["outcome"], registry=registry
        )
        self._reloads = {
            is_used: reloads.labels("used" if is_used else "refused") for is_used in (True, False)
        }
        self._gauges = _Gauges(registry)
        self._by_route: dict[str, dict[str, Counter]] = {}
        self._lock = Lock()
        self.add_routes(routes)

    def add_routes(self, routes: Iterable[str]) -> None:
        """Begin to count for routes; those that are gone keep their counts."""
        with self._lock:
            for route in routes:
                if route not in self._by_route:
                    children = {one: self._generations.labels(route, one) for one in get_args(Generations)}
                    self._by_route[route] = children
                    self._gauges.add_route(route)

    def answered(self, outcome: Intake, seconds: float) -> None:
        """Count a request to the intake, and how long its answer took; called by one thread alone."""
        self._intake.add(outcome, seconds)

    def generations(self, route: str, outcome: Generations, count: int = 1) -> None:
        """Count what became of generations on a route."""
        if route not in self._by_route:
            self.add_routes([route])
        self._by_route[route][outcome].inc(count)

    def reloaded(self, is_used: bool) -> None:
        """Count a reload of the settings."""
        self._reloads[is_used].inc()

    def page(self, state: SpoolState) -> bytes:
        """Return the text for Prometheus, with the state of the spool."""
        self.add_routes(state.requests)
        with self._lock:
            self._gauges.show(state)
            return generate_latest(self._registry)


class _IntakeCounts(Collector):
    """Counts of one thread: without the locks of the library, which every request would take three times."""

    def __init__(self) -> None:
        self._by_outcome: dict[Intake, int] = dict.fromkeys(get_args(Intake), 0)
        self._by_bucket = [0] * (len(_SECONDS) + 1)
        self._sum = 0.0

    def add(self, outcome: Intake, seconds: float) -> None:
        self._by_outcome[outcome] += 1
        self._by_bucket[bisect_left(_SECONDS, seconds)] += 1
        self._sum += seconds

    def collect(self) -> Iterator[Metric]:
        counter = CounterMetricFamily(
            "broadcast_relay_deliveries", "Requests to the intake.", labels=["outcome"]
        )
        for outcome, count in self._by_outcome.items():
            counter.add_metric([outcome], count)
        yield counter
        limits = [*map(floatToGoString, _SECONDS), "+Inf"]
        yield HistogramMetricFamily(
            "broadcast_relay_intake_seconds",
            "From a request's headers to its answer.",
            buckets=list(zip(limits, accumulate(self._by_bucket), strict=True)),
            sum_value=self._sum,
        )


class _Gauges:
    """The state of the spool, as it is when it is asked for."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._bytes = Gauge("broadcast_relay_spool_bytes", "Bytes of the spool on disk.", registry=registry)
        self._deliveries = Gauge(
            "broadcast_relay_waiting_deliveries", "Deliveries that are not planned yet.", registry=registry
        )
        self._oldest = Gauge(
            "broadcast_relay_oldest_seconds", "The age of the oldest that waits.", registry=registry
        )
        self._letters = Gauge(
            "broadcast_relay_dead_letters", "What could not be delivered, or read.", registry=registry
        )
        self._full = Gauge("broadcast_relay_full", "1 while no delivery is accepted.", registry=registry)
        self._requests = Gauge(
            "broadcast_relay_waiting_requests",
            "Requests that are not sent yet.",
            ["route"],
            registry=registry,
        )
        self._by_route: dict[str, Gauge] = {}

    def add_route(self, route: str) -> None:
        self._by_route[route] = self._requests.labels(route)

    def show(self, state: SpoolState) -> None:
        self._bytes.set(state.bytes)
        self._deliveries.set(state.deliveries)
        self._oldest.set(0 if state.oldest is None else state.oldest.total_seconds())
        self._letters.set(state.letters)
        self._full.set(0 if state.full is None else 1)
        for route, gauge in self._by_route.items():
            gauge.set(state.requests.get(route, 0))
