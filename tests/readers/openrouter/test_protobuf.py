"""A delivery in protobuf is read as the same delivery in JSON; other bytes are told apart from it."""

from __future__ import annotations

import base64
import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core.errors import ArgumentTypeError, MissingPackage
from broadcast_core.jsontext import dumps, loads
from broadcast_core.readers import Ignored, Read, Reading, read, read_protobuf
from broadcast_core.readers.openrouter.protobuf import NO_TRACES, UNREADABLE, as_json
from broadcast_core.record.codec import encode_line
from tests.readers.deliveries import (
    NAMES,
    SECOND,
    START,
    any_value,
    attempt,
    child,
    delivery,
    example,
    generation,
    pairs,
    root,
)
from tests.readers.messages import logs, message, metrics
from tests.readers.test_laws import ATTRIBUTES

pytest.importorskip("opentelemetry.proto")


def written(reading: Reading) -> list[Any]:
    """Return what was read as text, 5 is no 5.0, with what is told of it; the order of keys says nothing."""
    return [
        (json.dumps(json.loads(encode_line(one.generation)), sort_keys=True), one.diagnostics)
        if isinstance(one, Read)
        else one
        for one in reading.outcomes
    ]


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_read_alike(name: str) -> None:
    """With all that is told of it."""
    document = example(name)

    assert written(read(document)) == written(read_protobuf(message(document)))


# For any delivery ------------------------------------------------------------------------------------

_TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
_DOUBLES = st.floats() | st.sampled_from([5.0, -0.0, 2.0**53, 1e300, float("nan")])
_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | _DOUBLES | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=8,
)
_KEYS = st.sampled_from(ATTRIBUTES) | _TEXTS
_BYTES = st.binary(max_size=5).map(lambda data: {"bytesValue": _base64(data)})
_TIMES = st.integers(0, 2**64 - 1).map(lambda time: str(time) if time else "")
_COUNTS = st.integers(0, 2**32 - 1)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _as_collectors_write_it(value: Any) -> Any:
    """Return OTLP's JSON as a collector has it: 64 bits are texts, and what says nothing is left out."""
    if isinstance(value, list):
        return list(map(_as_collectors_write_it, value))
    if not isinstance(value, dict):
        return value
    if value.keys() == {"intValue"}:
        return {"intValue": str(value["intValue"])}
    if value.keys() == {"doubleValue"}:
        return {"doubleValue": _as_javascript(value["doubleValue"])}
    if len(value) == 1 and next(iter(value)).endswith("Value"):
        return {kind: _as_collectors_write_it(item) for kind, item in value.items()}
    stated = {key: item for key, item in value.items() if key == "key" or item not in ("", [], 0)}
    return {key: _as_collectors_write_it(item) for key, item in stated.items()}


def _as_javascript(number: float) -> Any:
    names = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}
    if str(number) in names:
        return names[str(number)]
    return int(number) if number == int(number) and abs(number) < 2**53 else number


@st.composite
def _attributes(draw: st.DrawFn) -> list[Any]:
    plain = draw(st.dictionaries(_KEYS, _PLAIN, max_size=6))
    raw = draw(
        st.lists(st.builds(lambda key, value: {"key": key, "value": value}, _KEYS, _BYTES), max_size=2)
    )
    return [*pairs(plain), *raw, *draw(st.sampled_from([[], raw[:1], [{"key": "without"}]]))]


@st.composite
def _parts(draw: st.DrawFn) -> dict[str, Any]:
    """Fields of a span beside those that it has anyway."""
    event = st.fixed_dictionaries(
        {"name": st.sampled_from(["exception", "e"]), "timeUnixNano": _TIMES, "attributes": _attributes()},
        optional={"droppedAttributesCount": _COUNTS},
    )
    link = st.fixed_dictionaries({"traceId": st.just("c" * 32), "attributes": _attributes()})
    return draw(
        st.fixed_dictionaries(
            {},
            optional={
                "kind": st.integers(0, 5),
                "status": st.fixed_dictionaries({}, optional={"code": st.integers(0, 2), "message": _TEXTS}),
                "startTimeUnixNano": _TIMES,
                "endTimeUnixNano": _TIMES,
                "traceState": _TEXTS,
                "flags": _COUNTS,
                "droppedEventsCount": _COUNTS,
                "parentSpanId": st.sampled_from(["", "f" * 16]),
                "events": st.lists(event, max_size=2),
                "links": st.lists(link, max_size=2),
            },
        )
    )


