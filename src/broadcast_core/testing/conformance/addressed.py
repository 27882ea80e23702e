"""Laws of addresses, places and ids: functions of what is sent and of the config alone."""

from __future__ import annotations

from collections.abc import Iterable

from broadcast_core.batching import Request
from broadcast_core.delivery import split
from broadcast_core.destinations.capabilities import Addresses, Identifies, Places
from broadcast_core.testing.conformance.corpus import corpus, many
from broadcast_core.testing.conformance.expect import expect_same
from broadcast_core.testing.conformance.subject import NOW, Subject
from broadcast_core.testing.purity import blocked


def address_laws(subject: Subject) -> type:
    """Return the laws of where the requests of a destination go."""
    destination = subject.destination

    class Laws:
        """Where requests go."""

        def test_the_address_is_the_same_each_time(self) -> None:
            """An address is made of the items of a request alone, and is there after a split too."""
            if not isinstance(destination, Addresses):
                return
            route = subject.route()
            first, second = subject.plan(corpus()).requests, subject.plan(corpus()).requests

            expect_same(_addresses(first), _addresses(second), "addresses of the same requests")
            for request in first:
                bare = Request.planned(route=request.route, endpoint=request.endpoint, items=request.items)
                again = destination.address(bare, route.config)
                expect_same(
                    _addresses([request]), _addresses([again]), "the address of one request, asked again"
                )
                if len(request.items) > 1:
                    one, other = (_addresses(split(request, route)) for _ in range(2))
                    expect_same(one, other, "addresses of the same split")

        def test_the_address_touches_nothing_of_the_world(self) -> None:
            """No clock, no dice: a token is a hash of what is sent."""
            if isinstance(destination, Addresses):
                package = type(destination).__module__.split(".")[0]
                requests, config = subject.plan(many("m")).requests, subject.config
                with blocked("broadcast_core", package):
                    for one in requests:
                        bare = Request.planned(route=one.route, endpoint=one.endpoint, items=one.items)
                        destination.address(bare, config)

        def test_the_place_and_the_ids_are_the_same_each_time(self) -> None:
            """Where rows are, and the ids that they have there, hang on the config alone."""
            if isinstance(destination, Places):
                expect_same(
                    destination.place(subject.config), destination.place(subject.config), "two places"
                )
            if isinstance(destination, Identifies):
                one, other = (destination.identify("gen-1", NOW, subject.config) for _ in range(2))
                expect_same(one, other, "ids of one original")

    return Laws


def _addresses(requests: Iterable[Request]) -> list[tuple[str, dict[str, str]]]:
    return [(str(one.url), dict(one.headers)) for one in requests]
