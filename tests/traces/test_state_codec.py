"""State is stored as one JSON text: nothing is lost, the bytes are the same, a bad text is refused whole."""

from __future__ import annotations

import json
import math
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import (
    Content,
    Failure,
    Generation,
    Identity,
    Join,
    Plan,
    Policy,
    Route,
    State,
    StateError,
    Timing,
    TraceContext,
    dump_state,
    load_state,
    plan,
)
from broadcast_core.testing.strategies import EPOCH, generations
from broadcast_core.traces import state_codec as stored
from broadcast_core.traces.state import OpenTrace
from broadcast_core.traces.summary import Summary, Timestamped
from broadcast_opik import destination as opik
from broadcast_opik.config import LOCAL
from tests.fake import Lines

ROUTES = [
    Route.to(opik, {"base_url": LOCAL, "project_name": "demo", "attempts": True}),
    Route.to(Lines(), name="líñes"),
]
TRACES = st.sampled_from([None, "a", "b", "gen-1795305600-x"])
BATCH = st.lists(generations(trace_ids=TRACES), max_size=6)
PAIRS = st.text(st.sampled_from('a\ud83d\ude00\U0001f600\\"\n\x00é'), max_size=8)


def _sent(result: Plan) -> list[tuple[str, bytes]]:
    return [(request.url, request.body) for request in result.requests]


@given(st.lists(BATCH, min_size=1, max_size=4))
def test_planning_goes_on_from_a_stored_state_as_from_state_itself(parts: list[list[Generation]]) -> None:
    """For any generations and any split, byte by byte; and what was loaded is stored as it was."""
    state: dict[str, State] = {}
    for part in parts:
        text = dump_state(state)
        loaded = load_state(text)
        result, again = plan(part, ROUTES, state=state), plan(part, ROUTES, state=loaded)
        assert _sent(result) == _sent(again)
        assert result.outcomes == again.outcomes
        assert state == loaded
        assert text == dump_state(loaded)
        state = dict(result.state)


def _generation(name: str = "gen-1", **fields: Any) -> Generation:
    start = datetime(2026, 11, 23, 10, 0, 0, 123456, tzinfo=UTC)
    timing = Timing(start=start, end=start + timedelta(microseconds=1), first_token_ms=0.001)
    trace = TraceContext(
        trace_id="ticket-1",
        trace_name="Tïcket",
        span_name="draft",
        parent_span_id="p-1",
        tags=("b", "a"),
        metadata={"z": 1, "a": [True, None]},
    )
    about = {"timing": timing, "trace": trace, "identity": Identity(user_id="u", session_id="s"), **fields}
    return Generation(id=name, **about)


def _state(*some: Generation) -> dict[str, State]:
    return dict(plan(some or [_generation(content=Content(input="asked"))], ROUTES[0]).state)


def test_the_form_is_pinned() -> None:
    """When this fails, old files are no longer read: give the form a new version, and read both."""
    start, end = "2026-11-23T10:00:00.123456Z", "2026-11-23T10:00:00.123457Z"

    def pick(value: Any, time: str = start) -> dict[str, Any]:
        return {"time": time, "generation_id": "gen-1", "value": value}

    failure = {"type": "Bad", "code": "400", "message": None, "stacktrace": None, "raw": {"x": 1.0}}
    row = {
        "start": start,
        "end": end,
        "latest": end,
        "first_token": end,
        "generation_ids": ["gen-1"],
        "tags": ["a", "b"],
        "result": pick(failure, end),
        "name": pick("Tïcket"),
        "input": pick("asked"),
        "output": None,
        "user_id": pick("u"),
        "session_id": pick("s"),
        "metadata": [{"key": "z", "pick": pick(1)}, {"key": "a", "pick": pick([True, None])}],
        "withheld": False,
    }
    spans = [{"span": ["draft", "p-1"], "summary": row}]
    trace = {"origin": pick("p-1"), "latest": end, "summary": row, "spans": spans}
    traces = [{"key": "ticket-1", "trace": trace}]
    state = {"made_for": None, "traces": traces, "let_out": []}
    expected = {"format": "broadcast state", "version": 2, "routes": [{"name": "opik", "state": state}]}
    failed = _generation(content=Content(input="asked"), failure=Failure(**failure))

    assert _written(expected) == dump_state(_state(failed)).decode()
    old = {
        **expected,
        "version": 1,
        "routes": [{"name": "opik", "state": {"made_for": None, "traces": traces}}],
    }
    assert _state(failed) == load_state(_written(old).encode())


