"""A route: one configured destination of the user's, with its policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from attrs import Attribute, field, frozen

from broadcast_core.batching import Endpoint, Request
from broadcast_core.destinations.capabilities import Addresses, ChecksOptions, Place
from broadcast_core.destinations.config import read_options
from broadcast_core.destinations.contract import Destination
from broadcast_core.destinations.description import Description, description_of
from broadcast_core.diagnostics import Problem
from broadcast_core.errors import ConfigError, PluginFault
from broadcast_core.jsontext import Json
from broadcast_core.pipeline.arguments import check_destination, check_name, check_options
from broadcast_core.pipeline.plugin_checks import address, endpoints_of, place_of
from broadcast_core.pipeline.plugin_faults import asked, blame
from broadcast_core.policy import Policy
from broadcast_core.record.field_checks import instance, tuple_of


@frozen(kw_only=True)
class Route:
    """One configured destination of yours; OpenRouter's settings call this a destination.

    Secrets are not part of it: they are given at delivery. `headers` are the names of headers of your own, as
    a proxy may want them; their values are secrets.
    """

    name: str = field()
    destination: Destination = field()
    config: Any
    policy: Policy = field(factory=Policy, validator=instance(Policy))
    headers: tuple[str, ...] = field(default=(), validator=tuple_of(str))

    @cached_property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """The endpoints by name, in their order; raise `PluginFault` for some that cannot be used."""
        return endpoints_of(self.destination, self.config)

    @cached_property
    def capacities(self) -> Mapping[str, int]:
        """How many bytes an item may have, by the name of its endpoint."""
        return {name: one.capacity for name, one in self.endpoints.items()}

    @cached_property
    def place(self) -> Place | None:
        """Where its rows are; None where its destination does not tell; raise `PluginFault` for a fault."""
        return place_of(self.destination, self.config)

    def addressed(self, request: Request) -> Request:
        """Return a planned request at the address that its items give it; raise `PluginFault` for a fault."""
        if self._addresses is None:
            return request
        return address(request, self._addresses, self.config)

    @cached_property
    def _addresses(self) -> Addresses | None:
        """The destination, where the address of a request hangs on its items."""
        return self.destination if isinstance(self.destination, Addresses) else None

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
        """Return a route with checked options; raise `ConfigError` with every mistake in them.

        Raise `PluginFault`, which quotes no option, for a destination that does not describe itself or fails
        on its options. Without a policy, that of the destination's description holds.
        """
        check_destination(destination)
        options = {} if options is None else options
        check_options(options)
        config = configure(destination, options)
        return cls(
            name=destination.name if name is None else name,
            destination=destination,
            config=config,
            policy=_described(destination).policy if policy is None else policy,
        )


def configure(destination: Destination, options: Mapping[str, Json]) -> Any:
    """Return the config of a destination; raise `ConfigError` with every mistake in the options.

    Raise `PluginFault`, which quotes no option, for a destination that does not describe itself or fails on
    its options.
    """
    described = _described(destination)

    def together(config: Any) -> Iterable[Problem]:
        return _problems(destination, config)

    def read() -> Any:
        return read_options(described.config, options, secrets=described.secrets, together=together)

    try:
        return asked(read, "its check of options", passes=(ConfigError, PluginFault))
    except PluginFault as error:
        raise PluginFault(blame(destination, error)) from None


def _problems(destination: Destination, config: Any) -> list[Problem]:
    given: Any = destination.config_problems(config) if isinstance(destination, ChecksOptions) else ()
    found = list(given) if isinstance(given, Iterable) else [given]
    if not all(isinstance(one, Problem) for one in found):
        raise PluginFault("its config_problems gives what is no Problem: yield Problem(what, path)")
    return found


def _described(destination: Destination) -> Description:
    try:
        return asked(lambda: description_of(destination), "its describe()", passes=(PluginFault,))
    except PluginFault as error:
        raise PluginFault(blame(destination, error)) from None
