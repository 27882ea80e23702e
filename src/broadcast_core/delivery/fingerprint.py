"""Whether saved state belongs to a route: same destination, same options, same policy.

Fail closed: rows of traces are used only when all three are the same. With another policy the rows are
forgotten and the identities of traces stay, since their rows are at the destination. With another destination
or other options, which may name another server or project, the state begins empty. An option that holds its
default does not count, so that a destination may gain one; what another default changes counts by the place
that the destination tells, or else by the URLs, headers and envelopes of its endpoints.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Set
from enum import Enum
from typing import Any

import attrs

from broadcast_core.diagnostics import FAILURES
from broadcast_core.pipeline.route import Route
from broadcast_core.traces.state import State
from broadcast_core.traces.state_codec import Fingerprint, SavedState

_BEGINS_EMPTY = "none of its traces are continued; give each server and project its own state file"
_ROWS_FORGOTTEN = "late requests of open traces are sent without a new row of their trace"


def fingerprint(route: Route) -> Fingerprint:
    """Return hashes of what the state of a route depends on, without secrets and the time of a plan."""
    return Fingerprint(
        destination=_hash(route.destination.name),
        options=_hash(lambda: _target(route)),
        policy=_hash(route.policy),
    )


def usable_state(route: str, saved: SavedState, current: Fingerprint) -> tuple[State, str | None]:
    """Return the part of saved state that a route may use, and why that is not all of it."""
    state, made_for = saved.state, saved.made_for
    if not state.parts:
        return state, None
    if made_for is None:
        return State(), f"{route}: the state does not say which route it was made for: {_BEGINS_EMPTY}"
    if _differ(made_for.destination, current.destination):
        return State(), f"{route}: the destination changed since this state was written: {_BEGINS_EMPTY}"
    if not current.options:
        return State(), f"{route}: it cannot be told whether this state is of the same place: {_BEGINS_EMPTY}"
    if _differ(made_for.options, current.options):
        return State(), f"{route}: the options changed since this state was written: {_BEGINS_EMPTY}"
    if _differ(made_for.policy, current.policy):
        identities = State(
            {key: trace.forgotten() for key, trace in state.traces.items()},
            {name: one.forgotten() for name, one in state.let_out.items()},
        )
        return identities, f"{route}: the policy changed since this state was written: {_ROWS_FORGOTTEN}"
    return state, None


def _differ(saved: str, current: str) -> bool:
    """Tell whether a part differs; one that could not be hashed always does."""
    return not current or saved != current


def _target(route: Route) -> Any:
    """Return what decides where a route sends, and how: its place or its endpoints, and its options."""
    place = route.place
    if place is None:
        sent = [[one.url, one.headers, one.prefix, one.suffix] for one in route.endpoints.values()]
        return [_stated(route.config), *sorted(sent, key=lambda one: json.dumps(_to_stable_json(one)))]
    return [_stated(route.config), place.space, place.home, place.ids]


def _stated(config: Any) -> Any:
    """Return the fields of a config but for options of a run, and for what holds its default."""
    fields = _fields(config)
    if not fields or not attrs.has(type(config)):
        return fields or config
    of_a_run = {field.name for field in attrs.fields(type(config)) if field.metadata.get("per_run")}
    return {
        field.name: fields[field.name]
        for field in attrs.fields(type(config))
        if field.name in fields and field.name not in of_a_run and not _is_default(field, fields[field.name])
    }


def _is_default(field: attrs.Attribute[Any], value: Any) -> bool:
    default: Any = field.default
    if isinstance(default, attrs.Factory):  # type: ignore[arg-type]  # a class, whatever its stub says
        if default.takes_self:
            return False
        default = default.factory()
    return default is not attrs.NOTHING and _to_stable_json(default) == _to_stable_json(value)


def _hash(value: Any) -> str:
    """Return the hash of a value, or of the result of a function; an empty text when that fails."""
    try:
        text = json.dumps(_to_stable_json(value() if callable(value) else value))
    except FAILURES:  # the config of a plugin may be of any type, and its code may fail
        return ""
    return hashlib.sha256(text.encode()).hexdigest()


def _to_stable_json(value: Any) -> Any:
    """Return JSON that is the same for the same settings in any order."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, list | tuple):
        return [_to_stable_json(item) for item in value]
    if isinstance(value, Set):
        return {"set": sorted(json.dumps(_to_stable_json(item)) for item in value)}
    fields = _fields(value)
    if fields is None:
        return {"other": [type(value).__qualname__, repr(value)]}
    return {
        "fields": sorted(
            (json.dumps(_to_stable_json(key)), _to_stable_json(item)) for key, item in fields.items()
        )
    }


def _fields(value: Any) -> Mapping[Any, Any] | None:
    """Return the fields of an object by name; None for one that has no readable fields.

    A field that attrs leaves out of comparison, such as whether an option was given, is left out here too.
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
