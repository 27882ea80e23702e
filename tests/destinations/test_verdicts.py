"""What a status means by itself, and how long a server asks to wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core.destinations import (
    Blocked,
    Delivered,
    Refused,
    Response,
    Retry,
    Split,
    retry_after,
    verdict_of_status,
)

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
WEEK = timedelta(days=7)
BY_STATUS = {
    Delivered: [200, 201, 202, 204, 299],
    Retry: [408, 425, 429, 500, 502, 503, 504, 520, 522, 529, 599],
    Split: [400, 413, 422],
    Blocked: [300, 301, 304, 307, 399, 401, 402, 403, 404, 405, 407, 410],
    Refused: [100, 199, 406, 409, 415, 501, 505, 600],
}


@pytest.mark.parametrize(
    ("kind", "status"), [(kind, one) for kind, all_ in BY_STATUS.items() for one in all_]
)
def test_a_status_means_the_same_for_most_platforms(kind: type, status: int) -> None:
    """What is not known is refused."""
    assert kind is type(verdict_of_status(Response(status=status)))


@given(st.integers(-1, 700))
def test_every_status_has_a_verdict_with_a_reason(status: int) -> None:
    """It names the status, unless all is well."""
    verdict = verdict_of_status(Response(status=status))

    assert isinstance(verdict, Delivered) or str(status) in verdict.why  # type: ignore[union-attr]


def test_a_retry_waits_as_long_as_the_server_asks() -> None:
    """The header counts where the status asks for it."""
    headers = {"RETRY-AFTER": "30"}

    assert Retry("it answered 429", timedelta(seconds=30)) == verdict_of_status(
        Response(status=429, headers=headers)
    )
    assert Delivered() == verdict_of_status(Response(status=200, headers=headers))


def test_the_end_of_a_limit_goes_before_retry_after() -> None:
    """A server that names both limits the rate by the first, and of other statuses it says nothing."""
    headers = {"ratelimit-reset": "7", "Retry-After": "30"}

    assert Retry("it answered 429", timedelta(seconds=7)) == verdict_of_status(
        Response(status=429, headers=headers)
    )
    assert Retry("it answered 503", timedelta(seconds=30)) == verdict_of_status(
        Response(status=503, headers=headers)
    )


@pytest.mark.parametrize("text", ["", "soon", "-1", "1.5", "1795348798", "9" * 40])
def test_an_end_that_is_no_wait_is_passed_over(text: str) -> None:
    """A moment in seconds since 1970 is none either."""
    headers = {"RateLimit-Reset": text, "Retry-After": "30"}

    assert Retry("it answered 429", timedelta(seconds=30)) == verdict_of_status(
        Response(status=429, headers=headers)
    )


WAITS: dict[str, timedelta | None] = {
    "0": timedelta(),
    "120": timedelta(minutes=2),
    " 5 ": timedelta(seconds=5),
    "999999999": WEEK,
    "9" * 5000: WEEK,
    "Thu, 26 Nov 2026 12:00:30 GMT": timedelta(seconds=30),
    "Thu, 26 Nov 2026 13:00:30 +0100": timedelta(seconds=30),
    "Thu, 26 Nov 2026 11:00:00 GMT": timedelta(),
    "Fri, 31 Dec 9999 23:59:59 GMT": WEEK,
    "": None,
    "-5": None,
    "1.5": None,
    "٣": None,
    "soon": None,
    "Thu, 26 Nov 2026 12:00:30 -0000": None,
    "Thu, 26 Nov 99999999999999999999 12:00:30 GMT": None,
    "Thu, 26 Nov 2026 12:00:30 +99999999999999999999": None,
}


@pytest.mark.parametrize("text", WAITS, ids=lambda text: text[:48])
def test_a_wait_is_read_as_seconds_or_as_a_date(text: str) -> None:
    """Never below zero, never above a week; what cannot be read is no wait."""
    assert WAITS[text] == retry_after({"Retry-After": text}, NOW)


def test_a_date_without_the_time_of_now_is_no_wait() -> None:
    """Nothing here has a clock."""
    assert retry_after({"Retry-After": "Thu, 26 Nov 2026 12:00:30 GMT"}) is None


def test_no_header_is_no_wait() -> None:
    """Delivery decides."""
    assert retry_after({"Retry": "5"}, NOW) is None


@given(
    st.one_of(st.text(), st.from_regex(r"[A-Z][a-z]{2}, \d+ Nov \d+ \d+:\d+:\d+ [+-]?\w+", fullmatch=True))
)
def test_no_text_of_a_server_makes_it_raise(text: str) -> None:
    """A wait is None, or within a week."""
    wait = retry_after({"Retry-After": text}, NOW)

    assert wait is None or timedelta() <= wait <= WEEK
