"""Which spans belong together, also when a collector put several requests into one delivery."""

from __future__ import annotations

from typing import Any

import pytest

from broadcast_core.readers.openrouter.delivery import read as read_delivery
from tests.readers.deliveries import (
    ID,
    PATH,
    ROOT,
    SPAN_PATH,
    START,
    attempt,
    child,
    delivery,
    example,
    generation,
    pairs,
    root,
)


def test_a_child_of_a_child_belongs_to_the_root() -> None:
    """However deep it stands, and whatever it says of itself."""
    search = child("search", spanId="1" * 16)
    page = child(
        "page", spanId="2" * 16, parentSpanId="1" * 16, attributes=pairs({"url": "https://example.org"})
    )

    extra = generation(delivery(page, search, root())).extra

    assert ["search", "page"] == [span["name"] for span in extra["child spans"]]


def test_children_of_one_child_belong_to_the_same_root() -> None:
    """Each of them."""
    search = child("search", spanId="1" * 16)
    pages = [child("page", spanId=f"{n:016x}", parentSpanId="1" * 16) for n in range(2, 5)]

    extra = generation(delivery(root(), search, *pages)).extra

    assert ["page", "page", "page", "search"] == sorted(span["name"] for span in extra["child spans"])


def test_children_stand_in_the_order_of_their_starts_then_of_their_ids() -> None:
    """However many digits a start has."""
    spans = [
        child("d", spanId="1" * 16, startTimeUnixNano=str(START + 1)),
        child("c", spanId="4" * 16),
        child("b", spanId="3" * 16),
        child("a", spanId="5" * 16, startTimeUnixNano="5"),
    ]

    assert ["a", "b", "c", "d"] == [
        span["name"] for span in generation(delivery(root(), *spans)).extra["child spans"]
    ]


def test_spans_in_a_circle_are_orphans() -> None:
    """And end the reading of no other."""
    spans = [
        child("x", spanId="1" * 16, parentSpanId="2" * 16),
        child("y", spanId="2" * 16, parentSpanId="1" * 16),
    ]

    reading = read_delivery(delivery(*spans, root()))

    assert ([ID], 2) == ([one.id for one in reading.generations], len(reading.rejected))


def test_an_orphan_is_rejected_alone() -> None:
    """With its name, its path and the generation that it names."""
    orphan = child("generation", {"gen_ai.response.id": "gen-2:generation"}, parentSpanId="c" * 16)
    reading = read_delivery(delivery(orphan, root(), attempt()))

    assert [(ID, 1)] == [(one.id, len(one.attempts)) for one in reading.generations]
    assert [
        ("gen-2", [f"the span 'generation' came without the root span that it belongs to @ {SPAN_PATH}"])
    ] == [(one.id, [str(problem) for problem in one.problems]) for one in reading.rejected]


def test_a_child_that_names_its_generation_needs_no_parent() -> None:
    """Its id begins with the generation's."""
    for named in (":attempt-0", ":attempt:0"):
        span = attempt(parentSpanId="c" * 16, attributes=pairs({"gen_ai.response.id": ID + named}))

        found = generation(delivery(root(), span))

        assert ([0], {}) == ([one.index for one in found.attempts], found.extra)


def _merged(*names: str) -> dict[str, Any]:
    return {"resourceSpans": [group for name in names for group in example(name)["resourceSpans"]]}


def test_requests_that_a_collector_put_together_are_read_apart() -> None:
    """Each with its own children."""
    names = ["10-fallback", "02-streamed", "08-error", "01-plain"]

    assert tuple(generation(example(name)) for name in names) == read_delivery(_merged(*names)).generations


def test_requests_of_one_trace_are_read_apart() -> None:
    """Also when all their spans stand in one scope."""
    steps = ["11-trace-step-1", "12-trace-step-2"]
    merged = _merged(*steps)
    groups = merged["resourceSpans"]
    spans = [span for group in groups for span in group["scopeSpans"][0]["spans"]]
    document = {"resourceSpans": [{**groups[0], "scopeSpans": [{"spans": spans}]}]}

    assert 1 == len({span["traceId"] for span in spans})
    assert tuple(generation(example(name)) for name in steps) == read_delivery(document).generations


