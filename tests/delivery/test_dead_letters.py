"""Dead letters of a request: what was not delivered of it, as a request that can be sent again."""

from __future__ import annotations

import json

from broadcast_core import Request
from broadcast_core.delivery.dead_letters import dead_letters
from broadcast_core.delivery.job import EndedItem, Job
from broadcast_core.delivery.stored.requests import requests_of
from tests.delivery.sink import NOW, Counting, Sink, request_of, route_to

PLUGIN = "broadcast-sink 1.2"


class Unaddressed(Counting):
    """Addresses whole requests alone."""

    def address(self, request: Request, config: object) -> Request:
        """Fails for fewer items than three."""
        if len(request.items) < 3:
            raise RuntimeError("too few")
        return super().address(request, config)


def _letters(destination: Sink, *ends: str) -> list[dict[str, object]]:
    route = route_to(destination)
    request = route.addressed(request_of(3))
    job = Job(request=request, batch=1, order=0, since=NOW)
    ended = [
        EndedItem(item=item, status=end, why=end)  # type: ignore[arg-type]
        for item, end in zip(request.items, ends, strict=True)
    ]
    lines = [form.line for form in dead_letters(route, job, ended, PLUGIN)]
    again = list(requests_of(lines, [route]))
    return [{**json.loads(line), "again": one.url} for line, one in zip(lines, again, strict=True)]


def test_a_part_of_a_request_is_addressed_anew() -> None:
    """So that what is sent again goes where these items belong; the whole keeps its address."""
    (part,) = _letters(Counting(), "delivered", "refused", "refused")
    (whole,) = _letters(Counting(), "refused", "refused", "refused")

    assert (True, True) == (part["url"].endswith("?of=1+2"), whole["url"].endswith("?of=0+1+2"))  # type: ignore[attr-defined]
    assert (part["url"], whole["url"]) == (part["again"], whole["again"])


def test_those_of_one_reason_are_one_request_and_name_their_plugin() -> None:
    """With what became of them."""
    found = _letters(Sink(), "undelivered", "refused", "undelivered")

    assert [
        ("undelivered", ["gen-0", "gen-2"], PLUGIN),
        ("refused", ["gen-1"], PLUGIN),
    ] == [(one["status"], one["generations"], one["plugin"]) for one in found]


def test_what_gets_no_address_is_kept_all_the_same() -> None:
    """A fault of a plugin loses nothing."""
    (part,) = _letters_without_again(Unaddressed())

    assert ["gen-1"] == part["generations"]


def _letters_without_again(destination: Sink) -> list[dict[str, object]]:
    route = route_to(destination)
    request = route.addressed(request_of(3))
    job = Job(request=request, batch=1, order=0, since=NOW)
    ended = [
        EndedItem(item=item, status="refused" if n == 1 else "delivered", why="")
        for n, item in enumerate(request.items)
    ]
    return [json.loads(form.line) for form in dead_letters(route, job, ended)]
