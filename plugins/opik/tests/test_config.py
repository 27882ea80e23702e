"""Options: every mistake at once, in words that say what to write instead."""

from __future__ import annotations

from typing import Any

import pytest

from broadcast_core import ConfigError
from broadcast_core.pipeline.route import configure
from broadcast_opik import OpikConfig, destination
from broadcast_opik.config import CLOUD, LOCAL


def test_a_workspace_alone_means_comets_cloud() -> None:
    """And Opik's default project."""
    assert OpikConfig(base_url=CLOUD, workspace="team") == configure(destination, {"workspace": "team"})


CLOUDS = [
    {},
    {"base_url": None, "workspace": None},
    {"base_url": CLOUD},
    {"base_url": "https://comet.com/opik/api/"},
    {"base_url": " HTTPS://WWW.Comet.COM:443/opik/api"},
    {"base_url": "http://www.comet.com./opik/api"},
    {"base_url": "https://ｗｗｗ.comet.com/opik/api"},
]
NO_WORKSPACE = (
    "missing: Comet's cloud takes nothing without a workspace; its name is in the address of Opik's page, "
    "https://www.comet.com/opik/<workspace>/home, and in the menu of your account there @ $.workspace"
)


@pytest.mark.parametrize("options", CLOUDS, ids=str)
def test_the_cloud_needs_a_workspace(options: dict[str, Any]) -> None:
    """Without it, Opik's cloud answers 403 to everything, whatever the key."""
    with pytest.raises(ConfigError) as caught:
        configure(destination, options)

    assert NO_WORKSPACE == str(caught.value)


@pytest.mark.parametrize(
    "base_url", ["http://localhost:5173/api", "https://comet.com.example/api", "http://x"]
)
def test_a_server_of_ones_own_needs_none(base_url: str) -> None:
    """Also where its name looks like the cloud's."""
    assert configure(destination, {"base_url": base_url}).workspace is None


@pytest.mark.parametrize("workspace", ["", " ", 3, "é"])
def test_a_wrong_workspace_is_told_once(workspace: Any) -> None:
    """And not as a missing one too."""
    with pytest.raises(ConfigError) as caught:
        configure(destination, {"workspace": workspace})

    assert ["$.workspace"] == [problem.path for problem in caught.value.problems]


WRONG_URLS = [5, "http://[", "https://comet.com/opik/api?a=1", "https://u:p@comet.com/opik/api", ""]


@pytest.mark.parametrize("base_url", WRONG_URLS)
def test_a_wrong_url_needs_no_workspace(base_url: Any) -> None:
    """Nobody knows which server it means."""
    with pytest.raises(ConfigError) as caught:
        configure(destination, {"base_url": base_url})

    assert ["$.base_url"] == [problem.path for problem in caught.value.problems]


SERVERS = {
    CLOUD: "comet.com",
    "http://www.comet.com./other": "comet.com",
    LOCAL: "localhost:5173/api",
    "https://127.0.0.1:443/api/": "localhost/api",
    "http://x:443/api//": "x:443/api",
    "https://x:80": "x:80",
    "http://X.example./apiX/": "x.example/apiX",
    "nowhere/api": "nowhere/api",
}


@pytest.mark.parametrize(("base_url", "expected"), SERVERS.items(), ids=SERVERS)
def test_the_server_of_a_url(base_url: str, expected: str) -> None:
    """Without what spells the same one in another way."""
    assert f"{expected} team" == OpikConfig(base_url=base_url, workspace="team").place.space


def test_the_place_is_what_the_server_takes_for_one() -> None:
    """However its URL, workspace and project are spelled, and wherever the options do not say."""
    spellings = [
        {"base_url": "http://localhost:80/api/", "workspace": "Default", "project_name": " default PROJECT "},
        {"base_url": "http://LOCALHOST/api"},
        {"base_url": "http://127.0.0.1/api"},
        {"base_url": "https://[::1]:443/api"},
    ]
    clouds = [
        {"base_url": CLOUD, "workspace": "team"},
        {"base_url": "https://comet.com./opik/api/", "workspace": "TEAM"},
    ]

    assert 1 == len({configure(destination, options).place for options in spellings})
    assert 1 == len({configure(destination, options).place for options in clouds})


APART = [
    {"base_url": "http://x/api"},
    {"base_url": "http://x:8080/api"},
    {"base_url": "http://x/other/api"},
    {"base_url": "http://y/api"},
    {"base_url": "http://x/api", "workspace": "team"},
    {"base_url": "http://x/api", "project_name": "demo"},
    {"base_url": "http://x/api", "id_scope": "project"},
    {"base_url": "http://x/api", "id_scope": "workspace"},
]


