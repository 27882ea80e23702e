"""Privacy mode: content is taken out of the record before any destination sees it.

An allowlist by the privacy class of each field, and fail closed: what has no class, or is not known, is
content. Custom metadata, users and sessions stay, as with OpenRouter's privacy mode; error texts go, since
they quote prompts.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, get_args

import attrs

from broadcast_core.gateway_metadata import IDENTITY, REQUEST_CONTEXT, is_cost
from broadcast_core.generation import Content, Failure, Generation, JsonObject
from broadcast_core.jsontext import Json
from broadcast_core.parameters import is_operational, is_word

T = TypeVar("T")

_RAW_USAGE = "upstream_raw_response_usage"


def without_content(generation: Generation) -> Generation:
    """Return the generation with nothing in it that the user or the model said."""
    stripped = _stripped(generation)
    return attrs.evolve(
        stripped,
        content=Content(withheld="privacy_mode"),
        failure=_in_words(stripped.failure),
        finish_reason=_word(generation.finish_reason),
        native_finish_reason=_word(generation.native_finish_reason),
        parameters={key: value for key, value in generation.parameters.items() if is_operational(key, value)},
        generation_cost=_without_raw_usage(_plain(generation.generation_cost, is_cost)),
        generation_identity=_plain(generation.generation_identity, IDENTITY.__contains__),
        generation_request_context=_plain(
            generation.generation_request_context, REQUEST_CONTEXT.__contains__
        ),
    )


def _plain(group: JsonObject, is_known: Callable[[str], bool]) -> dict[str, Json]:
    """Return the known fields of an opt-in group that are no arrays or objects; others may hold content."""
    return {
        key: value
        for key, value in group.items()
        if is_known(key) and (key == _RAW_USAGE or _is_scalar(value))
    }


def _is_scalar(value: Json) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


def _in_words(failure: Failure | None) -> Failure | None:
    """Return the type and the code of a failure where they are words: some providers put sentences there."""
    return None if failure is None else Failure(type=_word(failure.type) or "Error", code=_word(failure.code))


def _word(text: str | None) -> str | None:
    return text if is_word(text) else None


def _stripped(record: T) -> T:
    """Return a record with every field of the content class back at its default, at any depth."""
    kind: Any = type(record)
    content, nested = _fields(kind)
    changes: dict[str, Any] = {name: default() for name, default in content}
    for name in nested:
        value = getattr(record, name)
        if isinstance(value, tuple):
            changes[name] = tuple(_stripped(item) for item in value)
        elif value is not None:
            changes[name] = _stripped(value)
    whole: Any = record
    stripped: T = attrs.evolve(whole, **changes) if changes else whole
    return stripped


@cache
def _fields(cls: Any) -> tuple[list[tuple[str, Callable[[], Any]]], list[str]]:
    """Return the content fields of a class, with what makes their defaults, and the fields with records."""
    fields = attrs.fields(attrs.resolve_types(cls))
    content = [field for field in fields if field.metadata.get("privacy", "content") == "content"]
    kept = [field for field in fields if field not in content]
    return (
        [(field.name, _default(field)) for field in content],
        [field.name for field in kept if any(map(attrs.has, (field.type, *get_args(field.type))))],
    )


def _default(field: attrs.Attribute[Any]) -> Callable[[], Any]:
    default: Any = field.default
    return default.factory if hasattr(default, "factory") else lambda: default


def _without_raw_usage(group: Any) -> dict[str, Any]:
    """Return the cost group as OpenRouter's privacy mode sends it: no raw usage, and the reason."""
    if _RAW_USAGE not in group:
        return dict(group)
    return {**group, _RAW_USAGE: None, _RAW_USAGE + "_suppression_reason": "privacy_mode"}
