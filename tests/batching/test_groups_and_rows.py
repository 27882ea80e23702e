"""Packing by what items say of themselves: groups that share no request, and rows that travel together."""

from __future__ import annotations

from itertools import groupby, pairwise

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import Endpoint, Item, Request
from broadcast_core.batching import fits, pack

ROWS = Endpoint(name="rows", url="https://e.example/rows", max_items=5, max_bytes=60, max_item_bytes=40)
LINES = Endpoint(
    name="lines", url="https://e.example/lines", prefix=b"", separator=b"\n", suffix=b"\n", max_items=4
)
ENDPOINTS = {"rows": ROWS, "lines": LINES}

items = st.builds(
    lambda endpoint, size, rows, group, n: Item(
        endpoint=endpoint, body=b"x" * size, rows=rows, group=group, generations=(f"gen-{n}",)
    ),
    st.sampled_from(["rows", "lines"]),
    st.integers(0, 45),
    st.integers(1, 7),
    st.sampled_from([None, "a", "b"]),
    st.integers(0, 9),
)


def _item(rows: int = 1, group: str | None = None, body: bytes = b"x", endpoint: str = "rows") -> Item:
    return Item(endpoint=endpoint, body=body, generations=("gen-1",), rows=rows, group=group)


def _packed(*some: Item) -> list[list[int]]:
    return [[item.rows for item in batch] for _, batch in pack(some, ENDPOINTS)]


@given(st.lists(items, max_size=20))
def test_every_item_is_in_one_batch_of_its_group_in_order(some: list[Item]) -> None:
    """Within the limits of rows and bytes."""
    fitting = [item for item in some if fits(item, ENDPOINTS[item.endpoint])]
    batches = pack(fitting, ENDPOINTS)
    for name in ENDPOINTS:
        for group in (None, "a", "b"):
            packed = [
                item
                for endpoint, batch in batches
                for item in batch
                if endpoint.name == name and item.group == group
            ]
            assert [one for one in fitting if (one.endpoint, one.group) == (name, group)] == packed
    for endpoint, batch in batches:
        assert 1 == len({item.group for item in batch})
        assert sum(item.rows for item in batch) <= endpoint.max_items
        assert len(Request.planned(route="r", endpoint=endpoint, items=batch).body) <= endpoint.max_bytes


@given(st.lists(items, max_size=20))
def test_no_two_batches_in_a_row_would_have_fitted_one(some: list[Item]) -> None:
    """Of one group: a batch ends where the next item does not fit."""
    fitting = [item for item in some if fits(item, ENDPOINTS[item.endpoint])]
    for _, same in groupby(pack(fitting, ENDPOINTS), key=lambda pair: (pair[0].name, pair[1][0].group)):
        batches = [batch for _, batch in same]
        for one, following in pairwise(batches):
            endpoint = ENDPOINTS[one[0].endpoint]
            more = (*one, following[0])
            body = Request.planned(route="r", endpoint=endpoint, items=more).body
            assert sum(item.rows for item in more) > endpoint.max_items or len(body) > endpoint.max_bytes


def test_rows_count_and_not_items() -> None:
    """Five rows a request: two and three go together, and three more do not."""
    assert [[2, 3], [3, 1, 1], [5], [1]] == _packed(*map(_item, (2, 3, 3, 1, 1, 5, 1)))


def test_an_item_with_more_rows_than_a_request_takes_does_not_fit() -> None:
    """Its rows travel together, so that it cannot go at all."""
    assert [True, False] == [fits(_item(rows), ROWS) for rows in (5, 6)]


def test_an_item_has_a_limit_of_its_own() -> None:
    """Also where a request would take it."""
    assert [True, False] == [fits(_item(body=b"x" * size), ROWS) for size in (40, 41)]


def test_what_is_reserved_stays_free() -> None:
    """By one item as by many: 60 bytes of which 30 are free hold an item of 28, or seven of 3."""
    endpoint = evolve(ROWS, reserved=30, max_items=100)
    batches = pack([_item(body=b"xxx")] * 8, {"rows": endpoint})

    assert [True, False] == [fits(_item(body=b"x" * size), endpoint) for size in (28, 29)]
    assert [7, 1] == [len(batch) for _, batch in batches]


def test_groups_come_in_the_order_of_their_first_items() -> None:
    """And each keeps the order of its own."""
    some = [_item(1, "b"), _item(2, "a"), _item(3, "b"), _item(4)]
    batches = [[(item.group, item.rows) for item in batch] for _, batch in pack(some, ENDPOINTS)]

    assert [[("b", 1), ("b", 3)], [("a", 2)], [(None, 4)]] == batches


def test_a_group_is_of_its_endpoint() -> None:
    """Endpoints come in the order in which they are declared, whatever their groups."""
    some = [_item(1, "a", endpoint="lines"), _item(2, "a"), _item(3, "a", endpoint="lines")]
    batches = [(endpoint.name, [item.rows for item in batch]) for endpoint, batch in pack(some, ENDPOINTS)]

    assert [("rows", [2]), ("lines", [1, 3])] == batches
