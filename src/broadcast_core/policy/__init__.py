"""May a generation leave by a route, and how much of it: pure questions, asked in this order.

    enabled, keys, filters, sampling     does it leave at all, judged by the full record
    content, privacy                     what was said: privacy mode, one side, the caller's own function
    identity                             who asked, and the caller's own metadata
    opt_in                               the three opt-in groups of generation metadata, off by default

The first four may stop a generation, the others take out of it what may not leave. Only the operator's policy
switches them, never the data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, get_args

from attrs import Attribute, field, frozen
from attrs.converters import optional

from broadcast_core.diagnostic import FAILURES, Diagnostic, told
from broadcast_core.faults import fault_of
from broadcast_core.field_kinds import instance, switch
from broadcast_core.generation import Generation
from broadcast_core.policy.answer import Answer
from broadcast_core.policy.content import Hook, released
from broadcast_core.policy.filters import FilterRules, Group, Rule, filter_rules
from broadcast_core.policy.identity import HASH_KEY, UserIdentity, with_identity, without_custom
from broadcast_core.policy.keys import api_keys
from broadcast_core.policy.opt_in import GROUPS, opened
from broadcast_core.policy.sampling import MOST_RATE, sampling, wrong_rate
from broadcast_core.policy.spoken import Unjudgeable


def _rate(value: Any) -> Any:
    """Return a rate as an exact decimal, for a float its shortest spelling."""
    return Decimal(repr(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _hashes(name: str, values: Iterable[str]) -> frozenset[str]:
    if isinstance(values, str):
        raise ValueError(f"{name}: expected several key hashes, got one text of {len(values)} characters")
    is_list = isinstance(values, Iterable) and not isinstance(values, Mapping)
    listed: list[Any] = list(values) if is_list else [None]
    if not all(isinstance(value, str) for value in listed):
        raise ValueError(f"{name}: expected key hashes, which are texts: give a list of them")
    return frozenset(listed)


def _selected(values: Iterable[str]) -> frozenset[str]:
    return _hashes("api_key_hashes", values)


def _excluded(values: Iterable[str]) -> frozenset[str]:
    return _hashes("excluded_api_key_hashes", values)


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

    @sampling_rate.validator
    def _is_a_rate(self, _attribute: Attribute[Any], value: Any) -> None:
        what = wrong_rate(value) if isinstance(value, Decimal) else f"expected a number, got {value!r}"
        if what:
            raise ValueError(f"sampling_rate: {what}")

    @content_hook.validator
    def _is_a_function(self, _attribute: Attribute[Any], value: Any) -> None:
        if value is not None and not callable(value):
            what = f"expected a function from Content to Content, got {type(value).__name__}"
            raise ValueError(f"content_hook: {what}")

    @user_identity.validator
    def _is_a_mode(self, _attribute: Attribute[Any], value: Any) -> None:
        if value not in get_args(UserIdentity):
            raise ValueError(
                f"user_identity: expected one of {', '.join(get_args(UserIdentity))}, got {value!r}"
            )


@frozen(kw_only=True)
class Skipped:
    """The generation does not leave by this route: which question stopped it, and why."""

    question: str
    reason: str


@frozen(kw_only=True)
class Allowed:
    """What may leave, and what was held back."""

    generation: Generation
    diagnostics: tuple[Diagnostic, ...] = ()


@frozen(kw_only=True)
class Unjudged:
    """The policy cannot be applied to the generation, so it does not leave: why, and what to mend."""

    reason: str


def ask(
    policy: Policy, generation: Generation, *, route: str = "", hash_key: str | None = None
) -> Allowed | Skipped | Unjudged:
    """Return what of a generation may leave, or why nothing may; `route` is the name that salts a sample."""
    try:
        for answer in answers(policy, generation, route=route):
            if not answer.passed:
                return Skipped(question=answer.question, reason=answer.why)
        return restricted(policy, generation, hash_key=hash_key)
    except FAILURES as error:  # fail closed: what cannot be judged does not leave
        return Unjudged(reason=_why_unjudged(generation, error))


def _why_unjudged(generation: Generation, error: BaseException) -> str:
    what = fault_of(generation)
    if what is None:
        is_content = isinstance(error, Unjudgeable)
        what = f"a rule looks into its content, and {error}" if is_content else told(error)
    return f"the policy of this route cannot be applied to it, so it does not leave: {what}"


def answers(policy: Policy, generation: Generation, *, route: str) -> Iterator[Answer]:
    """Yield the answers to the questions that may stop a generation, in their order."""
    on = "the route is enabled" if policy.enabled else "the route is not enabled"
    yield Answer("enabled", policy.enabled, on)
    yield api_keys(generation, policy.api_key_hashes, policy.excluded_api_key_hashes)
    yield filter_rules(generation, policy.filter_rules)
    yield sampling(generation, policy.sampling_rate, route)


def restricted(policy: Policy, generation: Generation, *, hash_key: str | None = None) -> Allowed:
    """Return what of a generation that leaves may leave, and what was held back."""
    allowed, notes = released(
        generation,
        privacy_mode=policy.privacy_mode,
        drop_input=policy.drop_input,
        drop_output=policy.drop_output,
        hook=policy.content_hook,
    )
    allowed, more = with_identity(allowed, policy.user_identity, hash_key)
    notes += more
    if policy.drop_custom_metadata:
        allowed, more = without_custom(allowed)
        notes += more
    allowed, more = opened(allowed, {switch: getattr(policy, switch) for switch in GROUPS.values()})
    return Allowed(generation=allowed, diagnostics=tuple(dict.fromkeys((*notes, *more))))


__all__ = [
    "HASH_KEY",
    "Allowed",
    "Answer",
    "FilterRules",
    "Group",
    "Hook",
    "Policy",
    "Rule",
    "Skipped",
    "Unjudged",
    "answers",
    "ask",
    "restricted",
]
