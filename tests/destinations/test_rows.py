"""Rows: fields in their order, unknown ones left out, and what was changed for them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core.destinations import Diagnostic, Endpoint, Fitted, Row, SharedContent, fit_text
from broadcast_core.testing.strategies import json_values, texts

EVENTS = Endpoint(name="events", path="/events")
CUT = Diagnostic("truncated", "$.a", "cut")
MOVED = Diagnostic("moved", "$.b", "moved")


def test_fields_stand_in_their_order_and_json_text_behind_them() -> None:
    """Text is spliced in as it is; what is None is left out of both."""
    item = Row().to_item(
        EVENTS, ("gen-1",), {"b": 1, "a": "text", "none": None}, {"big": b'{"x":[1, 2]}', "no": None}
    )

    assert b'{"b":1,"a":"text","big":{"x":[1, 2]}}' == item.body


def test_zero_false_and_empty_are_known() -> None:
    """Only None is unknown."""
    fields = {"zero": 0, "no": False, "empty": "", "list": []}

    assert fields == json.loads(Row().to_item(EVENTS, (), fields, {}).body)


def test_what_was_changed_is_on_the_item_in_its_order() -> None:
    """From the beginning of the row, and with each value that was taken."""
    row = Row((MOVED,))

    assert "x" == row.take(Fitted("x", (CUT,)))
    assert "yy" == row.take(Fitted("yy", (MOVED,)))
    item = row.to_item(EVENTS, ("gen-1", "gen-2"), {"a": "x"}, {})

    assert (MOVED, CUT, MOVED) == item.diagnostics
    assert ("events", ("gen-1", "gen-2")) == (item.endpoint, item.generations)


@given(st.one_of(st.none(), texts(), st.text("ab\x01", max_size=20)), st.integers(64, 70))
def test_a_text_of_a_row_is_a_fitted_text(text: str | None, max_bytes: int) -> None:
    """The short way of plain texts comes to the same."""
    row, fitted = Row(), fit_text(text, "$.a", max_bytes)

    assert fitted.value == row.text(text, "$.a", max_bytes)
    assert fitted.diagnostics == row.to_item(EVENTS, (), {}, {}).diagnostics


@pytest.mark.parametrize("length", [32, 33, 63, 64, 65, 66])
def test_a_text_of_a_row_is_cut_at_its_size(length: int) -> None:
    """Plain or quoted, to the byte."""
    for text in ("x" * length, '"' * length, "\\" * length, " " + "x" * length):
        assert fit_text(text, "$.a", 65).value == Row().text(text, "$.a", 65)


def test_content_that_several_rows_share_is_encoded_once() -> None:
    """The same object at the same path; another path has its own shape."""
    calls: list[object] = []

    def show(value: object) -> object:
        calls.append(value)
        return {"shown": value}

    content, value = SharedContent(1000, "Demo", {"$.content.input": show}), ["asked"]
    first, again = content.fit(value, "$.content.input"), content.fit(value, "$.content.input")
    other = content.fit(value, "$.content.output")

    assert first is again
    assert [b'{"shown":["asked"]}', b'["asked"]'] == [one.value for one in (first, other) if one is not None]
    assert 1 == len(calls)
    assert content.fit(None, "$.content.input") is None


@given(json_values())
def test_content_keeps_its_own_encoding(value: Any) -> None:
    """Also of values that are equal and not the same, as 1 and True."""
    content = SharedContent(100_000, "Demo", {})
    fitted = [content.fit([one], "$.content.input") for one in (value, True, 1, 1.0)]

    assert [b"[true]", b"[1]", b"[1.0]"] == [one.value for one in fitted[1:] if one is not None]
