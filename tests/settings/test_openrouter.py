"""Destination objects exactly as OpenRouter's management API returns them."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import frozen

from broadcast_core import Policy, Problem
from broadcast_core.destinations import REQUIRED, Description, Secret, max_chars_of, option
from broadcast_core.policy import FilterRules, Group, Rule
from broadcast_core.settings import Settings, load
from tests.fake import Lines

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

    assert "unknown option; did you mean 'workspace'? @ $.config.workspaceName" == problem


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
    assert any("$.config.headers.X-Team" in problem for problem in problems)


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
    """With what is installed, and no package of that name."""
    (problem,) = _problems(type="langfuse", config={})

    assert problem.startswith(
        "no destination 'langfuse' (installed: ndjson, opik). Use one that is installed"
    )
    assert problem.endswith("@ $.type")


def test_an_object_without_a_name_is_named_for_its_type() -> None:
    """OpenRouter allows that."""
    (route,) = load({**OBJECT, "name": None, "config": {"workspace": "my-team"}}).routes

    assert "opik" == route.name


@frozen(kw_only=True)
class Store:
    """Options of a destination, one of them under another key in OpenRouter's config."""

    bucket_name: str = option(REQUIRED, "The bucket.")
    key_prefix: str | None = option(None, "How keys begin.", check=max_chars_of(5))
    max_tokens: int = option(100, "The tokens of an item.")
    address: str | None = option(None, "Where.", openrouter="endpointURL")


class Stores(Lines):
    """A destination with such options and a policy of its own."""

    def describe(self) -> Description:
        """Declare them."""
        secrets = {name: Secret(help="A key.", place="signature") for name in ("access_id", "access_key")}
        return Description(config=Store, secrets=secrets, policy=Policy(privacy_mode=True))

    def config_problems(self, config: Store) -> list[Problem]:
        """Find something in a path of its own, and below it."""
        wrong = config.bucket_name == "wrong"
        return [Problem("no", "$.bucket_name[0].x"), Problem("all", "$")] if wrong else []


def _stored(config: Any, **more: Any) -> Settings:
    entry = {"name": "a", "type": "store", "config": config}
    return load(entry, find=lambda _name: Stores(), **more)


def _wrong(config: Any, **more: Any) -> list[str]:
    return [str(problem) for problem in _stored(config, **more).wrong[0].problems]


def test_keys_become_the_options_that_are_declared() -> None:
    """By camelCase, by the key that the option names, or as we write them, whatever they sound like."""
    config = {"bucketName": "b", "keyPrefix": "p", "max_tokens": 5, "endpointURL": "u"}
    (route,) = _stored(config).routes

    assert Store(bucket_name="b", key_prefix="p", max_tokens=5, address="u") == route.config


WRONG_OPTIONS: dict[str, tuple[Any, list[str]]] = {
    "missing": ({}, ["missing: The bucket. @ $.config.bucketName"]),
    "of another kind": (
        {"bucketName": "b", "maxTokens": "5"},
        ["expected a whole number @ $.config.maxTokens"],
    ),
    "in our spelling": (
        {"bucket_name": "b", "max_tokens": "5"},
        ["expected a whole number @ $.config.max_tokens"],
    ),
    "misspelled": (
        {"bucketName": "b", "maxTokns": 5},
        ["unknown option; did you mean 'maxTokens'? @ $.config.maxTokns"],
    ),
    "by another key": (
        {"bucketName": "b", "endpointURL": 1},
        ['expected text; write it in quotes: "1" @ $.config.endpointURL'],
    ),
    "twice": (
        {"bucketName": "b", "bucket_name": "b"},
        ["given twice, here and as 'bucketName': take one out @ $.config.bucket_name"],
    ),
    "masked": (
        {"bucketName": "****...ab"},
        ["masked, as OpenRouter shows it: write the value of this option @ $.config.bucketName"],
    ),
    "together": ({"bucketName": "wrong"}, ["no @ $.config.bucketName[0].x", "all @ $.config"]),
    "like no other": (
        {"bucketName": "b", "zzz": 1},
        ["unknown option; known: bucketName, keyPrefix, maxTokens, endpointURL @ $.config.zzz"],
    ),
    "like one in our spelling": (
        {"bucketName": "b", "max_tokns": 1},
        ["unknown option; did you mean 'max_tokens'? @ $.config.max_tokns"],
    ),
    "like a secret": (
        {"bucketName": "b", "keyPrefx": "p"},
        [
            "looks like a secret, which has no place in settings: put it into BROADCAST_A_KEY_PREFX of the "
            "environment, or into a secrets file under [a]; did you mean 'keyPrefix'? @ $.config.keyPrefx"
        ],
    ),
    "a secret": (
        {"bucketName": "b", "accessId": "x"},
        [
            "a secret in the settings; put it into BROADCAST_A_ACCESS_ID of the environment, or into a "
            "secrets file as access_id under [a] @ $.config.accessId"
        ],
    ),
    "a secret of another destination": (
        {"bucketName": "b", "webhook": "****...ab"},
        [
            "masked, as OpenRouter shows it, and cannot be used; put it into BROADCAST_A_WEBHOOK of the "
            "environment, or into a secrets file as webhook under [a] @ $.config.webhook"
        ],
    ),
}


@pytest.mark.parametrize(("config", "expected"), WRONG_OPTIONS.values(), ids=WRONG_OPTIONS)
def test_what_is_wrong_with_a_config_is_told_in_its_own_spelling(config: Any, expected: list[str]) -> None:
    """With the nearest key in that spelling too."""
    assert expected == _wrong(config)


def test_a_declared_secret_is_one_though_a_setting_has_a_like_name() -> None:
    """Its place is told, and not that of the setting."""

    class Keyed(Lines):
        def describe(self) -> Description:
            return Description(config=Store, secrets={"api_key_hash": Secret(help="A key.")})

    entry = {"name": "a", "type": "store", "config": {"bucketName": "b", "apiKeyHash": "x"}}
    (problem,) = load(entry, find=lambda _name: Keyed()).wrong[0].problems

    assert problem.what.startswith("a secret in the settings; put it into BROADCAST_A_API_KEY_HASH of the")


def test_what_is_not_stated_is_as_the_destination_has_it() -> None:
    """Its policy may hold back more."""
    (route,) = _stored({"bucketName": "b"}).routes
    entry = {"name": "a", "type": "store", "config": {"bucketName": "b"}}
    stated = {**entry, "privacy_mode": False, "drop_input": True}
    (other,) = load(stated, find=lambda _name: Stores()).routes

    assert Policy(privacy_mode=True) == route.policy
    assert Policy(drop_input=True) == other.policy