def test_a_generation_below_another_is_a_generation() -> None:
    """A caller may hang one request under the span of the one before."""
    below = root({"span.type": "generation"}, id="gen-1795255201-Elm", spanId="c" * 16, parentSpanId=ROOT)

    assert [(ID, None), ("gen-1795255201-Elm", ROOT)] == [
        (one.id, one.trace.parent_span_id) for one in read_delivery(delivery(root(), below)).generations
    ]


BELOW: dict[str, tuple[dict[str, Any], int]] = {
    "its type": ({"span.type": "generation"}, 2),
    "a model that was asked": ({"gen_ai.request.model": "a/b"}, 2),
    "an id of its own": ({"gen_ai.response.id": "gen-2"}, 2),
    "an id of a part": ({"gen_ai.response.id": "gen-2:x"}, 1),
    "an id that is none": ({"gen_ai.response.id": 5}, 1),
    "another type": ({"span.type": "event"}, 1),
    "nothing": ({}, 1),
}


@pytest.mark.parametrize(("stated", "count"), BELOW.values(), ids=BELOW)
def test_a_span_below_a_root_is_one_where_it_says_so(stated: dict[str, Any], count: int) -> None:
    """Else it is its child."""
    below = root(stated, id=None, spanId="c" * 16, parentSpanId=ROOT, name="step")

    assert count == len(read_delivery(delivery(root(), below)).outcomes)


def test_a_delivery_that_comes_twice_in_one_is_read_once() -> None:
    """A sender that tries again makes exact copies."""
    assert (generation(example("10-fallback")),) == read_delivery(
        _merged("10-fallback", "10-fallback")
    ).generations


def test_what_comes_after_a_copy_is_read() -> None:
    """Only the copy is left out."""
    (found,) = read_delivery(delivery(root(), root(), attempt())).generations

    assert [0] == [one.index for one in found.attempts]


WITHOUT_ROOT: dict[str, tuple[dict[str, Any], bool]] = {
    "an attempt": ({"name": "provider attempt 1: A", "parentSpanId": ""}, True),
    "a span of its type": ({"name": "x", "attributes": pairs({"span.type": "span"})}, True),
    "the span of a stream": ({"name": "generation", "kind": 2}, True),
    "the span of a moderation": ({"name": "moderation", "kind": "SPAN_KIND_SERVER"}, True),
    "another kind of span": ({"name": "generation", "kind": 3}, False),
    "another name": ({"name": "x", "kind": 2}, False),
    "another type": ({"name": "x", "attributes": pairs({"span.type": "event"})}, False),
    "a span of its type that has no parent": (
        {"name": "x", "parentSpanId": "", "attributes": pairs({"span.type": "span"})},
        False,
    ),
}


@pytest.mark.parametrize(("changes", "is_child"), WITHOUT_ROOT.values(), ids=WITHOUT_ROOT)
def test_a_span_whose_root_is_not_there_is_a_child_where_it_says_so(
    changes: dict[str, Any], is_child: bool
) -> None:
    """Else it is a root without an id."""
    (rejected,) = read_delivery(delivery(root(id=None, **{"parentSpanId": "c" * 16, **changes}))).rejected

    assert is_child == ("came without the root span" in rejected.problems[0].what)
    assert is_child != ("the generation needs its id" in rejected.problems[0].what)


def test_one_bad_request_hurts_only_itself() -> None:
    """Law 6."""
    bad = root({"gen_ai.usage.input_tokens": "abc"}, id="gen-1", spanId="c" * 16)
    reading = read_delivery(delivery(bad, 5, root()))

    assert [ID] == [one.id for one in reading.generations]
    assert [
        ("gen-1", f'expected a number, got text @ {PATH}["gen_ai.usage.input_tokens"]'),
        (None, "expected an object @ $.resourceSpans[1].scopeSpans[0].spans[0]"),
    ] == [(one.id, str(one.problems[0])) for one in reading.rejected]


def test_children_keep_to_their_own_root_when_ids_repeat() -> None:
    """The id of the generation tells roots apart that have the same span id."""
    first, second = root(id="gen-1"), root(id="gen-2")
    of_second = attempt(0, "Azure", attributes=pairs({"gen_ai.response.id": "gen-2:attempt-0"}))

    reading = read_delivery(delivery(first, second, of_second))

    assert [("gen-1", 0), ("gen-2", 1)] == [(one.id, len(one.attempts)) for one in reading.generations]
