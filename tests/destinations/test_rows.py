"""Rows: fields in their order, unknown ones left out, and what was changed for them."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from broadcast_core.destinations import Diagnostic, Endpoint, Fitted, Row, SharedContent
from broadcast_core.testing.strategies import json_values

EVENTS = Endpoint(name="events", path="/events")
CUT = Diagnostic("truncated", "$.a", "cut")
MOVED = Diagnostic("moved", "$.b", "moved")


def test_fields_stand_in_their_order_and_json_text_behind_them() -> None:
    """Bytes are spliced in as they are."""
    row = Row()
    row.put("b", 1)
    row.put("big", b'{"x":[1, 2]}')
    row.put_all({"a": "text", "none": None})

    assert b'{"b":1,"a":"text","big":{"x":[1, 2]}}' == row.to_item(EVENTS, ("gen-1",)).body


def test_a_default_stands_for_none_and_for_nothing_else() -> None:
    """Zero, false and empty are known."""
    row = Row()
    for name, value in {"none": None, "zero": 0, "no": False, "empty": "", "fitted": Fitted(None)}.items():
        row.put(name, value, default="default")

    assert {"none": "default", "zero": 0, "no": False, "empty": "", "fitted": "default"} == json.loads(
        row.to_item(EVENTS, ()).body
    )


def test_what_was_changed_is_on_the_item_in_its_order() -> None:
    """From the beginning of the row, and with each value that was put or taken."""
    row = Row((MOVED,))

    assert "x" == row.take(Fitted("x", (CUT,)))
    row.put("a", Fitted("y", (MOVED,)))
    item = row.to_item(EVENTS, ("gen-1", "gen-2"))

    assert (MOVED, CUT, MOVED) == item.diagnostics
    assert ("events", ("gen-1", "gen-2")) == (item.endpoint, item.generations)


@given(st.dictionaries(st.sampled_from("abcdef"), st.one_of(st.none(), st.integers(), st.text())))
def test_a_row_is_the_object_of_what_is_known(fields: dict[str, Any]) -> None:
    """Whatever was put."""
    row = Row()
    row.put_all({name: value for name, value in fields.items() if not _is_half(value)})
    known = {name: value for name, value in fields.items() if value is not None and not _is_half(value)}

    assert known == json.loads(row.to_item(EVENTS, ()).body)


def _is_half(value: object) -> bool:
    return isinstance(value, str) and not value.isascii() and "\ud800" <= max(value) <= "\udfff"


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
