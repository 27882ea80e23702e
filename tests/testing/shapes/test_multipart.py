"""Multipart: no content can hold the boundary, and each part says its length."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import Content, Response
from broadcast_core.delivery import verdicts
from broadcast_core.destinations import Refused
from broadcast_core.testing.shapes import ALL
from broadcast_core.testing.shapes.multipart import BOUNDARY
from tests.testing.shapes.sending import generation, requests_of, route_to, send, send_changed

SOME = [generation(f"gen-{n}") for n in range(3)]
_DASHES = f"--{BOUNDARY}".encode()

meant = st.lists(
    st.sampled_from(["--", "-", BOUNDARY, f"--{BOUNDARY}", "\r\n", "\\", '"', "\\u002d"]), max_size=8
)


@given(meant.map("".join))
def test_content_cannot_hold_the_boundary(text: str) -> None:
    """Not even content that is made to: it is escaped, and reads as it was."""
    route, receiver = route_to("multipart"), ALL["multipart"].receiver()
    one = generation("gen-1", content=Content(input={"x": text, text: "x"}, output=text))
    (request,) = requests_of(route, one)

    assert 202 == send(request, route, receiver).status
    assert [{"x": text, text: "x"}] == [row["input"] for row in receiver.rows]
    assert 4 == request.body.count(_DASHES)  # three parts, and the end


def test_a_boundary_in_content_would_be_noticed() -> None:
    """The receiver looks for it anywhere: unescaped, it ends the part."""
    route, receiver = route_to("multipart"), ALL["multipart"].receiver()
    one = generation("gen-1", content=Content(input=f"a --{BOUNDARY} b"))
    (request,) = requests_of(route, one)
    escaped = b"\\u002d" + _DASHES[1:]
    answer = send_changed(request, route, receiver, body=lambda body: body.replace(escaped, _DASHES))

    assert 400 == answer.status


WRONG: dict[str, Callable[[bytes], bytes]] = {
    "a length that is wrong": lambda body: body.replace(b"Content-Length: ", b"Content-Length: 1", 1),
    "no length": lambda body: body.replace(b"\r\nContent-Length: ", b"\r\nX: ", 1),
    "a column before its row": lambda body: body[body.index(_DASHES, 2) :],
    "no last boundary": lambda body: body.removesuffix(b"--" + BOUNDARY.encode() + b"--\r\n"),
    "something before the first": lambda body: b"x" + body,
    "a row that is there twice": lambda body: body[: -len(_DASHES) - 4] + body,
    "a part that is no JSON": lambda body: body.replace(b'{"messages"', b'["messages"', 1),
    "line breaks of another kind": lambda body: body.replace(b"\r\n", b"\n"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_malformed_body_is_refused(what: str) -> None:
    """The receiver reads part by part."""
    route, receiver = route_to("multipart"), ALL["multipart"].receiver()
    (request,) = requests_of(route, *SOME)

    assert 400 == send_changed(request, route, receiver, body=WRONG[what]).status
    assert [] == receiver.rows


def test_a_malformed_request_is_not_split() -> None:
    """Its halves would be malformed too."""
    route = route_to("multipart")
    (request,) = requests_of(route, *SOME)

    assert {Refused("it answered 400")} == set(verdicts(request, Response(status=400), route))
