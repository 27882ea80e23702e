"""The caller's own keys: out of flattened attributes, with the JSON types that the caller gave them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from broadcast_core.readers.fields import Fields
from broadcast_core.readers.openrouter.custom_metadata import collect
from tests.readers.counting import growth

Values = dict[str, Any]


def _collected(attributes: Values, echo: Values | None = None) -> tuple[Values, Values, Values]:
    """Return the custom keys, the attributes that were not taken, and what is left of the echo."""
    fields, rest_of_echo = Fields(attributes, "$"), dict(echo or {})
    custom = collect(fields, rest_of_echo)
    return custom, fields.left, rest_of_echo


ALONE: dict[str, tuple[Values, Values]] = {
    "text": ({"trace.metadata.a": "x"}, {"a": "x"}),
    "number": ({"trace.metadata.a": 14}, {"a": 14}),
    "double": ({"trace.metadata.a": 0.85}, {"a": 0.85}),
    "boolean": ({"trace.metadata.a": False}, {"a": False}),
    "an array as JSON text": ({"trace.metadata.a": "[1, 2]"}, {"a": [1, 2]}),
    "an object as JSON text": ({"trace.metadata.a": '{"b": null}'}, {"a": {"b": None}}),
    "an array as OTLP has it": ({"trace.metadata.a": [1, 2]}, {"a": [1, 2]}),
    "text that looks like JSON": ({"trace.metadata.a": "[sic]"}, {"a": "[sic]"}),
    "a number as text stays text": ({"trace.metadata.a": "007"}, {"a": "007"}),
    "a quoted text stays quoted": ({"trace.metadata.a": '"x"'}, {"a": '"x"'}),
    "dotted parts": ({"trace.metadata.a.b": 1, "trace.metadata.a.c": 2}, {"a.b": 1, "a.c": 2}),
    "only the copy": ({"span.metadata.a": "x"}, {"a": "x"}),
    "both alike": ({"trace.metadata.a": "x", "span.metadata.a": "x"}, {"a": "x"}),
    "a key of no letters": ({"trace.metadata.": "x"}, {"": "x"}),
    "keys in other scripts": ({"trace.metadata.地域": "日本"}, {"地域": "日本"}),
    "a key like a system's": ({"trace.metadata.openrouter": "x"}, {"openrouter": "x"}),
}


@pytest.mark.parametrize(("attributes", "expected"), ALONE.values(), ids=ALONE)
def test_a_custom_key_is_read_without_the_echo(attributes: Values, expected: Values) -> None:
    """As well as attributes alone can tell."""
    assert (expected, {}, {}) == _collected(attributes)


RESERVED = [
    "trace.metadata.openrouter.provider_name",
    "span.metadata.openrouter.provider_name",
    "trace.metadata.openrouter_generation.usage",
    "span.metadata.openrouter_generation.usage",
    "trace.metadata.provider_responses",
    "span.metadata.provider_responses",
    "gen_ai.response.id",
]


@pytest.mark.parametrize("key", RESERVED)
def test_a_key_of_the_gateway_is_no_custom_key(key: str) -> None:
    """It is left for those who know it."""
    assert ({}, {key: "x"}, {}) == _collected({key: "x"})


def test_a_copy_that_differs_is_kept() -> None:
    """Under its own name."""
    assert ({"a": 1}, {"span.metadata.a": 2}, {}) == _collected({"trace.metadata.a": 1, "span.metadata.a": 2})


WITH_ECHO: dict[str, tuple[Values, Values, Values]] = {
    "numbers as text": ({"a": "14", "b": "0.25"}, {"a": 14, "b": 0.25}, {"a": 14, "b": 0.25}),
    "a small number as JavaScript writes it": ({"a": "1e-7"}, {"a": 1e-07}, {"a": 1e-07}),
    "a whole double as JavaScript writes it": ({"a": "14"}, {"a": 14.0}, {"a": 14.0}),
    "a boolean as text": ({"a": "true", "b": "false"}, {"a": True, "b": False}, {"a": True, "b": False}),
    "null as text": ({"a": "null"}, {"a": None}, {"a": None}),
    "text that looks like a number": ({"a": "14"}, {"a": "14"}, {"a": "14"}),
    "JSON that the caller sent as text": ({"a": '{"b": 1}'}, {"a": '{"b": 1}'}, {"a": '{"b": 1}'}),
    "an object in parts": (
        {"a.b": "1", "a.c.d": "true"},
        {"a": {"b": 1, "c": {"d": True}}},
        {"a": {"b": 1, "c": {"d": True}}},
    ),
    "an object with an array in parts": ({"a.b": "[1, 2]"}, {"a": {"b": [1, 2]}}, {"a": {"b": [1, 2]}}),
    "a key with dots inside an object": ({"a.b.c": "x"}, {"a": {"b.c": "x"}}, {"a": {"b.c": "x"}}),
    "an object inside a key with dots": (
        {"a.b.c.d": "1", "a.b.c.e": "2"},
        {"a": {"b.c": {"d": 1}, "b": {"c": {"e": 2}}}},
        {"a": {"b.c": {"d": 1}, "b": {"c": {"e": 2}}}},
    ),
    "a key of no letters inside an object": ({"a.": "1"}, {"a": {"": 1}}, {"a": {"": 1}}),
    "a part that says otherwise": ({"a.b": "2"}, {"a": {"b": 1}}, {"a.b": "2", "a": {"b": 1}}),
    "a key with dots of its own": ({"a.b": "x"}, {"a.b": "x"}, {"a.b": "x"}),
    "an object, and a key that looks like its part": (
        {"a.b": "x"},
        {"a": {"b": "x"}, "a.b": "x"},
        {"a": {"b": "x"}, "a.b": "x"},
    ),
    "a key that looks like a part of the next": (
        {"a.b": "x"},
        {"a.b": "x", "a": {"b": "x"}},
        {"a.b": "x", "a": {"b": "x"}},
    ),
    "a key that was not flattened": ({}, {"a": None, "b": []}, {"a": None, "b": []}),
    "a part that the object has not": ({"a.z": "x"}, {"a": {"b": 1}}, {"a.z": "x", "a": {"b": 1}}),
    "a part of another name": ({"a.c": "1"}, {"a": {"b": 1}}, {"a.c": "1", "a": {"b": 1}}),
    "a part of a longer name": ({"a.bc": "1"}, {"a": {"b": 1}}, {"a.bc": "1", "a": {"b": 1}}),
    "a part of another key": (
        {"a.b": "2", "c.d": "1"},
        {"a": {"d": 1}},
        {"a.b": "2", "c.d": "1", "a": {"d": 1}},
    ),
    "a part before those of another key": (
        {"a.d": "1", "b.a": "2", "b.b": "3"},
        {"a": {"d": 1}},
        {"a": {"d": 1}, "b.a": "2", "b.b": "3"},
    ),
    "a part that says None": ({"a.z": "None"}, {"a": {"b": 1}}, {"a.z": "None", "a": {"b": 1}}),
    "a part below a null": ({"a.b.c": "x"}, {"a": {"b": None}}, {"a.b.c": "x", "a": {"b": None}}),
}


@pytest.mark.parametrize(("flattened", "echo", "expected"), WITH_ECHO.values(), ids=WITH_ECHO)
def test_the_echo_restores_what_was_flattened(flattened: Values, echo: Values, expected: Values) -> None:
    """JSON types as the caller wrote them."""
    attributes = {f"trace.metadata.{key}": value for key, value in flattened.items()}

    assert (expected, {}, {}) == _collected(attributes, echo)


MANY: dict[str, Callable[[int], tuple[Values, Values]]] = {
    "objects": lambda n: ({f"k{i}.x": "1" for i in range(n)}, {f"k{i}": {"x": 1} for i in range(n)}),
    "parts of one object": lambda n: (
        {f"k.x{i}": "1" for i in range(n)},
        {"k": {f"x{i}": 1 for i in range(n)}},
    ),
    "dots in a key": lambda n: ({"k" + ".x" * n: "1"}, {"k": {"x": {"x": 1}, "x.x": 1}}),
    "ways to the same key": lambda n: (
        {"k" + ".x" * n + f".{i}": "1" for i in range(n)},
        {"k": {".".join("x" * i): {"x": 1} for i in range(1, n)}},
    ),
}


@pytest.mark.parametrize("many", MANY.values(), ids=MANY)
def test_work_grows_with_the_keys_and_not_with_their_square(
    many: Callable[[int], tuple[Values, Values]],
) -> None:
    """A stranger chooses how many there are."""

    def work(size: int) -> Callable[[], object]:
        flattened, echo = many(size)
        attributes = {f"trace.metadata.{key}": value for key, value in flattened.items()}
        return lambda: _collected(attributes, echo)

    assert growth(work) < 6


DIFFERING: dict[str, tuple[Any, Any]] = {
    "other text": ("x", "y"),
    "another number": ("14", 15),
    "a shortened text": ("a long te[truncated]", "a long text"),
    "true is not 1": ("1", True),
    "text is no boolean": ("yes", True),
    "text is no null": ("x", None),
    "an object is no text": ("x", {"b": 1}),
}


@pytest.mark.parametrize(("flattened", "rest_of_echo"), DIFFERING.values(), ids=DIFFERING)
def test_an_echo_that_says_otherwise_is_left(flattened: Any, rest_of_echo: Any) -> None:
    """The attribute counts, and the caller of this function keeps the other."""
    assert ({"a": flattened}, {}, {"a": rest_of_echo}) == _collected(
        {"trace.metadata.a": flattened}, {"a": rest_of_echo}
    )


def test_the_keys_that_the_gateway_consumes_are_no_custom_keys() -> None:
    """They stay in the echo for the trace's own fields."""
    echo = {
        "trace_id": "t",
        "trace_name": "n",
        "span_name": "s",
        "generation_name": "g",
        "parent_span_id": "p",
    }

    assert ({}, {}, echo) == _collected({}, echo)


def test_lone_surrogates_in_a_custom_object_are_mended_and_noted() -> None:
    """They are no text."""
    fields = Fields({"trace.metadata.a": '{"b": "\\ud800"}'}, "$")

    assert {"a": {"b": "\ufffd"}} == collect(fields, {})
    assert ["$.trace.metadata.a"] == [diagnostic.path for diagnostic in fields.diagnostics]
