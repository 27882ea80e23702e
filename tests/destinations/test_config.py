"""Options that are declared once: read strictly, with every mistake at once."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import attrs
import pytest
from attrs import frozen

from broadcast_core import BroadcastError, FieldError
from broadcast_core.destinations import (
    ConfigError,
    Problem,
    ascii_only,
    max_chars_of,
    option,
    options_of,
    read_options,
    server_url,
)


@frozen(kw_only=True)
class Config:
    """A config of every kind of option."""

    url: str = option("https://x.example", "Where to send.", ending="/")
    project: str | None = option(None, "The project.", check=max_chars_of(5))
    team: str | None = option(None, "The team.", check=ascii_only("a team"))
    fast: bool = option(False, "Whether to hurry.")
    as_of: datetime | None = option(None, "When it is sent.")
    mode: Literal["one", "two"] = option("one", "How.")
    names: tuple[str, ...] = option((), "Who.", check=max_chars_of(5), ending="/")
    list_of: list[str] = option(attrs.Factory(list), "What.")
    share: float = option(0.5, "How much.")
    count: int | None = option(None, "How many.")
    labels: dict[str, str] | None = option(None, "Labels.")
    table: Mapping[str, Any] = option(attrs.Factory(dict), "A table.")
    inner: int = 0  # no option

    __hash__ = None  # type: ignore[assignment]


GOOD: list[tuple[dict[str, Any], Config]] = [
    ({}, Config()),
    ({"url": " https://y.example// "}, Config(url="https://y.example")),
    ({"url": None, "project": None, "as_of": None}, Config()),
    ({"project": " a\x00b "}, Config(project="ab")),
    ({"fast": True, "mode": "two"}, Config(fast=True, mode="two")),
    ({"names": [" ab/", "c"]}, Config(names=("ab", "c"))),
    ({"names": [], "list_of": [" a "]}, Config(list_of=["a"])),
    ({"share": 0.7, "count": 7}, Config(share=0.7, count=7)),
    ({"share": 1, "count": None}, Config(share=1.0)),
    ({"labels": {"a": " b\x00"}, "table": {"a": [1]}}, Config(labels={"a": "b"}, table={"a": [1]})),
    ({"as_of": "2026-11-23T10:00:00Z"}, Config(as_of=datetime(2026, 11, 23, 10, tzinfo=UTC))),
]


@pytest.mark.parametrize(("options", "expected"), GOOD, ids=[str(options) for options, _ in GOOD])
def test_options_become_a_config(options: dict[str, Any], expected: Config) -> None:
    """Clean texts, times, and null where something is not known."""
    config = read_options(Config, options)

    assert expected == config == pickle.loads(pickle.dumps(config))


LIKELY = "looks like a secret, and a secret is no option: give it at delivery, so that no plan holds it"
BAD: list[tuple[str, Any, str]] = [
    ("ur", "x", "unknown option; did you mean 'url'?"),
    (
        "inner",
        1,
        "unknown option; known: url, project, team, fast, as_of, mode, names, list_of, share, count, "
        "labels, table",
    ),
    (5, 1, "no option: the name of one is text"),
    ("api_key", "x", "a secret is no option: give it at delivery, so that no plan holds it"),
    ("API-Key", "x", "a secret is no option: give it at delivery, so that no plan holds it"),
    ("labels", {"a": "b", "password": "hunter2"}, f"its key 'password' {LIKELY}"),
    ("table", {"a": [{"dbPassword": "hunter2"}]}, f"its key 'dbPassword' {LIKELY}"),
    ("table", {"a": ({"api-key": None},)}, f"its key 'api-key' {LIKELY}"),
    ("url", 5, 'expected text; write it in quotes: "5"'),
    ("url", True, 'expected text; write it in quotes: "true"'),
    ("url", {"password": "hunter2"}, "expected text"),
    ("url", 10**400, "expected text"),
    ("names", "a", "expected a list of texts"),
    ("names", ["a", 5], '[1]: expected text; write it in quotes: "5"'),
    ("names", [" "], "[0]: expected text that is not blank"),
    ("names", ["a", "123456"], "[1]: longer than 5 characters"),
    ("list_of", {"a": "b"}, "expected a list of texts"),
    ("list_of", None, "expected a value, got null; leave the option out for its default"),
    ("share", "0.7", "expected a number"),
    ("share", True, "expected a number"),
    ("share", float("nan"), "expected a number"),
    ("share", 10**400, "expected a number"),
    ("count", 7.0, "expected a whole number"),
    ("labels", "text", "expected a table of texts"),
    ("labels", {"a": 5}, "expected a table of texts"),
    ("labels", ["a"], "expected a table of texts"),
    ("table", "text", "expected a table"),
    ("table", {5: 1}, "expected a table"),
    ("url", " \x00", "expected text that is not blank"),
    ("project", "123456", "longer than 5 characters"),
    ("team", "t\u00e9am", "expected a team in ASCII"),
    ("team", "te\nam", "expected a team in ASCII"),
    ("fast", None, "expected a value, got null; leave the option out for its default"),
    ("fast", 1, "expected true or false"),
    ("fast", "true", "expected true or false"),
    ("mode", "three", 'expected "one" or "two"'),
    ("mode", None, "expected a value, got null; leave the option out for its default"),
    ("as_of", "soon", "expected a time such as 2026-11-23T10:00:00Z"),
    ("as_of", 5, "expected a time such as 2026-11-23T10:00:00Z"),
    ("as_of", "2026-11-23T10:00:00", "expected a time with a time zone, for example 2026-11-23T10:00:00Z"),
]


@pytest.mark.parametrize(
    ("name", "value", "expected"), BAD, ids=[f"{name}-{value!r}" for name, value, _ in BAD]
)
def test_a_mistake_says_what_to_write(name: str, value: Any, expected: str) -> None:
    """With the path of the option."""
    with pytest.raises(ConfigError) as caught:
        read_options(Config, {name: value})

    assert (Problem(expected, f"$.{name}"),) == caught.value.problems
    assert isinstance(caught.value, BroadcastError)


@pytest.mark.parametrize(
    "name", ["token_limit", "partition_key", "sortKey", "key", "key_prefix", "tokens", "team"]
)
def test_a_harmless_key_of_a_table_is_taken(name: str) -> None:
    """Although it speaks of a key or a token."""
    assert {name: "x"} == read_options(Config, {"table": {name: "x"}}).table


def test_a_declared_secret_has_no_place_in_a_table() -> None:
    """Whatever its name."""
    with pytest.raises(ConfigError) as caught:
        read_options(Config, {"table": {"pin": "1234"}}, secrets=("pin",))

    assert (Problem(f"its key 'pin' {LIKELY}", "$.table"),) == caught.value.problems


def test_a_table_that_holds_itself_is_read() -> None:
    """Looking for secrets in it comes to an end."""
    table: dict[str, Any] = {"a": "b"}
    table["again"] = [table]

    assert ["b"] == [read_options(Config, {"table": table}).table["a"]]


def test_every_mistake_is_told_at_once() -> None:
    """Those of single options; what is unknown does not hide what is wrong between those that are known."""
    between = Problem("fast needs as_of", "$.fast")
    with pytest.raises(ConfigError) as caught:
        read_options(Config, {"fast": 1, "mode": "x", "url": "https://ok.example"}, together=_together)
    with pytest.raises(ConfigError) as also:
        read_options(Config, {"fast": True, "other": "x"}, together=_together)

    assert ["$.fast", "$.mode"] == [problem.path for problem in caught.value.problems]
    assert ["$.other", "$.fast"] == [problem.path for problem in also.value.problems]
    assert between == also.value.problems[-1]


def _together(config: Config) -> list[Problem]:
    return [Problem("fast needs as_of", "$.fast")] if config.fast and config.as_of is None else []


def test_what_an_option_does_stands_beside_it() -> None:
    """For command, docs and forms."""
    assert [
        "Where to send.",
        "The project.",
        "The team.",
        "Whether to hurry.",
        "When it is sent.",
        "How.",
        "Who.",
        "What.",
        "How much.",
        "How many.",
        "Labels.",
        "A table.",
    ] == [field.metadata["help"] for field in options_of(Config).values()]


UNKNOWN: list[Any] = [
    str | int,
    list[int],
    list,
    set[str],
    tuple[str, str],
    dict[str, int],
    dict[int, str],
    bytes,
    Literal[1, 2],
    Literal["a", None],
    Annotated[str, []],
    object,
    Any,
    None,
]


@pytest.mark.parametrize("kind", UNKNOWN, ids=repr)
def test_a_kind_that_is_not_known_is_refused(kind: Any) -> None:
    """With the class, the field, and what works; so no value of another kind is kept as a text."""
    made = attrs.frozen(kw_only=True)(
        type("Made", (), {"__annotations__": {"x": kind}, "x": option(None, "It.")})
    )
    with pytest.raises(FieldError, match=r"^Made\.x: no kind of option: annotate it as str, bool, int, "):
        read_options(made, {})


def test_an_annotation_that_cannot_be_read_is_refused() -> None:
    """As one that is imported for type checkers alone."""
    made = attrs.frozen(type("Made", (), {"__annotations__": {"x": "Missing"}, "x": option(None, "It.")}))
    with pytest.raises(FieldError, match=r"^Made: its annotations cannot be read \(NameError\): import"):
        options_of(made)


WITH_PASSWORD = [
    "https://me:hunter2/x@h",
    "https://me:hunter2@exa\u2100mple.com",
    "https://[hunter2",
    "https://me:hunter2@h",
    "https://h/?password=hunter2",
]


@pytest.mark.parametrize("url", WITH_PASSWORD)
def test_no_mistake_in_a_url_quotes_it(url: str) -> None:
    """There may be a password in it."""
    told = server_url(url)

    assert told is not None
    assert "hunter2" not in told
