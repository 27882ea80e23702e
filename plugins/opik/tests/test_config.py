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


TAKEN: list[tuple[dict[str, Any], OpikConfig]] = [
    ({"base_url": " http://x/api// "}, OpikConfig(base_url="http://x/api")),
    ({"base_url": "http://x/X/"}, OpikConfig(base_url="http://x/X")),
    ({"base_url": None, "attempts": None}, OpikConfig()),
    (
        {"workspace": " team ", "project_name": "x" * 150},
        OpikConfig(workspace="team", project_name="x" * 150),
    ),
    ({"attempts": True, "attach": True}, OpikConfig(attempts=True, attach=True)),
    ({"project_name": "a\x00b"}, OpikConfig(project_name="ab")),
]


@pytest.mark.parametrize(("options", "expected"), TAKEN, ids=[str(options)[:40] for options, _ in TAKEN])
def test_options_as_they_are_taken(options: dict[str, Any], expected: OpikConfig) -> None:
    """Without the space around a text, and null for the default."""
    assert expected == configure(options)


EXAMPLE = "for example http://localhost:5173/api or https://www.comet.com/opik/api"
SCHEME = "expected a URL that begins with http:// or https://"
PLAIN = "expected a URL without query, fragment or spaces"
SECRET = "a URL with a password in it is a secret: give the API key at delivery"

WRONG = [
    ({"projectname": "x"}, "unknown option; did you mean 'project_name'? @ $.projectname"),
    (
        {"zzz": "x"},
        "unknown option; known: base_url, workspace, project_name, attempts, attach, as_of, backfill @ $.zzz",
    ),
    ({"api_key": "k"}, "a secret is no option: give it at delivery, so that no plan holds it @ $.api_key"),
    ({"Api-Key": "k"}, "a secret is no option: give it at delivery, so that no plan holds it @ $.Api-Key"),
    ({"apiKey": "k"}, "a secret is no option: give it at delivery, so that no plan holds it @ $.apiKey"),
    ({"project_name": " "}, "expected text that is not blank @ $.project_name"),
    ({"project_name": "x" * 151}, "longer than 150 characters @ $.project_name"),
    ({"attempts": "yes"}, "expected true or false @ $.attempts"),
    ({"workspace": "a\nb"}, "expected a workspace name in ASCII @ $.workspace"),
    ({"workspace": "é"}, "expected a workspace name in ASCII @ $.workspace"),
    ({"workspace": 1}, 'expected text; write it in quotes: "1" @ $.workspace'),
    ({"as_of": "soon"}, "expected a time such as 2026-11-23T10:00:00Z @ $.as_of"),
    ({"backfill": True}, "backfill needs as_of, the time when the plan will be sent @ $.backfill"),
    ({"base_url": "https://u:p@x/api"}, f"{SECRET} @ $.base_url"),
    ({"base_url": "https://u@x/api"}, f"{SECRET} @ $.base_url"),
    ({"base_url": "https://:p@x/api"}, f"{SECRET} @ $.base_url"),
    ({"base_url": "localhost:5173"}, f"{SCHEME}, {EXAMPLE} @ $.base_url"),
    ({"base_url": "http:///api"}, f"{SCHEME}, {EXAMPLE} @ $.base_url"),
    ({"base_url": "ftp://x/api"}, f"{SCHEME}, {EXAMPLE} @ $.base_url"),
    ({"base_url": "http://x/api/v1"}, f"expected the URL up to and without /v1, {EXAMPLE} @ $.base_url"),
    ({"base_url": "http://x/api?a=1"}, f"{PLAIN}, {EXAMPLE} @ $.base_url"),
    ({"base_url": "http://x/api#a"}, f"{PLAIN}, {EXAMPLE} @ $.base_url"),
    ({"base_url": "http://x/a pi"}, f"{PLAIN}, {EXAMPLE} @ $.base_url"),
    ({"base_url": "http://x/a\x7fpi"}, f"{PLAIN}, {EXAMPLE} @ $.base_url"),
    (
        {"base_url": "http://x:99999/"},
        f"no URL (Port out of range 0-65535), {EXAMPLE} @ $.base_url",
    ),
]


@pytest.mark.parametrize(("options", "expected"), WRONG, ids=[str(options)[:40] for options, _ in WRONG])
def test_a_wrong_option_is_refused(options: dict[str, Any], expected: str) -> None:
    """With its path, and without repeating a secret."""
    with pytest.raises(ConfigError) as caught:
        configure(options)

    assert expected == str(caught.value)


def test_all_mistakes_are_reported_at_once() -> None:
    """So that they are mended in one go."""
    with pytest.raises(ConfigError) as caught:
        configure({"workspace": "", "attempts": 1, "base": "x"})

    assert ["$.workspace", "$.attempts", "$.base"] == [problem.path for problem in caught.value.problems]
