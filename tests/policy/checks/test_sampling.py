"""Sampling: deterministic, whole sessions, monotone, uniform, and independent from route to route."""

from __future__ import annotations

import hashlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import Generation, Identity, Policy, Timing, TraceContext
from broadcast_core.policy import evaluate
from broadcast_core.policy.checks.sampling import place_of
from broadcast_core.testing.strategies import EPOCH, generations

MANY = 20_000
RATES = st.decimals(Decimal("0.0001"), Decimal(1), places=4)


def _generation(name: str, session: str | None = None, trace: str | None = None) -> Generation:
    who, context = Identity(session_id=session), TraceContext(trace_id=trace)
    return Generation(id=name, timing=Timing(start=EPOCH), identity=who, trace=context)


def _kept(generation: Generation, rate: object, route: str = "r") -> bool:
    policy = Policy(sampling_rate=rate)  # type: ignore[arg-type]
    return evaluate(policy, generation, route=route).redacted is not None


@given(generations(), RATES, RATES)
def test_what_is_kept_at_a_rate_is_kept_at_a_higher_one(
    generation: Generation, a: Decimal, b: Decimal
) -> None:
    """So that a rate can be raised without losing what there was."""
    low, high = sorted((a, b))

    assert _kept(generation, low) <= _kept(generation, high) <= _kept(generation, 1)


@given(st.text(min_size=1), st.text(min_size=1), RATES)
def test_a_session_is_kept_or_dropped_whole(session: str, trace: str, rate: Decimal) -> None:
    """Whatever its generations are called and whichever traces they belong to."""
    several = [_generation("a", session), _generation("b", session, "t"), _generation("c", session)]

    assert 1 == len({_kept(generation, rate) for generation in several})


def test_without_a_session_a_trace_is_kept_whole() -> None:
    """A trace with holes says the wrong thing."""
    assert 1 == len({place_of(_generation(name, None, "t"), "r") for name in ("a", "b", "c")})


@pytest.mark.parametrize(("beyond", "expected"), [("-0.5", False), ("0.5", False), ("1.5", True)])
def test_what_lies_at_the_rate_is_not_kept(beyond: str, expected: bool) -> None:
    """A place is kept below the rate, to the last bit."""
    rate = (place_of(_generation("gen-1"), "r") + Decimal(beyond)) / 2**64

    assert expected == _kept(_generation("gen-1"), rate)


def _chi_squared(counts: list[int], expected: float) -> float:
    return sum((count - expected) ** 2 / expected for count in counts)


def test_places_are_uniform() -> None:
    """Chi-squared over 100 classes; 148.2 is passed by one good hash in a thousand."""
    counts = [0] * 100
    for n in range(MANY):
        counts[place_of(_generation("x", f"session-{n}"), "support") * 100 >> 64] += 1

    assert _chi_squared(counts, MANY / 100) < 148.2


def test_routes_are_independent_of_each_other() -> None:
    """A session's places on two routes: chi-squared over 10 by 10 classes."""
    counts = [0] * 100
    for n in range(MANY):
        generation = _generation("x", f"session-{n}")
        a, b = (place_of(generation, route) * 10 >> 64 for route in ("support", "audit"))
        counts[10 * a + b] += 1

    assert _chi_squared(counts, MANY / 100) < 148.2


@pytest.mark.parametrize("rate", [0.0001, 0.01, 0.5])
def test_the_share_is_the_rate(rate: float) -> None:
    """Within five standard deviations."""
    kept = sum(_kept(_generation("x", f"s-{n}"), rate) for n in range(MANY))

    assert abs(kept - MANY * rate) <= 5 * (MANY * rate * (1 - rate)) ** 0.5


def test_the_sample_is_the_same_for_ever() -> None:
    """A change of the hash would need a new namespace."""
    assert [871, 1167, 5725] == [
        place_of(generation, "support") * 10_000 >> 64
        for generation in (_generation("gen-1"), _generation("gen-1", "s"), _generation("gen-1", None, "t"))
    ]


def test_a_route_that_is_not_named_has_the_empty_name() -> None:
    """Its sample is the same wherever it is asked for."""
    policy = Policy(sampling_rate=0.5)

    for n in range(20):
        assert evaluate(policy, _generation(f"gen-{n}"), route="") == evaluate(
            policy, _generation(f"gen-{n}")
        )


UNUSUAL = ["\ud800", "ä", "日本", "\x00", ""]


@pytest.mark.parametrize("text", UNUSUAL, ids=ascii)
def test_any_text_has_a_place(text: str) -> None:
    """As the name of a route, a session, a trace or a generation: that of its UTF-8, half characters too."""
    route, name = (text.encode("utf-8", "surrogatepass"), (text or "g").encode("utf-8", "surrogatepass"))
    unit = b"session" if text else b"generation"
    whole = hashlib.sha256(b"\x00".join((b"broadcast-sampling/1", route, unit, name))).digest()

    assert int(whole[:8].hex(), 16) == place_of(_generation("g", text), text)


@pytest.mark.parametrize("rate", [0, 0.00009, 1.1, -1, True, "0.5", float("nan"), None])
def test_a_wrong_rate_is_refused(rate: object) -> None:
    """From 0.0001 to 1, as OpenRouter takes it."""
    with pytest.raises(ValueError, match="sampling_rate"):
        Policy(sampling_rate=rate)  # type: ignore[arg-type]
