"""What no field of the record knows is kept, and what was shortened is named."""

from __future__ import annotations

from typing import Any

import pytest

from tests.readers.deliveries import (
    END,
    ID,
    PATH,
    START,
    TRACE,
    attempt,
    child,
    delivery,
    generation,
    of,
    pairs,
    read_one,
    root,
)


def test_an_unknown_child_is_kept_whole() -> None:
    """Its attributes, its times, its status."""
    span = child("moderation", {"verdict": "fine"}, endTimeUnixNano=str(END))

    assert {
        "child spans": [
            {
                "name": "moderation",
                "attributes": {"span.type": "span", "verdict": "fine"},
                "startTimeUnixNano": str(START),
                "endTimeUnixNano": str(END),
                "status": {"code": 1},
            }
        ]
    } == generation(delivery(root(), span)).extra


@pytest.mark.parametrize(
    "status", [{"code": 2, "message": "Cut off"}, {"code": 2}, {"code": 1, "message": "Slow"}], ids=repr
)
def test_an_error_of_the_stream_is_kept(status: dict[str, Any]) -> None:
    """The request as a whole went well."""
    span = child("generation", status=status)

    assert {"child spans": [{"name": "generation", "status": status}]} == generation(
        delivery(root(), span)
    ).extra


def test_how_well_a_stream_went_is_not_kept() -> None:
    """In whatever words."""
    assert {} == generation(delivery(root(), child("generation", status={"code": 0}))).extra


def test_an_error_of_the_stream_that_is_that_of_the_request_is_known() -> None:
    """Both say the same."""
    status = {"code": 2, "message": "Cut off"}

    assert {} == generation(delivery(root(status=status), child("generation", status=status))).extra


def test_two_unknown_children_of_one_name_are_both_kept() -> None:
    """In the order of their start, then of their ids."""
    spans = [child("search", {"n": number}, spanId=f"{number:016x}") for number in (1, 2)]

    extra = generation(delivery(*spans, root())).extra

    assert [1, 2] == [one["attributes"]["n"] for one in extra["child spans"]]


MARKS: dict[str, tuple[dict[str, Any], tuple[str, ...], dict[str, Any], dict[str, Any]]] = {
    "a boolean": (
        {"gen_ai.prompt": "a", "gen_ai.prompt.truncated": True},
        ("gen_ai.prompt",),
        {},
        {},
    ),
    "a text": ({"gen_ai.prompt": "a", "gen_ai.prompt.truncated": "true"}, ("gen_ai.prompt",), {}, {}),
    "false is no mark": (
        {"gen_ai.prompt": "a", "gen_ai.prompt.truncated": False},
        (),
        {},
        {"gen_ai.prompt.truncated": False},
    ),
    "of an opt-in field": (
        {
            "trace.metadata.openrouter_generation.usage": 1,
            "trace.metadata.openrouter_generation.usage.truncated": True,
        },
        ("trace.metadata.openrouter_generation.usage",),
        {},
        {},
    ),
    "a key of the caller's": ({"trace.metadata.log.truncated": True}, (), {"log.truncated": True}, {}),
}


@pytest.mark.parametrize(("attributes", "expected", "metadata", "extra"), MARKS.values(), ids=MARKS)
def test_a_mark_of_truncation_stands_beside_its_key(
    attributes: dict[str, Any], expected: tuple[str, ...], metadata: dict[str, Any], extra: dict[str, Any]
) -> None:
    """Anything else of that name is somebody else's."""
    found = of(attributes)

    assert (expected, metadata, extra) == (found.truncated, found.trace.metadata, found.extra)


def test_the_event_names_what_was_shortened() -> None:
    """Also where a mark is missing."""
    event = {"name": "openrouter.trace_truncated", "attributes": pairs({"keys": '["a", "b"]', "limit": 5})}
    found = of({"b": 1, "b.truncated": True}, events=[event])

    assert ("a", "b") == found.truncated
    assert {
        "b": 1,
        "events": [{"name": "openrouter.trace_truncated", "attributes": {"limit": 5}}],
    } == found.extra


def test_the_event_may_name_one_key() -> None:
    """Without a list."""
    event = {"name": "openrouter.trace_truncated", "attributes": pairs({"keys": "gen_ai.prompt"})}

    assert ("gen_ai.prompt",) == of({}, events=[event]).truncated


def test_what_the_event_names_that_is_no_key_is_kept() -> None:
    """With the keys beside it."""
    attributes = {"keys": ["a", "", 5]}
    found = of({}, events=[{"name": "openrouter.trace_truncated", "attributes": pairs(attributes)}])

    assert (("a",), {"events": [{"name": "openrouter.trace_truncated", "attributes": attributes}]}) == (
        found.truncated,
        found.extra,
    )


