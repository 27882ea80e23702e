"""Packing obeys the limits of an endpoint, keeps the order and loses nothing."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import Endpoint, Item, Request
from broadcast_core.batching import Headers
from broadcast_core.batching.packing import fits, pack

ROWS = Endpoint(
    name="rows", url="https://e.example/rows", prefix=b'{"rows":[', suffix=b"]}", max_items=3, max_bytes=60
)
LINES = Endpoint(
    name="lines",
    url="https://e.example/lines",
    prefix=b"",
    separator=b"\n",
    suffix=b"\n",
    max_items=2,
    max_bytes=40,
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


WIDE = Endpoint(
    name="wide",
    url="https://e.example/",
    prefix=b"<<",
    separator=b"---",
    suffix=b">>>>",
    max_items=4,
    max_bytes=30,
)
"""Its envelope has 6 bytes, so that 24 are left for bodies and the 3 bytes between any two of them."""

PACKED: dict[str, tuple[list[int], list[list[int]]]] = {
    "one to the limit": ([24], [[24]]),
    "two to the limit": ([10, 11], [[10, 11]]),
    "two and one byte more": ([10, 12], [[10], [12]]),
    "three to the limit": ([6, 6, 6], [[6, 6, 6]]),
    "three and one byte more": ([6, 6, 7], [[6, 6], [7]]),
    "a new request begins without a separator": ([24, 11, 10], [[24], [11, 10]]),
    "and ends at the same limit": ([24, 11, 11], [[24], [11], [11]]),
    "the last of a request counts in no other": ([20, 24, 10, 11], [[20], [24], [10, 11]]),
    "as many as may be": ([1, 1, 1, 1], [[1, 1, 1, 1]]),
    "one more than may be": ([1, 1, 1, 1, 1], [[1, 1, 1, 1], [1]]),
    "after as many as may be": ([1, 1, 1, 1, 10, 11], [[1, 1, 1, 1], [10, 11]]),
    "nothing": ([], []),
}


WRONG: dict[str, Callable[[], object]] = {
    "an envelope of text": lambda: Endpoint(name="e", url="https://e.example/e", prefix="["),
    "no content type": lambda: Endpoint(name="e", url="https://e.example/e", content_type=None),
    "a limit of text": lambda: Endpoint(name="e", url="https://e.example/e", max_bytes="5"),
    "headers of a list": lambda: Endpoint(name="e", url="https://e.example/e", headers=["X"]),
    "headers that were made before": lambda: Endpoint(
        name="e", url="https://e.example/e", headers=Headers({"X": "a\nb"})
    ),
}


@pytest.mark.parametrize("build", WRONG.values(), ids=WRONG)
def test_what_would_break_a_body_is_refused_where_it_is_made(build: Callable[[], object]) -> None:
    """In the plugin, whose failure it is, and not when the request of all is written."""
    with pytest.raises((TypeError, ValueError), match=r"^the endpoint 'e': "):
        build()


@pytest.mark.parametrize(("sizes", "expected"), PACKED.values(), ids=PACKED)
def test_a_request_is_filled_to_the_limit_and_not_beyond(sizes: list[int], expected: list[list[int]]) -> None:
    """To the byte and to the item, with the envelope and what stands between items."""
    some = [Item(endpoint="wide", body=b"x" * size, generations=()) for size in sizes]

    batches = pack(some, {"wide": WIDE})

    assert expected == [[len(item.body) for item in batch] for _, batch in batches]
    assert all(len(Request(route="r", endpoint=WIDE, url="", items=batch).body) <= 30 for _, batch in batches)


@pytest.mark.parametrize(("size", "expected"), [(0, True), (24, True), (25, False)])
def test_an_item_fits_to_the_byte(size: int, expected: bool) -> None:
    """With the whole envelope around it."""
    assert expected == fits(Item(endpoint="wide", body=b"x" * size, generations=()), WIDE)


def test_an_item_of_an_endpoint_that_was_not_declared_is_told() -> None:
    """By its name."""
    with pytest.raises(KeyError, match="nope"):
        pack([Item(endpoint="nope", body=b"", generations=())], ENDPOINTS)


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
    request = Request.planned(route="r", endpoint=ROWS, items=three)

    left, right = request.split()

    assert (left.generations, right.generations) == (("0",), ("1", "2"))
    assert ([("1",), ("2",)], ROWS.url) == ([half.generations for half in right.split()], right.url)
    for too_small in (left, Request.planned(route="r", endpoint=ROWS)):
        with pytest.raises(ValueError, match=r"^a request with fewer than two items cannot be split$"):
            too_small.split()


def test_a_request_splits_in_the_middle() -> None:
    """So that the guilty item is found in few steps."""
    five = tuple(Item(endpoint="rows", body=b"1", generations=(str(n),)) for n in range(5))

    halves = Request.planned(route="r", endpoint=ROWS, items=five).split()

    assert [("0", "1"), ("2", "3", "4")] == [half.generations for half in halves]


def test_a_request_names_each_generation_once() -> None:
    """In the order in which its items speak of them."""
    some = tuple(Item(endpoint="rows", body=b"1", generations=ids) for ids in (("b", "a"), ("a", "c"), ()))

    assert ("b", "a", "c") == Request(route="r", endpoint=ROWS, url="u", items=some).generations


def test_a_body_without_items_is_the_envelope() -> None:
    """As of a request that tests a connection."""
    assert b'{"rows":[]}' == Request(route="r", endpoint=ROWS, url="").body


def test_what_an_endpoint_is_when_nothing_is_said() -> None:
    """A JSON array by POST."""
    endpoint = Endpoint(name="a", url="https://e.example/a")
    two = tuple(Item(endpoint="a", body=b"1", generations=()) for _ in range(2))
    request = Request(route="r", endpoint=endpoint, url="", items=two)

    assert ("POST", "application/json", b"[1,1]") == (request.method, endpoint.content_type, request.body)
    assert (1000, 5_000_000) == (endpoint.max_items, endpoint.max_bytes)
