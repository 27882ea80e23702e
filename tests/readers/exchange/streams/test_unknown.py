"""Events that no part of an answer takes."""

from __future__ import annotations

from typing import Any

from broadcast_core.readers.exchange.streams.unknown import UnknownEvents


def _events(*kept: Any, **response: Any) -> dict[str, Any]:
    events = UnknownEvents()
    for one in kept:
        events.keep(one)
    events.put_into(response)
    return response


def test_deltas_of_the_same_kind_become_one() -> None:
    """At the place of the first; what differs in more than its number stays apart."""
    deltas = [{"type": "a", "sequence_number": n, "delta": text} for n, text in enumerate(["x", "y"])]
    other = {"type": "a", "sequence_number": 2, "delta": "z", "model": "m"}

    assert {
        "events": [
            {"type": "a", "sequence_number": 0, "delta": "xyw"},
            5,
            other,
            {"type": "b", "delta": {"text": "z"}},
            {"type": "b", "delta": {"text": "z"}},
        ]
    } == _events(
        deltas[0],
        5,
        other,
        {"type": "b", "delta": {"text": "z"}},
        deltas[1],
        {"type": "b", "delta": {"text": "z"}},
        {"type": "a", "delta": "w"},
    )


def test_the_events_themselves_stay_as_they_were() -> None:
    """A program may use them for something else."""
    first, second = {"type": "a", "delta": "x"}, {"type": "a", "delta": "y"}
    _events(first, second)

    assert ({"type": "a", "delta": "x"}, {"type": "a", "delta": "y"}) == (first, second)


def test_a_response_that_has_events_keeps_them() -> None:
    """Ours are beside them; none are made where there are none."""
    assert {"events": 1, "events_": [2]} == _events(2, events=1)
    assert {"a": 1} == _events(a=1)


def test_what_an_event_says_beside_its_frame_is_kept() -> None:
    """Without what is known of it; nulls say nothing."""
    events, response = UnknownEvents(), dict[str, Any]()
    for event in ({"type": "a", "x": 1, "y": 2}, {"type": "a", "x": 1, "y": None}, {"type": "a", "x": 1}):
        events.keep_rest(event, ("type",), ("x",))
    events.put_into(response)

    assert {"events": [{"type": "a", "y": 2}]} == response
