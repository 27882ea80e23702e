"""One JSON rule, whichever engine is installed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import jsontext
from broadcast_core.jsontext import (
    MAX_DEPTH,
    JsonError,
    dumps,
    dumps_lossy,
    format_path,
    keep,
    loads,
    loads_lenient,
)
from broadcast_core.jsontext.writing import dumps_orjson, dumps_stdlib
from broadcast_core.testing.strategies import json_values

ORJSON = pytest.importorskip("orjson")


@pytest.fixture(params=["orjson", "stdlib"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each engine in turn."""
    monkeypatch.setattr(jsontext, "orjson", ORJSON if request.param == "orjson" else None)
    return str(request.param)


def _with(engine: object, text: bytes) -> object:
    kept, jsontext.orjson = jsontext.orjson, engine
    try:
        return jsontext.loads(text)
    except JsonError as error:
        return str(error)
    finally:
        jsontext.orjson = kept


def _dumped(engine: object, value: object) -> bytes | str:
    kept, jsontext.orjson = jsontext.orjson, engine
    try:
        return jsontext.dumps(value)
    except JsonError as error:
        return str(error).split(":")[0]
    finally:
        jsontext.orjson = kept


@given(json_values(12))
def test_both_engines_write_the_same_bytes(value: object) -> None:
    """Determinism does not depend on what is installed."""
    assert _dumped(ORJSON, value) == _dumped(None, value)


@given(st.floats())
def test_both_engines_write_the_same_floats(number: float) -> None:
    """Small, large, and those that are no numbers."""
    assert _dumped(ORJSON, [number, "1e-05"]) == _dumped(None, [number, "1e-05"])


@given(st.floats(1e-11, 1e-3))
def test_small_floats_survive(number: float) -> None:
    """The rewritten spelling is the same number."""
    assert json.loads(_dumped(None, number)) == number


UNSIGNED = [
    (-0.0, b"0.0"),
    ([-0.0, -0.01, -1e-06, -0.0], b"[0.0,-0.01,-1e-6,0.0]"),
    ({"-0.0": "-0.0", 'a"-0.0': '\\"-0.0\\'}, b'{"-0.0":"-0.0","a\\"-0.0":"\\\\\\"-0.0\\\\"}'),
]


@pytest.mark.parametrize("dumps", [dumps_orjson, dumps_stdlib], ids=["orjson", "stdlib"])
def test_small_numbers_below_zero_keep_their_sign(dumps: Any) -> None:
    """And a text stays what it is, with a zero beside it or not."""
    values: list[Any] = [-0.05, -0.0001, -10.0, "-0.0", "x-0.0,", {"-0.0": -0.0}]

    assert b'[-0.05,-0.0001,-10.0,"-0.0","x-0.0,",{"-0.0":0.0}]' == dumps(values)
    assert b'["-0.0",-0.05]' == dumps(["-0.0", -0.05])


@pytest.mark.parametrize(("value", "expected"), UNSIGNED, ids=["alone", "beside others", "in texts"])
def test_zero_has_no_sign(engine: str, value: object, expected: bytes) -> None:
    """In numbers; what a text says stays."""
    assert expected == dumps(value)


@given(json_values(12).map(lambda value: json.dumps(value).encode()))
def test_both_engines_read_the_same_value(text: bytes) -> None:
    """Also where they refuse, with the same words."""
    assert _with(ORJSON, text) == _with(None, text)


BROKEN = [
    (b"", "the text is empty"),
    (b"{", "malformed JSON, Expecting property name enclosed in double quotes (column 2)"),
    (b'{"a": NaN}', "NaN is no JSON number"),
    (b'{"a": -Infinity}', "-Infinity is no JSON number"),
    (b'{"a": 1e999}', "a number is too large for a double"),
    (b'{"a": ["\\ud83d"]}', "a lone surrogate is no text @ $"),
    (b'[1, {"a": "\\ud83d"}]', "a lone surrogate is no text @ $[1]"),
    (b"\x89PNG\r\n\x1a\n\x00", "byte 1 is no UTF-8: is this a text file?"),
    (b'{"a": "\x00"}', "malformed JSON, Invalid control character at (column 8)"),
    (b'{"a": 1, "a": 2}', "a key is given twice in one object"),
]
TOO_DEEP = {
    "10,000 levels": b"[" * 10_000 + b"]" * 10_000,
    "300 levels": b"[" * 300 + b"]" * 300,
    "no end": b"[" * 300,
    "a surrogate pair at the bottom": b"[" * 900 + b'"\\ud83d\\ude00"' + b"]" * 900,
    "a lone surrogate at the bottom": b"[" * 900 + b'"\\ud83d"' + b"]" * 900,
    "a lone surrogate 5,000 levels down": b"[" * 5000 + b'"\\ud83d"' + b"]" * 5000,
    "a key twice at the bottom": b"[" * 300 + b'{"a":1,"a":2}' + b"]" * 300,
    "a key twice above": b'{"a":1,"a":' + b"[" * 300 + b"]" * 300 + b"}",
    "NaN at the bottom": b"[" * 300 + b"NaN" + b"]" * 300,
    "brackets that are text beside": b'["]]]]]]]]\\"]]",' + b"[" * MAX_DEPTH + b'"[' + b"]" * 300,
}


