"""The envelope of OTLP/JSON: every spelling of a value, and nothing of it lost."""

from __future__ import annotations

from typing import Any

import pytest

from broadcast_core.readers.openrouter.otlp import UNREAD, Event, any_value, attributes, spans
from tests.readers.deliveries import SPAN_PATH, delivery, pairs, root

VALUES: dict[str, tuple[Any, Any]] = {
    "text": ({"stringValue": "a"}, "a"),
    "an empty text": ({"stringValue": ""}, ""),
    "a boolean": ({"boolValue": False}, False),
    "a boolean as text": ({"boolValue": "true"}, "true"),
    "an int": ({"intValue": 47}, 47),
    "an int as text": ({"intValue": "47"}, 47),
    "a negative int as text": ({"intValue": "-47"}, -47),
    "the largest int": ({"intValue": "9223372036854775807"}, 2**63 - 1),
    "the smallest int": ({"intValue": "-9223372036854775808"}, -(2**63)),
    "an int below it": ({"intValue": "-9223372036854775809"}, "-9223372036854775809"),
    "an int of 20 digits": ({"intValue": "1" * 20}, "1" * 20),
    "a sign alone": ({"intValue": "-"}, "-"),
    "a double with another sign": ({"doubleValue": "1_0"}, "1_0"),
    "an int beyond 64 bits": ({"intValue": "1" + "0" * 30}, "1" + "0" * 30),
    "an int that is none": ({"intValue": "abc"}, "abc"),
    "a double": ({"doubleValue": 0.5}, 0.5),
    "a whole double": ({"doubleValue": 121}, 121),
    "a double as text": ({"doubleValue": "1e-6"}, 1e-6),
    "NaN": ({"doubleValue": "NaN"}, "NaN"),
    "infinity": ({"doubleValue": "-Infinity"}, "-Infinity"),
    "bytes": ({"bytesValue": "AAE="}, "AAE="),
    "an array": ({"arrayValue": {"values": [{"intValue": "1"}, {"stringValue": "b"}]}}, [1, "b"]),
    "an empty array": ({"arrayValue": {}}, []),
    "an object": ({"kvlistValue": {"values": [{"key": "a", "value": {"intValue": 1}}]}}, {"a": 1}),
    "an empty object": ({"kvlistValue": {"values": []}}, {}),
    "nothing": ({}, None),
    "null": (None, None),
    "a null int": ({"intValue": None}, None),
}
ODD: dict[str, Any] = {
    "an unknown kind": {"dateValue": "2026-11-23"},
    "two kinds": {"stringValue": "a", "intValue": 1},
    "a bare text": "a",
    "a bare number": 3.5,
    "an array without values": {"arrayValue": ["a"]},
    "an array of text": {"arrayValue": "a"},
    "an array whose values are none": {"arrayValue": {"values": "a"}},
    "an object of text": {"kvlistValue": "a"},
    "an object with odd pairs": {"kvlistValue": {"values": [{"kee": "a"}]}},
    "an object with a key twice": {"kvlistValue": {"values": pairs({"a": 1}) + pairs({"a": 2})}},
}


@pytest.mark.parametrize(("spelled", "expected"), VALUES.values(), ids=VALUES)
def test_a_value_is_read_in_every_spelling(spelled: Any, expected: Any) -> None:
    """As the specification has it, and as senders write it."""
    value = any_value(spelled)

    assert (type(expected), expected) == (type(value), value)


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_what_is_no_value_stays_as_it_is(odd: Any) -> None:
    """Nothing inside it is lost."""
    assert odd == any_value(odd)


def test_the_first_value_of_a_key_stays() -> None:
    """The other one is kept beside it."""
    again = pairs({"a": 2})

    assert {"a": 1, "b": 3, UNREAD: again} == attributes(pairs({"a": 1}) + again + pairs({"b": 3}))


def test_a_key_that_is_repeated_alike_is_one_key() -> None:
    """Nothing was lost, so nothing is said."""
    assert {"a": [1]} == attributes(pairs({"a": [1]}) + pairs({"a": [1]}))


def test_a_span_may_have_no_attributes() -> None:
    """Then nothing is said of them."""
    assert [{}, {}] == [attributes(None), attributes([])]


ODD_ATTRIBUTES: dict[str, tuple[Any, list[Any]]] = {
    "an object": ({"a": 1}, [{"a": 1}]),
    "text": ("a", ["a"]),
    "a number among pairs": ([7], [7]),
    "a pair without its key": ([{"value": {"intValue": 1}}], [{"value": {"intValue": 1}}]),
    "a key that is no text": ([{"key": 5, "value": {}}], [{"key": 5, "value": {}}]),
}


