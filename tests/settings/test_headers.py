"""Headers of a route's own: their names are configuration, their values are secrets."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import Endpoint
from broadcast_core.delivery import prepare
from broadcast_core.secrets import header_secret
from broadcast_core.settings import Settings, load
from broadcast_core.settings.secret import SecretSource, variable
from tests.fake import LINES, Lines

NOW = datetime(2026, 11, 23, tzinfo=UTC)


class Headed(Lines):
    """A destination whose endpoint has a header."""

    def endpoints(self, config: Any) -> tuple[Endpoint, ...]:
        """One, with its header."""
        return (evolve(LINES, headers={"X-Workspace": "team"}),)


def _load(entry: Any, **more: Any) -> Settings:
    return load([{"name": "a", **entry}], find=lambda _name: Headed(), **more)


def _problems(entry: Any, **more: Any) -> list[str]:
    return [str(problem) for problem in _load(entry, **more).wrong[0].problems]


def test_names_of_headers_are_settings_of_a_route() -> None:
    """Their values are given at delivery, under the name that the messages say."""
    settings = _load(
        {"destination": "x", "headers": ["X-Team", "X-Cost-Center"]},
        environment={"BROADCAST_A_HEADER_X_TEAM": "blue", "BROADCAST_A_API_KEY": "k"},
        secrets_file={"a": {"header_x_cost_center": "7"}},
    )
    (route,) = settings.routes
    request = route.destination.check(route.config)
    outgoing = prepare(request, route, settings.secrets["a"], now=NOW)

    assert ("X-Team", "X-Cost-Center") == route.headers
    assert ("blue", "7") == (outgoing.headers["X-Team"], outgoing.headers["X-Cost-Center"])
    assert [str] * 2 == [type(name) for name in route.headers]


def test_the_map_of_openrouter_has_the_names() -> None:
    """Its values count only where they are known from elsewhere, since settings are kept in repositories."""
    config = {"headers": {"X-Team": "****...ue", "X-Region": "eu", "X-Cost": None}}
    known = {"a": {"header_x_team": "blue", "header_x_region": "us", "header_x_cost": "7"}}
    settings = _load({"type": "x", "config": config}, secrets_file=known)

    assert ("X-Team", "X-Region", "X-Cost") == settings.routes[0].headers
    assert known["a"] == dict(settings.secrets["a"])
    assert [
        "masked, as OpenRouter shows it, and cannot be used; put it into BROADCAST_A_HEADER_X_TEAM of the "
        "environment, or into a secrets file as header_x_team under [a] @ $[0].config.headers.X-Team",
        "a secret in the settings; put it into BROADCAST_A_HEADER_X_REGION of the "
        "environment, or into a secrets file as header_x_region under [a] @ $[0].config.headers.X-Region",
        "a secret without a value; put it into BROADCAST_A_HEADER_X_COST of the "
        "environment, or into a secrets file as header_x_cost under [a] @ $[0].config.headers.X-Cost",
    ] == _problems({"type": "x", "config": config})


RIGHT: list[Any] = [
    {"destination": "x"},
    {"destination": "x", "headers": None},
    {"destination": "x", "headers": []},
    {"type": "x", "config": {"headers": None}},
    {"type": "x", "config": {"headers": {}}},
]


@pytest.mark.parametrize("entry", RIGHT, ids=str)
def test_no_headers_are_none(entry: Any) -> None:
    """However that is written."""
    assert [()] == [route.headers for route in _load(entry).routes]


SENT = "is set when a request is sent: take it out"
WRONG: dict[str, tuple[Any, list[str]]] = {
    "text": ("X-Team", ["expected an array of names of headers, got text @ $[0].headers"]),
    "a number among them": (["X-A", 5], ["expected the name of a header, got 5 @ $[0].headers[1]"]),
    "a name with its value": (
        ["X-Team: blue"],
        ["expected the name of a header, of letters, digits and hyphens @ $[0].headers[0]"],
    ),
    "blank, or of signs": (
        [" ", "--"],
        [
            "expected the name of a header, of letters, digits and hyphens @ $[0].headers[0]",
            "expected the name of a header, of letters, digits and hyphens @ $[0].headers[1]",
        ],
    ),
    "set by the endpoint": (
        ["X-Team", "content-type"],
        [f"the header 'content-type' {SENT} @ $[0].headers[1]"],
    ),
    "set at delivery": (
        ["Host", "CONTENT-LENGTH", "Content-Encoding"],
        [
            f"the header 'Host' {SENT} @ $[0].headers[0]",
            f"the header 'CONTENT-LENGTH' {SENT} @ $[0].headers[1]",
            f"the header 'Content-Encoding' {SENT} @ $[0].headers[2]",
        ],
    ),
    "one of the destination's": (
        ["x-workspace"],
        ["the destination has the header 'x-workspace' itself: take it out @ $[0].headers[0]"],
    ),
    "twice": (["X-A", "x-a"], ["the header 'x-a' is there twice: take one out @ $[0].headers[1]"]),
    "two of one secret": (
        ["X-A", "X_A"],
        ["the headers 'X-A' and 'X_A' have one secret, 'header_x_a': take one out @ $[0].headers[1]"],
    ),
    "with values": (
        {"X-Team": "blue"},
        [
            "a secret has no place in settings; put it into BROADCAST_A_HEADER_X_TEAM of the environment, or "
            "into a secrets file under [a]; here stands the name alone: headers = [...] @ $[0].headers.X-Team"
        ],
    ),
}


@pytest.mark.parametrize(("headers", "expected"), WRONG.values(), ids=WRONG)
def test_wrong_headers_are_told_at_load(headers: Any, expected: list[str]) -> None:
    """With their place, and without a value."""
    assert expected == _problems({"destination": "x", "headers": headers})


def test_a_wrong_header_of_openrouters_map_is_told_at_its_place() -> None:
    """Also where its value is known."""
    config = {"headers": {"X-Workspace": "x"}}

    assert [
        "the destination has the header 'X-Workspace' itself: take it out @ $[0].config.headers.X-Workspace"
    ] == _problems({"type": "x", "config": config}, secrets_file={"a": {"header_x_workspace": "x"}})
    assert ["expected a table of headers, got an array @ $[0].config.headers"] == _problems(
        {"type": "x", "config": {"headers": ["X-Team"]}}
    )


def test_headers_among_the_options_are_told_where_they_belong() -> None:
    """Unless the destination declares such an option."""
    assert [
        "a setting of the route and no option; in TOML it stands above [routes.options]"
        " @ $[0].options.headers"
    ] == _problems({"destination": "x", "options": {"headers": ["X-Team"]}})


def test_a_destination_that_fails_on_its_endpoints_is_told() -> None:
    """Without what it said."""

    class Failing(Lines):
        def endpoints(self, config: Any) -> tuple[Endpoint, ...]:
            raise RuntimeError("private")

    entry = {"name": "a", "destination": "x", "headers": ["X-Team"]}
    (problem,) = load([entry], find=lambda _name: Failing()).wrong[0].problems

    assert problem.what.startswith(
        "the destination 'lines' failed: its endpoints raised RuntimeError at tests."
    )
    assert "private" not in problem.what


NAMES = st.text("!#$%&'*+-.^_`|~0aZ9B", min_size=1).filter(lambda name: any(char.isalnum() for char in name))


@given(name=NAMES)
def test_the_variable_of_a_header_is_found_under_its_secret(name: str) -> None:
    """Whatever characters the name has."""
    secret = header_secret(name)
    source = SecretSource({}, {variable("a", secret): "x"}, ("a",))

    assert {secret: "x"} == dict(source.of("a"))
