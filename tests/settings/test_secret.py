"""Secrets are never shown and never pickled."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from attrs import frozen

from broadcast_core import ConfigError, Destination, DestinationNotFound, Problem, Route
from broadcast_core.destinations import Description, Json, Secret, option
from broadcast_core.settings import Secrets, load
from broadcast_core.settings.secret import SecretSource, is_masked, names_a_secret, variable
from tests.fake import Lines

SECRETS = Secrets({"api_key": "top secret"})
SOURCE = SecretSource({"a": {"api_key": "top secret"}}, {"BROADCAST_B_API_KEY": "top secret"})


def test_where_secrets_come_from_says_so_and_no_more() -> None:
    """In a repr of its own."""
    assert "SecretSource(****)" == repr(SOURCE)


@pytest.mark.parametrize("holder", [SECRETS, SOURCE], ids=["secrets", "source"])
def test_a_secret_is_in_no_repr_and_no_pickle(holder: object) -> None:
    """Nor in a text made of it."""
    assert "top secret" not in f"{holder!r} {holder}"
    with pytest.raises(TypeError, match="secrets are not pickled"):
        pickle.dumps(holder)


def test_settings_show_no_secret() -> None:
    """Whole settings can be logged."""
    document = {"routes": [{"name": "a", "destination": "lines"}]}
    settings = load(document, environment={"BROADCAST_A_API_KEY": "top secret"}, find=lambda name: Lines())

    assert "top secret" == settings.secrets["a"]["api_key"]
    assert "top secret" not in repr(settings)
    assert b"top secret" not in pickle.dumps(settings.routes)


def test_a_route_survives_pickle() -> None:
    """It holds no secret, so it can travel."""
    route = Route.to(Lines(), name="a")

    assert "a" == pickle.loads(pickle.dumps(route)).name


def test_a_secrets_file_wins_over_the_environment() -> None:
    """And other routes' secrets are not seen."""
    source = SecretSource(
        {"a-b": {"api_key": "file"}}, {"BROADCAST_A_B_API_KEY": "x", "BROADCAST_A_C_KEY": "y"}
    )

    assert {"api_key": "file"} == dict(source.of("a-b"))
    assert {} == dict(source.of("c"))


def test_a_route_does_not_get_the_secrets_of_one_with_a_longer_name() -> None:
    """A destination sees its own alone."""
    environment = {"BROADCAST_A_API_KEY": "one", "BROADCAST_A_EU_API_KEY": "other"}
    source = SecretSource({}, environment, ("a", "a-eu"))

    assert ({"api_key": "one"}, {"api_key": "other"}) == (dict(source.of("a")), dict(source.of("a-eu")))


def test_a_variable_that_names_no_secret_is_none() -> None:
    """Nor is one of another program, or one that is empty."""
    environment = {"BROADCAST_A_": "x", "BROADCAST_A_KEY": "", "BROADCASTA_KEY": "x", "A_KEY": "x"}

    assert {} == dict(SecretSource({}, environment, ("a",)).of("a"))


def test_two_routes_of_one_name_share_the_environment() -> None:
    """As of a wrong route and one that is mended."""
    source = SecretSource({}, {"BROADCAST_A_KEY": "x"}, ("a", "A", "ab"))

    assert [{"key": "x"}, {"key": "x"}, {}] == [dict(source.of(name)) for name in ("a", "A", "ab")]


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        ("support traces!", "BROADCAST_SUPPORT_TRACES_API_KEY"),
        ("x-ray-x", "BROADCAST_X_RAY_X_API_KEY"),
        ("X-Ray-X", "BROADCAST_X_RAY_X_API_KEY"),
        ("__a--b..", "BROADCAST_A_B_API_KEY"),
        ("route 7", "BROADCAST_ROUTE_7_API_KEY"),
    ],
)
def test_the_variable_of_a_secret(route: str, expected: str) -> None:
    """Whatever the route is called."""
    assert expected == variable(route, "api_key")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("apiKey", True),
        ("api_key", True),
        ("secretAccessKey", True),
        ("personal-token", True),
        ("apikey", True),
        ("clientSecret", True),
        ("password", True),
        ("Authorization", True),
        ("aws_credentials", True),
        ("X-Api-Key", True),
        ("projectName", False),
        ("keyspace", False),
        ("workspace", False),
    ],
)
def test_names_of_secrets(name: str, expected: bool) -> None:
    """As the words of a name say."""
    assert expected == names_a_secret(name)


