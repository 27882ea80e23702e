"""The providers that were tried for an answer: from `openrouter_metadata`, or from an error's own list.

https://openrouter.ai/docs/guides/features/router-metadata and
https://openrouter.ai/docs/api/reference/errors-and-debugging. Endpoints that were candidates are no attempts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import frozen

from broadcast_core.jsontext import Json
from broadcast_core.readers.fields import Fields
from broadcast_core.record.conversions import as_count, as_text, or_none
from broadcast_core.record.generation import Attempt

_ROUTER = "openrouter_metadata"
_PROVIDER = ("provider", "provider_name")
_STATUS = ("status", "code")
_OF_ATTEMPT: Mapping[str, Callable[[Json], object]] = {
    "provider": as_text, "model": as_text, "status": as_count
}  # fmt: skip


@frozen
class Routing:
    """What is known of a routing: the attempts in their order, and who served it or failed last."""

    attempts: tuple[Attempt, ...] = ()
    provider: str | None = None
    is_byok: bool | None = None


def routing(response: Fields, error: Json) -> Routing:
    """Return what a response tells of its routing; attempts that are read whole are taken out of it."""
    metadata = response.left.get(_ROUTER)
    known = metadata if isinstance(metadata, dict) else {}
    listed = _objects(known.get("attempts"))
    if listed and all(map(_is_read_whole, listed)) and len(listed) == len(known["attempts"]):
        response.left[_ROUTER] = {key: value for key, value in known.items() if key != "attempts"}
    failed = _of_error(error)
    attempts = listed or failed
    is_byok = known.get("is_byok")
    return Routing(
        attempts=tuple(_attempt(index, one) for index, one in enumerate(attempts)),
        provider=_selected(known) or _of_metadata(error),
        is_byok=is_byok if isinstance(is_byok, bool) else None,
    )


def _is_read_whole(one: Mapping[str, Json]) -> bool:
    """Tell whether nothing of an attempt is missing in the record."""
    return all(
        value is None or (key in _OF_ATTEMPT and or_none(_OF_ATTEMPT[key], value) is not None)
        for key, value in one.items()
    )


def _selected(known: Mapping[str, Json]) -> str | None:
    """Return the endpoint that was chosen, unless none was reached."""
    endpoints = known.get("endpoints")
    candidates = _objects(endpoints.get("available")) if isinstance(endpoints, dict) else []
    chosen = [_name(one) for one in candidates if one.get("selected") is True]
    return chosen[0] if len(chosen) == 1 and known.get("attempt") != 0 else None


def _of_error(error: Json) -> list[dict[str, Json]]:
    """Return the errors before the one that was returned, and that itself; none where it was the only one."""
    metadata = error.get("metadata") if isinstance(error, dict) else None
    if not isinstance(error, dict) or not isinstance(metadata, dict):
        return []
    before = _objects(metadata.get("previous_errors"))
    last = {"provider_name": metadata.get("provider_name"), "code": error.get("code")}
    return [*before, last] if before else []


def _of_metadata(error: Json) -> str | None:
    """Return the provider whose error was returned."""
    metadata = error.get("metadata") if isinstance(error, dict) else None
    return _name(metadata) if isinstance(metadata, dict) else None


def _attempt(index: int, one: Mapping[str, Json]) -> Attempt:
    texts: dict[str, Any] = {key: or_none(as_text, one.get(key)) for key in ("model", "message")}
    return Attempt(index=index, provider=_name(one), status_code=_first(one, _STATUS), **texts)


def _name(one: Mapping[str, Json]) -> str | None:
    return next((text for key in _PROVIDER if (text := or_none(as_text, one.get(key))) is not None), None)


def _first(one: Mapping[str, Json], keys: Iterable[str]) -> int | None:
    return next((count for key in keys if (count := or_none(as_count, one.get(key))) is not None), None)


def _objects(value: Json) -> list[dict[str, Json]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
