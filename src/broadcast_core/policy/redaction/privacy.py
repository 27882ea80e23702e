"""Privacy mode: content is taken out of the record before any destination sees it.

An allowlist by the privacy class of each field, and fail closed: what has no class, or is not known, is
content. Where a word is expected only known words stay, since some providers put sentences there. Custom
metadata, users and sessions stay, as with OpenRouter's privacy mode; error texts go, since they quote
prompts.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from functools import cache
from typing import Any, TypeVar, get_args

import attrs

from broadcast_core.errors import FieldError
from broadcast_core.jsontext import Json
from broadcast_core.record.generation import Attempt, Content, Failure, Generation, JsonObject
from broadcast_core.record.known_words import (
    SHORTENED,
    is_error,
    is_finish_reason,
    is_name,
    is_operation,
    is_title,
)
from broadcast_core.record.opt_in_groups import IDENTITY, REQUEST_CONTEXT, is_known_cost, is_plain
from broadcast_core.record.parameters import is_operational

T = TypeVar("T")

_SCALARS = (bool, int, float, str)
_RAW_USAGE = "upstream_raw_response_usage"
_NOT_KNOWN = "unknown"


def without_content(generation: Generation) -> Generation:
    """Return the generation with nothing in it that the user or the model said.

    Raise `FieldError` for a field that its constructor would refuse: what it holds is not known.
    """
    return attrs.evolve(generation, **private_fields(generation))


def private_fields(generation: Generation) -> dict[str, Any]:
    """Return new values of those fields that hold content, or may; the others stay as they are."""
    # The new record checks whatever stays as it is; of what is made anew only this would pass unseen.
    if not isinstance(generation.attempts, tuple):
        raise FieldError(
            "attempts: expected a tuple"
        )  # which field, and of what type, is told where it is caught
    words: dict[str, Any] = {
        "content": Content(withheld="privacy_mode"),
        "failure": _failure(generation.failure),
        "attempts": tuple(map(_attempt, generation.attempts)),
        "finish_reason": _keep_if(is_finish_reason, generation.finish_reason),
        "native_finish_reason": _keep_if(is_finish_reason, generation.native_finish_reason),
        "operation": _keep_if(is_operation, generation.operation) or _NOT_KNOWN,
        "source": _keep_if(is_name, generation.source) or _NOT_KNOWN,
        "model": _keep_if(is_name, generation.model),
        "served_model": _keep_if(is_name, generation.served_model),
        "author": _keep_if(is_title, generation.author),
        "provider": _keep_if(is_title, generation.provider),
        "provider_slug": _keep_if(is_name, generation.provider_slug),
        "truncated": tuple(name for name in generation.truncated if name in SHORTENED),
        "parameters": {
            key: value for key, value in generation.parameters.items() if is_operational(key, value)
        },
        "generation_cost": _without_raw_usage(_known(generation.generation_cost, is_known_cost, is_plain)),
        "generation_identity": _known(generation.generation_identity, IDENTITY.__contains__, _is_scalar),
        "generation_request_context": _known(
            generation.generation_request_context, REQUEST_CONTEXT.__contains__, is_plain
        ),
    }
    return {**_changes(generation, but=words), **words}


def withheld_words(before: Generation, private: Mapping[str, Any]) -> Iterator[str]:
    """Yield the path of each field whose word, known by no list and in no form of a name, was held back."""
    for name in _WORDS:
        if getattr(before, name) != private[name]:
            yield f"$.{name}"
    for name in ("type", "code"):
        if getattr(before.failure, name, None) != getattr(private["failure"], name, None):
            yield f"$.failure.{name}"
    for n, (was, now) in enumerate(zip(before.attempts, private["attempts"], strict=True)):
        for name in _WORDS_OF_AN_ATTEMPT:
            if getattr(was, name) != getattr(now, name):
                yield f"$.attempts[{n}].{name}"


_WORDS = (
    "finish_reason", "native_finish_reason", "operation", "source", "model", "served_model", "author",
    "provider", "provider_slug", "truncated", "parameters",
)  # fmt: skip
_WORDS_OF_AN_ATTEMPT = ("provider", "id", "endpoint_id", "model")


def _keep_if(is_known: Callable[[str], bool], text: str | None) -> str | None:
    return text if text is not None and is_known(text) else None


def _failure(failure: Failure | None) -> Failure | None:
    """Return the type and the code of a failure where they are known words."""
    if failure is None:
        return None
    return Failure(type=_keep_if(is_error, failure.type) or "Error", code=_keep_if(is_error, failure.code))


def _attempt(attempt: Attempt) -> Attempt:
    words = {
        "provider": _keep_if(is_title, attempt.provider),
        "id": _keep_if(is_name, attempt.id),
        "endpoint_id": _keep_if(is_name, attempt.endpoint_id),
        "model": _keep_if(is_name, attempt.model),
    }
    return attrs.evolve(attempt, **{**_changes(attempt), **words})


def _known(
    group: JsonObject, is_known: Callable[[str], bool], may_leave: Callable[[str, Json], bool]
) -> dict[str, Json]:
    """Return the known fields of an opt-in group that have plain values; others may hold content."""
    return {
        key: value
        for key, value in group.items()
        if isinstance(key, str) and is_known(key) and (key == _RAW_USAGE or may_leave(key, value))
    }


def _is_scalar(_key: str, value: Json) -> bool:
    return value is None or isinstance(value, _SCALARS)


def _strip(record: T) -> T:
    """Return a record with every field of the content class back at its default, at any depth."""
    whole: Any = record
    changes = _changes(whole)
    if not changes:
        attrs.validate(whole)
        return record
    stripped: T = attrs.evolve(whole, **changes)
    return stripped


def _changes(record: Any, but: Container[str] = ()) -> dict[str, Any]:
    """Return what of a record is not as it was once its content is gone, but for some fields."""
    kind: Any = type(record)
    content, nested = _fields(kind)
    changes: dict[str, Any] = {field.name: _default(field) for field in content if field.name not in but}
    for name in nested:
        value = None if name in but else getattr(record, name)
        if isinstance(value, tuple):
            changes[name] = tuple(_strip(item) for item in value)
        elif value is not None:
            changes[name] = _strip(value)
    return changes


@cache
def _fields(cls: Any) -> tuple[list[attrs.Attribute[Any]], list[str]]:
    """Return the content fields of a class, and the names of the fields with records."""
    fields = attrs.fields(attrs.resolve_types(cls))
    content = [field for field in fields if field.metadata.get("privacy", "content") == "content"]
    kept = [field for field in fields if field not in content]
    return content, [field.name for field in kept if any(map(attrs.has, (field.type, *get_args(field.type))))]


def _default(field: attrs.Attribute[Any]) -> Any:
    default: Any = field.default
    return default.factory() if hasattr(default, "factory") else default


def _without_raw_usage(group: Any) -> dict[str, Any]:
    """Return the cost group as OpenRouter's privacy mode sends it: no raw usage, and the reason."""
    if _RAW_USAGE not in group:
        return dict(group)
    return {**group, _RAW_USAGE: None, _RAW_USAGE + "_suppression_reason": "privacy_mode"}
