"""How large gzip is when inflated: exact up to the limit, and never far beyond it."""

from __future__ import annotations

import asyncio
import gzip

from hypothesis import given
from hypothesis import strategies as st

from broadcast_relay.intake.inflating import Inflation

LIMIT = 4_000


def _measured(sent: bytes, step: int, limit: int = LIMIT) -> Inflation:
    inflation = Inflation(limit, 16)

    async def feed() -> None:
        for n in range(0, len(sent), step):
            await inflation.feed(sent[n : n + step])

    asyncio.run(feed())
    return inflation


@given(st.lists(st.binary(max_size=1_500), max_size=4), st.integers(1, 700))
def test_the_size_is_that_of_all_members(members: list[bytes], step: int) -> None:
    """However the bytes are cut; the first of them are kept."""
    found = _measured(b"".join(gzip.compress(one) for one in members), step)
    plain = b"".join(members)

    assert (len(plain) > LIMIT) == found.is_too_large
    if not found.is_too_large:
        assert (len(plain), plain[:16], bool(members)) == (found.size, found.start, found.is_whole)


@given(st.binary(max_size=300), st.integers(1, 100))
def test_anything_can_be_fed(sent: bytes, step: int) -> None:
    """What is no gzip has no size, and is never whole."""
    found = _measured(b"x" + sent, step)

    assert (0, False, False) == (found.size, found.is_whole, found.is_too_large)


def test_a_bomb_is_inflated_no_further_than_the_limit() -> None:
    """Though 8 MB are in it, and though they come in one chunk."""
    found = _measured(gzip.compress(bytes(8_000_000)), 1_000_000, limit=3_000_000)

    assert (True, 3_000_001) == (found.is_too_large, found.size)


def test_a_body_of_several_slices_is_measured() -> None:
    """It is inflated by a million bytes at a time."""
    found = _measured(gzip.compress(bytes(3_500_000)), 1_000_000, limit=4_000_000)

    assert (3_500_000, True) == (found.size, found.is_whole)
