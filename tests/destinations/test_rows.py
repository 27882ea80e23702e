"""Rows as items: fields in their order, unknown ones left out, and what was changed for them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core.destinations import (
    Content,
    ContentValue,
    Diagnostic,
    Fitted,
    Generation,
    SharedContent,
    Timing,
    clean,
    content_of,
    dumps,
    fit_text,
    to_item,
)
from broadcast_core.testing.strategies import EPOCH, json_values, texts
from broadcast_core.traces.tree import tree_of

EVENTS = "events"
CUT = Diagnostic("truncated", "$.a", "cut")
MOVED = Diagnostic("moved", "$.b", "moved")


def test_fields_stand_in_their_order_and_json_text_behind_them() -> None:
    """Text is spliced in as it is; what is None is left out of both."""
    fields, json_texts = {"b": 1, "a": "text", "none": None}, {"big": b'{"x":[1, 2]}', "no": None}
    item = to_item(EVENTS, ("gen-1",), fields, json_texts)

    assert b'{"b":1,"a":"text","big":{"x":[1, 2]}}' == item.body


def test_zero_false_and_empty_are_known() -> None:
    """Only None is unknown, also of a value that was made to fit."""
    fields = {"zero": 0, "no": False, "empty": "", "list": [], "fitted": Fitted(0)}

    assert {**fields, "fitted": 0} == json.loads(to_item(EVENTS, (), {**fields, "none": Fitted(None)}).body)


def test_what_was_changed_is_on_the_item_in_its_order() -> None:
    """What is told of the whole, then of each value, also of one that is left out."""
    fields = {"a": Fitted("x", (CUT,)), "b": Fitted(None, (MOVED, CUT)), "c": "plain"}
    item = to_item(EVENTS, ("gen-1", "gen-2"), fields, {"d": Fitted(b"1", (MOVED,))}, (MOVED,))

    assert (MOVED, CUT, MOVED, CUT, MOVED) == item.diagnostics
    assert ("events", ("gen-1", "gen-2")) == (item.endpoint, item.generations)
    assert b'{"a":"x","c":"plain","d":1}' == item.body


@given(st.one_of(st.none(), texts(), st.text('ab\x01"', max_size=40)), st.integers(64, 70))
def test_a_text_fits_whatever_it_is_made_of(text: str | None, max_bytes: int) -> None:
    """In bytes as JSON writes them, and told when it was cut."""
    fitted = fit_text(text, "$.a", max_bytes)
    whole = None if text is None else clean(text)

    assert fitted.value is None or len(dumps(fitted.value)) - 2 <= max_bytes
    assert (fitted.value == (whole or None)) == ("truncated" not in {one.kind for one in fitted.diagnostics})


@pytest.mark.parametrize("length", [32, 33, 63, 64, 65, 66])
def test_a_text_is_cut_at_its_size(length: int) -> None:
    """Plain or quoted, to the byte."""
    for text, size in (("x" * length, length), ('"' * length, 2 * length), (" " + "\\" * length, 2 * length)):
        fitted = fit_text(text, "$.a", 65)

        assert (size > 65) == bool(fitted.diagnostics)
        assert len(dumps(fitted.value)) - 2 <= 65


def test_fitted_values_are_chained_and_nothing_told_is_lost() -> None:
    """What was changed before stands before what is changed then."""
    first = Fitted("x", (CUT,))

    assert Fitted("xy", (CUT,)) == first.map(lambda text: text + "y")
    assert Fitted(1, (CUT, MOVED)) == first.then(lambda text: Fitted(len(text), (MOVED,)))


def test_content_that_several_rows_share_is_encoded_once() -> None:
    """The same object at the same path; another path has its own shape."""
    calls: list[object] = []

    def show(value: object) -> object:
        calls.append(value)
        return {"shown": value}

    content, value = SharedContent(1000, "Demo", {"$.content.input": show}), ["asked"]
    first, again = (content.fit(ContentValue(value), "$.content.input") for _ in range(2))
    other = content.fit(ContentValue(value), "$.content.output")

    assert first is again
    assert [b'{"shown":["asked"]}', b'["asked"]'] == [one.value for one in (first, other) if one is not None]
    assert 1 == len(calls)
    assert content.fit(None, "$.content.input") is None


@given(json_values())
def test_content_keeps_its_own_encoding(value: Any) -> None:
    """Also of values that are equal and not the same, as 1 and True."""
    content = SharedContent(100_000, "Demo", {})
    fitted = [content.fit(ContentValue([one]), "$.content.input") for one in (value, True, 1, 1.0)]

    assert [b"[true]", b"[1]", b"[1.0]"] == [one.value for one in fitted[1:] if one is not None]


def test_a_row_of_json_text_alone_is_an_object() -> None:
    """And one of nothing is empty."""
    assert b'{"a":1,"b":2}' == to_item(EVENTS, (), {}, {"a": b"1", "b": b"2"}).body
    assert b"{}" == to_item(EVENTS, (), {"a": None}).body


def test_content_is_read_alike_of_a_generation_and_of_a_row() -> None:
    """Its value, its text, and its size; none where there is none."""
    generation = Generation(id="a", timing=Timing(start=EPOCH), content=Content(input={"é": 1}, output=None))
    summary = tree_of(generation).summary
    assert summary is not None
    for source in (generation, summary):
        asked = content_of(source, "input")

        assert asked is not None
        assert ({"é": 1}, '{"é":1}'.encode(), 8) == (asked.value, asked.text, asked.size)
        assert content_of(source, "output") is None


def test_each_side_is_its_own() -> None:
    """Of what was asked and answered."""
    both = Generation(id="a", timing=Timing(start=EPOCH), content=Content(input="in", output="out"))
    summary = tree_of(both).summary
    assert summary is not None

    for source in (both, summary):
        sides = SharedContent(100, "Demo", {}).of(source)
        assert {"input": b'"in"', "output": b'"out"'} == {
            side: fitted and fitted.value for side, fitted in sides.items()
        }
