"""Values of a schema: valid, each unlike any other, and never without end."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.schema.api import API, SCHEMAS
from tests.schema.losses import is_marked, leaves
from tests.schema.values import Schemas, Values

ALL = Schemas(SCHEMAS)
FEW = settings(max_examples=max(5, settings().max_examples // 4))  # there are many schemas


def _value(data: st.DataObject, schema: Any, schemas: Schemas = ALL) -> Any:
    return Values(schemas, data.draw, set()).value(schema, "")


@pytest.mark.parametrize("name", SCHEMAS)
@FEW
@given(data=st.data())
def test_a_value_is_valid(name: str, data: st.DataObject) -> None:
    """As a validator of others sees it, but for counts below zero, which schemas allow."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": API["components"]}
    value = _value(data, schema)

    assert [] == [error.message for error in Draft202012Validator(schema).iter_errors(value)]


@given(data=st.data())
def test_every_marked_value_is_unlike_any_other(data: st.DataObject) -> None:
    """So that it can be found again."""
    value = _value(data, {"$ref": "#/components/schemas/ChatRequest"})
    often = Counter(repr(leaf) for _, leaf in leaves(value) if is_marked(leaf))

    assert [] == [leaf for leaf, count in often.items() if count > 1]


NESTED = {
    "Tree": {"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#/x/Next"}}},
    "Next": {
        "oneOf": [{"$ref": "#/x/Tree"}, {"type": "array", "items": {"$ref": "#/x/Tree"}}, {"type": "string"}]
    },
}


@given(data=st.data())
def test_a_schema_that_refers_to_itself_ends(data: st.DataObject) -> None:
    """By the branch that is not deep."""
    value, depth = _value(data, {"$ref": "#/x/Tree"}, Schemas(NESTED)), 0
    while isinstance(value, dict) and "next" in value:
        value, depth = value["next"], depth + 1

    assert depth < 12


HEIGHTS: dict[str, tuple[Any, float]] = {
    "a text": ({"type": "string"}, 0),
    "anything": ({}, 0),
    "an object": ({"type": "object", "properties": {"a": {"$ref": "#/x/Tree"}}}, 1),
    "an object that needs one": (
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "object"}}},
        2,
    ),
    "an array that may be empty": ({"type": "array", "items": {"$ref": "#/x/Tree"}}, 1),
    "an array that may not": ({"type": "array", "minItems": 1, "items": {"type": "object"}}, 2),
    "a branch": ({"anyOf": [{"type": "object"}, {"type": "null"}]}, 0),
    "all of some": ({"allOf": [{"type": "object"}, {"type": "string"}]}, 1),
    "a tree": ({"$ref": "#/x/Tree"}, 1),
}


@pytest.mark.parametrize(("schema", "expected"), HEIGHTS.values(), ids=HEIGHTS)
def test_the_height_of_a_schema_is_that_of_its_smallest_value(schema: Any, expected: float) -> None:
    """However it refers to itself."""
    assert expected == Schemas(NESTED).height(schema)


def test_the_places_of_a_schema_are_those_of_its_properties_and_branches() -> None:
    """Those of a named schema once, under its name."""
    known = Schemas(NESTED).places(
        {"type": "object", "properties": {"a": {"$ref": "#/x/Tree"}}}, "root", set()
    )

    assert {"root.a", "Tree.next", "Next|0", "Next|1", "Next|2", "Tree:", "Next:"} == known
