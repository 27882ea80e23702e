"""What a destination says of itself as data: options, secrets, what it does not carry, its default policy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias, get_args

from attrs import Attribute, field, frozen

from broadcast_core.destinations.config import options_of
from broadcast_core.errors import FieldError, PluginFault
from broadcast_core.policy import HASH_KEY, Policy
from broadcast_core.record.field_checks import instance, one_of

SecretPlace: TypeAlias = Literal["header", "body", "url", "signature"]
"""Where a secret goes: into a header, into the body or the URL, or it signs and goes nowhere."""


@frozen(kw_only=True)
class Secret:
    """A secret that a destination takes at delivery: what it is, where it goes, and whether all need it."""

    help: str = field(validator=instance(str))
    place: SecretPlace = field(default="header", validator=one_of(*get_args(SecretPlace)))
    required: bool = True


@frozen(kw_only=True)
class Description:
    """What the command, the docs, forms of settings and the conformance suite read of a destination.

    `config` is the class whose fields `option` declares. `secrets` are by name, as `api_key`: in lower case
    with underscores, since people give them by a variable that is named so. `not_carried` has each field of
    the record that leaves no trace in any item, by its path without `$.`, and why. `policy` is that of routes
    which state none: it may hold back more than the usual one, and never less.
    """

    config: type = field()
    secrets: Mapping[str, Secret] = field(factory=dict)
    not_carried: Mapping[str, str] = field(factory=dict)
    policy: Policy = field(factory=Policy, validator=instance(Policy))

    __hash__ = None  # type: ignore[assignment]

    @config.validator
    def _has_options(self, _attribute: Attribute[type], config: type) -> None:
        if "headers" in options_of(config):
            raise FieldError("config: every route has headers of its own: name the option otherwise")

    @secrets.validator
    def _can_be_given(self, _attribute: Attribute[Any], secrets: object) -> None:
        if not isinstance(secrets, Mapping):
            raise FieldError(f"secrets: expected Secret by name, got a {type(secrets).__name__}: give a dict")
        for name, secret in secrets.items():
            if what := _wrong_secret(name, secret, options_of(self.config)):
                raise FieldError(f"secrets: {what}")

    @not_carried.validator
    def _has_reasons(self, _attribute: Attribute[Any], not_carried: object) -> None:
        texts = [*not_carried, *not_carried.values()] if isinstance(not_carried, Mapping) else [None]
        if not all(isinstance(text, str) for text in texts):
            raise FieldError("not_carried: expected texts by text: give a dict of paths, each with why")

    @policy.validator
    def _holds_back(self, _attribute: Attribute[Policy], policy: Policy) -> None:
        if loose := [name for name in _RELAXING if getattr(policy, name)]:
            what = f"the default policy of a destination may only hold back more: take out {', '.join(loose)}"
            raise FieldError(f"policy: {what}")


_RELAXING = (
    "broadcast_generation_cost",
    "broadcast_generation_identity",
    "broadcast_generation_request_context",
)
"""Switches of a policy that let out more."""

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", re.ASCII)


def _wrong_secret(name: object, secret: object, options: Mapping[str, Any]) -> str | None:
    """Say why a secret cannot be given by people, or None."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return f"{name!r} is no name of one: write it in lower case with underscores, as access_key_id"
    if not isinstance(secret, Secret):
        return f"{name!r} is a {type(secret).__name__}: give Secret(...)"
    if name in options:
        return f"{name!r} is an option too: take one out, or name it otherwise"
    if name == HASH_KEY or name.startswith("header_"):
        return f"{name!r} is a secret of every route: name it otherwise"
    return None


def description_of(destination: Any) -> Description:
    """Return what a destination says of itself; raise `PluginFault` where that is no `Description`."""
    description: object = destination.describe()
    if isinstance(description, Description):
        return description
    raise PluginFault(f"its describe() returns a {type(description).__name__}: return Description(...)")
