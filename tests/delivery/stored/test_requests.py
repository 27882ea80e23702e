"""What is stored of a planned request is all of it, and what was changed or is foreign is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcast_core import Item, Request, Route, plan
from broadcast_core.delivery.stored.requests import StoredRequest, request_rows, requests_of, stored
from broadcast_core.errors import StoredFormError
from broadcast_core.plugins import destination
from broadcast_core.testing.shapes import ALL
from broadcast_core.testing.strategies import batches, generations, json_values
from tests.delivery.sink import KEY, NOW, ROWS, Counting, Sink, add_key, request_of, route_to

ROUTE = route_to(Sink())


def _without_diagnostics(request: Request) -> Request:
    items = tuple(evolve(item, diagnostics=()) for item in request.items)
    same = Request.planned(route=request.route, endpoint=request.endpoint, items=items)
    return same.addressed(url=request.url, headers=request.headers)


@given(batches(generations()))
def test_a_request_to_opik_is_planned_again_to_the_byte(batch: list[Any]) -> None:
    """What is not needed to send it, as diagnostics, is left out."""
    route = Route.to(destination("opik"), {"base_url": "http://localhost:5173/api", "project_name": "demo"})
    requests = plan(batch, route).requests

    again = tuple(requests_of(request_rows(requests, [route]), [route]))

    assert tuple(map(_without_diagnostics, requests)) == tuple(map(_without_diagnostics, again))
    assert [one.body for one in requests] == [one.body for one in again]


@pytest.mark.parametrize("shape", ALL.values(), ids=ALL)
@settings(max_examples=max(10, settings.default.max_examples // 4))  # for each of nine shapes
@given(batch=batches(generations()))
def test_so_is_a_request_of_every_shape(shape: Any, batch: list[Any]) -> None:
    """Lines, multipart, protobuf; groups, keys, ages and addresses of their own."""
    route = Route.to(shape.destination, shape.options)
    requests = plan(batch, route).requests

    again = tuple(requests_of(request_rows(requests, [route]), [route]))

    assert tuple(map(_without_diagnostics, requests)) == tuple(map(_without_diagnostics, again))


@given(st.binary(), st.lists(st.text() | st.just("\ud800"), max_size=3), json_values())
def test_any_bytes_and_any_names_come_back(body: bytes, names: list[str], data: Any) -> None:
    """Halves of surrogate pairs too: an outcome must name the generation as it was named."""
    item = Item(endpoint="rows", body=body, generations=tuple(names), key="k", group="g", time=NOW, data=data)
    endpoint = evolve(ROWS, prefix=b"\xff\n", separator=b"\r\n", oldest=timedelta(microseconds=7))
    request = Request.planned(route="sink", endpoint=endpoint, items=(item, item))

    line = stored(request, ROUTE).line

    assert b"\n" not in line
    assert [request] == list(requests_of([line], [ROUTE]))


LOOKS_LIKE_JSON = {
    "another encoding": "[1]".encode("utf-16-le"),
    "half of a surrogate pair": b'["\xed\xa0\x80"]',
    "not a number": b"[NaN]",
    "infinity": b'{"a":-Infinity}',
}


@pytest.mark.parametrize("body", LOOKS_LIKE_JSON.values(), ids=LOOKS_LIKE_JSON)
def test_a_line_is_json_whatever_its_body_is(body: bytes) -> None:
    """Python reads more than JSON; others do not."""
    request = Request.planned(
        route="sink",
        endpoint=evolve(ROWS, prefix=b"", suffix=b""),
        items=(Item(endpoint="rows", body=body, generations=("g",)),),
    )
    line = stored(request, ROUTE).line

    assert "body" not in json.loads(line.decode("utf-8"), parse_constant=pytest.fail)
    assert [request] == list(requests_of([line], [ROUTE]))


def test_a_part_of_what_was_stored_is_addressed_as_before() -> None:
    """From the address of its endpoint, and not from that of the whole."""
    route = route_to(Counting())
    whole = Counting().address(request_of(3), None)

    (again,) = requests_of(request_rows([whole], [route]), [route])

    assert f"{ROWS.url}?of=0+1+2" == again.url
    assert ROWS.url == again.endpoint.url


def test_no_secret_is_stored() -> None:
    """A request that was authorized is refused."""
    with pytest.raises(StoredFormError, match="secrets have been added"):
        stored(add_key(request_of(), KEY), ROUTE)


def _changed(change: Callable[[dict[str, Any]], Any], line: bytes | None = None) -> bytes:
    fields = json.loads(line or stored(request_of(), ROUTE).line)
    change(fields)
    return json.dumps(fields, separators=(",", ":")).encode()


def _set(**values: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda fields: fields.update(values)


def _evil(fields: dict[str, Any]) -> None:
    fields["url"] = "https://elsewhere.example/rows"


def _evil_parts(fields: dict[str, Any]) -> None:
    fields["packing"] |= {"url": "https://elsewhere.example/rows", "headers": {}}


def _body(fields: dict[str, Any]) -> None:
    fields["body"][0]["n"] = 7


def _other_items(fields: dict[str, Any]) -> None:
    fields["items"].pop()


REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "malformed JSON, or not whole"),
    "half a line": (stored(request_of(), ROUTE).line[:-20], "changed, or cut short"),
    "other JSON": (b'{"id":"gen-1"}', "no stored request"),
    "a body that was changed": (_changed(_body), "the body is not the one that was planned"),
    "items that were taken out": (_changed(_other_items), "its items are not those of its body"),
    "another route": (_changed(_set(route="other")), "there is none of that name"),
    "another destination": (_changed(_set(destination="opik")), "planned for the destination 'opik'"),
    "another place": (_changed(_set(place="sink b.example")), "planned for another place"),
    "another server": (_changed(_evil), "goes to another server"),
    "parts to another server": (_changed(_evil_parts), "goes to another server"),
    "a URL that cannot be read": (_changed(_set(url="https://[sink.example/rows")), "goes to another server"),
    "a later version": (_changed(_set(version=2)), "written by a newer release"),
    "another contract": (_changed(_set(contract=2)), "planned under version 2 of the contract"),
    "items that are none": (_changed(_set(items=[1])), r"a wrong value @ \$.items\[0\]"),
    "no items": (_changed(_set(items={})), r"expected a list|expected an array|@ \$.items"),
    "a header that is no text": (_changed(_set(headers={"a": 1})), r"expected texts @ \$.headers"),
    "packing of another release": (_changed(_set(packing={"zip": 1})), r"does not know @ \$.packing.zip"),
    "a limit that is none": (_changed(_set(packing={"max_items": "x"})), "max_items"),
}


@pytest.mark.parametrize(("line", "why"), REFUSED.values(), ids=REFUSED)
def test_what_is_foreign_or_changed_is_refused(line: bytes, why: str) -> None:
    """Before anything of it is sent, and in words of ours."""
    with pytest.raises(StoredFormError, match=why):
        list(requests_of([line], [ROUTE]))


def test_a_body_that_names_a_body_is_cut_where_it_begins() -> None:
    """What stands in `data` may look like the end of the head."""
    digest = hashlib.sha256(b"x").hexdigest()
    item = Item(endpoint="rows", body=b"1", generations=("g",), data={"a": 1, "digest": digest, "body": 2})
    request = Request.planned(route="sink", endpoint=ROWS, items=(item,))

    assert [request] == list(requests_of(request_rows([request], [ROUTE]), [ROUTE]))


def test_a_stored_request_shows_nothing() -> None:
    """Its repr has the size alone."""
    assert "StoredRequest(25 bytes)" == repr(StoredRequest.of_line(stored(request_of(), ROUTE).line))


def test_the_endpoint_is_the_one_of_the_plan() -> None:
    """With every limit: its parts are packed and judged by them."""
    endpoint = evolve(ROWS, headers={"X-A": "b"}, max_items=7, on_resend="merges_request")
    request = Request.planned(route="sink", endpoint=endpoint, items=request_of().items)

    (again,) = requests_of(request_rows([request], [ROUTE]), [ROUTE])

    assert endpoint == again.endpoint
