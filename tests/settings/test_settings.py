"""Routes from documents: every mistake at once, and one wrong route stops no other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import attrs
import pytest
from attrs import frozen

from broadcast_core import (
    BrokenDestination,
    Destination,
    DestinationNotFound,
    Policy,
    Problem,
)
from broadcast_core.destinations import Description, option
from broadcast_core.policy import FilterRules, Group, Rule
from broadcast_core.settings import Settings, load
from tests.fake import AnyOptions, Lines

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
        "options": {"dataset": "prod"},
        "headers": ["X-Team"],
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
    assert AnyOptions(dataset="prod") == route.config
    assert ("X-Team",) == route.headers
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
        "no destination 'linse' (installed: lines). Use one that is installed, or write it: "
        "docs/new-destination.md says how; did you mean 'lines'? @ $.routes[0].destination",
        "looks like a secret, which has no place in settings: put it into BROADCAST_A_API_KEY of the "
        "environment, or into a secrets file under [a] @ $.routes[0].options.api_key",
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
    ]


SWITCHES = [name for name, value in attrs.asdict(Policy(), recurse=False).items() if isinstance(value, bool)]
NO_SWITCHES = [None, "true", "false", "", 0, 1, [], {}]


@pytest.mark.parametrize("value", NO_SWITCHES, ids=repr)
@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_that_is_neither_true_nor_false_is_refused(name: str, value: Any) -> None:
    """Null too: privacy never fails open."""
    (problem,) = _problems({"name": "a", "destination": "lines", name: value})

    assert problem.startswith("expected true or false, got ")
    assert problem.endswith(f" @ $.routes[0].{name}")


NULLS = ["user_identity", "sampling_rate"]


@pytest.mark.parametrize("name", NULLS)
def test_what_holds_back_is_not_switched_off_by_null(name: str) -> None:
    """It is left out for its default."""
    (problem,) = _problems({"name": "a", "destination": "lines", name: None})

    assert problem.endswith(f", got null; leave the setting out for its default @ $.routes[0].{name}")


def test_a_filter_is_not_switched_by_null() -> None:
    """Its own switch is one like others."""
    rules = {"enabled": None, "groups": []}
    (problem,) = _problems({"name": "a", "destination": "lines", "filter_rules": rules})

    assert (
        "expected true or false, got null; leave the setting out for its default"
        " @ $.routes[0].filter_rules.enabled" == problem
    )


MISSPELLED = [
    "privacy_mod", "privacyMode", "privacy-mode", "Privacy_Mode", "privacymode", "drop_inputs", "dropInp",
    "drop-inp",
]  # fmt: skip


@pytest.mark.parametrize("name", MISSPELLED)
def test_a_misspelled_switch_is_refused_wherever_it_stands(name: str) -> None:
    """In a route, among its options, where lenient plugins would take it, and beside all routes."""
    entry = {"name": "a", "destination": "lines"}
    among = {**entry, "options": {name: True}}
    beside = load({"routes": [entry], name: True}, find=_find)

    assert ["unknown setting"] == [problem[:15] for problem in _problems({**entry, name: True})]
    assert [
        "a setting of the route and no option; in TOML it stands above [routes.options]"
        f" @ $.routes[0].options.{name}"
    ] == _problems(among)
    assert () == beside.routes
    assert f"$.{name}" == beside.wrong[0].problems[0].path


def _route(**settings: Any) -> dict[str, Any]:
    return {"name": "a", "destination": "lines", **settings}


RIGHT: dict[str, tuple[dict[str, Any], Policy]] = {
    "nothing but what is needed": (_route(), Policy()),
    "null is as if it were left out": (
        _route(api_key_hashes=None, options=None, filter_rules=None),
        Policy(),
    ),
    "every key": (_route(excluded_api_key_hashes=[]), Policy()),
    "a rate that is whole": (_route(sampling_rate=1), Policy()),
    "a rate to the digit": (_route(sampling_rate=0.1), Policy(sampling_rate=Decimal("0.1"))),
    "rules that are switched off": (
        _route(filter_rules={"enabled": False, "groups": []}),
        Policy(filter_rules=FilterRules(enabled=False)),
    ),
    "rules that are switched on": (
        _route(filter_rules={"enabled": True}),
        Policy(filter_rules=FilterRules()),
    ),
    "a group without a logic": (
        _route(filter_rules={"groups": [{"rules": [{"field": "model", "operator": "exists"}]}]}),
        Policy(
            filter_rules=FilterRules(
                groups=(Group(rules=(Rule(field="model", operator="exists"),), logic="and"),)
            )
        ),
    ),
}


@pytest.mark.parametrize(("entry", "expected"), RIGHT.values(), ids=RIGHT)
def test_settings_are_a_policy(entry: dict[str, Any], expected: Policy) -> None:
    """What is not said is as `Policy` has it."""
    settings = _load(entry)

    assert () == settings.wrong
    assert [expected] == [route.policy for route in settings.routes]


def test_space_around_a_name_is_taken_off() -> None:
    """Accounts are found by it."""
    assert ["a"] == [route.name for route in _load(_route(name=" a ")).routes]


def test_routes_of_a_page_are_told_by_their_place() -> None:
    """Whatever the document is called that they stand in."""
    wrong = {"list": [{"name": "b"}], "data": {"data": [{"name": "b"}]}, "one": {"data": {"name": "b"}}}
    paths = {"list": "$[0]", "data": "$.data[0]", "one": "$.data"}

    assert {key: [f"{path}.destination"] for key, path in paths.items()} == {
        key: [problem.path for one in load(document, find=_find).wrong for problem in one.problems]
        for key, document in wrong.items()
    }


@pytest.mark.parametrize("key", ["routes", "data"])
def test_a_type_beside_routes_is_no_destination_object(key: str) -> None:
    """The routes are what is meant, and what else stands there is not known."""
    settings = load({key: [_route()], "type": "x"}, find=_find)

    assert ["$.type"] == [problem.path for problem in settings.wrong[0].problems]


ENVELOPE = {"total_count": 1, "has_more": False, "next": None}


def test_an_answer_may_say_of_its_list_what_such_answers_do() -> None:
    """And nothing else."""
    settings = load({"data": [_route()], **ENVELOPE}, find=_find)

    assert (["a"], ()) == ([route.name for route in settings.routes], settings.wrong)


OUTSIDE = ["privacy", "private_mode", "policy", "defaults", "disabled", "title", "route", "privacy_mode", "x"]


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("key", ["routes", "data"])
def test_nothing_stands_beside_routes(key: str, name: str) -> None:
    """It may be meant to hold back what all of them would let out."""
    settings = load({key: [_route()], name: True}, find=_find)
    (problem,) = settings.wrong[0].problems

    assert () == settings.routes
    assert f"$.{name}" == problem.path
    assert problem.what.startswith("stands outside of the routes, and so in none")
    assert problem.what.endswith("; no route is used until it is put into each, or taken out")


def test_the_secrets_of_a_longer_name_stay_with_it() -> None:
    """Also where that route is wrong."""
    environment = {"BROADCAST_A_KEY": "one", "BROADCAST_A_EU_KEY": "other"}
    settings = _load(_route(), {"name": "a-eu"}, environment=environment)

    assert {"key": "one"} == dict(settings.secrets["a"])
    assert ["a-eu"] == [one.name for one in settings.wrong]


def test_options_that_need_each_other_are_told_at_their_place() -> None:
    """Beside the secrets that have no place there, which the destination does not see."""

    class Sees(Lines):
        def config_problems(self, config: AnyOptions) -> list[Problem]:
            return [Problem(f"no such dataset as {config.dataset}", "$.dataset")]

    entry = _route(options={"api_key": "top secret", "dataset": "d"})
    (wrong,) = load([entry], find=lambda name: Sees()).wrong

    assert ["$[0].options.api_key", "$[0].options.dataset"] == [problem.path for problem in wrong.problems]
    assert "no such dataset as d" == wrong.problems[1].what


@pytest.mark.parametrize("form", [("destination", "options"), ("type", "config")])
def test_a_secret_in_a_table_of_an_option_is_told(form: tuple[str, str]) -> None:
    """In settings of both forms, and its value is not shown."""

    @frozen
    class Labelled:
        labels: Mapping[str, Any] = option(attrs.Factory(dict), "Labels.")

    class Labels(Lines):
        def describe(self) -> Description:
            return Description(config=Labelled)

    kind, options = form
    entry = {"name": "a", kind: "lines", options: {"labels": {"team": {"password": "hunter2"}}}}
    (problem,) = load([entry], find=lambda name: Labels()).wrong[0].problems

    what = "its key 'password' looks like a secret, and a secret is no option"
    assert (what, f"$[0].{options}.labels") == (problem.what.partition(":")[0], problem.path)
    assert "hunter2" not in str(problem)


@pytest.mark.parametrize("described", [{"config": dict}, None, dict], ids=repr)
def test_a_destination_that_does_not_describe_itself_is_told(described: Any) -> None:
    """And its options are not judged."""

    class Silent(Lines):
        def describe(self) -> Description:
            return described

    (problem,) = load([_route(options={"x": 1})], find=lambda name: Silent()).wrong[0].problems

    kind = type(described).__name__
    told = f"its describe() returns a {kind}: return Description(...)"
    assert f"the destination 'lines' failed to describe itself: {told}" == problem.what
    assert "$[0].destination" == problem.path


def test_a_destination_that_is_broken_is_told() -> None:
    """In its own words, where the route names it."""
    error = BrokenDestination("lines", "broadcast-lines", "no module")

    def broken(name: str) -> Destination:
        raise error

    (problem,) = load([_route()], find=broken).wrong[0].problems

    assert (str(error), "$[0].destination") == (problem.what, problem.path)


@frozen(kw_only=True)
class Timed:
    """An option that is a time."""

    as_of: datetime | None = option(None, "When.")


def test_a_time_of_toml_is_one() -> None:
    """As its text is."""

    class Late(Lines):
        def describe(self) -> Description:
            return Description(config=Timed)

    moment = datetime(2026, 11, 23, tzinfo=UTC)
    routes = [_route(options={"as_of": value}) for value in (moment, moment.isoformat())]
    loaded = [load([route], find=lambda name: Late()).routes[0] for route in routes]

    assert [Timed(as_of=moment)] * 2 == [route.config for route in loaded]


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


class Panic(BaseException):
    """As extensions in Rust raise it: no `Exception`."""


class Refuses(Lines):
    """Fails on any options, and quotes them."""

    def __init__(self, kind: type[BaseException]) -> None:
        self.kind = kind

    def config_problems(self, config: Any) -> Any:
        """Raises what no destination should."""
        raise self.kind(f"cannot use {config}")


@pytest.mark.parametrize("kind", [RuntimeError, SystemExit, Panic])
def test_a_destination_that_fails_on_its_options_is_told_without_quoting_them(
    kind: type[BaseException],
) -> None:
    """They may hold what it should not have been given."""
    entry = {"name": "a", "destination": "lines", "options": {"dataset": "private"}}
    settings = load({"routes": [entry]}, find=lambda name: Refuses(kind))

    (problem,) = settings.wrong[0].problems
    why = f"the destination 'lines' failed: its check of options raised {kind.__name__} at tests."
    assert problem.what.startswith(why)
    assert "$.routes[0].options" == problem.path
    assert "private" not in str(problem)


DOCUMENTS: dict[str, tuple[Any, str]] = {
    "text": ("x", "expected an array of routes in 'routes', or of destination objects in 'data' @ $"),
    "no routes": (
        {"name": "a"},
        "expected an array of routes in 'routes', or of destination objects in 'data' @ $",
    ),
    "unknown beside": (
        {"routes": [], "route": 1},
        "stands outside of the routes, and so in none; did you mean 'routes'?; no route is used until it is "
        "put into each, or taken out @ $.route",
    ),
}


@pytest.mark.parametrize(("document", "message"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_document_of_another_shape_is_told(document: Any, message: str) -> None:
    """In words."""
    (wrong,) = load(document, find=_find).wrong

    assert "(settings)" == wrong.name
    assert [message] == [str(problem) for problem in wrong.problems]