def test_other_places_are_told_apart() -> None:
    """By server, workspace, project, and what is said of ids."""
    assert len(APART) == len({configure(destination, options).place for options in APART})


def test_a_scope_that_is_written_out_is_the_same_config() -> None:
    """So that a state of the route is gone on with."""
    stated = configure(destination, {"base_url": LOCAL, "id_scope": "workspace"})

    assert configure(destination, {"base_url": LOCAL}) == stated
    assert (False, True) == (configure(destination, {"base_url": LOCAL}).place.stated, stated.place.stated)


@pytest.mark.parametrize("name", ["attempts", "attach", "backfill", "id_scope"])
def test_a_switch_is_not_null(name: str) -> None:
    """It would silently be the default; what is merely not known may be null."""
    with pytest.raises(ConfigError, match=f"got null; leave the option out for its default @ \\$.{name}"):
        configure(destination, {"workspace": "team", name: None})
    assert configure(destination, {"workspace": "team"}) == configure(
        destination, {"workspace": "team", "project_name": None}
    )


def test_a_base_url_may_end_with_a_slash() -> None:
    """As people copy it."""
    assert (
        "http://localhost:5173/api"
        == configure(destination, {"base_url": "http://localhost:5173/api/"}).base_url
    )


TAKEN: list[tuple[dict[str, Any], OpikConfig]] = [
    ({"base_url": " http://x/api// "}, OpikConfig(base_url="http://x/api")),
    ({"base_url": "http://x/X/"}, OpikConfig(base_url="http://x/X")),
    ({"base_url": None, "as_of": None, "workspace": "w"}, OpikConfig(workspace="w")),
    ({"id_scope": "project"}, OpikConfig(base_url=LOCAL, id_scope="project")),
    (
        {"workspace": " team ", "project_name": "x" * 150},
        OpikConfig(base_url=LOCAL, workspace="team", project_name="x" * 150),
    ),
    ({"attempts": True, "attach": True}, OpikConfig(base_url=LOCAL, attempts=True, attach=True)),
    ({"project_name": "a\x00b"}, OpikConfig(base_url=LOCAL, project_name="ab")),
]


@pytest.mark.parametrize(("options", "expected"), TAKEN, ids=[str(options)[:40] for options, _ in TAKEN])
def test_options_as_they_are_taken(options: dict[str, Any], expected: OpikConfig) -> None:
    """Without the space around a text, and null for the default."""
    assert expected == configure(destination, {"base_url": LOCAL, **options})


EXAMPLE = "for example http://localhost:5173/api or https://www.comet.com/opik/api"
SCHEME = "expected a URL that begins with http:// or https://"
PLAIN = "expected a URL without query, fragment or spaces"
SECRET = "a URL with a password in it is a secret: give the API key at delivery"

WRONG = [
    ({"projectname": "x"}, "unknown option; did you mean 'project_name'? @ $.projectname"),
    (
        {"zzz": "x"},
        "unknown option; known: base_url, workspace, project_name, attempts, attach, as_of, backfill, "
        "id_scope @ $.zzz",
    ),
    ({"api_key": "k"}, "a secret is no option: give it at delivery, so that no plan holds it @ $.api_key"),
    ({"Api-Key": "k"}, "a secret is no option: give it at delivery, so that no plan holds it @ $.Api-Key"),
    ({"apiKey": "k"}, "a secret is no option: give it at delivery, so that no plan holds it @ $.apiKey"),
    ({"project_name": " "}, "expected text that is not blank @ $.project_name"),
    ({"project_name": "x" * 151}, "longer than 150 characters @ $.project_name"),
    ({"is_scope_stated": True}, "unknown option; did you mean 'id_scope'? @ $.is_scope_stated"),
    ({"id_scope": "Project"}, 'expected "workspace" or "project" @ $.id_scope'),
    ({"id_scope": ["project"]}, 'expected "workspace" or "project" @ $.id_scope'),
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
        f"no URL: its host or its port cannot be read, {EXAMPLE} @ $.base_url",
    ),
]


@pytest.mark.parametrize(("options", "expected"), WRONG, ids=[str(options)[:40] for options, _ in WRONG])
def test_a_wrong_option_is_refused(options: dict[str, Any], expected: str) -> None:
    """With its path, and without repeating a secret."""
    with pytest.raises(ConfigError) as caught:
        configure(destination, {"base_url": LOCAL, **options})

    assert expected == str(caught.value)


def test_all_mistakes_are_reported_at_once() -> None:
    """So that they are mended in one go."""
    with pytest.raises(ConfigError) as caught:
        configure(destination, {"workspace": "", "attempts": 1, "base": "x"})

    assert ["$.workspace", "$.attempts", "$.base"] == [problem.path for problem in caught.value.problems]