@pytest.mark.parametrize(("text", "expected"), BROKEN, ids=[reason[:28] for _, reason in BROKEN])
def test_bad_text_gets_one_clear_reason(engine: str, text: bytes, expected: str) -> None:
    """The same words from each engine."""
    with pytest.raises(JsonError) as caught:
        loads(text)

    assert expected == str(caught.value)


@pytest.mark.parametrize("text", TOO_DEEP.values(), ids=TOO_DEEP)
def test_text_that_is_nested_too_deep_is_told_so(engine: str, text: bytes) -> None:
    """Whatever else is wrong with it, and on every Python."""
    with pytest.raises(JsonError) as caught:
        loads(text)

    assert f"nested deeper than {MAX_DEPTH} levels" == str(caught.value)


def test_brackets_in_a_text_do_not_nest(engine: str) -> None:
    """A malformed document that quotes them is malformed."""
    with pytest.raises(JsonError, match="malformed JSON"):
        loads(b'["' + b"[" * 300 + b'\\"' + b"[" * 300 + b'", ]')


NAMED = [
    (b'{"a": 1, "a": 2}', "the key 'a' is given twice in one object"),
    (b'{"a": [0, "\\ud83d"]}', "a lone surrogate is no text @ $.a[1]"),
    (b'{"a": {"secret": {"a": "\\ud83d"}}}', "a lone surrogate is no text @ $.a"),
    (b'{"a": {"a\\ud83d": 1}}', "a lone surrogate is no text @ $.a"),
]


@pytest.mark.parametrize(("text", "expected"), NAMED, ids=range(len(NAMED)))
def test_a_reason_names_only_keys_that_it_may(engine: str, text: bytes, expected: str) -> None:
    """Any other key may be what a user said."""
    with pytest.raises(JsonError) as caught:
        loads(text, quotable={"a"})

    assert expected == str(caught.value)


def test_a_byte_order_mark_is_skipped(engine: str) -> None:
    """Editors on Windows write one."""
    assert {"a": 1} == loads(b'\xef\xbb\xbf{"a": 1}\r\n')


def test_whole_numbers_beyond_64_bits_become_doubles(engine: str) -> None:
    """As in every JSON reader that is not Python's."""
    assert [2**64 - 1, float(2**64)] == loads(b"[18446744073709551615, 18446744073709551616]")


def test_nesting_up_to_the_limit_is_fine(engine: str) -> None:
    """What can be read can be written."""
    text = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH

    assert dumps(loads(text)) == text


def test_a_value_that_json_cannot_carry_is_refused(engine: str) -> None:
    """The caller decides what to do then."""
    with pytest.raises(JsonError):
        dumps({"a": object()})


@pytest.mark.parametrize("key", [1, -1, 2**70, 1.5, float("nan"), float("-inf"), True, False, None], ids=str)
def test_a_key_that_is_no_text_is_refused(engine: str, key: object) -> None:
    """The standard library would write it, and a key of that text a second time."""
    with pytest.raises(JsonError):
        dumps([({"a": {str(key): 1, key: 2}},)])


@pytest.mark.parametrize("key", ["1", "-", "true", "null", "NaN", "Infinity"])
def test_a_key_that_looks_like_none_is_a_text(engine: str, key: str) -> None:
    """Whatever it says."""
    assert b'[{"a":{"%b":1}}]' % key.encode() == dumps([{"a": {key: 1}}])


def test_anything_is_written_and_every_change_is_named(engine: str) -> None:
    """Total for the mapping, and nothing silently."""
    value = {"a": "\ud800", "b": b"x", "c": (1, {2}), 3: 2**70}

    text, changed = dumps_lossy(value)

    assert {"a": "\ufffd", "b": "[bytes]", "c": [1, "[set]"], "3": str(2**70)} == json.loads(text)
    assert (("a",), ("b",), ("c", 1), ("3",), ("3",)) == changed


def test_numbers_that_are_none_become_null_and_are_named(engine: str) -> None:
    """The engines write them as null by themselves, and say nothing."""
    value = {"a": [float("nan"), None], "b": ({"c": float("-inf"), "d": 1.5},)}

    text, changed = dumps_lossy(value)

    assert {"a": [None, None], "b": [{"c": None, "d": 1.5}]} == json.loads(text)
    assert (("a", 0), ("b", 0, "c")) == changed


def test_a_nest_too_deep_to_write_is_cut(engine: str) -> None:
    """The cut has a marker and a path."""
    nest: list[object] = []
    for _ in range(400):
        nest = [nest]

    text, changed = dumps_lossy(nest)

    assert 1 == text.count(b"[truncated]")
    assert 1 == len(changed)


