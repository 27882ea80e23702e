"""Secrets at delivery: in the headers of a request, and shown nowhere."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime
from traceback import StackSummary, walk_tb
from typing import Any

import pytest

from broadcast_core import Response
from broadcast_core.batching.item import Item
from broadcast_core.pipeline.route import configure
from broadcast_opik import destination

CONFIG, NOW = configure(destination, {"workspace": "team"}), datetime(2026, 11, 23, tzinfo=UTC)
ALIVE = Response(status=200, body=b'{"message": "Healthy Server", "healthy": true}')
ASKED: Any = destination.check(CONFIG, (ALIVE,))
"""The request that tests the key."""


def test_the_check_changes_nothing_and_needs_key_and_workspace() -> None:
    """Opik's own access check."""
    request = destination.authorize(ASKED, CONFIG, {"api_key": "opik_abc"}, NOW, 1)

    assert ("POST", "https://www.comet.com/opik/api/v1/private/auth", b"{}") == (
        request.method,
        request.url,
        request.body,
    )
    assert {"Content-Type": "application/json", "Comet-Workspace": "team", "Authorization": "opik_abc"} == (
        request.headers
    )
    assert (Item(endpoint="key and workspace", body=b"{}", generations=()),) == request.items


def test_whether_an_opik_is_there_is_asked_without_the_key() -> None:
    """Another page that stands there does not get it."""
    first: Any = destination.check(CONFIG)
    request = destination.authorize(first, CONFIG, {"api_key": "opik_abc"}, NOW, 1)

    assert ("GET", "https://www.comet.com/opik/api/is-alive/ping", b"", {}) == (
        request.method,
        request.url,
        request.body,
        dict(request.headers),
    )


def test_a_server_without_accounts_needs_no_key() -> None:
    """Self-hosted Opik."""
    request = ASKED

    assert request == destination.authorize(request, CONFIG, {}, NOW, 1)


def test_a_key_that_no_header_takes_is_refused_without_showing_it() -> None:
    """A line break from a copy would end up in the request; a report with the variables has it neither."""
    for key in ("opik_abc\n", "opik_abcä", "opik_abc\x00"):
        with pytest.raises(ValueError, match="copy it again") as caught:
            destination.authorize(ASKED, CONFIG, {"api_key": key}, NOW, 1)

        assert "the Opik API key has characters that no header takes: copy it again from Opik's settings" == (
            str(caught.value)
        )
        assert "opik_abc" not in _report(caught.value)


@pytest.mark.parametrize(
    "secrets", ["opik_abc", {"api_key": b"opik_abc"}, {"api_key": ["opik_abc"]}], ids=repr
)
def test_what_is_no_text_is_refused_without_showing_it(secrets: Any) -> None:
    """As a key alone, where secrets by name should stand."""
    with pytest.raises(TypeError, match="expected ") as caught:
        destination.authorize(ASKED, CONFIG, secrets, NOW, 1)

    assert "opik_abc" not in _report(caught.value)


def _report(error: BaseException) -> str:
    """Return what a report of an error shows, with the variables of the functions of both packages."""
    steps = walk_tb(error.__traceback__)
    ours = [step for step in steps if step[0].f_globals["__name__"].startswith("broadcast_")]
    return "\n".join([repr(error), *StackSummary.extract(iter(ours), capture_locals=True).format()])


def test_an_authorized_request_does_not_show_the_key() -> None:
    """Nor is it pickled."""
    request = destination.authorize(ASKED, CONFIG, {"api_key": "opik_abc"}, NOW, 1)

    assert "opik_abc" not in f"{request} {request!r} {request.headers}"
    with pytest.raises(TypeError, match="authorize it where it is sent"):
        pickle.dumps(request)


def test_space_around_a_key_is_taken_off() -> None:
    """As people copy it."""
    request = destination.authorize(ASKED, CONFIG, {"api_key": " opik_abc "}, NOW, 1)

    assert "opik_abc" == request.headers["Authorization"]
