"""What is kept of generations, to be joined: bounded as if all of it were looked at each time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import Join
from broadcast_core.testing.strategies import EPOCH
from broadcast_core.traces import let_out
from broadcast_core.traces.let_out import KeptLetOut, LetOut, Place, bounded, kept_with


def _one(second: int, size: int) -> LetOut:
    moment = EPOCH + timedelta(seconds=second)
    return LetOut(versions=(), start=moment, place=Place(), held=frozenset(), latest=moment, size=size)


ENTRIES = st.dictionaries(
    st.sampled_from([f"gen-{n}" for n in range(12)]), st.builds(_one, st.integers(0, 30), st.integers(0, 9))
)
JOINS = st.builds(
    Join,
    max_generations=st.integers(0, 12),
    max_bytes=st.integers(0, 60),
    max_age=st.integers(0, 30).map(lambda n: timedelta(seconds=n)),
)


@given(calls=st.lists(ENTRIES, min_size=1, max_size=6), join=JOINS)
def test_few_are_bounded_as_if_all_were_looked_at(calls: list[dict[str, LetOut]], join: Join) -> None:
    """After each call, in the same order, and what is known of them is what is there."""
    plain: dict[str, LetOut] = {}
    kept: Any = {}
    for changes in calls:
        plain, kept = bounded({**plain, **changes}, join), kept_with(kept, changes, join)

        assert plain == kept
        assert list(plain) == list(kept)
        assert kept.fits(join)
        anew = KeptLetOut(dict(kept.items()))
        assert (anew._bytes, anew._newest) == (kept._bytes, kept._newest)
        assert kept._oldest <= anew._oldest or not kept


@given(calls=st.lists(ENTRIES, min_size=1, max_size=6), join=JOINS)
def test_of_many_a_sixteenth_more_goes_at_once(calls: list[dict[str, LetOut]], join: Join) -> None:
    """They are within the bounds, and those that stay are the latest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(let_out, "_MANY", 2)
        kept: Any = {}
        for changes in calls:
            before = {**dict(kept.items()), **changes}
            kept = kept_with(kept, changes, join)

            assert kept == bounded(dict(kept.items()), join)
            gone = before.keys() - kept.keys()
            latest = max((before[name].latest for name in gone), default=None)
            assert latest is None or all(one.latest >= latest for one in kept.values())


def test_looking_at_all_is_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    """One more at a time, far beyond the bounds."""
    looks = []

    def look(some: Any, join: Join) -> dict[str, LetOut]:
        looks.append(len(some))
        return bounded(some, join)

    monkeypatch.setattr(let_out, "bounded", look)
    kept: Any = {}
    join = Join(max_generations=2_000, max_age=timedelta(days=9))
    for n in range(5_000):
        kept = kept_with(kept, {f"gen-{n}": _one(n, 1)}, join)

    assert 1_875 <= len(kept) <= 2_000
    assert 24 >= len(looks)
