"""Destination objects exactly as OpenRouter's management API returns them."""

from __future__ import annotations

from typing import Any

import pytest

from broadcast_core import Policy
from broadcast_core.policy import FilterRules, Group, Rule
from broadcast_core.settings import load

OBJECT: dict[str, Any] = {
    "id": "5f0c6a54-2f1c-4a0e-9b5e-0c8b3a7f1d22",
    "workspace_id": "0d9f7f0e-60a1-4a7c-8f54-0a6b1f6f6a11",
    "name": "support traces",
    "type": "opik",
    "enabled": True,
    "privacy_mode": True,
    "sampling_rate": 0.25,
    "api_key_hashes": None,
    "filter_rules": {
        "enabled": True,
        "groups": [
            {"logic": "and", "rules": [{"field": "model", "operator": "starts_with", "value": "openai/"}]}
        ],
    },
    "broadcast_generation_cost": True,
    "broadcast_generation_identity": False,
    "broadcast_generation_request_context": False,
    "config": {"apiKey": "****...AbCd", "workspace": "my-team", "projectName": "support", "headers": None},
    "created_at": "2026-11-01T10:00:00Z",
    "updated_at": "2026-11-02T10:00:00Z",
}
ENVIRONMENT = {"BROADCAST_SUPPORT_TRACES_API_KEY": "the real one"}


@pytest.mark.parametrize(
    "document", [OBJECT, [OBJECT], {"data": [OBJECT]}, {"data": OBJECT}], ids=["one", "list", "page", "by id"]
)
def test_an_object_loads_unchanged(document: Any) -> None:
    """Its settings are the policy, its config the options, its secret comes from elsewhere."""
    settings = load(document, environment=ENVIRONMENT)
    (route,) = settings.routes

    assert () == settings.wrong
    assert ("support traces", "opik") == (route.name, route.destination.name)
    assert ("my-team", "support") == (route.config.workspace, route.config.project_name)
    assert route.policy == Policy(
        privacy_mode=True,
        sampling_rate=0.25,
        broadcast_generation_cost=True,
        filter_rules=FilterRules(
            groups=(Group(rules=(Rule(field="model", operator="starts_with", value="openai/"),)),)
        ),
    )
    assert {"api_key": "the real one"} == dict(settings.secrets["support traces"])


def _problems(**changes: Any) -> list[str]:
    (wrong,) = load({**OBJECT, **changes}).wrong
    return [str(problem) for problem in wrong.problems]


def test_a_masked_secret_is_recognised_and_refused() -> None:
    """It is no key; the message says where the real one goes."""
    assert [
        "masked, as OpenRouter shows it, and cannot be used; put it into BROADCAST_SUPPORT_TRACES_API_KEY "
        "of the environment, or into a secrets file as api_key under [support traces] @ $.config.apiKey"
    ] == _problems()


def test_a_secret_in_the_object_is_refused_and_not_quoted() -> None:
    """Settings are kept in repositories."""
    (problem,) = _problems(config={**OBJECT["config"], "apiKey": "opik_5f0c6a54"})

    assert problem.startswith("a secret in the settings; put it into BROADCAST_SUPPORT_TRACES_API_KEY")
    assert "5f0c6a54" not in problem


def test_options_that_are_empty_are_none() -> None:
    """As OpenRouter returns what was never filled in; the ones after them count."""
    config = {"headers": {}, "apiKey": "", "baseUrl": None, "projectName": "", "workspace": "my-team"}
    (route,) = load({**OBJECT, "config": config}).routes

    assert ("my-team", None) == (route.config.workspace, route.config.project_name)


KINDS = [("text", "text"), ([1], "an array"), (5, "5")]


@pytest.mark.parametrize(("config", "kind"), KINDS, ids=[kind for _, kind in KINDS])
def test_a_config_of_another_kind_is_told(config: Any, kind: str) -> None:
    """With what it is."""
    assert f"expected a table, got {kind} @ $.config" == _problems(config=config)[0]


def test_what_is_wrong_with_options_is_told_under_the_config() -> None:
    """Where they stand in the object."""
    (problem,) = _problems(config={"workspaceName": "a", "workspace": "my-team"})

    assert problem.endswith(" @ $.config.workspace_name")


def test_an_object_that_names_a_destination_is_a_route_of_ours() -> None:
    """Whose `type` nobody knows."""
    (wrong,) = load(
        [{"name": "a", "type": "opik", "destination": "opik", "options": {"workspace": "my-team"}}]
    ).wrong

    assert ["$[0].type"] == [problem.path for problem in wrong.problems]


def test_what_cannot_be_honoured_is_refused() -> None:
    """A switch of tomorrow may hold something back that we would let out."""
    problems = _problems(regions=["eu"], config={"headers": {"X-Team": "a"}})

    assert any(
        problem.startswith("unknown setting; known: ") and problem.endswith("$.regions")
        for problem in problems
    )
    assert any("$.config.headers" in problem for problem in problems)


def test_a_setting_in_the_config_is_refused() -> None:
    """Nor is one used that stands beside the objects of an answer."""
    for value in (True, None, "", {}):
        (wrong,) = load({**OBJECT, "config": {"privacyMode": value, "workspace": "my-team"}}).wrong
        assert ["a setting of the route and no option; it stands beside config @ $.config.privacyMode"] == [
            str(problem) for problem in wrong.problems
        ]
    beside = load({"data": [{**OBJECT, "config": {}}], "privacy_mode": True})

    assert ((), "(settings)") == (beside.routes, beside.wrong[0].name)


def test_a_destination_without_a_plugin_is_told() -> None:
    """With what to install."""
    (problem,) = _problems(type="langfuse", config={})

    assert problem.startswith("no destination 'langfuse' (installed: opik)")
    assert problem.endswith("@ $.type")


def test_an_object_without_a_name_is_named_for_its_type() -> None:
    """OpenRouter allows that."""
    (route,) = load({**OBJECT, "name": None, "config": {"workspace": "my-team"}}).routes

    assert "opik" == route.name