def _endless(*parts: str) -> list[Any]:
    """Return a list that holds parts, where `itself` is the list and `beside` another that holds both."""
    one: list[Any] = []
    beside = [one, {"beside": one}]
    beside.append(beside)
    one += [{"itself": one, "beside": beside}.get(part, part) for part in parts]
    return one


def _everyone(count: int) -> list[Any]:
    """Return lists that each hold all of them."""
    lists: list[Any] = [[] for _ in range(count)]
    for one in lists:
        one += lists
    return lists


SHARED = ["shared"]
CUT = "[truncated]"
ENDLESS: list[tuple[Any, Any, list[str]]] = [
    (_endless("itself", "itself"), [CUT, CUT], ["$[0]", "$[1]"]),
    (_endless("a", "itself", "z"), ["a", CUT, "z"], ["$[1]"]),
    (_endless("beside"), [[CUT, {"beside": CUT}, CUT]], ["$[0][0]", "$[0][1].beside", "$[0][2]"]),
    ({"a": SHARED, "b": [SHARED, SHARED], "c": {1}}, {"a": SHARED, "b": [SHARED] * 2, "c": "[set]"}, ["$.c"]),
]


@pytest.mark.parametrize(
    ("value", "expected", "changed_paths"), ENDLESS, ids=["itself", "middle", "ring", "shared"]
)
def test_what_holds_itself_is_cut(engine: str, value: Any, expected: Any, changed_paths: list[str]) -> None:
    """Where it does; what only stands in two places is whole in both."""
    text, changed = dumps_lossy(value)

    assert expected == json.loads(text)
    assert changed_paths == [format_path(path, ("beside", "c")) for path in changed]


@pytest.mark.parametrize("value", [_endless(*["itself"] * 5, "beside"), _everyone(60)], ids=["five", "sixty"])
def test_what_holds_itself_many_times_is_written_soon(engine: str, value: Any) -> None:
    """Each of its containers once, not once for every way to it."""
    assert 100_000 > len(dumps_lossy(value)[0])


@given(st.recursive(st.one_of(st.integers(), st.text(), st.binary(), st.floats()), st.lists))
def test_anything_never_raises(value: object) -> None:
    """Whatever a program puts into a record."""
    json.loads(dumps_lossy(value)[0])


def test_surrogates_inside_json_text_are_mended() -> None:
    """A truncated emoji must not lose the prompt."""
    assert ({"a": "x\ufffd"}, True) == loads_lenient('{"a": "x\\ud83d"}')


def test_keys_that_become_alike_when_mended_are_all_kept(engine: str) -> None:
    """Each under the next free name."""
    text = '{"\\ud800": 1, "\\ud801": 2, "\ufffd": 3}'

    assert ({"\ufffd": 1, "\ufffd_": 2, "\ufffd__": 3}, True) == loads_lenient(text)


STRICT = [
    ('{"a": "\\ud800", "a": 1}', "a key is given twice in one object"),
    ('{"a": "\ud800", "a": 1}', "a key is given twice in one object"),
    ('["\\ud800", 1e400]', "a number is too large for a double"),
    ('["\ud800", 1e400]', "a number is too large for a double"),
    ('["\\ud800", NaN]', "NaN is no JSON number"),
    ("[" * 300 + '"\\ud800"' + "]" * 300, f"nested deeper than {MAX_DEPTH} levels"),
    ("[" * 300 + '"\ud800"' + "]" * 300, f"nested deeper than {MAX_DEPTH} levels"),
    ('["\ud800", x]', "malformed JSON, Expecting value (column 7)"),
]


@pytest.mark.parametrize(("text", "expected"), STRICT, ids=range(len(STRICT)))
def test_only_lone_surrogates_are_mended(engine: str, text: str, expected: str) -> None:
    """What is refused without them is refused with them."""
    with pytest.raises(JsonError) as caught:
        loads_lenient(text)

    assert expected == str(caught.value)


def test_many_names_that_meet_stay_short() -> None:
    """Underscores alone would grow with their number."""
    kept: dict[str, object] = {}
    for n in range(1000):
        keep(kept, "a", n)

    assert list(range(1000)) == list(kept.values())
    assert ["a", "a_", "a__", "a___", "a_4", "a_5"] == list(kept)[:6]
    assert max(map(len, kept)) < 10


DISGUISED = [
    b'{"a":1,"a":2,"b":"\\u0022:"}',
    b'{"a" :1,"b":2,"b":3}',
    b'{"a"\n:1,"b":2,"b":3}',
    b'{"a":1,"a":2,"b":"\\"\\u003a"}',
]


@pytest.mark.parametrize("text", DISGUISED, ids=range(len(DISGUISED)))
def test_a_repeated_key_is_refused_however_it_is_spelled(engine: str, text: bytes) -> None:
    """Counting keys alone would miss these."""
    with pytest.raises(JsonError, match="is given twice in one object"):
        loads(text)
