"""The policy of `--to`: what is not stated is as the destination has it."""

from __future__ import annotations

import pytest

from broadcast_core import Policy
from broadcast_core.cli import routes
from broadcast_core.cli.arguments import RouteArguments
from broadcast_core.destinations import Description
from tests.fake import AnyOptions, Lines


class Careful(Lines):
    """A destination that takes no content unless a route says so."""

    def describe(self) -> Description:
        """With a policy of its own."""
        return Description(config=AnyOptions, policy=Policy(privacy_mode=True, drop_custom_metadata=True))


STATED = [
    (set(), Policy(privacy_mode=True, drop_custom_metadata=True)),
    ({"cost"}, Policy(privacy_mode=True, drop_custom_metadata=True, broadcast_generation_cost=True)),
]


@pytest.mark.parametrize(("flags", "expected"), STATED, ids=["nothing", "a group"])
def test_switches_add_to_the_policy_of_the_destination(
    flags: set[str], expected: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They can only say more than it does."""
    monkeypatch.setattr(routes, "destination", lambda _name: Careful())
    switches = {name: name in flags for name in ("privacy", "cost", "identity", "request_context", "strict")}
    arguments = RouteArguments(name="lines", options={}, file=None, secrets=None, **switches)

    assert [expected] == [route.policy for route in routes.select_routes(arguments).routes]
