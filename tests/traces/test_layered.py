"""A layered mapping is a dict whose versions stay as they are, and costs what changed."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from math import log2

from hypothesis import given
from hypothesis import strategies as st

from broadcast_core.traces.layered import LayeredMap, LayeredSet, keys_that_differ, union

CHANGES = st.lists(st.dictionaries(st.text("abcdef", max_size=2), st.integers()), max_size=12)
TEXTS = st.sets(st.integers(0, 300).map(str), max_size=200)


@given(changes=CHANGES)
def test_each_version_is_as_a_dict_was_then(changes: list[dict[str, int]]) -> None:
    """Also once others were made of it, and through pickle."""
    versions, expected = [LayeredMap[str, int]({})], [dict[str, int]()]
    for change in changes:
        versions.append(versions[-1].updated(change))
        expected.append({**expected[-1], **change})

    assert expected == versions
    assert [len(one) for one in expected] == [len(one) for one in versions]
    assert [list(one.items()) for one in expected] == [list(one.items()) for one in versions]
    assert expected == pickle.loads(pickle.dumps(versions))
    assert expected == [eval(repr(one), {"LayeredMap": LayeredMap}) for one in versions]
    for found, known in zip(versions, expected, strict=True):
        assert {key: key in known for key in "ab"} == {key: key in found for key in "ab"}
        assert {key: known.get(key) for key in "ab"} == {key: found.get(key) for key in "ab"}


def test_a_version_costs_what_changed() -> None:
    """Of many entries that came one by one each is copied a few times in all, and few dicts are asked."""
    count = 4096
    found, copied = LayeredMap[int, int]({}), 0
    for n in range(count):
        found = found.updated({n: n})
        copied += len(found._layers[0])

    assert copied <= count * (log2(count) + 1)
    assert len(found._layers) <= log2(count) + 2


def test_an_entry_that_changes_again_and_again_is_there_once() -> None:
    """As a trace that gets one generation after the other."""
    found = LayeredMap[str, int]({str(n): n for n in range(1000)})
    for n in range(500):
        found = found.updated({"7": n})

    assert (1000, 499) == (len(found), found["7"])
    assert sum(map(len, found._layers)) < 1010


@given(first=CHANGES, later=CHANGES, other=CHANGES)
def test_what_differs_is_found_whatever_is_shared(
    first: list[dict[str, int]], later: list[dict[str, int]], other: list[dict[str, int]]
) -> None:
    """Between a version and a later one, back, and between two that were made of it."""
    begun = LayeredMap[str, object]({})
    for change in first:
        begun = begun.updated({key: [n] for key, n in change.items()})
    found = [begun, begun]
    for n, changes in enumerate((later, other)):
        for change in changes:
            found[n] = found[n].updated({key: [n] for key, n in change.items()})

    versions = [begun, *found, dict(begun.items())]
    for one in versions:
        for two in versions:
            differ = {key for key in {*one, *two} if one.get(key, one) is not two.get(key, two)}
            assert differ == set(keys_that_differ(one, two))


def test_what_differs_is_looked_for_in_what_is_not_shared() -> None:
    """Of many entries only those that changed are compared."""
    many = LayeredMap[str, object]({str(n): n for n in range(10_000)})

    class Refusing(dict[str, object]):
        def __iter__(self) -> Iterator[str]:
            raise AssertionError("all entries were gone through")

    changed = many.updated({"7": object()})
    many._layers = changed._layers = (*changed._layers[:-1], Refusing(changed._layers[-1]))
    many._layers = many._layers[1:]

    assert ["7"] == list(keys_that_differ(many, changed))


@given(one=TEXTS, other=TEXTS, more=TEXTS)
def test_a_union_is_that_of_sets(one: set[str], other: set[str], more: set[str]) -> None:
    """Whichever is layered; those that it was made of stay as they are."""
    both = union(one, other)
    whole = union(more, both)

    assert both == one | other
    assert whole == one | other | more
    assert whole == union(both, frozenset(more)) == union(LayeredSet(more), LayeredSet(one | other))
    assert len(whole) == len(one | other | more)
    assert whole == pickle.loads(pickle.dumps(whole))
    assert whole == eval(repr(whole), {"LayeredSet": LayeredSet})