def _written(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"


def test_the_form_of_what_was_let_out_is_pinned() -> None:
    """As its record is written, with the place and the start that were planned first."""
    start = "2026-11-23T10:00:00.123456Z"
    timing = Timing(start=datetime(2026, 11, 23, 10, 0, 0, 123456, tzinfo=UTC))
    one = Generation(id="gen-1", timing=timing, model="m", content=Content(output=[math.nan, "\ud83d"]))
    hooked = attrs.evolve(ROUTES[1], policy=Policy(content_hook=lambda content: content))
    state = plan([one], hooked, join=Join()).state
    (kept,) = state["líñes"].let_out.values()
    version = {"id": "gen-1", "timing": {"start": start}, "status": "ok", "schema_version": 1, "model": "m"}
    expected = {
        "versions": [version],
        "start": start,
        "place": {"trace_id": None, "span_name": None, "parent_span_id": None},
        "held": [],
        "latest": start,
        "size": kept.size,
    }
    document = json.loads(dump_state(state))
    (route,) = document["routes"]
    (let_out,) = route["state"]["let_out"]
    content = let_out["let_out"]["versions"][0].pop("content")

    assert {"generation": "gen-1", "let_out": expected} == let_out
    assert (1, "\ud83d") == (len([one for one in content["output"] if one != one]), content["output"][1])
    assert {} == load_state(_written({**document, "routes": []}).encode())


@pytest.mark.parametrize("cls", [State, OpenTrace, Summary, Timestamped, Failure])
def test_every_field_is_in_the_form(cls: type) -> None:
    """A field that is added to a class must be stored, under a new version."""
    failed = _state(_generation(content=Content(input="x", output="y"), failure=Failure()))
    text = dump_state(failed).decode()

    kept = [field.name for field in attrs.fields(cls) if field.eq]  # the others follow from them

    assert [] == [name for name in kept if f'"{name}":' not in text]


def test_identities_are_stored_without_rows() -> None:
    """A few dozen bytes, and what is loaded is the same."""
    bounded = {"opik": _state()["opik"].forget_rows(before=EPOCH + timedelta(days=365))}
    text = dump_state(bounded)

    assert bounded == load_state(text)
    assert b'"summary":null,"spans":[{"span":["draft","p-1"],"summary":null}]' in text
    assert b"asked" not in text


def test_no_state_is_stored_too() -> None:
    """Of no route, and of a route without traces."""
    assert [{}, {"a": State()}] == [load_state(dump_state(one)) for one in ({}, {"a": State()})]


LOSSLESS: dict[str, Any] = {
    "halves of surrogate pairs": ["\ud800", "\udc00", "\udc00\ud800", "x\ud83dy\ude00"],
    "two halves beside each other, and the character": ["\ud83d\ude00", "\U0001f600", {"\ud83d\ude00": 1}],
    "what looks like an escape": ["\\ud83d\\ude00", "\ud83d\\ude00", "\\\ud83d\ude00"],
    "whole numbers of any size": [2**64, -(2**63) - 1, 10**400, 2**9_998],
    "floats": [0.1, -0.0, 5e-324, 1.7976931348623157e308, 1e22, 123456789.123456789],
    "infinities": [math.inf, -math.inf],
    "kinds that look alike": [1, 1.0, True, "1", None, "null", 0, False, ""],
    "controls": "\x00\x1f\x7f\u2028\ufeff\uffff",
    "the order of keys": {"z": 1, "a": 2, "": 3, "m": {"b": 1, "a": 2}},
    "empty": [[], {}, ""],
}


@pytest.mark.parametrize("value", LOSSLESS.values(), ids=LOSSLESS)
def test_values_come_back_as_they_were(value: Any) -> None:
    """With their types and the order of their keys."""
    state = _state(_generation(content=Content(input=value, output=value)))
    loaded = load_state(dump_state(state))
    row: Any = loaded["opik"].traces["ticket-1"].summary

    assert state == loaded
    assert [repr(value)] * 2 == [repr(row.input.value), repr(row.output.value)]


@given(PAIRS, PAIRS)
def test_any_text_comes_back_as_it_was(name: str, text: str) -> None:
    """In names of spans and tags, in keys and values; two halves are not taken for one character."""
    trace = TraceContext(trace_id="t", span_name=f"s{name}", tags=(name, text), metadata={name: text})
    state = _state(_generation(trace=trace, content=Content(input={text: name})))

    assert state == load_state(dump_state(state))


def test_nan_comes_back() -> None:
    """It equals nothing, itself included."""
    text = dump_state(_state(_generation(content=Content(input=[math.nan]))))
    trace = load_state(text)["opik"].traces["ticket-1"]

    assert b'"value":[NaN]' in text
    assert math.isnan(trace.summary.input.value[0])  # type: ignore[union-attr]


class _Color(Enum):
    RED = "red"


class _Word(str, Enum):  # noqa: UP042  # whose `str` is its name, as of enums before StrEnum
    """Texts with names."""

    A = "alpha"


def _nested(levels: int, inmost: Any = 1) -> Any:
    value = inmost
    for _ in range(levels):
        value = [value]
    return value


MENDED: dict[str, tuple[Any, Any]] = {
    "a tuple": ((1, 2), [1, 2]),
    "bytes": (b"x", "[bytes]"),
    "an enum": (_Color.RED, "red"),
    "an enum of texts, among others": ([_Word.A, {_Word.A: 1}], ["alpha", {"alpha": 1}]),
    "a time": (EPOCH, "2026-11-20T00:00:00+00:00"),
    "keys that are no texts": ({1: "a", "1": "b", None: "c"}, {"1": "a", "1_": "b", "null": "c"}),
    "a whole number of thousands of digits": (10**5000, "[truncated]"),
    "nested too deep": (_nested(300), _nested(253, "[truncated]")),
    "among others": ({"a": [{2}, "\ud800"]}, {"a": ["[set]", "\ufffd"]}),
}


@pytest.mark.parametrize(("value", "expected"), MENDED.values(), ids=MENDED)
def test_what_json_cannot_carry_is_stored_as_a_request_would_write_it(value: Any, expected: Any) -> None:
    """The requests of the next plan are the same, and storing again changes nothing."""
    state = _state(_generation(content=Content(input={"x": value})))
    text = dump_state(state)
    loaded = load_state(text)
    late = [_generation("gen-2")]

    assert {"x": expected} == loaded["opik"].traces["ticket-1"].summary.input.value  # type: ignore[union-attr]
    assert text == dump_state(loaded)
    assert _sent(plan(late, ROUTES[0], state=state)) == _sent(plan(late, ROUTES[0], state=loaded))


def test_a_tag_that_is_no_text_becomes_one() -> None:
    """A program may hand over anything."""
    pick = Timestamped(EPOCH, "gen-1", None)
    summary = attrs.evolve(_state()["opik"].traces["ticket-1"].summary, tags=frozenset((5, "5", "a")))
    text = dump_state({"x": State({"t": OpenTrace(origin=pick, latest=EPOCH, summary=summary)})})

    assert b'"tags":["5","a"]' in text
    assert text == dump_state(load_state(text))


def test_an_enum_of_texts_is_stored_as_its_text() -> None:
    """Wherever a text stands, as in a request."""
    trace = TraceContext(
        trace_id="t",
        trace_name=_Word.A,
        span_name=_Word.A,
        tags=(_Word.A, "b"),
        metadata={_Word.A: _Word.A},
    )
    state = _state(_generation(trace=trace, content=Content(input=_Word.A)))
    text = dump_state(state)

    assert state == load_state(text)
    assert (b"_Word.A" not in text, True) == (True, b'"tags":["alpha","b"]' in text)


ALIKE: dict[str, tuple[dict[Any, str], list[str]]] = {
    "a number and its text": ({1: "a", "1": "b"}, ["1", "1_"]),
    "three": ({1: "a", "1": "b", 1.5: "c", "1.5": "d", "1_": "e"}, ["1", "1_", "1.5", "1.5_", "1__"]),
    "nothing and its name": ({"null": "a", None: "b"}, ["null", "null_"]),
    "as JSON names them": ({True: "a", 1.5: "b", _Word.A: "c"}, ["true", "1.5", "alpha"]),
}


@pytest.mark.parametrize(("metadata", "expected"), ALIKE.values(), ids=ALIKE)
def test_keys_that_are_written_alike_stay_apart(metadata: dict[Any, str], expected: list[str]) -> None:
    """What was dumped is never refused, and nothing is lost; keys are named as in a request."""
    trace = TraceContext(trace_id="ticket-1", metadata=metadata)
    text = dump_state(_state(_generation(trace=trace)))
    row: Any = load_state(text)["opik"].traces["ticket-1"].summary

    assert list(zip(expected, metadata.values(), strict=True)) == [
        (key, pick.value) for key, pick in row.metadata.items()
    ]
    assert text == dump_state(load_state(text))


def test_spans_and_traces_that_are_written_alike_stay_apart() -> None:
    """By their names; other spans keep theirs."""
    spans: Any = {("s", 1): None, ("s", "1"): None, ("s_", "1"): None, ("s", None): None}
    trace = OpenTrace(origin=Timestamped(EPOCH, "gen-1", None), latest=EPOCH, spans=spans)
    traces: Any = {1: trace, "1": trace}
    loaded = load_state(dump_state({"x": State(traces)}))["x"].traces

    assert ["1", "1_"] == list(loaded)
    assert [("s", "1"), ("s_", "1"), ("s__", "1"), ("s", None)] == list(loaded["1"].spans)


ODD = st.one_of(
    st.sampled_from([_Word.A, _Color.RED, "alpha", "1", "1_", "null", "None", "", b"x", (1,), EPOCH]),
    st.integers(-1, 1),
    st.floats(),
    st.none(),
    st.booleans(),
)


TAGS = st.sampled_from([_Word.A, "alpha", "1", "1_", "null", ""])


@given(st.dictionaries(ODD, ODD), st.lists(TAGS), st.sampled_from(["s", _Word.A]))
def test_whatever_a_program_gives_is_stored_so_that_it_loads(
    metadata: dict[Any, Any], tags: list[Any], span: str
) -> None:
    """And what was loaded is stored as it was."""
    trace = TraceContext(trace_id="t", span_name=span, tags=tuple(tags), metadata=metadata)
    other = attrs.evolve(trace, span_name="alpha")
    text = dump_state(_state(_generation(trace=trace), _generation("gen-2", trace=other)))

    assert text == dump_state(load_state(text))


def test_the_bytes_do_not_depend_on_the_order_of_sets() -> None:
    """They are sorted; all else stands in the order in which it came."""
    one, other = (_generation(f"gen-{n}") for n in (1, 2))
    tags = [attrs.evolve(one, trace=attrs.evolve(one.trace, tags=tuple(order))) for order in ("xyz", "zxy")]

    assert dump_state(_state(tags[0], other)) == dump_state(_state(tags[1], other))


def _at(document: Any, *path: str | int) -> Any:
    for step in path:
        document = document[step]
    return document


TRACE = ("routes", 0, "state", "traces", 0, "trace")
ROW = (*TRACE, "summary")
PATH = "$.routes[0].state.traces[0].trace"
Change = Callable[[Any], Any]


def _set(*path: str | int, to: Any) -> Change:
    def change(document: Any) -> Any:
        _at(document, *path[:-1])[path[-1]] = to
        return document

    return change


def _drop(*path: str | int) -> Change:
    def change(document: Any) -> Any:
        del _at(document, *path[:-1])[path[-1]]
        return document

    return change


def _twice(*path: str | int) -> Change:
    def change(document: Any) -> Any:
        _at(document, *path).append(_at(document, *path)[0])
        return document

    return change


def _time(what: str) -> tuple[str, str]:
    return ("expected a time such as 2026-11-23T10:00:00.123456Z", what)


WRONG: dict[str, tuple[Change, str, str]] = {
    "another JSON": (lambda _: [1], "this is JSON, but no stored state", "$"),
    "another object": (lambda _: {"id": "my secret"}, "this is JSON, but no stored state", "$"),
    "another format": (_set("format", to="x"), "this is JSON, but no stored state", "$"),
    "a newer version": (
        _set("version", to=3),
        "written by a newer release, this one reads version 2",
        "$.version",
    ),
    "no version": (_drop("version"), "expected the version 2", "$.version"),
    "a version that is none": (_set("version", to=True), "expected the version 2", "$.version"),
    "an old version": (_set("version", to=0), "expected the version 2", "$.version"),
    "no routes": (_drop("routes"), "expected the fields format, version and routes, and no other", "$"),
    "a field more": (
        _set("my secret", to=1),
        "expected the fields format, version and routes, and no other",
        "$",
    ),
    "routes of another kind": (_set("routes", to={}), "expected an array, got an object", "$.routes"),
    "a route of another kind": (_set("routes", 0, to=1), "expected an object, got a number", "$.routes[0]"),
    "a route without a name": (_drop("routes", 0, "name"), "missing: name", "$.routes[0]"),
    "a route given twice": (_twice("routes"), "given twice", "$.routes[1].name"),
    "a trace given twice": (_twice(*TRACE[:-2]), "given twice", "$.routes[0].state.traces[1].key"),
    "a key that is no text": (
        _set(*TRACE[:-1], "key", to=1),
        "expected text, got a number",
        "$.routes[0].state.traces[0].key",
    ),
    "an unknown field of a trace": (
        _set(*TRACE, "my secret", to=1),
        "a field that this release does not know",
        PATH,
    ),
    "missing fields of a trace": (
        lambda document: _drop(*TRACE, "spans")(_drop(*TRACE, "origin")(document)),
        "missing: origin, spans",
        PATH,
    ),
    "an unknown field of a row": (
        _set(*ROW, "x", to=1),
        "a field that this release does not know",
        f"{PATH}.summary",
    ),
    "an unknown field of a pick": (
        _set(*ROW, "input", "x", to=1),
        "a field that this release does not know",
        f"{PATH}.summary.input",
    ),
    "a missing field of a row": (_drop(*ROW, "tags"), "missing: tags", f"{PATH}.summary"),
    "no time": (_set(*TRACE, "latest", to=None), "expected text, got null", f"{PATH}.latest"),
    "a time in words": (_set(*TRACE, "latest", to="my secret"), *_time(f"{PATH}.latest")),
    "a time without a zone": (_set(*TRACE, "latest", to="2026-11-23T10:00:00"), *_time(f"{PATH}.latest")),
    "a day that is none": (_set(*TRACE, "latest", to="2026-02-31T10:00:00Z"), *_time(f"{PATH}.latest")),
    "a time before 1970": (_set(*TRACE, "latest", to="0001-01-01T00:00:00Z"), *_time(f"{PATH}.latest")),
    "a time after 2300": (_set(*TRACE, "latest", to="9999-12-31T23:59:59Z"), *_time(f"{PATH}.latest")),
    "a flag that is none": (
        _set(*ROW, "withheld", to=0),
        "expected true or false, got a number",
        f"{PATH}.summary.withheld",
    ),
    "a tag that is no text": (
        _set(*ROW, "tags", 0, to=["my secret"]),
        "expected text, got an array",
        f"{PATH}.summary.tags[0]",
    ),
    "an outcome that is no failure": (
        _set(*ROW, "result", "value", to="my secret"),
        "expected an object, got text",
        f"{PATH}.summary.result.value",
    ),
    "an origin that is no text": (
        _set(*TRACE, "origin", "value", to=5),
        "expected text, got a number",
        f"{PATH}.origin.value",
    ),
    "a span without a parent": (
        _set(*TRACE, "spans", 0, "span", to=["draft"]),
        "expected an array of two",
        f"{PATH}.spans[0].span",
    ),
    "a span with a parent that is no text": (
        _set(*TRACE, "spans", 0, "span", to=["draft", 1]),
        "expected text, got a number",
        f"{PATH}.spans[0].span[1]",
    ),
    "a span given twice": (_twice(*TRACE, "spans"), "given twice", f"{PATH}.spans[1].span"),
    "a value nested too deep": (
        _set(*ROW, "input", "value", to=_nested(255)),
        "nested deeper than 254 levels",
        f"{PATH}.summary.input.value",
    ),
}


@pytest.mark.parametrize(("change", "what", "path"), WRONG.values(), ids=WRONG)
def test_a_wrong_text_is_refused_whole(change: Change, what: str, path: str) -> None:
    """With what is wrong, where, and what to do; what stands there is not quoted."""
    text = json.dumps(change(json.loads(dump_state(_state())))).encode()
    with pytest.raises(StateError) as caught:
        load_state(text)

    assert (what, path) == (caught.value.what, caught.value.path)
    assert f"{what} @ {path}; {caught.value.advice}" == str(caught.value)
    assert "my secret" not in str(caught.value)


NO_JSON: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "the text is empty"),
    "blank": (b" \n", "the text is empty"),
    "words": (b"my secret", "malformed JSON, Expecting value (character 1 of 9)"),
    "no UTF-8": (b'{"a":"\xff"}', "byte 7 is no UTF-8"),
    "a pickle": (pickle.dumps({"a": State()}), "byte 1 is no UTF-8"),
    "a key given twice": (b'{"format":"x","format":"y"}', "a key is given twice in one object"),
    "nested far too deep": (b"[" * 200_000, "nested too deep"),
    "objects nested far too deep": (b'{"a":' * 200_000, "nested too deep"),
    "a number of 5,000 digits": (b"[" + b"1" * 5_000 + b"]", "a whole number is too long"),
}


