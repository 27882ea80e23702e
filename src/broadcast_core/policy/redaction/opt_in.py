"""The three opt-in groups of generation metadata: each off until the route switches it on.

What the cost group alone knows completes usage and cost when it is on, and no sooner: whether tokens are
estimates, and what the provider charged where the caller's own key paid it (BYOK).
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from broadcast_core.diagnostics import Diagnostic
from broadcast_core.jsontext import Json
from broadcast_core.policy.redaction.draft import Draft
from broadcast_core.record.conversions import as_decimal, as_flag, or_none
from broadcast_core.record.generation import Cost, Usage

GROUPS = {
    "generation_cost": "broadcast_generation_cost",
    "generation_identity": "broadcast_generation_identity",
    "generation_request_context": "broadcast_generation_request_context",
}
"""The fields of the record, and the switch of a policy that lets each out."""


def filter_opt_in_groups(draft: Draft, switches: Mapping[str, bool]) -> Draft:
    """Hold back the groups that are off."""
    held = [name for name, switch in GROUPS.items() if draft.value(name) and not switches[switch]]
    notes = [
        Diagnostic("withheld", f"$.{name}", f"opt-in metadata, off for this route ({GROUPS[name]})")
        for name in held
    ]
    return draft.with_changes({name: {} for name in held}, *notes) if held else draft


def complete_by_groups(draft: Draft) -> Draft:
    """Complete usage and cost by what is left of the cost group."""
    group, usage = draft.value("generation_cost"), draft.value("usage")
    if not group:
        return draft
    if usage.is_estimated is None:
        usage = _with_estimate(usage, group)
    return draft.with_changes({"usage": usage, "cost": _with_upstream(draft.value("cost"), group)})


def _with_estimate(usage: Usage, group: Mapping[str, Json]) -> Usage:
    return attrs.evolve(usage, is_estimated=or_none(as_flag, group.get("usage_is_estimated")))


def _with_upstream(cost: Cost, group: Mapping[str, Json]) -> Cost:
    byok = or_none(as_flag, group.get("is_byok")) if cost.is_byok is None else cost.is_byok
    upstream = or_none(as_decimal, group.get("byok_usage_inference")) if byok else None
    return attrs.evolve(cost, is_byok=byok, upstream=upstream if cost.upstream is None else cost.upstream)
