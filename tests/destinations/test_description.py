"""What a destination says of itself: what nobody could use is refused where it is said."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from attrs import frozen

from broadcast_core import FieldError, Route
from broadcast_core.destinations import Description, Secret, option
from broadcast_core.errors import PluginFault
from broadcast_core.settings import load
from tests.fake import Lines

KEY = Secret(help="A key.")


@frozen(kw_only=True)
class Config:
    """One option."""

    bucket: str | None = option(None, "The bucket.")


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"config": int}, "config: give a class of attrs, whose fields option(...) declares"),
    ({"config": None}, "config: give a class of attrs, whose fields option(...) declares"),
    ({"config": Config()}, "config: give a class of attrs, whose fields option(...) declares"),
    ({"secrets": ["a"]}, "secrets: expected Secret by name, got a list: give a dict"),
    ({"secrets": {"api_key": "text"}}, "secrets: 'api_key' is a str: give Secret(...)"),
    ({"secrets": {5: KEY}}, "secrets: 5 is no name of one"),
    ({"secrets": {"": KEY}}, "secrets: '' is no name of one"),
    ({"secrets": {"accessKeyId": KEY}}, "secrets: 'accessKeyId' is no name of one"),
    ({"secrets": {"session-token": KEY}}, "secrets: 'session-token' is no name of one"),
    ({"secrets": {"_key": KEY}}, "secrets: '_key' is no name of one"),
    ({"secrets": {"key__id": KEY}}, "secrets: 'key__id' is no name of one"),
    ({"secrets": {"k\u00e9y": KEY}}, "secrets: 'k\u00e9y' is no name of one"),
    ({"secrets": {"key\n": KEY}}, "secrets: 'key\\n' is no name of one"),
    ({"secrets": {"bucket": KEY}}, "secrets: 'bucket' is an option too"),
    ({"secrets": {"hash_key": KEY}}, "secrets: 'hash_key' is a secret of every route"),
    ({"secrets": {"header_x": KEY}}, "secrets: 'header_x' is a secret of every route"),
    ({"not_carried": {"user_id": None}}, "not_carried: expected texts by text"),
    ({"not_carried": ["user_id"]}, "not_carried: expected texts by text"),
]


@pytest.mark.parametrize(("given", "expected"), WRONG, ids=[expected for _, expected in WRONG])
def test_what_nobody_could_use_is_refused(given: dict[str, Any], expected: str) -> None:
    """With what to give instead."""
    with pytest.raises(FieldError) as caught:
        Description(**{"config": Config, **given})

    assert str(caught.value).startswith(expected)


def test_an_option_of_the_name_headers_is_refused() -> None:
    """It would take the headers of a route, whose values are secrets, into the config."""
    made: type = attrs.frozen(
        type("Made", (), {"__annotations__": {"headers": "str"}, "headers": option("", "Some.")})
    )
    with pytest.raises(FieldError, match="every route has headers of its own"):
        Description(config=made)


@pytest.mark.parametrize("name", ["api_key", "key", "access_key_id", "k2", "s3_key"])
def test_each_secret_that_is_declared_can_be_given_by_a_variable(name: str) -> None:
    """Of the environment, in capitals."""

    class Keyed(Lines):
        def describe(self) -> Description:
            return Description(config=Config, secrets={name: KEY})

    document = {"routes": [{"name": "r", "destination": "lines"}]}
    settings = load(document, environment={f"BROADCAST_R_{name.upper()}": "k3y"}, find=lambda _name: Keyed())

    assert {name: "k3y"} == dict(settings.secrets["r"])


@pytest.mark.parametrize("described", [None, {"config": Config}, Config], ids=repr)
def test_a_route_to_what_does_not_describe_itself_is_a_fault(described: Any) -> None:
    """Of the plugin, and it says what to return."""

    class Silent(Lines):
        def describe(self) -> Description:
            return described

    with pytest.raises(
        PluginFault,
        match=r"'lines' failed: its describe\(\) returns a \w+: return Descr",
    ):
        Route.to(Silent())