@pytest.mark.parametrize(("text", "expected"), NO_JSON.values(), ids=NO_JSON)
def test_what_is_no_json_is_refused(text: bytes, expected: str) -> None:
    """Without a word of it."""
    with pytest.raises(StateError) as caught:
        load_state(text)

    assert expected == caught.value.what
    assert "my secret" not in str(caught.value)


def test_a_text_that_is_cut_off_is_refused_wherever_it_ends() -> None:
    """But for its last newline."""
    text = dump_state(_state(_generation(content=Content(input="a\ud83d\ude00b"))))
    loaded = [end for end in range(len(text)) if _loads(text[:end])]

    assert [len(text) - 1] == loaded


def _loads(text: bytes) -> bool:
    try:
        load_state(text)
    except StateError:
        return False
    return True


@given(st.binary(max_size=40), st.integers(0, 3000), st.integers(0, 40))
def test_a_text_that_is_damaged_is_refused_or_loaded(junk: bytes, start: int, length: int) -> None:
    """Nothing else is raised."""
    text = dump_state(_state())
    if _loads(damaged := text[:start] + junk + text[start + length :]):
        assert load_state(damaged) == load_state(dump_state(load_state(damaged)))


def test_the_error_says_what_to_do() -> None:
    """Three things can be done; the error survives pickle, as from another process."""
    errors = []
    for text in (b"", b"[]", b'{"format":"broadcast state","version":3}'):
        with pytest.raises(StateError) as caught:
            load_state(text)
        errors.append(caught.value)

    assert [
        "use an older copy, or remove it: late requests of traces that are open then make new ones",
        "give what dump_state wrote, or `broadcast plan --state`",
        "upgrade broadcast-core",
    ] == [error.advice for error in errors]
    assert [str(error) for error in errors] == [str(pickle.loads(pickle.dumps(error))) for error in errors]


def test_only_the_state_of_a_plan_is_stored() -> None:
    """Not that of one route."""
    with pytest.raises(TypeError, match="expected the state of the plan before, got a State"):
        dump_state(State())  # type: ignore[arg-type]


def test_the_version_is_that_of_the_form() -> None:
    """A text of today begins with it."""
    assert dump_state({}).startswith(
        b'{"format":"%s","version":%d,' % (stored.FORMAT.encode(), stored.VERSION)
    )
