"""A directory of lines: what its files are called, and that any sends leave each line there once."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import (
    Checked,
    ConfigError,
    Endpoint,
    Generation,
    Item,
    Request,
    Response,
    Route,
    Timing,
    plan,
)
from broadcast_core.delivery import prepare, retried, split
from broadcast_core.destinations import Delivered, Retry
from broadcast_core.record.codec import decode_line, encode_line
from broadcast_core.sending.client import Client
from broadcast_core.testing.lineage import EVERYTHING
from broadcast_core.testing.strategies import EPOCH, generations
from broadcast_ndjson import destination

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@contextmanager
def _directory() -> Iterator[tuple[Path, Route]]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name), Route.to(destination, {"url": f"file://{name}"}, policy=EVERYTHING)


def _put(request: Request, route: Route) -> None:
    with Client(http=False) as client:
        assert isinstance(client.exchange(prepare(request, route, {}, now=NOW)), Response)


def _lines(folder: Path) -> Counter[bytes]:
    texts = [(folder / name).read_bytes() for name in os.listdir(folder)]
    assert all(text.endswith(b"\n") for text in texts)
    return Counter(line for text in texts for line in text.splitlines())


@given(
    st.lists(generations(trace_ids=st.sampled_from([None, "t"])), max_size=6, unique_by=lambda g: g.id),
    st.data(),
)
def test_any_sends_and_splits_leave_each_line_once(batch: list[Generation], data: st.DataObject) -> None:
    """A request goes whole, or as its parts as long as it is not there, and any that is there goes again."""
    with _directory() as (folder, route):
        waiting, there = list(plan(batch, route).requests), list[Request]()
        while waiting:
            request = waiting.pop(data.draw(st.integers(0, len(waiting) - 1)))
            if len(request.items) > 1 and data.draw(st.booleans(), "split"):
                waiting += split(request, route)
                continue
            there.append(request)
            for one in (request, *data.draw(st.lists(st.sampled_from(there), max_size=2), "again")):
                _put(one, route)

        assert Counter(encode_line(one).rstrip(b"\n") for one in batch) == _lines(folder)
        assert {one.id for one in batch} == {decode_line(line).id for line in _lines(folder)}


@given(st.lists(st.binary(min_size=1, max_size=8), min_size=1, max_size=5), st.randoms())
def test_other_lines_have_another_file(bodies: list[bytes], dice: Any) -> None:
    """And the same lines the same; their order is of the file."""
    with _directory() as (folder, route):
        endpoint = route.endpoints["lines"]
        for some in (bodies, bodies, sorted(bodies), dice.sample(bodies, len(bodies))):
            items = tuple(Item(endpoint="lines", body=body, generations=("g",)) for body in some)
            request = Request.planned(route=route.name, endpoint=endpoint, items=items)
            _put(destination.address(request, route.config), route)
        texts = {(folder / name).read_bytes() for name in os.listdir(folder)}

        assert b"\n".join(bodies) + b"\n" in texts
        assert len(texts) == len(os.listdir(folder))


def _at(name: str, **start: float) -> Generation:
    return Generation(id=name, timing=Timing(start=EPOCH + timedelta(**start)))


def test_a_file_is_named_by_its_earliest_generation_and_its_lines() -> None:
    """The published example: a change of it would write what is there once more."""
    route = Route.to(destination, {"url": "file:///var/traces/"})
    batch = [_at("late", hours=1), _at("early", seconds=1.5), _at("later", hours=2)]
    (request,) = plan(batch, route).requests
    one, other = split(request, route)

    assert "file:///var/traces/20261120T000001Z-4bce71a086881ee37dc0d7e32bb09085.ndjson" == request.url
    assert one.url.startswith("file:///var/traces/20261120T010000Z-"), "of the late one alone"
    assert other.url.startswith("file:///var/traces/20261120T000001Z-")
    assert other.url != request.url


def test_lines_of_no_known_time_have_a_name_too() -> None:
    """As of a plan that another release stored."""
    route = Route.to(destination, {"url": "file:///var/traces"})
    items = (Item(endpoint="lines", body=b"{}", generations=("g",)),)
    request = Request.planned(route=route.name, endpoint=route.endpoints["lines"], items=items)

    assert "file:///var/traces/ca3d163bab055381827226140568f3be.ndjson" == (
        destination.address(request, route.config).url
    )


def test_the_endpoint_is_the_directory() -> None:
    """Written by PUT, as it is, and a request that comes again changes nothing."""
    (endpoint,) = destination.endpoints(Route.to(destination, {"url": "file:///var/traces"}).config)

    assert (
        Endpoint.of_lines(name="lines", url="file:///var/traces/", method="PUT", on_resend="merges_request")
        == endpoint
    )


def test_the_check_writes_no_file() -> None:
    """It asks whether one could."""
    with _directory() as (folder, route):
        request = destination.check(route.config)
        assert isinstance(request, Request)
        _put(request, route)

        assert ("PUT", f"file://{folder}/", b"") == (request.method, request.url, request.body)
        assert [] == os.listdir(folder)
        assert Checked(works=True, what="the directory takes files") == destination.check(
            route.config, (Response(status=200),)
        )


def test_what_goes_again_in_part_has_a_file_of_its_own() -> None:
    """As what an answer told of one item alone."""
    route = Route.to(destination, {"url": "file:///var/traces"})
    (request,) = plan([_at("a"), _at("b")], route).requests
    part = retried(request, (Delivered(), Retry("busy")), route)

    assert part is not None
    assert part.url not in (request.url, f"{route.endpoints['lines'].url}")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("file:///", "a file URL of the root directory: give one below it"),
        ("file://~/traces", "a file URL that does not begin with file:///: give an absolute path"),
        ("FILE:///var/traces", "and no host, as file:///var/traces"),
        ("/var/traces", "expected a URL that begins with http:// or https://, for example https://"),
        ("ftp://var/traces", "or file:///var/traces"),
    ],
)
def test_a_url_that_is_of_neither_is_told(url: str, why: str) -> None:
    """With an example of both."""
    with pytest.raises(ConfigError) as caught:
        Route.to(destination, {"url": url})

    assert why in str(caught.value)
