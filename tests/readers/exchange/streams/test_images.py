"""Events of a stream of images, put together to the answer that was not streamed."""

from __future__ import annotations

from typing import Any

import pytest

from broadcast_core.readers.exchange.streams import assemble

Json = dict[str, Any]


def _event(kind: str, **rest: Any) -> Json:
    return {"type": f"image_generation.{kind}", **rest}


PREVIEW = _event("partial_image", partial_image_index=0, b64_json="AA")
PICTURE = _event("completed", b64_json="BB", media_type="image/png", created=5)
SKETCH = _event("text_chunk", text="<svg", phase="content")
STREAMS: dict[str, tuple[list[Json], Json]] = {
    "a picture": (
        [PREVIEW, PICTURE],
        {"data": [{"b64_json": "BB", "media_type": "image/png"}], "created": 5},
    ),
    "previews alone": ([PREVIEW, PREVIEW], {"partial": {"previews": 2}}),
    "a text alone": ([SKETCH, SKETCH], {"text": "<svg<svg", "partial": {"previews": 0}}),
    "a text beside a picture": (
        [SKETCH, PICTURE],
        {"data": [{"b64_json": "BB", "media_type": "image/png"}], "created": 5, "texts": {"content": "<svg"}},
    ),
    "thoughts": (
        [_event("text_chunk", text="hm", phase="reasoning"), SKETCH],
        {"text": "<svg", "texts": {"reasoning": "hm"}, "partial": {"previews": 0}},
    ),
    "a text that says nothing": (
        [_event("text_chunk", text="", phase="draft")],
        {"partial": {"previews": 0}},
    ),
    "unknown keys": (
        [{**PREVIEW, "x": 1}, {**SKETCH, "y": 2}],
        {
            "text": "<svg",
            "partial": {"previews": 1},
            "events": [_event("partial_image", x=1), _event("text_chunk", y=2)],
        },
    ),
    "an event that nobody knows": (
        [_event("queued", x=1)],
        {"partial": {"previews": 0}, "events": [_event("queued", x=1)]},
    ),
    "a text that is none": (
        [_event("text_chunk", text=5)],
        {"partial": {"previews": 0}, "events": [_event("text_chunk", text=5)]},
    ),
    "two pictures that each tell their usage": (
        [
            _event("completed", b64_json="A", usage={"cost": 1}),
            _event("completed", b64_json="B", usage={"cost": 2}),
        ],
        {
            "data": [{"b64_json": "A"}, {"b64_json": "B"}],
            "usage": {"cost": 2},
            "events": [{"usage": {"cost": 1}}],
        },
    ),
    "two pictures of two moments": (
        [
            _event("completed", b64_json="A", created=1),
            _event("completed", b64_json="B", created=2),
        ],
        {"data": [{"b64_json": "A"}, {"b64_json": "B"}], "created": 2},
    ),
    "a picture with data of another kind": (
        [_event("completed", b64_json="A", data=5, partial=6)],
        {"data": [{"b64_json": "A"}], "partial": 6, "events": [{"data": 5}]},
    ),
}


@pytest.mark.parametrize(("events", "expected"), STREAMS.values(), ids=STREAMS)
def test_only_what_is_complete_is_a_picture(events: list[Json], expected: Json) -> None:
    """All else that is told is kept, but for previews, of which there is the number."""
    assert expected == assemble(events)
