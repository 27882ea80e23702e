"""A line a generation: whole, in order, within its limit, and what had to be changed is told."""

from __future__ import annotations

import gzip
import http.client
import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

import broadcast_ndjson.plugin
from broadcast_core import (
    Checked,
    ConfigError,
    Content,
    Generation,
    Request,
    Response,
    Route,
    Timing,
    plan,
)
from broadcast_core.delivery import prepare, verdicts
from broadcast_core.destinations import Delivered
from broadcast_core.record.codec import decode_line, encode_line
from broadcast_core.testing.lineage import EVERYTHING
from broadcast_core.testing.loopback import serve
from broadcast_core.testing.strategies import EPOCH, generations
from broadcast_ndjson import destination

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ROUTE = Route.to(destination, {"url": "https://collector.example/ingest"}, policy=EVERYTHING)


def _lines(batch: list[Generation], route: Route = ROUTE) -> list[bytes]:
    return [line for request in plan(batch, route).requests for line in request.body.splitlines()]


@given(st.lists(generations(trace_ids=st.sampled_from([None, "t"])), max_size=4, unique_by=lambda g: g.id))
def test_a_line_is_the_record_itself(batch: list[Generation]) -> None:
    """Read back, it is the same as what the core writes of it."""
    lines = {json.loads(line)["id"]: line for line in _lines(batch)}

    assert {one.id: encode_line(one).rstrip(b"\n") for one in batch} == lines
    assert all(decode_line(line).id == name for name, line in lines.items())


def test_a_line_that_is_too_long_is_shortened_and_told() -> None:
    """It is the same generation still."""
    long = Generation(
        id="gen-1", timing=Timing(start=EPOCH), model="a/b", content=Content(input="x" * 2_000_000)
    )
    (outcome,) = plan([long], ROUTE).outcomes
    (line,) = _lines([long])

    assert 900_000 < len(line) <= 1_000_000
    assert ("gen-1", "a/b") == (decode_line(line).id, decode_line(line).model)
    assert ["truncated $: 2000126 bytes, and a line takes 1000000: the longest parts were cut"] == [
        str(one) for one in outcome.diagnostics
    ]


def test_what_json_cannot_carry_is_told_without_its_keys() -> None:
    """The path stops where the record's own names do."""
    odd = Generation(id="gen-1", timing=Timing(start=EPOCH), content=Content(input={"said": float("nan")}))
    (outcome,) = plan([odd], ROUTE).outcomes

    assert ["coerced $.content.input: JSON cannot carry 1 of its values"] == [
        str(one) for one in outcome.diagnostics
    ]


def test_a_request_arrives_with_its_token_and_is_delivered() -> None:
    """At a real socket, compressed."""
    seen: list[tuple[str, Any, list[bytes]]] = []

    def answer(method: str, path: str, headers: Any, body: bytes) -> Response:
        seen.append((path, headers.get("Authorization"), gzip.decompress(body).splitlines()))
        return Response(status=204)

    batch = [Generation(id=f"gen-{n}", timing=Timing(start=EPOCH)) for n in range(3)]
    with serve(answer) as url:
        route = Route.to(destination, {"url": f"{url}/ingest"})
        (request,) = plan(batch, route).requests
        outgoing = prepare(request, route, {"token": "k3y"}, now=NOW)
        with closing(http.client.HTTPConnection(urlsplit(url).netloc)) as connection:
            connection.request(outgoing.method, "/ingest", outgoing.body, dict(outgoing.headers))
            status = connection.getresponse().status

    assert [("/ingest", "Bearer k3y", [encode_line(one).rstrip(b"\n") for one in batch])] == seen
    assert (Delivered(),) * 3 == verdicts(request, Response(status=status), route)
    assert "k3y" not in repr(outgoing) + repr(request)


def test_the_check_sends_no_line() -> None:
    """So that it changes nothing."""
    request = destination.check(ROUTE.config)

    assert isinstance(request, Request)
    assert b"" == request.body
    assert Checked(works=True, what="the server takes lines") == destination.check(
        ROUTE.config, (Response(status=204),)
    )
    refused = destination.check(ROUTE.config, (Response(status=401),))
    assert isinstance(refused, Checked)
    assert (False, True) == (refused.works, "token" in refused.next_step)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "missing: The URL that takes lines; or a directory, as file:///var/traces. @ $.url"),
        ({"url": "collector"}, "expected a URL that begins with http:// or https://"),
        ({"url": None}, "expected a value, got null"),
        ({"ur": "https://c.example"}, "unknown option; did you mean 'url'?"),
        ({"url": "https://c.example", "token": "x"}, "a secret is no option"),
    ],
)
def test_a_wrong_option_is_told(options: dict[str, Any], expected: str) -> None:
    """With what to do instead."""
    with pytest.raises(ConfigError) as caught:
        Route.to(destination, options)

    assert expected in str(caught.value)


def test_it_is_the_smallest() -> None:
    """A person reads it in a minute."""
    assert len(Path(str(broadcast_ndjson.plugin.__file__)).read_text().splitlines()) < 70
