"""Sampling: a deterministic share of the sessions, whole, that differs from route to route.

Each session has a place between 0 and 1, from a hash of the route's name and the session id; it is kept when
the place lies below the rate. So what is kept at 10 % is kept at 20 % too. Without a session the trace id
decides, and without that the generation's own id.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal

from broadcast_core.policy.checks.result import CheckResult
from broadcast_core.record.generation import Generation

LEAST_RATE, MOST_RATE = Decimal("0.0001"), Decimal(1)
_NAMESPACE = b"broadcast-sampling/1"
_BITS = 64
EVERYTHING = CheckResult("sampling", True, "everything is kept")


def wrong_rate(rate: Decimal) -> str | None:
    """Say what is wrong with a sampling rate, or None."""
    if not rate.is_finite() or not LEAST_RATE <= rate <= MOST_RATE:
        return f"expected a rate from {LEAST_RATE} to {MOST_RATE}, got {rate}"
    return None


def sampling(generation: Generation, rate: Decimal, route: str) -> CheckResult:
    """Check whether a generation is in the sample of a route."""
    if rate == MOST_RATE:
        return EVERYTHING
    unit, place = _unit(generation), place_of(generation, route)
    shown = f"{place / 2**_BITS:.6f}"
    if place < int(rate * 2**_BITS):
        return CheckResult("sampling", True, f"the place {shown} of its {unit} lies below the rate {rate}")
    return CheckResult(
        "sampling", False, f"the place {shown} of its {unit} does not lie below the rate {rate}"
    )


def place_of(generation: Generation, route: str) -> int:
    """Return the place of a generation in the sample of a route, from 0 to below 2 to the power of 64."""
    parts = (_NAMESPACE, route.encode("utf-8", "surrogatepass"), _unit(generation).encode(), _id(generation))
    return int.from_bytes(hashlib.sha256(b"\x00".join(parts)).digest()[: _BITS // 8], "big")


def _unit(generation: Generation) -> str:
    if generation.identity.session_id:
        return "session"
    return "trace" if generation.trace.trace_id else "generation"


def _id(generation: Generation) -> bytes:
    known = generation.identity.session_id or generation.trace.trace_id or generation.id
    return known.encode("utf-8", "surrogatepass")
