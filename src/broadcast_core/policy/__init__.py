"""May a generation leave by a route, and how much of it: pure questions, asked in this order.

enabled            is the route switched on
privacy_mode       content is taken out (`privacy.py`)
broadcast_*        the three opt-in groups of generation metadata, off by default
"""

from __future__ import annotations

from attrs import frozen

from broadcast_core.diagnostic import Diagnostic
from broadcast_core.generation import Generation
from broadcast_core.policy.opt_in import GROUPS, opened
from broadcast_core.policy.privacy import without_content


@frozen(kw_only=True)
class Policy:
    """What a route lets out; the names are those of OpenRouter's management API."""

    enabled: bool = True
    privacy_mode: bool = False
    broadcast_generation_cost: bool = False
    broadcast_generation_identity: bool = False
    broadcast_generation_request_context: bool = False


@frozen(kw_only=True)
class Skipped:
    """The generation does not leave by this route, and why."""

    reason: str


@frozen(kw_only=True)
class Allowed:
    """What may leave, and what was held back."""

    generation: Generation
    diagnostics: tuple[Diagnostic, ...] = ()


def ask(policy: Policy, generation: Generation) -> Allowed | Skipped:
    """Return what of a generation may leave, or why nothing may."""
    if not policy.enabled:
        return Skipped(reason="the route is not enabled")
    diagnostics: list[Diagnostic] = []
    allowed = generation
    if policy.privacy_mode:
        allowed = without_content(allowed)
        diagnostics.append(Diagnostic("withheld", "$.content", "privacy mode is on for this route"))
    allowed, held = opened(allowed, {switch: getattr(policy, switch) for switch in GROUPS.values()})
    return Allowed(generation=allowed, diagnostics=(*diagnostics, *held))


__all__ = ["Allowed", "Policy", "Skipped", "ask"]
