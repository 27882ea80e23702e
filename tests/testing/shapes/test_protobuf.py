"""Protobuf: messages that concatenate, and refusals that are counted and never sent again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import Response
from broadcast_core.delivery import retried, split, verdicts
from broadcast_core.destinations import Delivered, Doubtful, Refused, Retry, Split
from broadcast_core.testing.shapes import ALL
from broadcast_core.testing.shapes.protobuf import ProtobufServer
from broadcast_core.testing.shapes.protobuf_wire import delimited, fields, varint
from tests.testing.shapes.sending import Sender, generation, ids, requests_of, route_to, send, send_changed

SOME = [generation(f"gen-{n}") for n in range(4)]


def test_a_batch_is_the_concatenation_of_its_halves() -> None:
    """So it can be split anywhere between items."""
    route = route_to("protobuf")
    (request,) = requests_of(route, *SOME)
    one, other = split(request, route)

    assert request.body == one.body + other.body


def test_counted_refusals_are_doubtful_for_all() -> None:
    """Nobody knows which: each is told so, and none is sent again."""
    route, receiver = route_to("protobuf"), ProtobufServer(refused=frozenset({"gen-1", "gen-2"}))
    (request,) = requests_of(route, *SOME)
    sender = Sender(route, receiver)
    sender.deliver(request)
    each = tuple(sender.verdicts.values())

    assert [2] * 4 == [one.count for one in each if isinstance(one, Doubtful)]
    assert retried(request, each, route) is None
    assert ["gen-0", "gen-3"] == ids(receiver)
    assert 1 == len(receiver.requests)


def test_a_warning_that_counts_nothing_is_success() -> None:
    """A message alone, field 2, says that all was taken."""
    route = route_to("protobuf")
    (request,) = requests_of(route, *SOME)

    assert {Delivered()} == set(verdicts(request, Response(status=200, body=delimited(2, b"slow")), route))


def test_an_answer_that_is_no_protobuf_is_doubtful() -> None:
    """The request was taken, and what came of it is not known."""
    route = route_to("protobuf")
    (request,) = requests_of(route, *SOME)
    each = verdicts(request, Response(status=200, body=b"<html>"), route)

    assert [Doubtful] * 4 == [type(one) for one in each]


@pytest.mark.parametrize(
    ("status", "verdict"), [(400, Refused), (413, Split), (500, Refused), (429, Retry), (503, Retry)]
)
def test_a_status_means_what_the_protocol_says(status: int, verdict: type) -> None:
    """A 400 is never split, a 413 is, a 500 is never sent again."""
    route = route_to("protobuf")
    (request,) = requests_of(route, *SOME)

    assert {verdict} == {type(one) for one in verdicts(request, Response(status=status), route)}


WRONG: dict[str, Callable[[bytes], bytes]] = {
    "a byte between messages": lambda body: body + b"," + body,
    "an envelope of JSON": lambda body: b"[" + body + b"]",
    "a length that is too long": lambda body: body[:1] + b"\xff\xff\x7f" + body[3:],
    "an unknown field": lambda body: body + delimited(7, b"x"),
    "no row": lambda _body: delimited(1, b""),
    "nothing": lambda _body: b"",
}


@pytest.mark.parametrize("what", WRONG)
def test_a_malformed_message_is_refused(what: str) -> None:
    """The receiver reads every field."""
    route, receiver = route_to("protobuf"), ALL["protobuf"].receiver()
    (request,) = requests_of(route, *SOME)

    assert 400 == send_changed(request, route, receiver, body=WRONG[what]).status
    assert [] == receiver.rows


def test_another_content_type_is_refused() -> None:
    """JSON is not what stands in the body."""
    route, receiver = route_to("protobuf"), ALL["protobuf"].receiver()
    (request,) = requests_of(route, *SOME)
    headers = {"Content-Type": "application/json"}

    assert 415 == send_changed(request, route, receiver, headers=headers).status


@given(st.lists(st.tuples(st.integers(1, 2**29 - 1), st.binary(max_size=300)), max_size=4))
def test_fields_are_read_as_they_were_written(written: list[tuple[int, bytes]]) -> None:
    """Numbers and values, in order."""
    data = b"".join(delimited(number, value) for number, value in written)

    assert written == list(fields(data))


@pytest.mark.parametrize(
    ("number", "wire"), [(0, "00"), (127, "7f"), (128, "8001"), (300, "ac02"), (2**32, "8080808010")]
)
def test_numbers_are_groups_of_seven_bits(number: int, wire: str) -> None:
    """As the specification of the wire format has them."""
    assert bytes.fromhex(wire) == varint(number)


def test_a_retry_after_a_lost_answer_doubles() -> None:
    """The platform has no ids: its endpoint says so, for delivery to decide."""
    route, receiver = route_to("protobuf"), ALL["protobuf"].receiver()
    (request,) = requests_of(route, SOME[0])
    send(request, route, receiver)
    send(request, route, receiver, attempt=2)

    assert ["gen-0", "gen-0"] == ids(receiver)
    assert "doubles" == request.endpoint.on_resend
