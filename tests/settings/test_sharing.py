"""Routes into two projects of one workspace: each must say whether their ids may be the same."""

from __future__ import annotations

from typing import Any

import pytest

from broadcast_core.settings import Settings, load

ADVICE = (
    'write the option id_scope into each of them: "project" gives each project ids of its own, "workspace" '
    "keeps one id for both, whose page in Opik adds both up"
)


def _route(name: str, project: str | None = None, *, enabled: bool = True, **options: Any) -> dict[str, Any]:
    options = {"workspace": "team", **({"project_name": project} if project else {}), **options}
    return {"name": name, "destination": "opik", "enabled": enabled, "options": options}


def _loaded(*routes: Any) -> Settings:
    return load({"routes": list(routes)}, secrets_file={name: {"api_key": "k"} for name in ("a", "b", "c")})


def _problems_by_route(settings: Settings) -> dict[str, list[str]]:
    return {one.name: [str(problem) for problem in one.problems] for one in settings.wrong}


def test_two_routes_that_say_nothing_are_both_wrong() -> None:
    """With the other's name, the way to mend it, and the place of the options."""
    settings = _loaded(_route("a", "demo"), _route("b", "other"))
    what = "into another project, and one does not say whether their ids may be the same"

    assert () == settings.routes
    assert {} == settings.secrets
    assert {
        "a": [f"writes into the same workspace as 'b', {what}: {ADVICE} @ $.routes[0].options"],
        "b": [f"writes into the same workspace as 'a', {what}: {ADVICE} @ $.routes[1].options"],
    } == _problems_by_route(settings)


def test_two_routes_into_one_project_with_other_ids_are_both_wrong() -> None:
    """Each generation would stand there twice, and cost twice."""
    settings = _loaded(_route("a", "x", id_scope="project"), _route("b", " X ", id_scope="workspace"))
    mend = "give both the same options for ids, or switch one of them off"

    assert () == settings.routes
    assert {
        "a": [
            "writes into the same project as 'b', with other ids, and all stands there twice: "
            f"{mend} @ $.routes[0].options"
        ],
        "b": [
            "writes into the same project as 'a', with other ids, and all stands there twice: "
            f"{mend} @ $.routes[1].options"
        ],
    } == _problems_by_route(settings)


RIGHT = {
    "both say project": (_route("a", "x", id_scope="project"), _route("b", "y", id_scope="project")),
    "both say workspace": (_route("a", "x", id_scope="workspace"), _route("b", "y", id_scope="workspace")),
    "each says another": (_route("a", "x", id_scope="project"), _route("b", "y", id_scope="workspace")),
    "one project": (_route("a", "x"), _route("b", " X ")),
    "two workspaces": (_route("a", "x"), _route("b", "y", workspace="other")),
    "two servers": (_route("a", "x"), _route("b", "y", base_url="http://localhost/api")),
    "one alone": (_route("a", "x"),),
    "one is switched off": (_route("a", "x"), _route("b", "y", enabled=False)),
}


@pytest.mark.parametrize("routes", RIGHT.values(), ids=RIGHT)
def test_routes_that_go_together_are_right(routes: tuple[dict[str, Any], ...]) -> None:
    """Where each says so, or nothing is shared."""
    settings = _loaded(*routes)

    assert {} == _problems_by_route(settings)
    assert [route["name"] for route in routes] == [route.name for route in settings.routes]


WRONG = {
    "one says so": (_route("a", "x", id_scope="project"), _route("b", "y")),
    "one of three does not": (
        _route("a", "x", id_scope="project"),
        _route("b", "x"),
        _route("c", "y", id_scope="project"),
    ),
    "no project is one too": (_route("a"), _route("b", "y")),
    "one server in two spellings": (
        _route("a", "x", base_url="https://comet.com/opik/api/"),
        _route("b", "y", base_url="HTTPS://www.comet.com:443/opik/api"),
    ),
}


@pytest.mark.parametrize("routes", WRONG.values(), ids=WRONG)
def test_all_that_share_a_workspace_are_wrong_until_all_say_so(routes: tuple[dict[str, Any], ...]) -> None:
    """Those that do, too: the other one's rows would be added to theirs."""
    settings = _loaded(*routes)

    assert [route["name"] for route in routes] == list(_problems_by_route(settings))


def test_a_route_elsewhere_goes_on() -> None:
    """Only those that share are stopped."""
    settings = _loaded(_route("a", "x"), _route("b", "y"), _route("c", "y", workspace="other"))

    assert ["c"] == [route.name for route in settings.routes]
    assert {"c"} == settings.secrets.keys()


def test_a_route_with_mistakes_of_its_own_stands_in_nobodys_way() -> None:
    """It sends nothing."""
    settings = _loaded(_route("a", "x"), _route("b", "y", attempts="no"))

    assert ["a"] == [route.name for route in settings.routes]


def test_objects_of_openrouter_are_compared_as_well() -> None:
    """Under the names of their configs, where idScope can be written beside the others."""
    one = {"name": "a", "type": "opik", "config": {"workspace": "team", "projectName": "x"}}
    two = {"name": "b", "type": "opik", "config": {"workspace": "team", "projectName": "y"}}
    mended = [{**each, "config": {**each["config"], "idScope": "project"}} for each in (one, two)]  # type: ignore[dict-item]

    assert ["$.data[0].config", "$.data[1].config"] == [
        problem.path for wrong in load({"data": [one, two]}).wrong for problem in wrong.problems
    ]
    assert ["a", "b"] == [route.name for route in load({"data": mended}).routes]