def test_masks() -> None:
    """As OpenRouter shows a secret."""
    assert [True, True, True, False, False, False] == [
        is_masked(value) for value in ("****...AbCd", "***", " **", "opik_1", "*", None)
    ]


DECLARED = [("api_key", "api_key"), ("apiKey", "api_key"), ("API-Key", "api_key"), ("hash_key", "hash_key")]


@pytest.mark.parametrize(("name", "secret"), DECLARED, ids=[name for name, _ in DECLARED])
@pytest.mark.parametrize("among", ["the route", "its options"])
def test_a_declared_secret_is_told_where_it_belongs(name: str, secret: str, among: str) -> None:
    """Under its own name, in whatever spelling, and no setting of a like name is proposed."""
    wrong = {name: "top secret"} if among == "the route" else {"options": {name: "top secret"}}
    (problem,) = _problems({"name": "my a", "destination": "lines", **wrong})

    assert (
        f"a secret has no place in settings; put it into {variable('my a', secret)} of the environment, "
        "or into a secrets file under [my a]"
    ) == problem.what
    assert problem.path == (f"$[0].{name}" if among == "the route" else f"$[0].options.{name}")


def _problems(entry: Any, find: Any = lambda _name: Lines()) -> tuple[Problem, ...]:
    return load([entry], find=find).wrong[0].problems


@pytest.mark.parametrize("among", ["the route", "its options"])
def test_a_name_that_nobody_declared_may_look_like_a_secret(among: str) -> None:
    """And is told where it would belong."""
    wrong = {"authToken": "x"} if among == "the route" else {"options": {"authToken": "x"}}
    (problem,) = _problems({"name": "a", "destination": "lines", **wrong})

    assert (
        "looks like a secret, which has no place in settings: put it into BROADCAST_A_AUTH_TOKEN of the "
        "environment, or into a secrets file under [a]"
    ) == problem.what


@frozen(kw_only=True)
class Keyed:
    """Options whose names speak of secrets, and are none."""

    key_prefix: str | None = option(None, "How keys of objects begin.")
    partition_key: str | None = option(None, "A column.")
    token_limit: int | None = option(None, "The tokens of an item.")


class Objects(Lines):
    """A destination with such options, and secrets whose names do not speak of it."""

    def describe(self) -> Description:
        """Declare both."""
        return Description(config=Keyed, secrets={"dsn": Secret(help="Where.", place="url")})


OPTIONS = {"key_prefix": "logs/", "partition_key": "day", "token_limit": 5}


def test_a_declared_option_is_one_whatever_its_name() -> None:
    """It reaches the destination as it stands, and can be pickled."""
    (route,) = load(
        [{"name": "a", "destination": "x", "options": OPTIONS}], find=lambda _name: Objects()
    ).routes

    assert Keyed(key_prefix="logs/", partition_key="day", token_limit=5) == route.config
    assert route.config == pickle.loads(pickle.dumps(route.config))


def test_a_declared_secret_is_one_whatever_its_name() -> None:
    """It is taken out before the destination sees its options."""
    (problem,) = _problems(
        {"name": "a", "destination": "x", "options": {**OPTIONS, "dsn": "https://k@host"}},
        lambda _name: Objects(),
    )

    assert problem.what.startswith("a secret has no place in settings; put it into BROADCAST_A_DSN of")


