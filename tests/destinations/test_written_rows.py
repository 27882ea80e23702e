"""A row that is written in one go is that of its parts, and where it cannot be, its parts are written."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import jsontext
from broadcast_core.destinations import AnyJson, Diagnostic, Fitted, to_item
from broadcast_core.destinations.rows import _in_one_go, _in_parts
from broadcast_core.jsontext import JsonError, dumps_lossy, loads
from broadcast_core.testing.strategies import json_values

CUT, MOVED = Diagnostic("truncated", "$.x", "cut"), Diagnostic("moved", "$.y", "moved")
ODD = st.sampled_from((math.nan, -0.0, "\ud800", 2**70, 1e-5, -1e-7, (1, 2), {1: 2}, b"1"))
VALUES = json_values() | ODD
TEXTS = st.sampled_from((b"null", b'{"a":-0.0}', b'"null"', b"[1]"))


@st.composite
def _json(draw: st.DrawFn) -> dict[str, Any]:
    """What stands behind the fields of a row: some of it anybody's, with a limit near its size, or texts."""
    found: dict[str, Any] = {}
    for n in range(draw(st.integers(0, 3))):
        if draw(st.booleans()):
            value = Fitted({"k": draw(VALUES), "name": "x" * 80}, draw(st.sampled_from(((), (MOVED,)))))
            found[f"any {n}"] = AnyJson(value, "$.metadata", draw(st.integers(70, 130)), "Demo")
        else:
            found[f"text {n}"] = draw(st.none() | TEXTS | TEXTS.map(lambda text: Fitted(text, (CUT,))))
    return found


@pytest.mark.parametrize("engine", ["orjson", "stdlib"])
@given(known=st.dictionaries(st.sampled_from("abc"), json_values(), max_size=3), json=_json())
def test_one_go_writes_what_the_parts_are(engine: Any, known: dict[str, Any], json: dict[str, Any]) -> None:
    """With the same diagnostics, in the same order."""
    jsontext.use_engine(engine)
    try:
        at_once = _in_one_go(known, json)
        if at_once is not None:
            assert at_once == _in_parts(known, json)
    finally:
        jsontext.use_engine("orjson")


@given(json=_json())
def test_a_row_is_json_whatever_anybody_gives(json: dict[str, Any]) -> None:
    """What JSON cannot carry is told, and nothing else of the row is lost."""
    item = to_item("rows", ("gen-1",), {"id": "a"}, json)
    row: Any = loads(item.body.replace(b"-0.0", b"0.0"))

    assert ["id", *(name for name, one in json.items() if one is not None)] == list(row)
    for name, one in json.items():
        if isinstance(one, AnyJson) and len(dumps_lossy(one.value.value)[0]) <= one.max_bytes:
            assert loads(dumps_lossy(one.value.value)[0]) == row[name]


def test_text_stands_between_the_fields() -> None:
    """Bytes are JSON text, as of a number with more digits than a double has."""
    fields = {"a": 1, "cost": b"0.10000000000000000001", "z": None, "end": "x"}
    item = to_item("rows", (), fields, {"metadata": AnyJson(Fitted({"k": 1}), "$.metadata", 100, "Demo")})

    assert b'{"a":1,"cost":0.10000000000000000001,"end":"x","metadata":{"k":1}}' == item.body


def test_a_field_of_ours_that_is_no_json_is_a_fault() -> None:
    """It is the mapping's own."""
    with pytest.raises(JsonError):
        to_item("rows", (), {"a": math.nan, "b": object()})
