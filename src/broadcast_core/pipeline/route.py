"""A route: one configured destination of the user's, with its policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import Attribute, field, frozen

from broadcast_core.destinations.contract import Destination
from broadcast_core.pipeline.arguments import check_destination, check_name, check_options
from broadcast_core.policy import Policy
from broadcast_core.record.field_checks import instance


@frozen(kw_only=True)
class Route:
    """One configured destination of yours; OpenRouter's settings call this a destination.

    Secrets are not part of it: they are given at delivery.
    """

    name: str = field()
    destination: Destination = field()
    config: Any
    policy: Policy = field(factory=Policy, validator=instance(Policy))

    @name.validator
    def _is_a_name(self, _attribute: Attribute[Any], value: object) -> None:
        check_name(value)

    @destination.validator
    def _is_a_destination(self, _attribute: Attribute[Any], value: object) -> None:
        check_destination(value)

    @classmethod
    def to(
        cls,
        destination: Destination,
        options: Mapping[str, Any] | None = None,
        *,
        name: str | None = None,
        policy: Policy | None = None,
    ) -> Route:
        """Return a route with checked options; raise `ConfigError` with every mistake in them."""
        check_destination(destination)
        options = {} if options is None else options
        check_options(options)
        config = destination.configure(options)
        return cls(
            name=destination.name if name is None else name,
            destination=destination,
            config=config,
            policy=Policy() if policy is None else policy,
        )
