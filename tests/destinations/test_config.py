"""Options that are declared once: read strictly, with every mistake at once."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime
from typing import Any, Literal

import pytest
from attrs import frozen

from broadcast_core import BroadcastError
from broadcast_core.destinations import (
    ConfigError,
    Problem,
    ascii_only,
    max_chars_of,
    option,
    options_of,
    read_options,
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
    inner: int = 0  # no option


GOOD: list[tuple[dict[str, Any], Config]] = [
    ({}, Config()),
    ({"url": " https://y.example// "}, Config(url="https://y.example")),
    ({"url": None, "project": None, "as_of": None}, Config()),
    ({"project": " a\x00b "}, Config(project="ab")),
    ({"fast": True, "mode": "two"}, Config(fast=True, mode="two")),
    ({"as_of": "2026-11-23T10:00:00Z"}, Config(as_of=datetime(2026, 11, 23, 10, tzinfo=UTC))),
]


@pytest.mark.parametrize(("options", "expected"), GOOD, ids=[str(options) for options, _ in GOOD])
def test_options_become_a_config(options: dict[str, Any], expected: Config) -> None:
    """Clean texts, times, and null where something is not known."""
    config = read_options(Config, options)

    assert expected == config == pickle.loads(pickle.dumps(config))


BAD: list[tuple[str, Any, str]] = [
    ("ur", "x", "unknown option; did you mean 'url'?"),
    ("inner", 1, "unknown option; known: url, project, team, fast, as_of, mode"),
    ("api_key", "x", "a secret is no option: give it at delivery, so that no plan holds it"),
    ("API-Key", "x", "a secret is no option: give it at delivery, so that no plan holds it"),
    ("url", 5, 'expected text; write it in quotes: "5"'),
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
    ] == [field.metadata["help"] for field in options_of(Config).values()]