UNKNOWN: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "an attribute": ({"weather": "fine"}, {"weather": "fine"}),
    "an attribute of the gateway's": (
        {"trace.metadata.openrouter.region": "eu"},
        {"trace.metadata.openrouter.region": "eu"},
    ),
    "another source": (
        {"trace.metadata.openrouter.source": "other"},
        {"trace.metadata.openrouter.source": "other"},
    ),
    "another type": ({"span.type": "tool"}, {"span.type": "tool"}),
    "another level": ({"span.level": "WARNING"}, {"span.level": "WARNING"}),
    "another author": (
        {"gen_ai.system": "a", "gen_ai.provider.name": "b"},
        {"gen_ai.system": "a"},
    ),
}


@pytest.mark.parametrize(("attributes", "expected"), UNKNOWN.values(), ids=UNKNOWN)
def test_an_unknown_attribute_is_kept(attributes: dict[str, Any], expected: dict[str, Any]) -> None:
    """Under its own key."""
    assert expected == of(attributes).extra


RESOURCES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "the usual": ({"service.name": "openrouter", "service.version": "1.0.0"}, {}),
    "another version": ({"service.version": "1.1.0"}, {"resource": {"service.version": "1.1.0"}}),
    "another key": ({"k8s.pod.name": "p"}, {"resource": {"k8s.pod.name": "p"}}),
    "an id that is no text": ({"openrouter.trace.id": 5}, {"resource": {"openrouter.trace.id": 5}}),
}


@pytest.mark.parametrize(("resource", "expected"), RESOURCES.values(), ids=RESOURCES)
def test_an_unknown_resource_is_kept(resource: dict[str, Any], expected: dict[str, Any]) -> None:
    """What every delivery says is not."""
    assert expected == generation(delivery(root(), resource=resource)).extra


def test_what_the_resource_of_a_child_says_otherwise_is_kept() -> None:
    """Each span has its own."""
    document = delivery(root(), attempt())
    document["resourceSpans"][1]["resource"]["attributes"] += pairs({"host.name": "h"})

    assert {
        "child spans": [{"name": "provider attempt 1: Mistral", "resource": {"host.name": "h"}}]
    } == generation(document).extra


def test_unknown_events_are_kept() -> None:
    """Each of them, with its time."""
    events = [{"name": "cache", "timeUnixNano": str(START), "attributes": pairs({"n": n})} for n in (1, 2)]

    assert {
        "events": [
            {"name": "cache", "timeUnixNano": str(START), "attributes": {"n": 1}},
            {"name": "cache", "timeUnixNano": str(START), "attributes": {"n": 2}},
        ]
    } == generation(delivery(root(events=events))).extra


def test_the_keys_of_another_event_are_its_own() -> None:
    """Nothing was shortened."""
    event = {"name": "cache", "attributes": pairs({"keys": "a", "n": 1})}

    assert {"events": [{"name": "cache", "attributes": {"keys": "a", "n": 1}}]} == of(
        {}, events=[event]
    ).extra


def test_links_of_a_child_are_kept_with_it() -> None:
    """What its root has too is there once."""
    links = [{"traceId": TRACE, "spanId": "1"}]
    document = delivery(root(), attempt(links=links))
    for group in document["resourceSpans"]:
        group["scopeSpans"][0]["scope"] = {"name": "other"}

    assert {
        "span": {"scope": {"name": "other"}},
        "child spans": [{"name": "provider attempt 1: Mistral", "span": {"links": links}}],
    } == generation(document).extra


@pytest.mark.parametrize(("named", "kept"), [(ID, False), ("gen-9", True)])
def test_the_id_of_a_child_is_kept_where_it_is_of_another_generation(named: str, kept: bool) -> None:
    """Its place in the trace counts."""
    span = child("generation", {"gen_ai.response.id": f"{named}:generation"})
    rest = {"name": "generation", "attributes": {"gen_ai.response.id": f"{named}:generation"}}

    assert ({"child spans": [rest]} if kept else {}) == generation(delivery(root(), span)).extra


def test_links_are_kept() -> None:
    """And whatever else stands beside the attributes."""
    links = [{"traceId": TRACE, "spanId": "1"}]

    assert {"span": {"links": links}} == generation(delivery(root(links=links))).extra


def test_an_attribute_with_the_name_of_a_room_keeps_it() -> None:
    """Nothing is written over."""
    document = delivery(root({"resource": 1}), resource={"host.name": "h"})

    assert {"resource": 1, "resource_": {"host.name": "h"}} == generation(document).extra


def test_a_key_given_twice_keeps_both_values() -> None:
    """The first one is read, and it is said."""
    again = pairs({"user.id": "b"})
    found = read_one(delivery(root(attributes=pairs({"gen_ai.response.id": ID, "user.id": "a"}) + again)))

    assert ("a", {"not key-value pairs": again}) == (
        found.generation.identity.user_id,
        found.generation.extra,
    )
    what = "no key-value pairs, or a key again with another value; kept with the unknown keys"
    assert [f"moved {PATH}: {what}"] == [str(diagnostic) for diagnostic in found.diagnostics]


def test_an_unread_identity_is_kept() -> None:
    """An object is no user."""
    found = read_one(delivery(root({"user.id": {"a": 1}})))

    assert (None, {"user.id": {"a": 1}}) == (found.generation.identity.user_id, found.generation.extra)
    assert ["moved"] == [diagnostic.kind for diagnostic in found.diagnostics]
