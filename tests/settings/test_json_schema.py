"""The JSON Schema of settings takes the documents that load, and no others, as far as it can tell."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import attrs
import jsonschema
import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import Destination, DestinationNotFound, Policy
from broadcast_core.destinations import REQUIRED, Description, Secret, option
from broadcast_core.plugins import destination
from broadcast_core.settings import load, settings_schema
from broadcast_core.settings.policies import MEANINGS, NAMES
from tests.fake import Lines
from tests.paths import EXAMPLES


@frozen(kw_only=True)
class Config:
    """An option of every kind."""

    bucket: str = option(REQUIRED, "The bucket.")
    key_prefix: str = option("logs/", "How keys begin.")
    fast: bool = option(False, "Whether to hurry.")
    count: int | None = option(None, "How many.")
    size: int = option(0, "How large.")
    since: datetime | None = option(None, "When.")
    labels: dict[str, Any] | None = option(None, "Words.")
    mode: Literal["one", "two"] = option("one", "How.")
    side: Literal["left", "right"] | None = option(None, "Which.")

    names: tuple[str, ...] = option((), "Who.")
    words: list[str] = option(attrs.Factory(lambda: ["a"]), "Which.")
    share: float | None = option(None, "How much.")
    tags: Mapping[str, str] = option(attrs.Factory(dict), "Tags.")

    __hash__ = None  # type: ignore[assignment]


class Store(Lines):
    """A destination with such options, secrets, and a policy of its own."""

    name = "store"

    def describe(self) -> Description:
        """Declare them."""
        policy = Policy(privacy_mode=True, user_identity="drop")
        return Description(config=Config, secrets={"dsn": Secret(help="Where.")}, policy=policy)


TEXT = {"type": "string", "pattern": r"\S"}
KNOWN: dict[str, Destination] = {"store": Store(), "lines": Lines()}
SCHEMA = settings_schema(KNOWN.values())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def _find(name: str) -> Destination:
    if name not in KNOWN:
        raise DestinationNotFound(name, tuple(KNOWN))
    return KNOWN[name]


def _loads(document: Any) -> bool:
    key = {"a": {"hash_key": "0123456789abcdef"}}
    return load(document, find=_find, secrets_file=key).wrong == ()


def _some(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


SWITCH = _some(True, False, None, "true", 1)
HASHES = _some(None, [], ["k"], ["k", "l"], [" "], [5], "k", {})
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "bucket": _some("b", "b", "b", " ", "", None, 5, True, ["b"]),
        "key_prefix": _some("p", None, "", 1.5),
        "fast": SWITCH,
        "count": _some(5, 0, None, "5", True, 1.5),
        "size": _some(5, None),
        "since": _some("2026-11-23T10:00:00Z", None, 5, True),
        "labels": _some({}, {"a": [1]}, None, [], "x"),
        "mode": _some("one", "two", "three", None, 1),
        "side": _some("left", None, "up"),
        "names": _some([], ["a"], [" "], [5], "a", None, {}),
        "words": _some(["a", "b"], [None], True),
        "share": _some(0.5, 1, None, "0.5", True),
        "tags": _some({}, {"a": ""}, {"a": 1}, [], None),
        "bukcet": _some("b"),
        "dsn": _some("x"),
        "privacy_mode": _some(True),
    },
)
RULE = st.fixed_dictionaries(
    {},
    optional={
        "field": _some("model", "input", "total_cost", "total_tokens", "modle", None, 5),
        "operator": _some("equals", "contains", "gt", "exists", "not_exists", "is", None),
        "value": _some("x", "5", 5, 0.5, None, True, ["x"], {}),
        "valeu": _some("x"),
    },
)
GOOD_RULE = _some(
    {"field": "model", "operator": "starts_with", "value": "openai/"},
    {"field": "total_cost", "operator": "gte", "value": 0.5},
    {"field": "total_tokens", "operator": "lt", "value": "1e3"},
    {"field": "user_id", "operator": "exists"},
)
RULE_LISTS = st.lists(GOOD_RULE | RULE, max_size=2) | _some(None, {})
GROUP = st.fixed_dictionaries({}, optional={"rules": RULE_LISTS, "logic": _some("and", "or", "xor", None)})
GROUPS = st.lists(GROUP | _some(5), max_size=2) | _some(None, {})
RULES = st.fixed_dictionaries({}, optional={"groups": GROUPS, "enabled": SWITCH, "x": _some(1)})
HEADERS = _some(None, [], ["X-Team"], ["X-Team", "X-Team"], ["a b"], ["-"], [5], "X-Team", {"X-Team": "v"})
SETTINGS: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("enabled", "privacy_mode", "drop_input", "broadcast_generation_cost"), SWITCH),
    "api_key_hashes": HASHES,
    "excluded_api_key_hashes": HASHES,
    "sampling_rate": _some(1, 0.5, 0.0001, 0.00001, 2, 0, "1", None, True),
    "user_identity": _some("keep", "hash", "drop", "other", None, 5),
    "filter_rules": RULES | _some(None, []),
    "headers": HEADERS,
    "privacymode": _some(True),
    "api_key": _some("k"),
}
INTO_LINES = {"name": _some("a"), "destination": _some("lines")}
INTO_STORE = {"name": _some("a"), "destination": _some("store")}
ROUTES = st.one_of(
    st.fixed_dictionaries({**INTO_STORE, "options": OPTIONS | _some(None, [], {"bucket": "b"})}),
    *(st.fixed_dictionaries({**INTO_LINES, name: values}) for name, values in SETTINGS.items()),
    st.fixed_dictionaries(
        {},
        optional={
            "name": _some("a", "a", " ", None, 5),
            "destination": _some("lines", "store", "other", None, 5),
            "options": _some({"bucket": "b"}, {"dataset": "d"}, {}),
        },
    ),
    _some(5, None, []),
)


@given(route=ROUTES)
def test_the_schema_takes_what_loads_and_refuses_what_does_not(route: Any) -> None:
    """Every kind of option and every setting, right and wrong."""
    document = {"routes": [route]}

    assert _loads(document) == VALIDATOR.is_valid(document)


ALONE: list[Any] = [{"routes": []}, {"routes": 5}, {}, 5, {"routes": [], "privacy_mode": True}]


@pytest.mark.parametrize("document", ALONE, ids=str)
def test_what_stands_beside_routes_is_judged_alike(document: Any) -> None:
    """A document needs routes, and has nothing else."""
    assert _loads(document) == VALIDATOR.is_valid(document)


def test_the_example_of_the_docs_is_valid() -> None:
    """With the destination that is installed."""
    document = tomllib.loads((EXAMPLES / "routes/routes.toml").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(settings_schema([destination("opik")]))

    assert [] == list(validator.iter_errors(document))
    document["routes"][0]["options"]["workspac"] = "x"
    assert [["routes", 0, "options"]] == [list(error.path) for error in validator.iter_errors(document)]


def test_the_schema_is_one() -> None:
    """Of the dialect that it names, and JSON."""
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_an_option_has_its_kind_its_help_and_its_default() -> None:
    """As it is declared, and required where it has no default."""
    (options,) = [
        one["then"]["properties"]["options"]
        for one in SCHEMA["$defs"]["route"]["allOf"]
        if one["if"]["properties"]["destination"]["const"] == "store"
    ]

    assert ["bucket"] == options["required"]
    assert {
        "bucket": {"type": "string", "pattern": r"\S", "description": "The bucket."},
        "key_prefix": {
            "type": ["string", "null"],
            "pattern": r"\S",
            "description": "How keys begin.",
            "default": "logs/",
        },
        "fast": {"type": "boolean", "description": "Whether to hurry.", "default": False},
        "count": {"type": ["integer", "null"], "description": "How many.", "default": None},
        "size": {"type": "integer", "description": "How large.", "default": 0},
        "since": {
            "type": ["string", "null"],
            "format": "date-time",
            "description": "When.",
            "default": None,
        },
        "labels": {"type": ["object", "null"], "description": "Words.", "default": None},
        "mode": {"enum": ["one", "two"], "description": "How.", "default": "one"},
        "side": {"enum": ["left", "right", None], "description": "Which.", "default": None},
        "names": {"type": "array", "items": TEXT, "description": "Who.", "default": []},
        "words": {"type": "array", "items": TEXT, "description": "Which.", "default": ["a"]},
        "share": {"type": ["number", "null"], "description": "How much.", "default": None},
        "tags": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "Tags.",
            "default": {},
        },
    } == options["properties"]


def test_no_secret_is_in_the_schema() -> None:
    """They have no place in settings."""
    assert "dsn" not in str(SCHEMA)
    assert "hash_key" not in SCHEMA["$defs"]["route"]["properties"]


def test_every_setting_of_a_policy_is_described_with_its_default() -> None:
    """That of a destination where it differs."""
    route = SCHEMA["$defs"]["route"]
    of_store = next(one["then"] for one in route["allOf"] if "required" in one["then"])

    assert set(NAMES) == set(MEANINGS) == {field.name for field in attrs.fields(Policy)} - {"content_hook"}
    assert MEANINGS == {name: route["properties"][name]["description"] for name in NAMES}
    assert (True, 1, "keep") == tuple(
        route["properties"][name]["default"] for name in ("enabled", "sampling_rate", "user_identity")
    )
    assert {"privacy_mode": {"default": True}, "user_identity": {"default": "drop"}} == {
        name: schema for name, schema in of_store["properties"].items() if name != "options"
    }
