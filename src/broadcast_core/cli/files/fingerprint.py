"""Is a state that was kept one of this route? By what decides what may be in it and where its rows are.

Fail closed: rows are taken over only when all of it is as it was. With another policy they are forgotten, and
identities stay, since the rows are there; for another place the state begins anew.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Set
from enum import Enum
from typing import Any

import attrs

from broadcast_core.destinations.contract import Destination
from broadcast_core.diagnostics import FAILURES
from broadcast_core.pipeline.route import Route
from broadcast_core.traces.state import State
from broadcast_core.traces.state_codec import Fingerprint, SavedState

_OF_A_RUN = ("as_of", "backfill")  # options that say when a plan is sent, and so change between runs
_ANEW = "no trace of it is gone on with; give each server and project a state of its own"
_FORGOTTEN = "late requests of traces that are open go without a new row of their trace"


def fingerprint(route: Route) -> Fingerprint:
    """Return what a state of a route hangs on; no secret is part of it, nor when a plan is sent."""
    return Fingerprint(
        destination=_hash(route.destination.name),
        options=_hash(lambda: _place(route.destination, route.config)),
        policy=_hash(route.policy),
    )


def fitted(name: str, kept: SavedState, now: Fingerprint) -> tuple[State, str | None]:
    """Return what of a state may be used for a route as it is now, and why not all of it."""
    state, before = kept.state, kept.made_for
    if not state.traces:
        return state, None
    if before is None:
        return State(), f"{name}: it is not told what route this state was made for: {_ANEW}"
    for part, one, other in (
        ("destination", before.destination, now.destination),
        ("options", before.options, now.options),
    ):
        if _differ(one, other):
            return State(), f"{name}: the {part} changed since this state was written: {_ANEW}"
    if _differ(before.policy, now.policy):
        forgotten = State({key: trace.forgotten() for key, trace in state.traces.items()})
        return forgotten, f"{name}: the policy changed since this state was written: {_FORGOTTEN}"
    return state, None


def _differ(before: str, now: str) -> bool:
    """Tell whether a part is another; one that cannot be told never is the same."""
    return not now or before != now


def _place(destination: Destination, config: Any) -> Any:
    """Return what says where a route sends, and how."""
    whole = _fields(config)
    options = {key: value for key, value in whole.items() if key not in _OF_A_RUN} if whole else config
    return [options, destination.base_url(config)]


def _hash(value: Any) -> str:
    """Return the hash of a value, or of what a function returns; an empty text when there is none."""
    try:
        text = json.dumps(_plain(value() if callable(value) else value))
    except FAILURES:  # a plugin's config may be anything, and what it runs may fail
        return ""
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Return JSON that is the same for the same settings, in whatever order they stand."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Set):
        return {"set": sorted(json.dumps(_plain(item)) for item in value)}
    fields = _fields(value)
    if fields is None:
        return {"other": [type(value).__qualname__, repr(value)]}
    return {"fields": sorted((json.dumps(_plain(key)), _plain(item)) for key, item in fields.items())}


def _fields(value: Any) -> Mapping[Any, Any] | None:
    """Return what an object is made of, by name; None for what cannot be looked into.

    What does not tell two objects apart is no part of it, such as whether an option was written out.
    """
    if isinstance(value, Mapping):
        return value
    if isinstance(value, type | Enum) or callable(value):
        return None
    if attrs.has(type(value)):
        return {field.name: getattr(value, field.name) for field in attrs.fields(type(value)) if field.eq}
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return getattr(value, "__dict__", None) or None
