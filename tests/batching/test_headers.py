"""Headers: texts by name that a request can have, and that cannot be changed in place."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from broadcast_core import Endpoint, Request
from broadcast_core.batching import Headers
from broadcast_core.batching.headers import request_headers
from broadcast_core.errors import FieldError

WRONG: dict[str, tuple[Any, str]] = {
    "no mapping": (["X-Secret: s3cret"], "expected texts by name, got a list"),
    "a name of another type": ({1: "x"}, "expected names"),
    "no name": ({"": "x"}, "expected names"),
    "a space in a name": ({"X Secret": "x"}, "expected names"),
    "a colon in a name": ({"X:": "x"}, "expected names"),
    "a name that is not ASCII": ({"X-é": "x"}, "expected names"),
    "a number": ({"X-N": 5}, "expected a text for 'X-N', got a int"),
    "nothing": ({"X-N": None}, "got a NoneType"),
    "bytes": ({"X-N": b"s3cret"}, "got a bytes"),
    "a line break": ({"X-N": "s3cret\r\nX-Evil: 1"}, "the value of 'X-N' has characters"),
    "a NUL": ({"X-N": "s3cret\x00"}, "the value of 'X-N' has characters"),
    "a letter that is not ASCII": ({"X-N": "s3crét"}, "the value of 'X-N' has characters"),
    "a space around it": ({"X-N": " s3cret"}, "the value of 'X-N' has characters"),
    "twice": ({"X-N": "1", "x-n": "2"}, "'x-n' is there twice"),
}


@pytest.mark.parametrize("what", WRONG)
def test_headers_that_no_request_can_have_are_refused(what: str) -> None:
    """With the name, and without the value."""
    given, why = WRONG[what]
    with pytest.raises(FieldError, match=why) as caught:
        request_headers(given)

    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("value", ["", "a b", "!#$%&'*+-.^_`|~", '"quoted"; q=1'])
def test_headers_that_a_request_can_have_are_taken_as_they_are(value: str) -> None:
    """In their order, their letter case kept."""
    given = {"X-B": value, "a-1_!": value}

    assert list(given.items()) == list(request_headers(given).items())


def test_headers_cannot_be_changed_in_place() -> None:
    """Not by themselves, and not by what they were made of."""
    given = {"X-A": "1"}
    headers: Any = request_headers(given)
    given["X-B"] = "2"

    assert {"X-A": "1"} == headers
    with pytest.raises(TypeError):
        headers["X-B"] = "2"


@pytest.mark.parametrize("name", ["X-Team", "x-team", "X-TEAM"])
def test_headers_are_read_in_any_letter_case(name: str) -> None:
    """And keep their own; what is not there is not."""
    headers = Headers({"x-Team": "red"})

    assert ("red", "red", True) == (headers[name], headers.get(name), name in headers)
    assert ["x-Team"] == list(headers)
    assert (None, False, False) == (headers.get("x-tea"), "x-tea" in headers, 5 in headers)


def test_headers_are_not_made_twice() -> None:
    """What is checked already stays what it is."""
    headers = request_headers({"X-A": "1"})

    assert headers is request_headers(headers)
    assert headers == pickle.loads(pickle.dumps(headers))


def test_an_endpoint_refuses_wrong_headers() -> None:
    """Where it is made."""
    with pytest.raises(FieldError, match="headers: expected names"):
        Endpoint(name="e", url="https://e.example", headers={"a b": "x"})


def test_an_address_refuses_wrong_headers() -> None:
    """And adds others beside those that are there."""
    endpoint = Endpoint(name="e", url="https://e.example", headers={"X-A": "1"})
    request = Request.planned(route="r", endpoint=endpoint)
    more = request.addressed(headers={"X-B": "2"})

    assert {"Content-Type": "application/json", "X-A": "1", "X-B": "2"} == more.headers
    assert isinstance(more.headers, Headers)
    with pytest.raises(FieldError, match="there twice"):
        request.addressed(headers={"x-a": "2"})
