"""What Opik's answers mean for the rows of a request, as the model of its server gives them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from broadcast_core import Generation, Request, Response, Route, Timing, plan
from broadcast_core.delivery import verdicts
from broadcast_core.destinations import Blocked, Delivered, Refused, Retry, Split, Verdicts
from broadcast_opik import destination
from broadcast_opik.testing.server import OpikModel

ROUTE = Route.to(destination, {"base_url": "http://localhost:5173/api"})
START = datetime(2026, 11, 23, 10, tzinfo=UTC)


def _requests(count: int = 3) -> tuple[Request, ...]:
    """Return the requests of some generations: their traces, and their spans."""
    made = [
        Generation(id=f"gen-{n}", timing=Timing(start=START + timedelta(minutes=n))) for n in range(count)
    ]
    return plan(made, ROUTE).requests


def _spoiled(request: Request, *places: int) -> Request:
    """Return a request whose rows at some places have a start long before Opik's first day."""
    items = tuple(
        evolve(item, body=item.body.replace(b'"start_time":"2026', b'"start_time":"1926'))
        if n in places
        else item
        for n, item in enumerate(request.items)
    )
    return Request.planned(route=request.route, endpoint=request.endpoint, items=items)


def _read(request: Request, body: object, status: int = 422) -> Verdicts:
    answer = Response(status=status, body=json.dumps(body).encode())
    return destination.outcomes(request, answer, ROUTE.config)


@pytest.mark.parametrize("endpoint", [0, 1], ids=["traces", "spans"])
def test_rows_that_break_a_rule_are_refused_and_the_others_go_at_once(endpoint: int) -> None:
    """Opik took nothing of that request; the others pass without them."""
    model, request = OpikModel(), _spoiled(_requests()[endpoint], 1)
    each = verdicts(request, model.handle(request), ROUTE)
    left = tuple(item for item, one in zip(request.items, each, strict=True) if isinstance(one, Retry))
    again = Request.planned(route=request.route, endpoint=request.endpoint, items=left)

    assert [Retry, Refused, Retry] == [type(one) for one in each]
    assert (
        "it answered 422: startTime must be after or equal 1970-01-01T00:00:00.000000Z and before "
        "2262-04-11T23:47:16.000000000Z"
    ) == each[1].why  # type: ignore[union-attr]
    assert {timedelta()} == {one.after for one in each if isinstance(one, Retry)}
    assert 204 == model.handle(again).status


@pytest.mark.parametrize(
    "error",
    ["traces size must be between 1 and 1000", "The request body must not be null",
     "spans[0].id must not be null",
     "traces[9].id must not be null", "traces[0]", 5, None],
)  # fmt: skip
def test_an_error_that_names_no_row_of_it_splits_the_request(error: object) -> None:
    """Whatever others it names: nobody knows which rows it is about."""
    named = "traces[0].startTime must not be null"

    assert Split("it answered 422: its log says why") == _read(_requests()[0], {"errors": [named, error]})


@pytest.mark.parametrize("errors", [[], None, {}, "traces[0].id must not be null", [["traces[0].id x"]]])
def test_a_422_without_names_splits_the_request(errors: object) -> None:
    """A proxy's, say, or one of a later release."""
    assert Split("it answered 422: its log says why") == _read(_requests()[0], {"errors": errors})


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("traces[0].name must not be blank", "name must not be blank"),
        ("traces[0].ttft must be greater than or equal to 0", "ttft must be greater than or equal to 0"),
        ("traces[0].environment cannot exceed 150 characters", "environment cannot exceed 150 characters"),
        ("traces[0].name must not be 'a prompt'", "name breaks a rule of Opik's"),
        ("traces[0].aPrompt must not be null", "the row must not be null"),
        ("traces[0] a prompt", "the row breaks a rule of Opik's"),
    ],
)
def test_only_words_of_rules_are_told(error: str, words: str) -> None:
    """A rule that is not known may quote what the row holds."""
    first, *_ = _read(_requests()[0], {"errors": [error]})  # type: ignore[misc]

    assert Refused(f"it answered 422: {words}") == first


def test_of_many_rules_a_few_are_told() -> None:
    """And each of them once."""
    fields = ("name", "name", "input", "output", "tags", "type")
    errors = [f"traces[0].{one} must not be null" for one in fields]
    first, *_ = _read(_requests()[0], {"errors": errors})  # type: ignore[misc]
    rules = "name must not be null, input must not be null, output must not be null, and 2 more"

    assert Refused(f"it answered 422: {rules}") == first


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (204, Delivered()),
        (400, Split("it answered 400: its log says why")),
        (403, Blocked("it answered 403")),
    ],
)
def test_other_statuses_mean_what_they_say(status: int, expected: Verdicts) -> None:
    """Ids that Opik does not take are a 400, which names no row."""
    body = {"code": status, "message": "Invalid UUID for id", "errors": ["traces[0].id must not be null"]}

    assert expected == _read(_requests()[0], body, status)


@pytest.mark.parametrize("body", [b"<html>login</html>", b"\n <!DOCTYPE html>"])
@pytest.mark.parametrize("status", [200, 204, 299])
def test_a_web_page_took_nothing(status: int, body: bytes) -> None:
    """A page to log in, of a proxy or of Opik's own frontend: the route is blocked, and nothing is lost."""
    answer = Response(status=status, body=body)

    assert isinstance(destination.outcomes(_requests()[0], answer, ROUTE.config), Blocked)


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b'"<html>"'])
def test_what_is_no_page_is_an_answer(body: bytes) -> None:
    """Opik answers with JSON, or with nothing."""
    answer = Response(status=204, body=body)

    assert Delivered() == destination.outcomes(_requests()[0], answer, ROUTE.config)
