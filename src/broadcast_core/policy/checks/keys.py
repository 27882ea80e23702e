"""API keys: which of the account's keys a route listens to, by the hash that the gateway gives a key.

Exclusion wins over selection. A generation whose key is not known passes only where nothing is asked of keys.
"""

from __future__ import annotations

from collections.abc import Collection

from broadcast_core.policy.checks.result import CheckResult
from broadcast_core.record.generation import Generation

UNKNOWN = (
    "the record has no API key hash, so it cannot be told (a filter rule on api_key_name may do instead)"
)

EVERY_KEY = CheckResult("api_keys", True, "every API key")


def api_keys(
    generation: Generation, selected: Collection[str] | None, excluded: Collection[str]
) -> CheckResult:
    """Check whether the key of a generation is one of those; None selects every key."""
    known = generation.identity.api_key_hash
    if selected is None and not excluded:
        return EVERY_KEY
    if known is None:
        return CheckResult("api_keys", False, UNKNOWN)
    if known in excluded:
        return CheckResult("api_keys", False, "the API key is excluded")
    if selected is not None and known not in selected:
        return CheckResult("api_keys", False, "the API key is not one of those selected")
    return CheckResult(
        "api_keys",
        True,
        "the API key is one of those selected" if selected else "the API key is not excluded",
    )