@st.composite
def _deliveries(draw: st.DrawFn) -> Any:
    """Deliveries of a root, children and spans without a root, with any attributes wherever they stand."""
    above = root(**draw(_parts()))
    above["attributes"] += draw(_attributes())
    below = [attempt(**draw(_parts())), child("generation"), child("search", **draw(_parts()))]
    spans = [above, *below[: draw(st.integers(0, 3))], *draw(st.sampled_from([[], [root(id=None)]]))]
    document = delivery(*spans)
    for group in document["resourceSpans"]:
        group["resource"]["attributes"] += draw(_attributes())
        group |= draw(st.sampled_from([{}, {"schemaUrl": "https://s.example"}]))
        group["scopeSpans"][0]["scope"] |= draw(st.sampled_from([{}, {"version": "2"}, {"name": "other"}]))
    return _as_collectors_write_it(document)


@given(document=_deliveries())
def test_any_delivery_is_read_as_its_json(document: Any) -> None:
    """Generations, rejections, and what is told of them; `loads` stands for the text that JSON comes as."""
    assert written(read(loads(dumps(document)))) == written(read_protobuf(message(document)))


@given(spans=st.integers(1, 3), data=st.data())
def test_a_message_is_the_json_that_a_collector_writes(spans: int, data: st.DataObject) -> None:
    """Not only what is read of it; a field with its default stands in neither."""
    document = delivery(*(root(data.draw(st.dictionaries(_TEXTS, _TEXTS, max_size=2))) for _ in range(spans)))

    assert document == as_json(message(document))


# Values ----------------------------------------------------------------------------------------------

VALUES: dict[str, tuple[dict[str, Any], Any]] = {
    "a large whole number": (any_value(2**63 - 1), {"intValue": "9223372036854775807"}),
    "a negative one": (any_value(-1), {"intValue": "-1"}),
    "a double": (any_value(0.1), {"doubleValue": 0.1}),
    "a double without a fraction": (any_value(5.0), {"doubleValue": 5}),
    "one too large to be exact": (any_value(2.0**53), {"doubleValue": 2.0**53}),
    "NaN": ({"doubleValue": "NaN"}, {"doubleValue": "NaN"}),
    "infinity": ({"doubleValue": "Infinity"}, {"doubleValue": "Infinity"}),
    "the other infinity": ({"doubleValue": "-Infinity"}, {"doubleValue": "-Infinity"}),
    "bytes": ({"bytesValue": "+/8="}, {"bytesValue": "+/8="}),
    "an empty text": (any_value(""), {"stringValue": ""}),
    "false": (any_value(False), {"boolValue": False}),
    "zero": (any_value(0), {"intValue": "0"}),
    "no value": ({}, {}),
    "an empty array": ({"arrayValue": {}}, {"arrayValue": {}}),
    "an array": (any_value([1, "a"]), {"arrayValue": {"values": [{"intValue": "1"}, {"stringValue": "a"}]}}),
    "pairs": (
        any_value({"k": True}),
        {"kvlistValue": {"values": [{"key": "k", "value": {"boolValue": True}}]}},
    ),
}


