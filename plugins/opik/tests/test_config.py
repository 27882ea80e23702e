"""Options: every mistake at once, in words that say what to write instead."""

from __future__ import annotations

from typing import Any

import pytest

from broadcast_core import ConfigError
from broadcast_opik import OpikConfig
from broadcast_opik.config import CLOUD, configure


def test_no_options_means_comets_cloud() -> None:
    """And Opik's default project."""
    assert OpikConfig(base_url=CLOUD) == configure({})


def test_a_base_url_may_end_with_a_slash() -> None:
    """As people copy it."""
    assert "http://localhost:5173/api" == configure({"base_url": "http://localhost:5173/api/"}).base_url


WRONG = [
    ({"projectname": "x"}, "unknown option; did you mean 'project_name'? @ $.projectname"),
    (
        {"zzz": "x"},
        "unknown option; known: base_url, workspace, project_name, attempts, attach, as_of, backfill @ $.zzz",
    ),
    ({"api_key": "k"}, "a secret is no option: give it at delivery, so that no plan holds it @ $.api_key"),
    ({"apiKey": "k"}, "a secret is no option: give it at delivery, so that no plan holds it @ $.apiKey"),
    ({"project_name": " "}, "expected text that is not blank @ $.project_name"),
    ({"project_name": "x" * 151}, "longer than 150 characters @ $.project_name"),
    ({"attempts": "yes"}, "expected true or false @ $.attempts"),
    ({"workspace": "a\nb"}, "expected a workspace name in ASCII @ $.workspace"),
    ({"base_url": "https://u:p@x/api"}, "a URL with a password in it is a secret"),
    ({"base_url": "localhost:5173"}, "expected a URL that begins with http:// or https://"),
    ({"base_url": "http://x/api/v1"}, "expected the URL up to and without /v1"),
    ({"base_url": "http://x/api?a=1"}, "expected a URL without query, fragment or spaces"),
    ({"base_url": "http://x:port/"}, "no URL"),
]


@pytest.mark.parametrize(("options", "expected"), WRONG, ids=[str(options)[:40] for options, _ in WRONG])
def test_a_wrong_option_is_refused(options: dict[str, Any], expected: str) -> None:
    """With its path, and without repeating a secret."""
    with pytest.raises(ConfigError) as caught:
        configure(options)

    assert str(caught.value).startswith(expected)


def test_all_mistakes_are_reported_at_once() -> None:
    """So that they are mended in one go."""
    with pytest.raises(ConfigError) as caught:
        configure({"workspace": "", "attempts": 1, "base": "x"})

    assert ["$.workspace", "$.attempts", "$.base"] == [problem.path for problem in caught.value.problems]
