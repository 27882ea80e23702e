"""Deltas of one value, as a stream brings them, and the value that they make up.

Texts are joined but for labels, which come whole. Objects grow key by key; tool calls by their index or id,
details of a reasoning by their type and index; parts of a content go on where the part before was of their
kind. Other lists are joined, and what came twice is there once. Deltas of different kinds are listed in their
order. Each delta is looked at once, so that the work grows with the stream.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, groupby

from broadcast_core.jsontext import Json, dumps_lossy

Deltas = dict[str, list[Json]]

_LABELS = frozenset({
    "role", "name", "id", "call_id", "type", "index", "object", "model", "format", "status", "phase",
    "mime_type", "media_type", "signature", "expires_at",
})  # fmt: skip
_WHOLE_ITEMS = ("annotations", "images")
_DEEPEST = 8  # no stream grows its values further down


def collect_delta(deltas: Deltas, key: str, value: Json) -> None:
    """Add one delta of a key."""
    deltas.setdefault(key, []).append(value)


def merge_deltas(parts: Iterable[dict[str, Json]], depth: int = 0) -> dict[str, Json]:
    """Return the object that its parts make up; null where no part has a value."""
    deltas: Deltas = {}
    for part in parts:
        for key, value in part.items():
            known = deltas.setdefault(key, [])
            if value is not None:
                known.append(value)
    return {key: merge_values(key, values, depth) for key, values in deltas.items()}


def merge_values(key: str, values: list[Json], depth: int = 0) -> Json:
    """Return what the deltas of one key make up."""
    if key == "tool_calls":
        return _calls(chain.from_iterable(map(as_list, values)), depth)
    if key == "reasoning_details":
        return _details(chain.from_iterable(map(as_list, values)), depth)
    if key in _WHOLE_ITEMS:
        return _once(chain.from_iterable(map(as_list, values)))
    if len(values) < 2 or key == "index":
        return values[-1] if values else None
    if all(isinstance(value, str) for value in values):
        return _label(values) if key in _LABELS else "".join(values)
    if all(isinstance(value, dict) for value in values) and depth < _DEEPEST:
        return merge_deltas(values, depth + 1)
    if not any(isinstance(value, dict | list) for value in values) and all(
        same_kind(value, values[0]) for value in values
    ):
        return values[-1]
    if key in ("content", "thinking") and depth < _DEEPEST:
        return _parts(chain.from_iterable(map(as_list, values)), depth)
    return list(chain.from_iterable(map(as_list, values)))


def _label(values: list[Json]) -> Json:
    """Return the last text that says something, else an empty one."""
    return next((value for value in reversed(values) if value), "")


def as_list(value: Json) -> list[Json]:
    """Return a list as it is, null as an empty list, and anything else as its only item."""
    return value if isinstance(value, list) else [] if value is None else [value]


def same_kind(one: Json, other: Json) -> bool:
    """Tell whether two values have the same JSON type."""
    return _kind(one) is _kind(other)


def _kind(value: Json) -> type:
    return float if type(value) is int else type(value)


def _details(parts: Iterable[Json], depth: int) -> list[Json]:
    """Put the details of a reasoning together: a part goes on with the detail of its type and index."""
    found: dict[Json, list[Json]] = {}
    for part in parts:
        key: Json = (len(found),)
        if isinstance(part, dict) and part.get("index") is not None:
            key = (str(part.get("type")), _key(part["index"]))
        found.setdefault(key, []).append(part)
    return [merge_deltas(same, depth + 1) if len(same) > 1 else same[0] for same in found.values()]


def _once(items: Iterable[Json]) -> list[Json]:
    """Return items without those that came before."""
    return list({dumps_lossy(item)[0]: item for item in items}.values())


def _parts(items: Iterable[Json], depth: int) -> list[Json]:
    """Return the parts of a content: bare texts are parts of text, and neighbours of a kind are one."""
    parts = ({"type": "text", "text": item} if isinstance(item, str) else item for item in items)
    found: list[Json] = []
    for kind, run in groupby(parts, _kind_of_part):
        same = list(run)
        found += same if kind is None else [merge_deltas(same, depth + 1)]
    return [part for part in found if part != {"type": "text", "text": ""}]


def _kind_of_part(part: Json) -> str | None:
    """Return the type of a part that grows: one that has but its words."""
    kind = part.get("type") if isinstance(part, dict) else None
    return kind if kind in ("text", "thinking") and part.keys() == {"type", kind} else None


def _calls(parts: Iterable[Json], depth: int) -> list[Json]:
    """Put tool calls together: each part goes to the call that it continues."""
    calls: list[Json | list[dict[str, Json]]] = []
    latest = _Latest()
    for part in parts:
        if not isinstance(part, dict):
            calls.append(part)
            continue
        place = latest.place_of(part)
        if place is None:
            place = len(calls)
            calls.append([])
        calls[place].append(part)
        latest.note(part, place)
    return [
        merge_deltas(call, depth + 1) if place in latest.places else call for place, call in enumerate(calls)
    ]


class _Latest:
    """Where the latest tool calls stand, by their index and id.

    A part belongs to a call of the same index and no other id. Without an index its id decides; without
    both it continues the latest call.
    """

    def __init__(self) -> None:
        self.places: set[int] = set()
        self._known: dict[tuple[Json, ...], int] = {}
        self._named: set[int] = set()  # the calls that have an id

    def place_of(self, part: dict[str, Json]) -> int | None:
        """Return the place of the call that a part continues, or None for a new one."""
        index, name = _key(part.get("index")), _key(part.get("id"))
        if name and index is None:
            return self._known.get(("id", name))
        if not name:
            return self._known.get(("index", index) if index is not None else ())
        known = self._known.get(("index and id", index, name))
        nameless = self._known.get(("index", index))
        return nameless if known is None and nameless not in self._named else known

    def note(self, part: dict[str, Json], place: int) -> None:
        """Store the place that a part went to."""
        index, name = _key(part.get("index")), _key(part.get("id"))
        self.places.add(place)
        if index is not None:
            self._known["index", index] = place
        if name:
            self._named.add(place)
            self._known["id", name] = self._known["index and id", index, name] = place
        self._known[()] = max(place, self._known.get((), 0))


def _key(value: Json) -> Json:
    """Return an index or id that can be looked up; 0 and "0" are the same index."""
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else dumps_lossy(value)[0].decode()
