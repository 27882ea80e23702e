"""What a later event brings, filled up with what an earlier one had: a gap erases nothing."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping

from broadcast_core.jsontext import Json

_DEEPEST = 16  # no answer has its words further down


def filled(later: Json, earlier: Json, depth: int = 0) -> Json:
    """Return the later value, and where it has nothing, or half a text, what the earlier one has.

    Lists are filled in by their places, as far as items of the same type stand there.
    """
    if _is_nothing(later) or depth > _DEEPEST:
        return earlier if _is_nothing(later) and earlier is not None else later
    if isinstance(later, str) and isinstance(earlier, str):
        return earlier if len(earlier) > len(later) and earlier.startswith(later) else later
    if isinstance(later, dict) and isinstance(earlier, dict):
        return {
            **earlier,
            **{key: filled(value, earlier.get(key), depth + 1) for key, value in later.items()},
        }
    if isinstance(later, list) and isinstance(earlier, list):
        paired = [
            filled(one, earlier[place], depth + 1)
            if place < len(earlier) and are_alike(one, earlier[place])
            else one
            for place, one in enumerate(later)
        ]
        return paired + earlier[len(later) :]
    return later


def placed(later: Json, earlier: Mapping[int, Json]) -> list[Json]:
    """Return a list filled in with what came before at some of its places, and beyond its end."""
    known = later if isinstance(later, list) else []
    found = [
        filled(one, earlier[place])
        if place in earlier and (_is_nothing(one) or are_alike(one, earlier[place]))
        else one
        for place, one in enumerate(known)
    ]
    return found + [earlier[place] for place in sorted(earlier) if place >= len(known)]


def real_places(known: Json, found: Mapping[int, Json], key: Callable[[Json], Hashable]) -> dict[int, int]:
    """Return for each place that was found the one where the same stands in a whole list, each another one.

    What is the same has the same key that is not None. So nothing is there twice where places are counted
    otherwise than in the list; what stands nowhere in it stays at its place, or comes after all.
    """
    keys = [key(one) for one in known] if isinstance(known, list) else []
    whole = {one: place for place, one in enumerate(keys) if one is not None}
    own = {place: key(one) for place, one in found.items()}
    real = {place: place for place, one in own.items() if keys[place : place + 1] == [one]}
    taken = {*real}
    beyond = max((len(keys), *(place + 1 for place in found)))
    for place, one in own.items():
        if place not in real:
            wanted = (whole.get(one, place), place, beyond)
            real[place] = next(target for target in wanted if target not in taken)
            taken.add(real[place])
            beyond += real[place] == beyond
    return real


def _is_nothing(value: Json) -> bool:
    return value is None or value == "" or value == [] or value == {}


def are_alike(one: Json, other: Json) -> bool:
    """Tell whether two values are objects of the same type."""
    return isinstance(one, dict) and isinstance(other, dict) and one.get("type") == other.get("type")
