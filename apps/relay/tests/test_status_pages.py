"""The pages beside the intake: numbers, and no content."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from apps.relay.tests.engines import State
from apps.relay.tests.running import Running, running
from apps.relay.tests.wire import DELIVERY, exchange, request

from broadcast_relay.serving.metrics import Metrics


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Return a relay of two routes that all tests of this module share."""
    with running(tmp_path_factory.mktemp("relay"), "support", "sample") as one:
        yield one


@pytest.fixture
def relay(shared: Running) -> Running:
    """Return the relay with a state as new."""
    shared.engine.reported = State()
    return shared


WAITING = State(
    bytes=1_048_576,
    deliveries=3,
    requests={"support": 5, "sample": 0},
    oldest=timedelta(minutes=2),
    letters=2,
)


def test_a_healthy_relay_says_so(relay: Running) -> None:
    """With how much waits."""
    relay.engine.reported = WAITING
    answer = relay.get("/healthz")
    expected = {
        "status": "ok",
        "why": None,
        "spool_bytes": 1_048_576,
        "waiting_deliveries": 3,
        "dead_letters": 2,
        "waiting_requests": 5,
        "oldest_seconds": 120.0,
    }

    assert (200, expected) == (answer.status, answer.json)


def test_a_full_relay_is_not_healthy(relay: Running) -> None:
    """And says why."""
    relay.engine.reported = State(full="the disk has 3 MB left")
    answer = relay.get("/healthz")

    assert (503, "full", "the disk has 3 MB left") == (
        answer.status,
        answer.json["status"],
        answer.json["why"],
    )


def test_a_relay_whose_spool_fails_is_not_healthy(relay: Running) -> None:
    """The text of an error is not shown, since it may quote."""
    relay.engine.reported = None  # type: ignore[assignment]
    answer = relay.get("/healthz")

    assert (503, "failed") == (answer.status, answer.json["status"])
    assert answer.json["why"].startswith("AttributeError at ")
    assert 503 == relay.get("/metrics").status


def test_the_state_of_the_spool_is_measured(relay: Running) -> None:
    """By route where routes differ."""
    relay.engine.reported = WAITING

    assert {
        "broadcast_relay_spool_bytes": 1_048_576.0,
        "broadcast_relay_waiting_deliveries": 3.0,
        "broadcast_relay_oldest_seconds": 120.0,
        "broadcast_relay_full": 0.0,
        "broadcast_relay_dead_letters": 2.0,
        'broadcast_relay_waiting_requests{route="support"}': 5.0,
        'broadcast_relay_waiting_requests{route="sample"}': 0.0,
    } == _counted(
        relay,
        "broadcast_relay_spool_bytes",
        "broadcast_relay_waiting_deliveries",
        "broadcast_relay_oldest_seconds",
        "broadcast_relay_full",
        "broadcast_relay_dead_letters",
        'broadcast_relay_waiting_requests{route="support"}',
        'broadcast_relay_waiting_requests{route="sample"}',
    )


def _counted(relay: Running, *samples: str) -> dict[str, float]:
    return {sample: relay.counted(sample) for sample in samples}


def test_a_full_spool_is_measured(relay: Running) -> None:
    """So that an alert can hang on it."""
    relay.engine.reported = State(full="why")

    assert 1.0 == relay.counted("broadcast_relay_full")


def test_deliveries_are_counted_by_outcome(relay: Running) -> None:
    """With the time that each took."""
    outcomes = ("accepted", "test", "unauthorized", "method")
    samples = [f'broadcast_relay_deliveries_total{{outcome="{one}"}}' for one in outcomes]
    before = _counted(relay, *samples, "broadcast_relay_intake_seconds_count")
    relay.post(DELIVERY)
    relay.post(DELIVERY)
    relay.post(b"{}")
    exchange(relay.port, request(DELIVERY, {}))
    relay.get("/v1/traces")
    after = _counted(relay, *samples, "broadcast_relay_intake_seconds_count")

    assert [2, 1, 1, 1, 5] == [after[sample] - before[sample] for sample in before]


def test_generations_are_counted_by_route(relay: Running) -> None:
    """From the start, so that a rate can be taken of the first; a route that comes later too."""
    relay.metrics.generations("support", "delivered", 7)
    relay.metrics.generations("support", "refused")
    relay.metrics.generations("later", "undelivered", 2)
    name = 'broadcast_relay_generations_total{outcome="%s",route="%s"}'
    samples = [
        name % pair
        for pair in (
            ("delivered", "support"),
            ("refused", "support"),
            ("undelivered", "support"),
            ("delivered", "sample"),
            ("undelivered", "later"),
        )
    ]

    assert [7, 1, 0, 0, 2] == list(_counted(relay, *samples).values())


def test_the_page_of_metrics_is_the_text_of_prometheus(relay: Running) -> None:
    """Each line of it is read by the parser of its own library."""
    from prometheus_client.parser import text_string_to_metric_families

    answer = relay.get("/metrics")
    names = {one.name for one in text_string_to_metric_families(answer.body.decode())}

    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert {"broadcast_relay_deliveries", "broadcast_relay_intake_seconds", "broadcast_relay_full"} <= names


def test_pages_are_only_read(relay: Running) -> None:
    """Another method is refused, another path is not there."""
    assert (405, 404) == (relay.post(b"", path="/metrics").status, relay.get("/").status)


def test_no_content_is_on_a_page(relay: Running) -> None:
    """Labels are outcomes and names of routes."""
    relay.post(b'{"resourceSpans":["canary-5f1c"]}', {"X-Canary": "canary-5f1c"})
    pages = relay.get("/metrics").body + relay.get("/healthz").body + relay.get("/canary-5f1c").body

    assert b"canary" not in pages


def test_times_are_counted_in_their_buckets() -> None:
    """One at a limit is within it; what takes longest is in the last, and all are summed."""
    metrics = Metrics()
    for seconds in (0.0, 0.001, 0.0011, 30.0):
        metrics.answered("accepted", seconds)
    lines = metrics.page(State()).decode().splitlines()
    bucket = 'broadcast_relay_intake_seconds_bucket{le="%s"} %s'

    for limit, count in (("0.001", 2.0), ("0.0025", 3.0), ("10.0", 3.0), ("+Inf", 4.0)):
        assert bucket % (limit, count) in lines
    assert "broadcast_relay_intake_seconds_count 4.0" in lines
    assert "broadcast_relay_intake_seconds_sum 30.0021" in lines
    assert 'broadcast_relay_deliveries_total{outcome="accepted"} 4.0' in lines