@pytest.mark.parametrize(("odd", "expected"), ODD_ATTRIBUTES.values(), ids=ODD_ATTRIBUTES)
def test_attributes_that_are_no_pairs_are_kept_together(odd: Any, expected: list[Any]) -> None:
    """Under a key of their own."""
    assert {UNREAD: expected} == attributes(odd)


def test_a_pair_that_says_more_is_read_and_kept() -> None:
    """Under the key of what is no attribute."""
    pair = {"key": "a", "value": {"intValue": 1}, "unit": "ms"}

    assert {"a": 1, UNREAD: [pair]} == attributes([pair])


RESOURCES: dict[str, tuple[Any, dict[str, Any]]] = {
    "attributes": ({"attributes": pairs({"a": 1})}, {"a": 1}),
    "something beside them": (
        {"attributes": pairs({"a": 1}), "droppedAttributesCount": 2, "entityRefs": []},
        {"a": 1, UNREAD: [{"droppedAttributesCount": 2}]},
    ),
    "something beside them and among them": ({"attributes": [5], "x": 1}, {UNREAD: [5, {"x": 1}]}),
    "an array": (["a"], {UNREAD: [["a"]]}),
    "null": (None, {}),
}


@pytest.mark.parametrize(("resource", "expected"), RESOURCES.values(), ids=RESOURCES)
def test_a_resource_is_its_attributes(resource: Any, expected: dict[str, Any]) -> None:
    """And whatever else it says."""
    document = delivery(root())
    document["resourceSpans"][0]["resource"] = resource

    ((span,), _) = spans(document)

    assert expected == span.resource


def test_an_event_has_its_name_its_time_and_what_else_it_says() -> None:
    """Its attributes are plain."""
    event = {"name": "e", "timeUnixNano": "5", "attributes": pairs({"a": 1}), "droppedAttributesCount": 2}

    ((span,), _) = spans(delivery(root(events=[event])))

    assert (
        Event(name="e", time="5", attributes={"a": 1}, other={"droppedAttributesCount": 2}),
    ) == span.events


def test_a_span_has_its_path_and_plain_attributes() -> None:
    """Also in the second group and scope."""
    one = {"scopeSpans": [{"spans": []}, {"spans": [root({"a": 1}, id=None)]}]}

    found, broken = spans({"resourceSpans": [{}, one]})

    assert ([], [("$.resourceSpans[1].scopeSpans[1].spans[0]", {"a": 1})]) == (
        broken,
        [(span.path, span.attributes) for span in found],
    )


BROKEN: dict[str, tuple[Any, list[str]]] = {
    "no object": ([1], ["expected an object with resourceSpans @ $"]),
    "null": (None, ["expected an object with resourceSpans @ $"]),
    "something else": (
        {"resourceLogs": [1]},
        ["missing: an array of objects in 'resourceSpans' @ $.resourceSpans"],
    ),
    "groups that are an object": (
        {"resourceSpans": {"a": 1}},
        ["expected an array of objects in 'resourceSpans' @ $.resourceSpans"],
    ),
    "a group that is text": ({"resourceSpans": ["a"]}, ["expected an object @ $.resourceSpans[0]"]),
    "spans without their scope": (
        {"resourceSpans": [{"spans": [root()]}]},
        ["missing: an array of objects in 'scopeSpans' @ $.resourceSpans[0].scopeSpans"],
    ),
    "scopes that are text": (
        {"resourceSpans": [{"scopeSpans": "a"}]},
        ["expected an array of objects in 'scopeSpans' @ $.resourceSpans[0].scopeSpans"],
    ),
    "a scope that is null": (
        {"resourceSpans": [{"scopeSpans": [None]}]},
        ["expected an object @ $.resourceSpans[0].scopeSpans[0]"],
    ),
    "spans under another name": (
        {"resourceSpans": [{"scopeSpans": [{"span": [root()]}]}]},
        ["missing: an array of objects in 'spans' @ $.resourceSpans[0].scopeSpans[0].spans"],
    ),
    "a span that is a number": (
        {"resourceSpans": [{"scopeSpans": [{"spans": [1]}]}]},
        [f"expected an object @ {SPAN_PATH}"],
    ),
    "a span that is an array": (
        {"resourceSpans": [{"scopeSpans": [{"spans": [[]]}]}]},
        [f"expected an object @ {SPAN_PATH}"],
    ),
}


@pytest.mark.parametrize(("document", "expected"), BROKEN.values(), ids=BROKEN)
def test_a_broken_envelope_is_told_by_its_path(document: Any, expected: list[str]) -> None:
    """One problem for each part that is broken."""
    found, broken = spans(document)

    assert ([], expected) == (found, [str(problem) for problem in broken])


