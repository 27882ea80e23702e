"""Secrets at delivery, and the connection test in plain words."""

from __future__ import annotations

import pytest

from broadcast_core import Response
from broadcast_opik import destination

CONFIG = destination.configure({"workspace": "team"})


def test_the_check_changes_nothing_and_needs_key_and_workspace() -> None:
    """Opik's own access check."""
    request = destination.authorize(destination.check(CONFIG), CONFIG, {"api_key": "opik_abc"})

    assert ("POST", "https://www.comet.com/opik/api/v1/private/auth", b"{}") == (
        request.method,
        request.url,
        request.body,
    )
    assert {"Content-Type": "application/json", "Comet-Workspace": "team", "Authorization": "opik_abc"} == (
        request.headers
    )


def test_a_server_without_accounts_needs_no_key() -> None:
    """Self-hosted Opik."""
    request = destination.check(CONFIG)

    assert request == destination.authorize(request, CONFIG, {})


def test_a_key_that_no_header_takes_is_refused_without_showing_it() -> None:
    """A line break from a copy would end up in the request."""
    with pytest.raises(ValueError, match="copy it again") as caught:
        destination.authorize(destination.check(CONFIG), CONFIG, {"api_key": "opik_abc\n"})
    assert "opik_abc" not in str(caught.value)


ANSWERS = [
    (204, b"", True, "Opik accepts the key"),
    (200, b"<html>", False, "this is another page"),
    (
        401,
        b'{"code":401,"message":"API key should be provided"}',
        False,
        "it says: API key should be provided",
    ),
    (403, b"", False, "may not use this workspace"),
    (404, b"not json", False, "does not know the workspace"),
    (503, b"[]", False, "the server answered 503"),
]


@pytest.mark.parametrize(("status", "body", "works", "what"), ANSWERS, ids=[str(a[0]) for a in ANSWERS])
def test_the_answer_is_read_in_words(status: int, body: bytes, works: bool, what: str) -> None:
    """Whether it works, what happened, and what to do next."""
    checked = destination.checked(Response(status=status, body=body))

    assert works == checked.works
    assert what in checked.what
    assert works == (checked.next_step == "")
