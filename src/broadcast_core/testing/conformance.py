"""The laws that every destination keeps, as a test class that pytest collects.

from broadcast_core.testing.conformance import suite
from my_plugin import destination

TestLaws = suite(destination, {"project": "x"})
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from typing import Any

from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadcast_core.destinations.contract import Destination
from broadcast_core.jsontext import Json
from broadcast_core.pipeline.planner import Plan, plan
from broadcast_core.pipeline.route import Route
from broadcast_core.policy import Policy
from broadcast_core.record.generation import Content, Failure, Generation
from broadcast_core.testing.purity import blocked
from broadcast_core.testing.strategies import EPOCH, generations
from broadcast_core.traces.tree import assemble

SECRET = "conformance-secret-7f3a"  # noqa: S105  # a marker that must not be found


def suite(
    destination: Destination, options: Mapping[str, Json], secrets: tuple[str, ...] = ("api_key",)
) -> type:
    """Return a fresh test class for a destination with some options that it accepts."""
    relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    some = st.lists(generations(trace_ids=st.one_of(st.none(), st.sampled_from(["a", "b"]))), max_size=4)

    def planned(batch: list[Generation], policy: Policy | None = None) -> Plan:
        return plan(batch, Route.to(destination, options, policy=policy))

    class Laws:
        """The laws of the design, on arbitrary generations."""

        @relaxed
        @given(some)
        def test_total_every_generation_has_an_outcome(self, batch: list[Generation]) -> None:
            """A valid generation never makes the mapping raise, and none is lost."""
            outcomes = planned(batch).outcomes
            for tree in assemble(batch):
                list(destination.items(tree, Route.to(destination, options).config))

            assert [generation.id for generation in batch] == [outcome.generation for outcome in outcomes]
            assert all(outcome.reason for outcome in outcomes if outcome.status != "planned")

        @relaxed
        @given(some)
        def test_deterministic_same_input_same_bytes(self, batch: list[Generation]) -> None:
            """The same generations give the same requests, also from a copy of them."""
            copied = pickle.loads(pickle.dumps(batch))  # noqa: S301  # our own bytes

            assert _bytes(planned(batch)) == _bytes(planned(copied))

        @relaxed
        @given(some)
        def test_pure_no_clock_network_dice_or_files(self, batch: list[Generation]) -> None:
            """Mapping touches nothing but its arguments."""
            package = type(destination).__module__.split(".")[0]
            route = Route.to(destination, options)
            with blocked("broadcast_core", package):
                plan(batch, route)

        @relaxed
        @given(some)
        def test_requests_keep_the_limits_of_their_endpoints(self, batch: list[Generation]) -> None:
            """No request has more items or bytes than its endpoint takes."""
            for request in planned(batch).requests:
                assert 1 <= len(request.items) <= request.endpoint.max_items
                assert len(request.body) <= request.endpoint.max_bytes

        @relaxed
        @given(some)
        def test_bodies_are_json_without_nan(self, batch: list[Generation]) -> None:
            """Every JSON body is JSON that any parser reads."""
            for request in planned(batch).requests:
                if request.endpoint.content_type.partition(";")[0].endswith(("/json", "+json")):
                    json.loads(request.body.decode("utf-8"), parse_constant=_refuse)

        @relaxed
        @given(some)
        def test_no_secret_in_a_plan(self, batch: list[Generation]) -> None:
            """Secrets come with `authorize` alone."""
            route = Route.to(destination, options)
            requests = plan(batch, route).requests
            signed = [
                destination.authorize(request, route.config, dict.fromkeys(secrets, SECRET), EPOCH, 1)
                for request in requests
            ]

            assert SECRET not in repr(requests)
            assert [request.body for request in requests] == [request.body for request in signed]

        @relaxed
        @given(generations())
        def test_privacy_mode_lets_no_content_through(self, generation: Generation) -> None:
            """With privacy mode on, changing the content changes no byte."""
            private = Policy(privacy_mode=True)
            loud = _with_content(generation, "conformance-canary")
            sent = _bytes(planned([loud], private))

            assert all(b"conformance-canary" not in body for _, body in sent)

        @relaxed
        @given(some)
        def test_a_disabled_route_sends_nothing(self, batch: list[Generation]) -> None:
            """A route that is switched off plans no request, and says so of each generation."""
            result = planned(batch, Policy(enabled=False))

            assert result.requests == ()
            assert all(outcome.status == "skipped" for outcome in result.outcomes)

    return Laws


def _bytes(result: Plan) -> list[tuple[str, bytes]]:
    return [(request.url, request.body) for request in result.requests]


def _refuse(name: str) -> Any:
    raise AssertionError(f"{name} in a JSON body")


def _with_content(generation: Generation, marker: str) -> Generation:
    return evolve(
        generation,
        content=Content(
            input={"messages": [{"role": "user", "content": marker}]},
            output={"choices": [{"message": {"role": "assistant", "content": marker}}]},
            request={"tools": [marker]},
        ),
        failure=Failure(message=marker, stacktrace=marker, raw={"x": marker}),
        parameters={**generation.parameters, "stop": [marker], "response_format": {"x": marker}},
        extra={"unknown": {marker: marker}},
    )
