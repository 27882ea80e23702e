"""May a generation leave by a route, and how much of it: pure questions, asked in this order.

enabled            is the route switched on
privacy_mode       content is taken out (`privacy.py`)
broadcast_*        the three opt-in groups of generation metadata, off by default
"""

from __future__ import annotations

import attrs
from attrs import frozen

from broadcast_core.diagnostic import Diagnostic
from broadcast_core.generation import Generation
from broadcast_core.jsontext import Json
from broadcast_core.policy.privacy import without_content

_GROUPS = {
    "generation_cost": "broadcast_generation_cost",
    "generation_identity": "broadcast_generation_identity",
    "generation_request_context": "broadcast_generation_request_context",
}


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
    held: dict[str, dict[str, Json]] = {
        name: {} for name, switch in _GROUPS.items() if getattr(allowed, name) and not getattr(policy, switch)
    }
    for name in held:
        what = f"opt-in metadata, off for this route ({_GROUPS[name]})"
        diagnostics.append(Diagnostic("withheld", f"$.{name}", what))
    if held:
        allowed = attrs.evolve(allowed, **held)  # type: ignore[arg-type]
    return Allowed(generation=allowed, diagnostics=tuple(diagnostics))


__all__ = ["Allowed", "Policy", "Skipped", "ask"]
