"""What a destination says of itself as data: options, secrets, what it does not carry, its default policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias, get_args

from attrs import Attribute, field, frozen

from broadcast_core.errors import FieldError
from broadcast_core.policy import Policy
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

    `config` is the class whose fields `option` declares. `secrets` are by name, as `api_key`. `not_carried`
    has each field of the record that leaves no trace in any item, by its path without `$.`, and why.
    `policy` is that of routes which state none: it may hold back more than the usual one, and never less.
    """

    config: type
    secrets: Mapping[str, Secret] = field(factory=dict)
    not_carried: Mapping[str, str] = field(factory=dict)
    policy: Policy = field(factory=Policy, validator=instance(Policy))

    __hash__ = None  # type: ignore[assignment]

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
