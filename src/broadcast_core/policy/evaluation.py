"""A policy applied to one generation: the checks in their order, then what of it may leave."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from operator import attrgetter

from attrs import frozen

from broadcast_core.diagnostics import FAILURES, Diagnostic, describe_error
from broadcast_core.policy.checks.filters import NO_RULES, filter_rules
from broadcast_core.policy.checks.keys import EVERY_KEY, api_keys
from broadcast_core.policy.checks.result import CheckResult
from broadcast_core.policy.checks.sampling import EVERYTHING, sampling
from broadcast_core.policy.policy import Policy
from broadcast_core.policy.redaction.content import redact_content
from broadcast_core.policy.redaction.draft import Draft
from broadcast_core.policy.redaction.opt_in import GROUPS, complete_by_groups, filter_opt_in_groups
from broadcast_core.policy.redaction.users import drop_custom_metadata, pseudonymize_users
from broadcast_core.record.generation import Generation
from broadcast_core.record.messages import UnreadableContent
from broadcast_core.record.validation import why_invalid
from broadcast_core.secrets import SecretText

_ENABLED = CheckResult("enabled", True, "the route is enabled")
_NOT_ENABLED = CheckResult("enabled", False, "the route is not enabled")
_ALL_PASSED = (_ENABLED, EVERY_KEY, NO_RULES, EVERYTHING)
"""The results of a policy that asks nothing."""


@frozen(kw_only=True)
class Evaluation:
    """What a policy decides about one generation, and why.

    `checks` are the results in their order, up to the first that stops it. `redacted` is what may leave, and
    `diagnostics` what was held back; it is None when nothing may leave. Then the last check says why, or
    `error` why the policy cannot be applied, and what to mend.
    """

    checks: tuple[CheckResult, ...] = ()
    redacted: Generation | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    error: str | None = None

    __hash__ = None  # type: ignore[assignment]  # that of a record is not there

    @property
    def stopped_by(self) -> CheckResult | None:
        """The check that stops the generation, if one does."""
        return self.checks[-1] if self.checks and not self.checks[-1].passed else None


def evaluate(
    policy: Policy,
    generation: Generation,
    *,
    route: str = "",
    hash_key: str | None = None,
    was_let_out: bool = False,
) -> Evaluation:
    """Return what a policy decides; the name of the `route` salts a sample, `hash_key` hashes ids.

    A generation that was let out before is not asked again, but for whether the route is enabled.
    """
    hash_key = SecretText(hash_key) if hash_key else None  # reports of errors show the variables of functions
    try:
        if policy.changes_nothing and not _has_group(generation):
            return Evaluation(checks=_ALL_PASSED, redacted=generation)
        results = _results(policy, generation, route)
        checks = tuple(_until_stopped(islice(results, 1) if was_let_out else results))
        if not checks[-1].passed:
            return Evaluation(checks=checks)
        draft = complete_by_groups(redact(policy, generation, hash_key))
        redacted = draft.rebuild()
    except FAILURES as error:  # fail closed: what cannot be judged does not leave
        return Evaluation(error=_why_unjudged(generation, error))
    return Evaluation(checks=checks, redacted=redacted, diagnostics=draft.diagnostics)


_groups = attrgetter(*GROUPS)


def _has_group(generation: Generation) -> bool:
    """Tell whether a generation has an opt-in group, which a policy holds back unless it says otherwise."""
    return any(_groups(generation))


def _results(policy: Policy, generation: Generation, route: str) -> Iterator[CheckResult]:
    """Yield the results of all checks, in their order."""
    yield _ENABLED if policy.enabled else _NOT_ENABLED
    yield api_keys(generation, policy.api_key_hashes, policy.excluded_api_key_hashes)
    yield filter_rules(generation, policy.filter_rules)
    yield sampling(generation, policy.sampling_rate, route)


def _until_stopped(results: Iterator[CheckResult]) -> Iterator[CheckResult]:
    for result in results:
        yield result
        if not result.passed:
            return


def _why_unjudged(generation: Generation, error: BaseException) -> str:
    what = why_invalid(generation)
    if what is None:
        is_content = isinstance(error, UnreadableContent)
        what = f"a rule looks into its content, and {error}" if is_content else describe_error(error)
    return f"the policy of this route cannot be applied to it, so it does not leave: {what}"


def redact(policy: Policy, generation: Generation, hash_key: str | None) -> Draft:
    """Return what of a generation that leaves may leave, and what was held back."""
    draft = redact_content(
        Draft(generation),
        privacy_mode=policy.privacy_mode,
        drop_input=policy.drop_input,
        drop_output=policy.drop_output,
        hook=policy.content_hook,
    )
    draft = pseudonymize_users(draft, policy.user_identity, hash_key)
    if policy.drop_custom_metadata:
        draft = drop_custom_metadata(draft)
    return filter_opt_in_groups(draft, {switch: getattr(policy, switch) for switch in GROUPS.values()})