EMPTY: dict[str, Any] = {
    "no keys": {},
    "no groups": {"resourceSpans": []},
    "null": {"resourceSpans": None},
    "a group without scopes": {"resourceSpans": [{"resource": {"attributes": []}, "schemaUrl": ""}]},
    "a scope without spans": {"resourceSpans": [{"scopeSpans": [{"scope": {"name": "openrouter"}}]}]},
    "no spans": {"resourceSpans": [{"scopeSpans": [{"spans": []}]}]},
}


@pytest.mark.parametrize("document", EMPTY.values(), ids=EMPTY)
def test_an_empty_envelope_is_not_broken(document: Any) -> None:
    """Null and absent are alike in OTLP."""
    assert ([], []) == spans(document)


def test_a_broken_part_costs_no_other() -> None:
    """The span beside it is read."""
    document = delivery(7, root({"a": 1}, id=None))

    found, broken = spans(document)

    assert ([{"a": 1}], [f"expected an object @ {SPAN_PATH}"]) == (
        [span.attributes for span in found],
        [str(problem) for problem in broken],
    )


def test_a_key_that_is_our_word_for_what_is_unread_is_kept() -> None:
    """With whatever else is unread."""
    odd = [*pairs({UNREAD: "a"}), "b", *pairs({UNREAD: ["c"]})]
    document = delivery(root(attributes=odd), resource={UNREAD: "d"})

    ((span,), _) = spans(document)

    assert ({UNREAD: odd}, {UNREAD: pairs({UNREAD: "d"})}) == (span.attributes, span.resource)


OTHER: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "links": ({"links": [{"traceId": "1"}]}, {"links": [{"traceId": "1"}]}),
    "a trace state": ({"traceState": "a=1"}, {"traceState": "a=1"}),
    "an unknown key": ({"colour": "red"}, {"colour": "red"}),
    "a name that is a number": ({"name": 5}, {"name": 5}),
    "a parent that is an object": ({"parentSpanId": {"a": 1}}, {"parentSpanId": {"a": 1}}),
    "a status that is text": ({"status": "bad"}, {"status": "bad"}),
    "a status that says more": ({"status": {"code": 1, "why": "x"}}, {"status": {"why": "x"}}),
    "a status whose words are none": ({"status": {"code": 2, "message": [5]}}, {"status": {"message": [5]}}),
    "a status of an unknown code": ({"status": {"code": 7}}, {"status": {"code": 7}}),
    "a status of an unknown word": ({"status": {"code": "meh"}}, {"status": {"code": "meh"}}),
    "a status whose code is an object": ({"status": {"code": {"a": 2}}}, {"status": {"code": {"a": 2}}}),
    "a status in words": ({"status": {"code": "STATUS_CODE_Unset"}}, {}),
    "events that are text": ({"events": "bad"}, {"events": "bad"}),
    "an event that is text": ({"events": ["bad"]}, {"events": ["bad"]}),
    "defaults": ({"links": [], "traceState": "", "droppedLinksCount": 0, "flags": 1}, {}),
}


@pytest.mark.parametrize(("changes", "expected"), OTHER.values(), ids=OTHER)
def test_what_a_span_says_beside_its_attributes_is_kept(
    changes: dict[str, Any], expected: dict[str, Any]
) -> None:
    """Unless it is a default."""
    ((span,), _) = spans(delivery(root(**changes)))

    assert expected == span.other


def test_what_stands_around_a_span_is_kept() -> None:
    """An unusual scope, and keys that no specification names."""
    document = delivery(root())
    document["account"] = "a"
    document["resourceSpans"][0]["schemaUrl"] = "https://example.org/schema"
    document["resourceSpans"][0]["region"] = "eu"
    document["resourceSpans"][0]["scopeSpans"][0]["scope"] = {"name": "openrouter", "version": "2"}

    ((span,), _) = spans(document)

    assert {"account": "a", "region": "eu", "scope": {"name": "openrouter", "version": "2"}} == span.other


STATUS: dict[str, tuple[Any, bool]] = {
    "unset": ({}, False),
    "ok": ({"code": 1}, False),
    "error": ({"code": 2}, True),
    "error as text": ({"code": "2"}, True),
    "error as a collector spells it": ({"code": "STATUS_CODE_ERROR"}, True),
    "error in small letters": ({"code": "status_code_error"}, True),
    "error as a word": ({"code": "Error"}, True),
    "error as a value of an attribute": ({"code": {"intValue": "2"}}, True),
    "ok as a word": ({"code": "OK"}, False),
    "true": ({"code": True}, False),
    "no object": ("STATUS_CODE_ERROR", False),
    "a code that is an object": ({"code": {"a": 2}}, False),
}


@pytest.mark.parametrize(("status", "expected"), STATUS.values(), ids=STATUS)
def test_a_failed_span_is_known_in_every_spelling(status: Any, expected: bool) -> None:
    """A number, a text, a name."""
    ((span,), _) = spans(delivery(root(status=status)))

    assert expected == span.failed
