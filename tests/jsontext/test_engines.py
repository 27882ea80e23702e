"""Both engines read a text alike, however hostile it is: the same value and texts, or the same refusal."""

from __future__ import annotations

from time import process_time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from broadcast_core import jsontext
from broadcast_core.errors import ArgumentError, RecordError
from broadcast_core.jsontext import MAX_DEPTH, JsonError, dumps, dumps_lossy, loads_with_texts
from broadcast_core.record.codec import CONTENT, decode_line, encode_line
from broadcast_core.testing.strategies import json_values

pytest.importorskip("orjson")

SCALARS = (
    "0", "-0", "-0.0", "0.0", "1e-05", "5.8e-05", "1e-06", "1E400", "-1e400", "1e308", "1.0", "1e2", "01",
    ".5", "1.", "+1", "9223372036854775807", "9223372036854775808", "18446744073709551615",
    "18446744073709551616", "-9223372036854775809", "123456789012345678901234567890", "NaN", "Infinity",
    "-Infinity", "nul", "true", "null", '""', '"\\u0041"', '"\\ud83d"', '"\\ude42"', '"\\ud83d\\ude42"',
    '"\\/"', '"\\u0000"', '"\\u0022:"', '"a\\":b"', '"e-05,"', '":5e-05,"', '"NaN"', '"-0.0"', '"\x7f"',
    '"\u2028"', '"🙂"', '"\t"', '"\\t"', '"unclosed', "'a'", "[1,]", '{"a" 1}', '{1:2}',
)  # fmt: skip
KEYS = ('"a"', '"a"', '"\\u0061"', '"b"', '"input"', '"output"', '""', '"\\ud800"', '"a\\u0022"')
SPACES = ("", "", "", " ", "\n", "\t\r ")


@st.composite
def _texts(draw: st.DrawFn) -> str:
    """JSON, or nearly: odd numbers, escapes and spaces, keys again, halves of characters, at any depth."""
    inner = st.recursive(
        st.sampled_from(SCALARS), lambda items: _arrays(items) | _objects(items), max_leaves=8
    )
    text = draw(inner | inner.map(lambda value: f'{{"content":{{"input":{value},"output":[{value}]}}}}'))
    front = draw(st.sampled_from(("", "", "\ufeff", "\ufeff\ufeff", " ")))
    return front + text + draw(st.sampled_from(("", "\n", " ", "x", "\x00")))


def _arrays(items: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(st.lists(items, max_size=3), st.sampled_from(SPACES)).map(
        lambda drawn: f"[{drawn[1]}{f'{drawn[1]},'.join(drawn[0])}]"
    )


def _objects(items: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(st.sampled_from(KEYS), st.sampled_from(SPACES), items).map(
        lambda drawn: f"{drawn[0]}{drawn[1]}:{drawn[2]}"
    )
    return st.tuples(st.lists(pairs, max_size=3), st.sampled_from(SPACES)).map(
        lambda drawn: f"{{{drawn[1]}{','.join(drawn[0])}}}"
    )


def _read(engine: jsontext.Engine, text: bytes | str) -> Any:
    """Return what an engine makes of a text; `repr` tells 1 from 1.0 and True, and 0.0 from -0.0."""
    kept = jsontext.engine()
    jsontext.use_engine(engine)
    try:
        value, texts = loads_with_texts(text, ("a", "content", "input"), CONTENT)
        return repr(value), texts
    except JsonError as error:
        return error.reason, error.path
    finally:
        jsontext.use_engine(kept)


def _nested(depth: int, inside: str = "0") -> str:
    return "[" * depth + inside + "]" * depth


@given(text=_texts())
@example(text="")
@example(text=_nested(MAX_DEPTH))
@example(text=_nested(MAX_DEPTH + 1))
@example(text=_nested(100_000))
@example(text='{"content":{"input":' + _nested(MAX_DEPTH - 2) + "}}")
@example(text='{"content":{"input":' + _nested(MAX_DEPTH - 1) + "}}")
@example(text='{"content":{"input":{"a":1,"a":2}}}')
@example(text='{"content":{"input":{"a":1},"input":{"a":1}}}')
@example(text='{"content":{"input":[5.8e-05,9.5e-05,-1e-05,":5e-05,",5e-05]}}')
@example(text='{"content":{"input":"\\u00000\\u0000"}}')
def test_both_engines_read_alike(text: str) -> None:
    """Also bytes that are cut within a character."""
    data = text.encode("utf-8", "surrogatepass")
    for given_text in (text, data, data[:-2], data + b"\xff"):
        assert _read("orjson", given_text) == _read("stdlib", given_text)


@given(text=_texts())
def test_a_line_is_read_alike(text: str) -> None:
    """The same record, or the same mistakes, at the same paths, and the same line when it is written."""
    line = f'{{"id":"gen-1","timing":{{"start":"2026-11-23T10:00:00Z"}},"content":{{"input":{text}}}}}'
    found = []
    for engine in ("orjson", "stdlib"):
        kept = jsontext.engine()
        jsontext.use_engine(engine)
        try:
            found.append(encode_line(decode_line(line.encode("utf-8", "surrogatepass"))))
        except RecordError as error:
            found.append(repr(error.problems))
        finally:
            jsontext.use_engine(kept)

    assert found[0] == found[1]


@given(value=json_values(8), name=st.sampled_from(("input", "output", "request")))
def test_the_texts_of_a_reading_are_those_of_the_writer(value: Any, name: str) -> None:
    """Whatever spaces and spellings the text had that was read."""
    text = dumps_lossy({"id": 1, "content": {name: value}})[0].decode()
    spaced = text.replace('"content":', '"content" : ')
    for given_text in (text, spaced):
        document, texts = loads_with_texts(given_text, (), CONTENT)
        kept = document["content"][name]
        expected = {} if kept is None else {name: dumps(kept)}

        assert expected == texts


def test_an_engine_is_chosen() -> None:
    """And one that is not there is refused, with what to install."""
    assert "orjson" == jsontext.engine()
    jsontext.use_engine("stdlib")
    try:
        assert "stdlib" == jsontext.engine()
    finally:
        jsontext.use_engine("orjson")
    with pytest.raises(
        ArgumentError, match=r"no engine 'simdjson' here, only 'orjson', 'stdlib': .*\[fast\]"
    ):
        jsontext.use_engine("simdjson")  # type: ignore[arg-type]


def test_many_small_numbers_take_no_time_of_their_own() -> None:
    """Sixteen times as many take about sixteen times as long, also beside texts that look like them."""

    def took(count: int) -> float:
        started = process_time()
        dumps([5.8e-05, "e-05,", 1e-9] * count)
        return process_time() - started

    jsontext.use_engine("stdlib")
    try:
        few, many = min(took(2_000) for _ in range(3)), min(took(32_000) for _ in range(3))
    finally:
        jsontext.use_engine("orjson")

    assert many < 64 * few
