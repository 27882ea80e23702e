"""What of an exchange no field of the record takes: kept under its own name, or left out for a reason.

`LEFT_OUT` lists all that is left out without a diagnostic; docs/readers.md shows it.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from broadcast_core.jsontext import Json, keep
from broadcast_core.readers.exchange.endpoints import RESPONSES, Endpoint
from broadcast_core.readers.fields import Fields

_KINDS = (
    "chat.completion",
    "chat.completion.chunk",
    "text_completion",
    "response",
    "list",
    "embedding",
)
_TIMES = ("created", "created_at")
_PLACES = (
    "type", "sequence_number", "output_index", "content_index", "summary_index", "annotation_index", "index",
    "item_id",
)  # fmt: skip


@frozen
class LeftOut:
    """What is left out, and why: some keys of the response or of an event of a stream.

    `response.` stands also for a response or message within an event. With `usual`, a key is left out only
    where it says one of these words.
    """

    what: str
    why: str
    keys: tuple[str, ...] = ()
    usual: tuple[str, ...] = ()


LEFT_OUT = (
    LeftOut(
        "`created` and `created_at` of a response",
        "the second in which the gateway began; the start by the clock of the caller is finer",
        ("response.created", "response.created_at", "event.created"),
    ),
    LeftOut(
        "its `object`, or the `type` and `role` of a message, where they are the usual words",
        "the operation says it",
        ("response.object", "event.object"),
        _KINDS,
    ),
    LeftOut(
        "type, number and place of an event of a stream",
        "what it says stands at that place of the answer",
        tuple(f"event.{key}" for key in _PLACES),
    ),
    LeftOut(
        "a label or a count that a later event tells anew, as `status` and `usage`",
        "the later one counts; of texts that differ both are kept",
    ),
    LeftOut(
        "an event, a picture or an annotation of a stream that comes twice",
        "it is there once",
    ),
    LeftOut(
        "previews of a picture",
        "they are no answer; of a stream of `/images` without a picture their number is kept",
        (
            "event.partial_image_index",
            "event.partial_image_b64",
            "event(image_generation.partial_image).b64_json",
        ),
    ),
)


def rest_of(
    fields: Fields, response: Fields, endpoint: Endpoint, asked: Mapping[str, Json]
) -> dict[str, Json]:
    """Return what is kept of a document and its response when all that is known has been taken."""
    rest = {key: value for key, value in fields.left.items() if value is not None}
    left = response.left
    for key in _TIMES:
        if isinstance(left.get(key), int):
            del left[key]
    if left.get("object") in _KINDS:
        del left["object"]
    if left.get("type") == "message":
        del left["type"]
        if left.get("role") == "assistant":
            del left["role"]
    if endpoint is RESPONSES:  # it repeats what was asked
        for key in [key for key in left if key in asked and asked[key] == left[key]]:
            del left[key]
    if left:
        keep(rest, "response", left)
    return rest
