"""One generation that several sources tell of: what each knows, in one record.

A caller has the words of an exchange, a lookup its figures, a delivery both: `joined` makes one generation of
all versions of an id. The result hangs on the set of them alone, not on their order. What belongs together is
taken from one version and never mixed: how it ended, tokens, costs, times, attempts, input, output. Of other
fields each is taken by itself, of mappings each key. A default is no knowledge, and a version that knows less
of the same is no rival. Of rivals the version counts that ends later, then the one whose source is nearer to
the bill, then the one with more figures, then the one with more to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs
from attrs import frozen

from broadcast_core.diagnostics import Diagnostic
from broadcast_core.errors import ArgumentError
from broadcast_core.jsontext import Json, dumps_lossy
from broadcast_core.record.codec import encode
from broadcast_core.record.generation import Content, CostSource, Generation, Identity, TraceContext

_LOST = "another source tells it differently; the one that ends later counts, then the one nearer to the bill"
_TOGETHER: Mapping[str, tuple[str, ...]] = {
    "status": ("status", "failure", "finish_reason", "native_finish_reason"),
    "usage": ("usage",),
    "cost": ("cost",),
    "timing": ("timing",),
    "attempts": ("attempts",),
}
"""Fields of a generation that are told together, by the name of the group."""
SIDES = ("input", "output", "request")
"""What was said, each from one version."""
_BY_KEY = (
    "parameters", "generation_cost", "generation_identity", "generation_request_context", "extra",
)  # fmt: skip
_FIGURES = ("timing", "status", "usage", "cost")
_RANKS: tuple[CostSource, ...] = ("unknown", "estimated", "upstream", "billed")
"""A client that saw the call, a library that reckons, a provider, and the gateway itself."""
_BY_FIELD = (
    "operation", "source", "model", "served_model", "author", "provider", "provider_slug", "streamed",
)  # fmt: skip
_ASSUMED: Mapping[str, Json] = {
    "operation": "chat", "source": "openrouter", "status": "ok", "cost.source": "unknown",
    "usage.cache_basis": "inclusive",
}  # fmt: skip
"""What is written where nobody knows: it does not compete with knowledge."""


@frozen
class Joined:
    """One generation, its versions, of which the first counts before the others, and what was left out."""

    generation: Generation
    versions: tuple[Generation, ...]
    notes: tuple[Diagnostic, ...] = ()

    __hash__ = None  # type: ignore[assignment]


def join_versions(generations: Sequence[Generation]) -> list[Joined]:
    """Return for each generation that which all of its versions make up, the same for each of them."""
    versions: dict[str, list[Generation]] = {}
    for one in generations:
        versions.setdefault(one.id, []).append(one)
    if len(versions) == len(generations):
        return [Joined(one, (one,)) for one in generations]
    found = {name: joined(same) for name, same in versions.items()}
    return [found[one.id] for one in generations]


def joined(versions: Iterable[Generation]) -> Joined:
    """Return what all versions of a generation make up; raise `ArgumentError` for none, or other ids."""
    by_precedence = {precedence(one): one for one in versions}
    ordered = [by_precedence[key] for key in sorted(by_precedence, reverse=True)]
    if len({one.id for one in ordered}) != 1:
        raise ArgumentError("expected versions of one generation, at least one: join those of an id")
    if len(ordered) == 1:
        return Joined(ordered[0], (ordered[0],))
    join = _Join(ordered)
    return Joined(join.generation(), tuple(ordered), tuple(join.notes))


def precedence(version: Generation) -> tuple[datetime, int, int, bytes, int, bytes]:
    """Return by what versions of a generation are ordered: of two the larger counts.

    Of those that end together a source ranks by whose word its cost is. Figures come before the rest: no
    policy changes them, so that the order stays the same behind it.
    """
    written = encode(version)
    figures = dumps_lossy({name: written.get(name) for name in _FIGURES})[0]
    text = dumps_lossy(written)[0]
    ended, rank = version.timing.end or version.timing.start, _RANKS.index(version.cost.source)
    return ended, rank, len(figures), figures, len(text), text


class _Join:
    """Versions of one generation, that which counts first, and what was left out of them."""

    def __init__(self, versions: Sequence[Generation]) -> None:
        self._versions = versions
        self.notes: list[Diagnostic] = []

    def generation(self) -> Generation:
        """Return the generation that they make up."""
        first = self._versions[0]
        changes: dict[str, Any] = {name: self._field(name, getattr) for name in _BY_FIELD}
        for group, names in _TOGETHER.items():
            changes |= {name: getattr(self._from_one(group, names), name) for name in names}
        changes |= {name: self._by_key(f"$.{name}", [getattr(one, name) for one in self._versions])
                    for name in _BY_KEY}  # fmt: skip
        return attrs.evolve(
            first,
            **changes,
            trace=self._trace(),
            identity=self._identity(),
            content=self._content(),
            truncated=tuple(sorted({key for one in self._versions for key in one.truncated})),
        )

    def _from_one(self, group: str, names: tuple[str, ...]) -> Generation:
        """Return the version that counts for some fields; say so where another knows something else."""
        facts = [_facts(one, names) for one in self._versions]
        rivals = [
            (version, told)
            for version, told in zip(self._versions, facts, strict=True)
            if told and not any(told is not other and _is_part(told, other) for other in facts)
        ]
        if not rivals:
            return self._versions[0]
        if not all(_are_equal(told, rivals[0][1]) for _, told in rivals):
            self._lose(f"$.{group}")
        return rivals[0][0]

    def _field(self, name: str, get: Callable[[Any, str], Any], path: str = "$") -> Any:
        """Return the first value of a field that is known."""
        values = [get(one, name) for one in self._versions]
        known = [value for value in values if value is not None and _ASSUMED.get(name) != value]
        if any(value != known[0] for value in known[1:]):
            self._lose(f"{path}.{name}")
        return known[0] if known else values[0]

    def _by_key(self, path: str, mappings: Sequence[Mapping[str, Json]]) -> dict[str, Json]:
        """Return the keys of all mappings, each from the first that has a value for it."""
        found: dict[str, Json] = {}
        is_lost = False
        for mapping in mappings:
            for key, value in mapping.items():
                if found.get(key) is None:
                    found[key] = value
                elif value is not None and not _are_equal(value, found[key]):
                    is_lost = True
        if is_lost:
            self._lose(path)
        return found

    def _identity(self) -> Identity:
        names = [field.name for field in attrs.fields(Identity)]
        return Identity(**{name: self._field(name, _of_identity, "$.identity") for name in names})

    def _trace(self) -> TraceContext:
        names = ("trace_id", "trace_name", "span_name", "generation_name", "parent_span_id")
        known: dict[str, Any] = {name: self._field(name, _of_trace, "$.trace") for name in names}
        tags = dict.fromkeys(tag for one in self._versions for tag in one.trace.tags)
        metadata = self._by_key("$.trace.metadata", [one.trace.metadata for one in self._versions])
        return TraceContext(**known, tags=tuple(tags), metadata=metadata)

    def _content(self) -> Content:
        sides: dict[str, Json] = {}
        for name in SIDES:
            values = [getattr(one.content, name) for one in self._versions]
            known = [value for value in values if value is not None]
            if not all(_are_equal(value, known[0]) for value in known[1:]):
                self._lose(f"$.content.{name}")
            sides[name] = known[0] if known else None
        return Content(**sides, withheld=self._withheld())

    def _withheld(self) -> str | None:
        """Return why content is not there: None where a version has some and says of none that it is not."""
        reasons = [one.content.withheld for one in self._versions if has_content(one)]
        return None if not reasons or None in reasons else reasons[0]

    def _lose(self, path: str) -> None:
        self.notes.append(Diagnostic("merged", path, _LOST))


def has_content(version: Generation) -> bool:
    """Tell whether a version knows anything of what was said, and be it that it is held back."""
    content = version.content
    return content.withheld is not None or any(getattr(content, name) is not None for name in SIDES)


def _of_identity(version: Generation, name: str) -> Any:
    return getattr(version.identity, name)


def _of_trace(version: Generation, name: str) -> Any:
    return getattr(version.trace, name)


def _facts(version: Generation, names: Iterable[str]) -> dict[str, Json]:
    """Return what a version knows of some fields: their leaves that are neither null nor assumed."""
    written = encode(version)
    return dict(_leaves({name: written[name] for name in names if name in written}, ""))


def _leaves(value: Mapping[str, Json], path: str) -> Iterator[tuple[str, Json]]:
    for key, item in value.items():
        name = f"{path}.{key}" if path else key
        if isinstance(item, dict) and item:
            yield from _leaves(item, name)
        elif name == "failure" or (item not in (None, {}, []) and _ASSUMED.get(name) != item):
            yield name, item  # a failure of which nothing is known is one still


def _is_part(one: Mapping[str, Json], other: Mapping[str, Json]) -> bool:
    """Tell whether one says nothing but what another says too, and less of it."""
    return len(one) < len(other) and all(
        key in other and _are_equal(other[key], value) for key, value in one.items()
    )


def _are_equal(one: object, other: object) -> bool:
    """Tell whether two values are the same JSON: 1 is no true, and 1.0 is no 1."""
    return one is other or dumps_lossy(one)[0] == dumps_lossy(other)[0]
