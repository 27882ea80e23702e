"""A policy asked about one generation: the checks in their order, then what of it may leave."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from broadcast_core.diagnostics import FAILURES, Diagnostic, describe_error
from broadcast_core.policy.checks.filters import filter_rules
from broadcast_core.policy.checks.keys import api_keys
from broadcast_core.policy.checks.result import CheckResult
from broadcast_core.policy.checks.sampling import sampling
from broadcast_core.policy.policy import Policy
from broadcast_core.policy.redaction.content import redact_content
from broadcast_core.policy.redaction.opt_in import GROUPS, filter_opt_in_groups
from broadcast_core.policy.redaction.users import pseudonymize_users, without_custom_metadata
from broadcast_core.record.generation import Generation
from broadcast_core.record.messages import UnreadableContent
from broadcast_core.record.validation import why_invalid


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
    what = why_invalid(generation)
    if what is None:
        is_content = isinstance(error, UnreadableContent)
        what = f"a rule looks into its content, and {error}" if is_content else describe_error(error)
    return f"the policy of this route cannot be applied to it, so it does not leave: {what}"


def answers(policy: Policy, generation: Generation, *, route: str) -> Iterator[CheckResult]:
    """Yield the answers to the questions that may stop a generation, in their order."""
    on = "the route is enabled" if policy.enabled else "the route is not enabled"
    yield CheckResult("enabled", policy.enabled, on)
    yield api_keys(generation, policy.api_key_hashes, policy.excluded_api_key_hashes)
    yield filter_rules(generation, policy.filter_rules)
    yield sampling(generation, policy.sampling_rate, route)


def restricted(policy: Policy, generation: Generation, *, hash_key: str | None = None) -> Allowed:
    """Return what of a generation that leaves may leave, and what was held back."""
    allowed, notes = redact_content(
        generation,
        privacy_mode=policy.privacy_mode,
        drop_input=policy.drop_input,
        drop_output=policy.drop_output,
        hook=policy.content_hook,
    )
    allowed, more = pseudonymize_users(allowed, policy.user_identity, hash_key)
    notes += more
    if policy.drop_custom_metadata:
        allowed, more = without_custom_metadata(allowed)
        notes += more
    allowed, more = filter_opt_in_groups(
        allowed, {switch: getattr(policy, switch) for switch in GROUPS.values()}
    )
    return Allowed(generation=allowed, diagnostics=tuple(dict.fromkeys((*notes, *more))))