def test_a_misspelled_option_that_looks_like_a_secret_has_a_hint() -> None:
    """It may be either."""
    (problem,) = _problems(
        {"name": "a", "destination": "x", "options": {"key_prefx": "logs/"}}, lambda _name: Objects()
    )

    assert problem.what.startswith("looks like a secret, which has no place in settings: put it into")
    assert problem.what.endswith("; did you mean 'key_prefix'?")


def test_a_program_gets_the_hint_too() -> None:
    """Where no settings are read."""
    with pytest.raises(ConfigError) as caught:
        Route.to(Objects(), {"key_prefx": "logs/", "dsn": "https://k@host"})

    no_option = "a secret is no option: give it at delivery, so that no plan holds it"
    assert (
        Problem(f"{no_option}; did you mean 'key_prefix'?", "$.key_prefx"),
        Problem(no_option, "$.dsn"),
    ) == caught.value.problems


def test_an_option_on_the_route_itself_is_told_where_it_belongs() -> None:
    """Whatever its name."""
    (problem,) = _problems({"name": "a", "destination": "x", "partition_key": "day"}, lambda _name: Objects())

    assert "an option of the destination; it stands below [routes.options] in TOML" == problem.what


def test_without_the_destination_names_decide() -> None:
    """What an option is, nobody knows then; what looks like a secret is told."""

    def find(name: str) -> Destination:
        raise DestinationNotFound(name, ())

    entry = {"name": "a", "destination": "x", "options": {**OPTIONS, "dataset": "d"}}
    toml, objects = (
        _problems(one, find) for one in (entry, {"name": "a", "type": "x", "config": entry["options"]})
    )

    named = ["key_prefix", "partition_key", "token_limit"]
    assert ["destination", *(f"options.{name}" for name in named)] == [_below(one) for one in toml]
    assert ["type", *(f"config.{name}" for name in named)] == [_below(one) for one in objects]
    assert {"looks like a secret"} == {one.what[:19] for one in (*toml[1:], *objects[1:])}


def _below(problem: Problem) -> str:
    return problem.path.removeprefix("$[0].")


def test_a_misspelled_list_of_key_hashes_is_no_secret() -> None:
    """Its name has a key in it, and the nearest setting is proposed."""
    settings = load([{"name": "a", "destination": "lines", "api_key_hash": []}], find=lambda _name: Lines())

    assert ["unknown setting; did you mean 'api_key_hashes'? @ $[0].api_key_hash"] == [
        str(problem) for problem in settings.wrong[0].problems
    ]


def test_a_secret_beside_the_routes_is_told_where_it_belongs() -> None:
    """A setting of a like name is proposed as before."""
    document = {"api_key": "top secret", "api_key_hash": [], "routes": []}
    settings = load(document, find=lambda _name: Lines())

    assert [
        "looks like a secret, which has no place in settings: put it into BROADCAST_ROUTE_API_KEY of the"
        " environment, with the name of its route; no route is used until it is put into each, or taken out",
        "stands outside of the routes, and so in none; did you mean 'api_key_hashes'?; no route is used until"
        " it is put into each, or taken out",
    ] == [problem.what for problem in settings.wrong[0].problems]


@frozen(kw_only=True)
class Nested:
    """An option that holds anything."""

    api_keys: dict[str, Json] | None = option(None, "A table.")

    __hash__ = None  # type: ignore[assignment]


class Taking(Lines):
    """A destination with such an option."""

    def describe(self) -> Description:
        """Declare it."""
        return Description(config=Nested)


def test_a_destination_gets_its_options_as_they_stand() -> None:
    """Plain texts that can be pickled, also those that were hidden on the way; settings of the route too."""
    table = {"headers": {"X-Team": "a"}, "x": [{"tokens": "c"}], "n": [1, None, 0.5, True]}
    entry = {"name": "a", "destination": "x", "options": {"api_keys": table}, "api_key_hashes": ["d"]}
    (route,) = load([entry], find=lambda _name: Taking()).routes

    assert table == pickle.loads(pickle.dumps(route.config.api_keys))
    assert frozenset("d") == pickle.loads(pickle.dumps(route.policy)).api_key_hashes