@pytest.mark.parametrize(("value", "expected"), VALUES.values(), ids=VALUES)
def test_a_value_is_that_of_otlps_json(value: Any, expected: Any) -> None:
    """With its type: 5 is no 5.0."""
    document = delivery(root(attributes=[{"key": "k", "value": value}]))
    found = as_json(message(document))

    assert isinstance(found, dict)
    (pair,) = found["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["attributes"]
    assert json.dumps(expected) == json.dumps(pair["value"])


def test_ids_are_hexadecimal_and_times_are_texts() -> None:
    """As OTLP's JSON has them, and not as protobuf's."""
    found = as_json(message(delivery(child("search", kind=2))))

    assert isinstance(found, dict)
    span = found["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    assert ("a" * 32, "b" * 16, 2) == (span["traceId"], span["parentSpanId"], span["kind"])
    assert (str(START), str(START + SECOND)) == (span["startTimeUnixNano"], span["endTimeUnixNano"])


def test_values_within_values_are_read_as_deep_as_protobuf_goes() -> None:
    """A level of an array is two of messages, and protobuf reads a hundred."""
    deep: Any = "x"
    for _ in range(46):
        deep = [deep]
    found = generation(as_json(message(delivery(root({"deep": deep})))))

    assert deep == found.extra["deep"]


# Other bytes -----------------------------------------------------------------------------------------


def problems_of(data: bytes) -> list[str]:
    """Return the problems of a message that is rejected whole."""
    (one,) = read_protobuf(data).rejected
    return [problem.what for problem in one.problems]


FOREIGN: dict[str, Any] = {
    "metrics": metrics,
    "a line of a log": lambda: logs("what a user said", time_unix_nano=1),
    "one that has no time": lambda: logs("what a user said", severity_number=9),
    "a number for its groups": lambda: b"\x08\x01",
    "nothing but a field that no message of traces has": lambda: b"\x10\x01",
    "a group with a number for its resource": lambda: b"\x0a\x02\x08\x01",
    "a scope with a number for its spans": lambda: b"\x0a\x04\x12\x02\x10\x01",
    "a trace id of 15 bytes": lambda: message(delivery(root(traceId="a" * 30))),
    "a span id of 9 bytes": lambda: message(delivery(root(spanId="a" * 18))),
    "a parent of 4 bytes": lambda: message(delivery(root(), child("search", parentSpanId="a" * 8))),
}
DAMAGED: dict[str, bytes] = {
    "text": b"hello world",
    "a message that is cut off": b"\x0a\x05ab",
    "a text that is no UTF-8": b"\x0a\x03\x1a\x01\xff",
    "zeros": b"\x00" * 8,
}


@pytest.mark.parametrize("make", FOREIGN.values(), ids=FOREIGN)
def test_what_is_not_of_traces_is_told(make: Any) -> None:
    """As one rejection, that quotes nothing."""
    assert [NO_TRACES] == problems_of(make())


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_what_is_no_message_is_told(data: bytes) -> None:
    """As one rejection, that quotes nothing."""
    assert [UNREADABLE] == problems_of(data)


def test_a_message_that_is_too_deep_is_no_failure() -> None:
    """A hundred levels are read, and here are more."""
    nested = b""
    for _ in range(60):  # array values within array values
        nested = _field(5, _field(1, nested))
    pair = _field(1, b"k") + _field(2, nested)

    assert [UNREADABLE] == problems_of(_field(1, _field(2, _field(2, _field(9, pair)))))


def _field(number: int, value: bytes) -> bytes:
    size, lengths = len(value), b""
    while size > 127:
        lengths += bytes([size & 127 | 128])
        size >>= 7
    return bytes([number << 3 | 2]) + lengths + bytes([size]) + value


def test_texts_in_a_list_are_read_alike() -> None:
    """As the keys of what a resource is about."""
    resource_pb2 = pytest.importorskip("opentelemetry.proto.resource.v1.resource_pb2")
    if "entity_refs" not in resource_pb2.Resource.DESCRIPTOR.fields_by_name:
        pytest.skip("a release without entities")
    document = delivery(root())
    document["resourceSpans"][0]["resource"]["entityRefs"] = [{"type": "service", "idKeys": ["a", "b"]}]

    assert "idKeys" in repr(written(read(document)))
    assert written(read(document)) == written(read_protobuf(message(document)))


def test_a_field_of_a_newer_release_is_no_mistake() -> None:
    """It is not read; everything else is."""
    document = delivery(root())
    newer = message(document) + b"\xfa\x07\x01x"  # field 127, a text

    assert written(read(document)) == written(read_protobuf(newer))


@given(
    data=st.binary(max_size=60) | st.binary(max_size=40).map(lambda more: message(delivery(root())) + more)
)
def test_reading_any_bytes_never_raises(data: bytes) -> None:
    """Whatever stands in a file."""
    assert isinstance(read_protobuf(data), Reading)


@given(data=st.data())
def test_a_message_with_wrong_bytes_is_read_or_rejected(data: st.DataObject) -> None:
    """One byte is another; what is read of it can be written."""
    whole = bytearray(message(delivery(root({"a": 1, "b": [0.5, "c"]}), attempt())))
    whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))

    written(read_protobuf(bytes(whole)))


def test_an_empty_message_is_a_delivery_without_spans() -> None:
    """As an empty object is."""
    assert read({}).outcomes == read_protobuf(b"").outcomes
    assert isinstance(read_protobuf(b"").outcomes[0], Ignored)


def test_what_is_no_bytes_is_refused() -> None:
    """With what to give."""
    with pytest.raises(
        ArgumentTypeError, match="expected the bytes of one message, got str: pass them as bytes"
    ):
        read_protobuf("text")  # type: ignore[arg-type]


def test_without_its_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever of the two is missing."""
    for name in ("google.protobuf.message", "opentelemetry.proto.trace.v1.trace_pb2"):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, name, None)
            with pytest.raises(
                MissingPackage, match=r"opentelemetry-proto: pip install 'broadcast-core\[protobuf\]'"
            ):
                read_protobuf(b"")
