"""The versions of one generation as a route lets them out, each with its part of what was let out of all."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from broadcast_core.policy.evaluation import redact
from broadcast_core.policy.policy import Policy
from broadcast_core.policy.redaction.draft import Draft
from broadcast_core.policy.redaction.opt_in import complete_by_groups
from broadcast_core.record.generation import Content, Generation
from broadcast_core.record.joining import SIDES, has_content
from broadcast_core.secrets import SecretText


def versions_let_out(
    policy: Policy, versions: Sequence[Generation], whole: Content, hash_key: str | None
) -> tuple[Generation, ...]:
    """Return each version as a policy lets it out; raise whatever the policy does on one that is wrong.

    `versions` stand in the order in which they count, and `whole` is the content that the policy let out of
    all of them. A content hook was asked of that alone, once: each side of it goes to the version that it is
    from. Usage and cost are not completed by the cost group yet: another version may know them.
    """
    hash_key = SecretText(hash_key) if hash_key else None  # reports of errors show the variables of functions
    if policy.content_hook is None:
        return tuple(redact(policy, version, hash_key).rebuild() for version in versions)
    settings = evolve(policy, content_hook=_as_it_is)
    owners = {name: _first_with(name, versions) for name in SIDES}
    return tuple(
        _with_its_part(redact(settings, version, hash_key).rebuild(), version, whole, owners)
        for version in versions
    )


def completed(generation: Generation) -> Generation:
    """Return a generation with usage and cost completed by its cost group, as far as that was let out."""
    return complete_by_groups(Draft(generation)).rebuild()


def _as_it_is(content: Content) -> Content:
    return content


def _first_with(side: str, versions: Sequence[Generation]) -> int | None:
    """Return the place of the version that a side of the content is from."""
    return next((id(one) for one in versions if getattr(one.content, side) is not None), None)


def _with_its_part(
    redacted: Generation, version: Generation, whole: Content, owners: dict[str, int | None]
) -> Generation:
    sides = {name: getattr(whole, name) if owners[name] == id(version) else None for name in SIDES}
    withheld = redacted.content.withheld
    if withheld is None and has_content(version):
        withheld = whole.withheld
    return evolve(redacted, content=Content(**sides, withheld=withheld))
