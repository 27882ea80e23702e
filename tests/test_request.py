"""Packing obeys the limits of an endpoint, keeps the order and loses nothing."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import Endpoint, Item, Request
from broadcast_core.request import fits, pack

ROWS = Endpoint(name="rows", path="/rows", prefix=b'{"rows":[', suffix=b"]}", max_items=3, max_bytes=60)
LINES = Endpoint(
    name="lines", path="/lines", prefix=b"", separator=b"\n", suffix=b"\n", max_items=2, max_bytes=40
)
ENDPOINTS = {"rows": ROWS, "lines": LINES}

items = st.builds(
    lambda endpoint, size, name: Item(endpoint=endpoint, body=b'"' + b"x" * size + b'"', generations=(name,)),
    st.sampled_from(["rows", "lines"]),
    st.integers(0, 70),
    st.sampled_from(["a", "b", "c"]),
)


@given(st.lists(items, max_size=12))
def test_every_item_that_fits_is_in_one_batch(some: list[Item]) -> None:
    """In order, within both limits."""
    fitting = [item for item in some if fits(item, ENDPOINTS[item.endpoint])]
    batches = pack(fitting, ENDPOINTS)

    for name in ENDPOINTS:
        packed = [item for endpoint, batch in batches for item in batch if endpoint.name == name]
        assert [item for item in fitting if item.endpoint == name] == packed
    for endpoint, batch in batches:
        assert 1 <= len(batch) <= endpoint.max_items
        assert len(Request(route="r", endpoint=endpoint, url="", items=batch).body) <= endpoint.max_bytes


@given(items)
def test_an_item_fits_when_a_request_with_it_alone_is_within_the_limit(item: Item) -> None:
    """The envelope counts."""
    endpoint = ENDPOINTS[item.endpoint]
    body = Request(route="r", endpoint=endpoint, url="", items=(item,)).body

    assert (len(body) <= endpoint.max_bytes) == fits(item, endpoint)


def test_endpoints_are_sent_in_the_order_in_which_they_are_declared() -> None:
    """Traces before spans, whatever the order of the items."""
    some = [Item(endpoint=name, body=b"1", generations=()) for name in ("lines", "rows")]

    batches = pack(some, ENDPOINTS)

    assert [endpoint.name for endpoint, _ in batches] == ["rows", "lines"]


def test_a_body_is_the_items_in_their_envelope() -> None:
    """A JSON array in an object here, newline-delimited JSON there."""
    two = tuple(Item(endpoint="rows", body=b"%d" % n, generations=("g",)) for n in (1, 2))

    assert {"rows": [1, 2]} == json.loads(Request(route="r", endpoint=ROWS, url="", items=two).body)
    assert b"1\n2\n" == Request(route="r", endpoint=LINES, url="", items=two).body


def test_a_request_splits_in_halves_until_one_item_is_left() -> None:
    """So that a refused batch can be searched for the guilty item."""
    three = tuple(Item(endpoint="rows", body=b"%d" % n, generations=(str(n),)) for n in range(3))
    request = Request(route="r", endpoint=ROWS, url="u", items=three)

    left, right = request.split()

    assert (left.generations, right.generations) == (("0",), ("1", "2"))
    with pytest.raises(ValueError, match="fewer than two items"):
        left.split()
