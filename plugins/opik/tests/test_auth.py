"""Secrets at delivery, and the connection test in plain words."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime
from traceback import StackSummary, walk_tb
from typing import Any

import pytest

from broadcast_core import Response
from broadcast_core.batching.item import Item
from broadcast_core.destinations.contract import Checked
from broadcast_core.pipeline.route import configure
from broadcast_opik import destination

CONFIG, NOW = configure(destination, {"workspace": "team"}), datetime(2026, 11, 23, tzinfo=UTC)


def test_the_check_changes_nothing_and_needs_key_and_workspace() -> None:
    """Opik's own access check."""
    request = destination.authorize(destination.check(CONFIG), CONFIG, {"api_key": "opik_abc"}, NOW, 1)

    assert ("POST", "https://www.comet.com/opik/api/v1/private/auth", b"{}") == (
        request.method,
        request.url,
        request.body,
    )
    assert {"Content-Type": "application/json", "Comet-Workspace": "team", "Authorization": "opik_abc"} == (
        request.headers
    )
    assert (Item(endpoint="auth", body=b"{}", generations=()),) == request.items


def test_a_server_without_accounts_needs_no_key() -> None:
    """Self-hosted Opik."""
    request = destination.check(CONFIG)

    assert request == destination.authorize(request, CONFIG, {}, NOW, 1)


def test_a_key_that_no_header_takes_is_refused_without_showing_it() -> None:
    """A line break from a copy would end up in the request; a report with the variables has it neither."""
    for key in ("opik_abc\n", "opik_abcä", "opik_abc\x00"):
        with pytest.raises(ValueError, match="copy it again") as caught:
            destination.authorize(destination.check(CONFIG), CONFIG, {"api_key": key}, NOW, 1)

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
        destination.authorize(destination.check(CONFIG), CONFIG, secrets, NOW, 1)

    assert "opik_abc" not in _report(caught.value)


def _report(error: BaseException) -> str:
    """Return what a report of an error shows, with the variables of the functions of both packages."""
    steps = walk_tb(error.__traceback__)
    ours = [step for step in steps if step[0].f_globals["__name__"].startswith("broadcast_")]
    return "\n".join([repr(error), *StackSummary.extract(iter(ours), capture_locals=True).format()])


def test_an_authorized_request_does_not_show_the_key() -> None:
    """Nor is it pickled."""
    request = destination.authorize(destination.check(CONFIG), CONFIG, {"api_key": "opik_abc"}, NOW, 1)

    assert "opik_abc" not in f"{request} {request!r} {request.headers}"
    with pytest.raises(TypeError, match="authorize it where it is sent"):
        pickle.dumps(request)


def test_space_around_a_key_is_taken_off() -> None:
    """As people copy it."""
    request = destination.authorize(destination.check(CONFIG), CONFIG, {"api_key": " opik_abc "}, NOW, 1)

    assert "opik_abc" == request.headers["Authorization"]


API = "set base_url to Opik's API; it ends with /api"
REFUSED, LOG = "Opik refused the workspace or the key", "look at Opik's own log"
ANSWERS = [
    (204, b"", True, "Opik accepts the key for this workspace", ""),
    (200, b"<html>", False, "something answered with 200, where Opik answers 204: this is another page", API),
    (299, b"", False, "something answered with 299, where Opik answers 204: this is another page", API),
    (300, b"", False, "the server answered 300", LOG),
    (199, b"", False, "the server answered 199", LOG),
    (
        400,
        b'{"message":"no"}',
        False,
        f"{REFUSED} (it says: no)",
        "check the workspace name in Opik's settings",
    ),
    (
        401,
        b'{"code":401,"message":"API key should be provided"}',
        False,
        "Opik refused the API key (it says: API key should be provided)",
        "copy the API key again from Opik: Settings > API Keys",
    ),
    (
        403,
        b"",
        False,
        "the API key may not use this workspace",
        "set the option workspace to one that the key belongs to",
    ),
    (
        403,
        b'{"code":403,"message":"Workspace name should be provided"}',
        False,
        "the server asks for a workspace, and the request names none (it says: Workspace name should be "
        "provided)",
        "set the option workspace to the name that stands in the address of Opik's page",
    ),
    (
        403,
        b'{"code":403,"message":"User is not allowed to access workspace"}',
        False,
        "the API key may not use this workspace (it says: User is not allowed to access workspace)",
        "set the option workspace to one that the key belongs to",
    ),
    (
        404,
        b"not json",
        False,
        "Opik does not know the workspace or the URL",
        "a self-hosted Opik has one workspace: leave it out",
    ),
    (429, b'{"message":3}', False, "Opik is limiting the rate", "wait a minute and test again"),
    (503, b"[]", False, "the server answered 503", LOG),
    (500, b'{"message":"%s"}' % (b"x" * 300), False, f"the server answered 500 (it says: {'x' * 200})", LOG),
]


@pytest.mark.parametrize(
    ("status", "body", "works", "what", "step"), ANSWERS, ids=[str(answer[0]) for answer in ANSWERS]
)
def test_the_answer_is_read_in_words(status: int, body: bytes, works: bool, what: str, step: str) -> None:
    """Whether it works, what happened, and what to do next."""
    expected = Checked(works=works, what=what, next_step=step)

    assert expected == destination.check(CONFIG, (Response(status=status, body=body),))
