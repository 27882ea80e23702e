"""The policy of a route: what it lets out, checked when it is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any, get_args

from attrs import Attribute, evolve, field, frozen
from attrs.converters import optional

from broadcast_core.errors import FieldError
from broadcast_core.policy.checks.filters import FilterRules
from broadcast_core.policy.checks.sampling import MOST_RATE, wrong_rate
from broadcast_core.policy.redaction.content import Hook
from broadcast_core.policy.redaction.opt_in import GROUPS
from broadcast_core.policy.redaction.users import UserIdentity
from broadcast_core.record.field_checks import instance, switch


def _rate(value: Any) -> Any:
    """Return a rate as an exact decimal, for a float its shortest spelling."""
    return Decimal(repr(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _key_hashes(name: str, values: Iterable[str]) -> frozenset[str]:
    if isinstance(values, str):
        raise FieldError(f"{name}: expected several key hashes, got one text of {len(values)} characters")
    is_list = isinstance(values, Iterable) and not isinstance(values, Mapping)
    listed: list[Any] = list(values) if is_list else [None]
    if not all(isinstance(value, str) for value in listed):
        raise FieldError(f"{name}: expected key hashes, which are texts: give a list of them")
    return frozenset(listed)


def _selected(values: Iterable[str]) -> frozenset[str]:
    return _key_hashes("api_key_hashes", values)


def _excluded(values: Iterable[str]) -> frozenset[str]:
    return _key_hashes("excluded_api_key_hashes", values)


def _switch(default: bool = False) -> Any:
    """Declare a switch; anything but True or False is refused."""
    return field(default=default, validator=switch)


@frozen(kw_only=True)
class Policy:
    """What a route lets out.

    The first names are those of OpenRouter's management API: `api_key_hashes` None means every key,
    `sampling_rate` is 0.0001 to 1. Ours, each off by default: `drop_input` and `drop_output` hold back one
    side, `content_hook` is a function from `Content` to `Content`, `user_identity` keeps, hashes or drops
    user and session ids (`hash` needs the route's secret `hash_key`), `drop_custom_metadata` the caller's own
    keys and tags.
    """

    enabled: bool = _switch(default=True)
    api_key_hashes: frozenset[str] | None = field(default=None, converter=optional(_selected))
    excluded_api_key_hashes: frozenset[str] = field(default=(), converter=_excluded)
    filter_rules: FilterRules | None = field(default=None, validator=instance(FilterRules))
    sampling_rate: Decimal = field(default=MOST_RATE, converter=_rate)
    privacy_mode: bool = _switch()
    broadcast_generation_cost: bool = _switch()
    broadcast_generation_identity: bool = _switch()
    broadcast_generation_request_context: bool = _switch()
    drop_input: bool = _switch()
    drop_output: bool = _switch()
    content_hook: Hook | None = field(default=None)
    user_identity: UserIdentity = field(default="keep")
    drop_custom_metadata: bool = _switch()

    @cached_property
    def changes_nothing(self) -> bool:
        """Tell whether it stops no generation, and holds nothing back but opt-in groups."""
        without_groups: dict[str, Any] = dict.fromkeys(GROUPS.values(), False)
        return bool(evolve(self, **without_groups) == Policy())

    @sampling_rate.validator
    def _is_a_rate(self, _attribute: Attribute[Any], value: Any) -> None:
        what = wrong_rate(value) if isinstance(value, Decimal) else f"expected a number, got {value!r}"
        if what:
            raise FieldError(f"sampling_rate: {what}")

    @content_hook.validator
    def _is_a_function(self, _attribute: Attribute[Any], value: Any) -> None:
        if value is not None and not callable(value):
            what = f"expected a function from Content to Content, got {type(value).__name__}"
            raise FieldError(f"content_hook: {what}")

    @user_identity.validator
    def _is_a_mode(self, _attribute: Attribute[Any], value: Any) -> None:
        if value not in get_args(UserIdentity):
            raise FieldError(
                f"user_identity: expected one of {', '.join(get_args(UserIdentity))}, got {value!r}"
            )
