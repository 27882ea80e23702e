"""Routes from documents: every mistake at once, and one wrong route stops no other."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from broadcast_core import Destination, DestinationNotFound, Policy
from broadcast_core.policy import FilterRules, Group, Rule
from broadcast_core.settings import Settings, load
from tests.fake import Lines

ENVIRONMENT = {
    "BROADCAST_A_HASH_KEY": "0123456789abcdef",
    "BROADCAST_A_API_KEY": "top secret",
    "PATH": "/bin",
}


def _find(name: str) -> Destination:
    if name != "lines":
        raise DestinationNotFound(name, ("lines",))
    return Lines()


def _load(*routes: Any, **options: Any) -> Settings:
    return load({"routes": list(routes)}, find=_find, **options)


def _problems(*routes: Any, **options: Any) -> list[str]:
    return [str(problem) for one in _load(*routes, **options).wrong for problem in one.problems]


def test_a_route_with_everything() -> None:
    """Each setting has the name that it has in `Policy`."""
    entry = {
        "name": "a",
        "destination": "lines",
        "options": {"dataset": "prod", "as_of": datetime(2026, 11, 23, tzinfo=UTC)},
        "enabled": False,
        "api_key_hashes": ["k1"],
        "excluded_api_key_hashes": ["k2"],
        "sampling_rate": 0.25,
        "privacy_mode": True,
        "drop_input": True,
        "drop_output": True,
        "drop_custom_metadata": True,
        "user_identity": "hash",
        "broadcast_generation_cost": True,
        "broadcast_generation_identity": True,
        "broadcast_generation_request_context": True,
        "filter_rules": {
            "groups": [{"logic": "or", "rules": [{"field": "total_cost", "operator": "gte", "value": 0.5}]}]
        },
    }
    settings = _load(entry, environment=ENVIRONMENT)
    (route,) = settings.routes

    assert () == settings.wrong
    assert {"dataset": "prod", "as_of": "2026-11-23T00:00:00+00:00"} == route.config
    assert route.policy == Policy(
        enabled=False,
        api_key_hashes=["k1"],
        excluded_api_key_hashes=["k2"],
        sampling_rate=Decimal("0.25"),
        privacy_mode=True,
        drop_input=True,
        drop_output=True,
        drop_custom_metadata=True,
        user_identity="hash",
        broadcast_generation_cost=True,
        broadcast_generation_identity=True,
        broadcast_generation_request_context=True,
        filter_rules=FilterRules(
            groups=(Group(logic="or", rules=(Rule(field="total_cost", operator="gte", value=0.5),)),)
        ),
    )
    assert {"hash_key": "0123456789abcdef", "api_key": "top secret"} == dict(settings.secrets["a"])


def test_every_mistake_of_a_route_is_told_at_once() -> None:
    """With its path and the nearest valid name, in the order of reading."""
    entry = {
        "name": "a",
        "destination": "linse",
        "options": {"api_key": "top secret"},
        "enabled": "yes",
        "api_key_hashes": [],
        "excluded_api_key_hashes": [3],
        "sampling_rate": 2,
        "sampling_rat": 0.5,
        "user_identity": "hahs",
        "filter_rules": {
            "enabled": 1,
            "group": [],
            "groups": [
                {"logic": "xor", "rules": []},
                {"rules": [{"field": "modle", "operator": "equals", "value": "x"}, {"operator": "gt"}, 3]},
                {"rules": [{"field": "model", "operator": "gt", "value": 1}]},
                7,
            ],
        },
    }

    assert _problems(entry) == [
        "a secret has no place in settings; put it into BROADCAST_A_API_KEY of the environment, or into a "
        "secrets file under [a] @ $.routes[0].options.api_key",
        "expected true or false, got text @ $.routes[0].enabled",
        "expected at least one key hash; leave the setting out for every key @ $.routes[0].api_key_hashes",
        "expected an array of texts that are not blank @ $.routes[0].excluded_api_key_hashes",
        "expected a rate from 0.0001 to 1, got 2 @ $.routes[0].sampling_rate",
        "expected one of keep, hash, drop; did you mean 'hash'? @ $.routes[0].user_identity",
        "expected true or false, got 1 @ $.routes[0].filter_rules.enabled",
        "unknown setting; did you mean 'groups'? @ $.routes[0].filter_rules.group",
        "expected one of and, or; did you mean 'or'? @ $.routes[0].filter_rules.groups[0].logic",
        "a group needs at least one rule @ $.routes[0].filter_rules.groups[0].rules",
        "expected one of model, provider, session_id, user_id, api_key_name, finish_reason, input, output, "
        "total_cost, total_tokens, prompt_tokens, completion_tokens; did you mean 'model'? "
        "@ $.routes[0].filter_rules.groups[1].rules[0].field",
        "missing: a rule needs a field and an operator @ $.routes[0].filter_rules.groups[1].rules[1].field",
        "missing: a rule needs a field and an operator @ $.routes[0].filter_rules.groups[1].rules[2].field",
        "missing: a rule needs a field and an operator "
        "@ $.routes[0].filter_rules.groups[1].rules[2].operator",
        "model gt: the field holds a text, which gt does not compare; expected one of equals, not_equals, "
        "contains, not_contains, regex, starts_with, ends_with, exists, not_exists "
        "@ $.routes[0].filter_rules.groups[2].rules[0].value",
        "expected a table with rules, got 7 @ $.routes[0].filter_rules.groups[3].rules",
        "unknown setting; did you mean 'sampling_rate'? @ $.routes[0].sampling_rat",
        "no destination 'linse' (installed: lines). Install the plugin that offers it, for example: "
        "pip install broadcast-linse; did you mean 'lines'? @ $.routes[0].destination",
    ]


def test_a_wrong_route_stops_no_other() -> None:
    """It is told by name."""
    settings = _load({"name": "bad", "destination": "nowhere"}, {"name": "good", "destination": "lines"}, 3)

    assert ["good"] == [route.name for route in settings.routes]
    assert ["bad", "$.routes[2]"] == [one.name for one in settings.wrong]


def test_two_routes_need_two_names() -> None:
    """Also where the first is wrong."""
    twice = [{"name": "a", "destination": "lines"}] * 2
    wrong_first = [{"name": "a", "destination": "nowhere"}, {"name": "a", "destination": "lines"}]

    alike = [{"name": name, "destination": "lines"} for name in ("a b", "A-B")]
    what = "give each its own, that differs in letters or digits: their secrets are found by them"

    assert [f"another route is named 'a': {what} @ $.routes[1].name"] == _problems(*twice)
    assert [f"another route is named 'a b': {what} @ $.routes[1].name"] == _problems(*alike)
    assert [] == list(_load(*wrong_first).routes)


def test_a_hash_needs_a_key_of_some_length() -> None:
    """A short one can be guessed."""
    entry = {"name": "a", "destination": "lines", "user_identity": "hash"}
    expected = (
        "hash needs the secret 'hash_key' of at least 16 characters; put it into BROADCAST_A_HASH_KEY "
        "@ $.routes[0].user_identity"
    )

    assert [expected] == _problems(entry)
    assert [expected] == _problems(entry, environment={"BROADCAST_A_HASH_KEY": "short"})
    assert [] == _problems(entry, environment=ENVIRONMENT)
    assert [] == _problems(entry, secrets_file={"a": {"hash_key": "0123456789abcdef"}})


class Refuses(Lines):
    """Fails on any options, and quotes them."""

    def __init__(self, kind: type[BaseException]) -> None:
        self.kind = kind

    def configure(self, options: Any) -> Any:
        """Raises what no destination should."""
        raise self.kind(f"cannot use {options}")


@pytest.mark.parametrize("kind", [RuntimeError, SystemExit])
def test_a_destination_that_fails_on_its_options_is_told_without_quoting_them(
    kind: type[BaseException],
) -> None:
    """They may hold what it should not have been given."""
    entry = {"name": "a", "destination": "lines", "options": {"dataset": "private"}}
    settings = load({"routes": [entry]}, find=lambda name: Refuses(kind))

    (problem,) = settings.wrong[0].problems
    why = f"the destination 'lines' failed on its options: {kind.__name__} at tests."
    assert problem.what.startswith(why)
    assert "private" not in str(problem)


DOCUMENTS: dict[str, tuple[Any, str]] = {
    "text": ("x", "expected an array of routes in 'routes', or of destination objects in 'data' @ $"),
    "no routes": (
        {"name": "a"},
        "expected an array of routes in 'routes', or of destination objects in 'data' @ $",
    ),
    "unknown beside": ({"routes": [], "route": 1}, "unknown setting; did you mean 'routes'? @ $.route"),
}


@pytest.mark.parametrize(("document", "message"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_document_of_another_shape_is_told(document: Any, message: str) -> None:
    """In words."""
    (wrong,) = load(document, find=_find).wrong

    assert [message] == [str(problem) for problem in wrong.problems]
