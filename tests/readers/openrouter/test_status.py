"""How a request ended: failures, cancellations, finish reasons."""

from __future__ import annotations

from typing import Any

import pytest

from broadcast_core.record.generation import Failure
from tests.readers.deliveries import (
    END,
    SPAN_PATH,
    delivery,
    example,
    generation,
    of,
    pairs,
    read_one,
    root,
)


def test_several_finish_reasons_are_kept_beside_the_first() -> None:
    """A response may have several choices."""
    found = of({"gen_ai.response.finish_reasons": '["stop", "length"]'})

    assert ("stop", {"gen_ai.response.finish_reasons": ["stop", "length"]}) == (
        found.finish_reason,
        found.extra,
    )


def _exception(**attributes: Any) -> dict[str, Any]:
    told_by = {f"exception.{key}": value for key, value in attributes.items()}
    return {"name": "exception", "timeUnixNano": str(END), "attributes": pairs(told_by)}


FAILED: dict[str, tuple[dict[str, Any], dict[str, Any], str, Failure | None]] = {
    "all providers failed": (
        {"span.level": "ERROR", "span.status_message": "Provider returned error"},
        {
            "status": {"code": 2, "message": "Provider returned error"},
            "events": [_exception(type="Error", message="Provider returned error")],
        },
        "error",
        Failure(message="Provider returned error"),
    ),
    "given up": (
        {"span.level": "ERROR", "span.status_message": "The client has disconnected"},
        {"status": {"code": 2, "message": "The client has disconnected"}},
        "cancelled",
        Failure(type="Cancelled", message="The client has disconnected"),
    ),
    "as a collector spells it": (
        {},
        {"status": {"code": "STATUS_CODE_ERROR", "message": "No"}},
        "error",
        Failure(message="No"),
    ),
    "by its level alone": ({"span.level": "ERROR"}, {"status": {}}, "error", Failure()),
    "in the attribute alone": (
        {"span.status_message": "No"},
        {"status": {"code": 2}},
        "error",
        Failure(message="No"),
    ),
    "in the event alone": (
        {},
        {"status": {"code": 2}, "events": [_exception(type="Timeout", message="Late", stacktrace="at x")]},
        "error",
        Failure(type="Timeout", message="Late", stacktrace="at x"),
    ),
    "two messages": (
        {},
        {"status": {"code": 2, "message": "No"}, "events": [_exception(message="Why", code=5)]},
        "error",
        Failure(message="No", raw={"exception.code": 5, "exception.message": "Why"}),
    ),
    "given up, and nothing else": (
        {},
        {"status": {"code": 1, "message": "The client has disconnected"}},
        "cancelled",
        Failure(type="Cancelled", message="The client has disconnected"),
    ),
    "not failed": ({"span.level": "DEFAULT"}, {"status": {"code": 1}}, "ok", None),
    "not told": ({}, {"status": None}, "ok", None),
}


@pytest.mark.parametrize(("attributes", "changes", "status", "failure"), FAILED.values(), ids=FAILED)
def test_a_failure_is_read(
    attributes: dict[str, Any], changes: dict[str, Any], status: str, failure: Failure | None
) -> None:
    """Once, from wherever it is told, and nothing is left of it."""
    found = of(attributes, **changes)

    assert (status, failure, {}) == (found.status, found.failure, found.extra)


def test_a_message_that_is_no_text_is_kept() -> None:
    """The other one is read."""
    found = of({"span.status_message": "No"}, status={"code": 2, "message": 5})

    assert (Failure(message="No"), {"span": {"status": {"message": 5}}}) == (found.failure, found.extra)


WELL: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "in the status": ({}, {"code": 1, "message": "Fine"}, {"status.message": "Fine"}),
    "in the attribute": ({"span.status_message": "Fine"}, {"code": 1}, {"span.status_message": "Fine"}),
    "in both": (
        {"span.status_message": "Fine"},
        {"code": 1, "message": "Fine"},
        {"span.status_message": "Fine"},
    ),
    "in both, and they differ": (
        {"span.status_message": "Fine"},
        {"code": 1, "message": "Good"},
        {"span.status_message": "Fine", "status.message": "Good"},
    ),
}


@pytest.mark.parametrize(("attributes", "status", "expected"), WELL.values(), ids=WELL)
def test_a_message_of_a_request_that_went_well_is_kept(
    attributes: dict[str, Any], status: dict[str, Any], expected: dict[str, Any]
) -> None:
    """It is no failure."""
    found = of(attributes, status=status)

    assert (None, expected) == (found.failure, found.extra)


def test_an_exception_of_a_request_that_went_well_is_an_event() -> None:
    """It was handled; the request is no error."""
    found = generation(delivery(root(events=[_exception(type="Retry")])))

    assert ("ok", None, ["events"]) == (found.status, found.failure, list(found.extra))


def test_an_error_has_no_usage_and_no_cost() -> None:
    """Unknown is absent."""
    found = generation(example("08-error"))

    assert (None, None, "unknown") == (found.usage.total_tokens, found.cost.total, found.cost.source)
    assert {"message": "Provider returned error", "type": "Error"} == {
        name: getattr(found.failure, name) for name in ("message", "type")
    }


def test_a_request_that_was_given_up_keeps_its_words() -> None:
    """As a failure, with the status cancelled."""
    found = generation(example("09-cancelled"))

    assert ("cancelled", Failure(type="Cancelled", message="The client has disconnected"), None) == (
        found.status,
        found.failure,
        found.content.output,
    )


def test_what_cannot_be_read_of_an_exception_is_noted_at_its_place() -> None:
    """And is in the failure."""
    event = {"name": "exception", "attributes": pairs({"exception.type": ["x"]})}
    found = read_one(delivery(root(status={"code": 2, "message": "no"}, events=[event])))

    assert Failure(message="no", raw={"exception.type": ["x"]}) == found.generation.failure
    assert [f'{SPAN_PATH}.events["exception.type"]'] == [note.path for note in found.diagnostics]


@pytest.mark.parametrize("odd", [["x"], " ", 5], ids=repr)
def test_what_a_failed_span_says_that_is_no_text_is_no_message(odd: Any) -> None:
    """It is kept, as far as it says anything."""
    found = of({"span.status_message": odd}, status={"code": 2})

    assert Failure() == found.failure
    assert {"span.status_message": odd} == found.extra


@pytest.mark.parametrize("odd", [[5], [" "], [["stop"]], 5], ids=repr)
def test_finish_reasons_that_are_no_texts_are_kept(odd: Any) -> None:
    """None of them is one."""
    found = of({"gen_ai.response.finish_reasons": odd})

    assert (None, {"gen_ai.response.finish_reasons": odd}) == (found.finish_reason, found.extra)
