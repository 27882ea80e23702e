"""A mapping and a set that never change, of which the next version costs what changed, not what it holds.

Each is a few dicts, each at least twice as long as the one before: a version adds one in front, and dicts
that are no longer twice as long are put together. So each entry is copied about log2(n) times in all, however
many versions there are, and is looked for in as many dicts.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, Sequence, ValuesView
from collections.abc import Set as AbstractSet
from typing import Any, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class LayeredMap(Mapping[K, V]):
    """A mapping; `updated` returns the next version, and both can be read from any thread."""

    __slots__ = ("_layers", "_length")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, entries: Mapping[K, V]) -> None:
        """Take entries, which are copied unless they are layered already."""
        self._layers: tuple[dict[K, V], ...] = (
            entries._layers if isinstance(entries, LayeredMap) else (dict(entries),)
        )
        self._length = len(entries)

    def updated(self, changes: Mapping[K, V]) -> LayeredMap[K, V]:
        """Return the mapping with other entries, which count where both have one."""
        front, rest = dict(changes), self._layers
        while rest and len(rest[0]) < 2 * len(front):
            front, rest = {**rest[0], **front}, rest[1:]
        found = LayeredMap[K, V]({})
        found._layers = (front, *rest)
        found._length = self._length + sum(key not in self for key in changes)
        return found

    def __getitem__(self, key: K) -> V:
        for layer in self._layers:
            if key in layer:
                return layer[key]
        raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        return any(key in layer for layer in self._layers)

    def __iter__(self) -> Iterator[K]:
        return iter(self._whole())

    def __len__(self) -> int:
        return self._length

    def keys(self) -> KeysView[K]:
        """Return the keys, each looked up once in all dicts together, as the values and both below."""
        return self._whole().keys()

    def items(self) -> ItemsView[K, V]:
        """Return keys with their values."""
        return self._whole().items()

    def values(self) -> ValuesView[V]:
        """Return the values."""
        return self._whole().values()

    def __reduce__(self) -> Any:
        return LayeredMap, (self._whole(),)

    def __repr__(self) -> str:
        return f"LayeredMap({self._whole()!r})"

    def _whole(self) -> dict[K, V]:
        """Return all entries, the oldest first."""
        whole: dict[K, V] = {}
        for layer in reversed(self._layers):
            whole.update(layer)
        return whole


def keys_that_differ(before: Mapping[K, V], after: Mapping[K, V]) -> Iterator[K]:
    """Yield the keys whose values are not the same object in two mappings, or that one of them lacks.

    Of two versions of a layered one it looks only at the dicts that they do not share.
    """
    old, new = _layers_of(before), _layers_of(after)
    shared = {id(layer) for layer in old} & {id(layer) for layer in new}
    own = [layer for layer in (*new, *old) if id(layer) not in shared]
    for key in dict.fromkeys(key for layer in own for key in layer):
        if key not in before or key not in after or before[key] is not after[key]:
            yield key


def _layers_of(mapping: Mapping[K, V]) -> Sequence[Mapping[K, V]]:
    return mapping._layers if isinstance(mapping, LayeredMap) else (mapping,)


class LayeredSet(AbstractSet[str]):
    """A set of texts, as `union` makes it of many."""

    __slots__ = ("_entries",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, entries: AbstractSet[str] | Mapping[str, None]) -> None:
        """Take texts, which are copied unless they are layered already."""
        self._entries = LayeredMap(entries if isinstance(entries, Mapping) else dict.fromkeys(entries))

    def updated(self, more: AbstractSet[str]) -> LayeredSet:
        """Return the set with more texts."""
        return LayeredSet(self._entries.updated(dict.fromkeys(more)))

    def __contains__(self, text: object) -> bool:
        return text in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __reduce__(self) -> Any:
        return LayeredSet, (frozenset(self),)

    def __repr__(self) -> str:
        return f"LayeredSet({set(self)!r})"


_FEW = 64


def union(one: AbstractSet[str], other: AbstractSet[str]) -> AbstractSet[str]:
    """Return the texts of both sets, at the cost of the smaller one when the larger one is layered."""
    small, large = sorted((one, other), key=len)
    if len(large) < _FEW:
        return frozenset(small) | large
    return (large if isinstance(large, LayeredSet) else LayeredSet(large)).updated(small)
