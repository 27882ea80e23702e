"""Values of a JSON schema: the part of it that OpenAPI files use.

Texts, numbers and free keys are unlike any other of the same exchange, so that each can be found again; where
the schema leaves no choice, as in an enum, they are what it wants. What is nested deep is as small as can be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from math import inf, isqrt
from random import Random
from typing import Any

from attrs import define, field
from hypothesis import strategies as st

Schema = Mapping[str, Any]

FIRST = 1_000_003
_BESIDE = ("type", "properties", "required", "items", "oneOf", "anyOf", "enum", "additionalProperties")
"""What a schema may say beside its branches."""
_TAILS = ("", "", "", "", "", " é世", "\n\n", " \u2028x", "\\", '"{', "\ndata: x")
_DEEP = 9  # from here on a value is as small as its schema lets it be
_MAX_OPTIONAL = (6, 5, 4, 3, 2)
"""How many optional properties an object has at most, by its depth."""
_NULL, _BEYOND, _ZERO, _NEGATIVE = 6, 12, 10, 60
"""How seldom a value is null, 0 or below, and an object has a key that its schema does not name."""


@define
class Schemas:
    """The named schemas of an OpenAPI file."""

    named: Mapping[str, Schema]
    _heights: dict[str, float] = field(factory=dict)
    _weights: dict[str, int] = field(factory=dict)

    __hash__ = None  # type: ignore[assignment]

    def __attrs_post_init__(self) -> None:
        """Find how deep the smallest value of each schema is: what refers to itself has another way out."""
        self._heights = dict.fromkeys(self.named, inf)
        while True:
            found = {name: self.height(schema) for name, schema in self.named.items()}
            if found == self._heights:
                return
            self._heights = found

    def resolved(self, schema: Schema | bool) -> dict[str, Any]:
        """Return a schema without references and without `allOf` at its top."""
        if isinstance(schema, bool):
            return {}
        found = {key: value for key, value in schema.items() if key not in ("$ref", "allOf")}
        for part in [*self._referred(schema), *schema.get("allOf", ())]:
            found = _both(self.resolved(part), found)
        return found

    def _referred(self, schema: Schema) -> Iterator[Schema]:
        if "$ref" in schema:
            yield self.named[self.name_of(schema)]

    @staticmethod
    def name_of(schema: Schema) -> str:
        """Return the name of the schema that is referred to, else an empty text."""
        return str(schema.get("$ref", "")).rpartition("/")[2] if isinstance(schema, Mapping) else ""

    def height(self, schema: Schema | bool) -> float:
        """Return how many objects and arrays the smallest value has around each other."""
        if isinstance(schema, bool) or not schema:
            return 0
        parts = [self._heights[self.name_of(schema)]] if "$ref" in schema else []
        parts += [self.height(part) for part in schema.get("allOf", ())]
        for key in ("oneOf", "anyOf"):
            if key in schema:
                parts.append(min(map(self.height, schema[key])))
        if "enum" not in schema and "const" not in schema:
            parts.append(min((self._height_of_type(kind, schema) for kind in types_of(schema)), default=0))
        return max(parts, default=0)

    def places(self, schema: Schema | bool, place: str, known: set[str]) -> set[str]:
        """Return `known` with the places of all properties and branches that a value can have."""
        name = self.name_of(schema)
        if name and f"{name}:" in known:
            return known
        known.update([f"{name}:"] if name else [])
        place, found = name or place, self.resolved(schema)
        for key in ("oneOf", "anyOf"):
            for number, branch in enumerate(found.get(key, ())):
                known.add(f"{place}|{number}")
                self.places(self.joined(found, key, branch), self.where(branch, place, number), known)
            if key in found:
                return known  # each branch has what stands beside it
        inner = {f"{place}.{key}": one for key, one in found.get("properties", {}).items()}
        known.update(inner)
        for path, key in ((f"{place}[]", "items"), (f"{place}.*", "additionalProperties")):
            inner |= {path: found[key]} if isinstance(found.get(key), Mapping) else {}
        for path, one in inner.items():
            self.places(one, path, known)
        return known

    def weight(self, schema: Schema | bool, place: str) -> int:
        """Return how often a schema is drawn beside others: more often when there is much in it."""
        if place not in self._weights:
            self._weights[place] = 1 + isqrt(len(self.places(schema, place, set())))
        return self._weights[place]

    def where(self, branch: Schema, place: str, number: int) -> str:
        """Return the place of a branch."""
        return self.name_of(branch) or f"{place}|{number}"

    def joined(self, schema: dict[str, Any], key: str, branch: Schema) -> Schema:
        """Return a branch with what its schema says beside the branches."""
        rest = {name: value for name, value in schema.items() if name in _BESIDE and name != key}
        return {"allOf": [rest, self.resolved(branch)]}

    def _height_of_type(self, kind: str, schema: Schema) -> float:
        if kind == "object":
            known = schema.get("properties", {})
            return 1 + max((self.height(known.get(key, {})) for key in schema.get("required", ())), default=0)
        if kind == "array":
            return 1 + (self.height(schema.get("items", {})) if schema.get("minItems") else 0)
        return 0


def types_of(schema: Schema) -> list[str]:
    """Return the types that a schema names, or that its keywords speak of."""
    kind = schema.get("type")
    if kind is None:
        return ["object"] if "properties" in schema else ["array"] if "items" in schema else []
    return [kind] if isinstance(kind, str) else list(kind)


def _both(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return what holds where two schemas hold; the second counts where they say different things."""
    found = {**one, **other}
    properties = {**one.get("properties", {}), **other.get("properties", {})}
    for key in one.get("properties", {}).keys() & other.get("properties", {}).keys():
        properties[key] = {"allOf": [one["properties"][key], other["properties"][key]]}
    if properties:
        found["properties"] = properties
    required = [*one.get("required", ()), *other.get("required", ())]
    return {**found, "required": list(dict.fromkeys(required))} if required else found


@define
class Values:
    """The values of one exchange; `seen` gets the place in the schema of each property that was drawn.

    Choices are drawn, so that they shrink; with `chance` they are its own, which reach more of a schema.
    """

    schemas: Schemas
    draw: st.DrawFn
    seen: set[str]
    chance: Random | None = None
    _count: int = 0

    def value(self, schema: Schema | bool, place: str, depth: int = 0) -> Any:
        """Return a value of a schema."""
        place = self.schemas.name_of(schema) or place if isinstance(schema, Mapping) else place
        found = self.schemas.resolved(schema)
        for key in ("oneOf", "anyOf"):
            if key in found:
                return self._branch(found, key, place, depth)
        if "const" in found:
            return found["const"]
        if "enum" in found:
            return self.one_of(found["enum"])
        kinds = types_of(found)
        if not kinds:
            return self._anything(depth)
        return self._of_type(self._kind(kinds, found, depth), found, place, depth)

    def below(self, number: int) -> int:
        """Return a whole number from 0 on that is below another."""
        if self.chance is not None:
            return self.chance.randrange(number)
        return self.draw(st.integers(0, number - 1)) if number > 1 else 0

    def one_of(self, options: Sequence[Any]) -> Any:
        """Return one of some options."""
        return options[self.below(len(options))]

    def weighted(self, weights: Sequence[int]) -> int:
        """Return the place of one of some weights, the more often the larger it is."""
        number = self.below(sum(weights))
        return next(place for place, end in enumerate(accumulate(weights)) if number < end)

    def some_of(self, weights: Mapping[str, int], limit: int) -> list[str]:
        """Return some of the keys, at most so many, none twice."""
        left, found = dict(weights), []
        for _ in range(self.below(min(limit, len(left)) + 1)):
            found.append([*left][self.weighted([*left.values()])])
            del left[found[-1]]
        return found

    def seldom(self, times: int) -> bool:
        """Tell, once in so many times, that it is so."""
        return self.below(times) == times - 1

    def mark(self) -> int:
        """Return a number that no other value of the exchange has."""
        self._count += 1
        return FIRST + 7 * self._count

    def text(self, max_length: float = inf) -> str:
        """Return a text that no other text of the exchange has."""
        text = f"q{self.mark()}z" + self.one_of(_TAILS)
        return text if len(text) <= max_length else text[: int(max_length)]

    def _branch(self, schema: dict[str, Any], key: str, place: str, depth: int) -> Any:
        branches = list(enumerate(schema[key]))
        if depth >= _DEEP:
            lowest = min(self.schemas.height(branch) for _, branch in branches)
            branches = [pair for pair in branches if self.schemas.height(pair[1]) == lowest]
        weights = [self.schemas.weight(one, self.schemas.where(one, place, n)) for n, one in branches]
        number, branch = branches[self.weighted(weights)]
        self.seen.add(f"{place}|{number}")
        where = self.schemas.where(branch, place, number)
        return self.value(self.schemas.joined(schema, key, branch), where, depth)

    def _kind(self, kinds: list[str], schema: Schema, depth: int) -> str:
        others = [kind for kind in kinds if kind != "null"]
        if "null" in kinds and (not others or depth >= _DEEP or self.seldom(_NULL)):
            return "null"
        return str(self.one_of(others))

    def _of_type(self, kind: str, schema: Schema, place: str, depth: int) -> Any:
        if kind == "object":
            return self._object(schema, place, depth)
        if kind == "array":
            return self._array(schema, place, depth)
        if kind == "string":
            return self._string(schema)
        if kind == "boolean":
            return bool(self.below(2))
        return None if kind == "null" else self._number(schema, is_whole=kind == "integer")

    def _object(self, schema: Schema, place: str, depth: int) -> dict[str, Any]:
        known, required = schema.get("properties", {}), schema.get("required", ())
        weights = {
            key: self.schemas.weight(one, f"{place}.{key}")
            for key, one in known.items()
            if key not in required
        }
        limit = 0 if depth >= _DEEP else _MAX_OPTIONAL[min(depth, len(_MAX_OPTIONAL) - 1)]
        found = {}
        for key in [*required, *self.some_of(weights, limit)]:
            self.seen.add(f"{place}.{key}")
            found[key] = self.value(known.get(key, {}), f"{place}.{key}", depth + 1)
        return {**found, **self._more(schema, place, depth)}

    def _more(self, schema: Schema, place: str, depth: int) -> dict[str, Any]:
        """Return keys that the schema does not name: where it speaks of such, and now and then elsewhere."""
        more = schema.get("additionalProperties", True)
        if more is False or depth > _DEEP or not self.seldom(_BEYOND if more is True else 2):
            return {}
        return {f"k{self.mark()}": self.value(more, f"{place}.*", depth + 1)}

    def _array(self, schema: Schema, place: str, depth: int) -> list[Any]:
        low = schema.get("minItems", 0)
        high = 0 if depth >= _DEEP else min(schema.get("maxItems", 3), 3 if depth < 2 else 2)
        size = self.one_of(range(low, max(low, high) + 1))
        return [self.value(schema.get("items", {}), f"{place}[]", depth + 1) for _ in range(size)]

    def _string(self, schema: Schema) -> str:
        kind = schema.get("format")
        if kind == "uuid":
            return f"00000000-0000-4000-8000-{self.mark():012}"
        if kind == "uri":
            return f"https://example.com/q{self.mark()}z"
        if "pattern" in schema:
            return str(self.draw(st.from_regex(schema["pattern"], fullmatch=True)))
        return self.text(schema.get("maxLength", inf))

    def _number(self, schema: Schema, *, is_whole: bool) -> float:
        low, high = schema.get("minimum", -inf), schema.get("maximum", inf)
        low, mark = max(low, schema.get("exclusiveMinimum", -inf)), self.mark()
        if low < 0 < high and self.seldom(_ZERO):
            return -mark if low == -inf and self.seldom(_NEGATIVE // _ZERO) else 0
        if low <= mark <= high:
            return mark if is_whole or self.seldom(3) else mark + 0.25
        low, high = (0 if low == -inf else low), (low + 1000 if high == inf else high)
        if is_whole:
            return int(low) + self.below(int(high) - int(low) + 1)
        return round(low + (high - low) * (mark * 0.6180339 % 1), 9)

    def _anything(self, depth: int) -> Any:
        number = self.one_of(range(3 if depth >= _DEEP else 5))
        scalars = (self.text, self.mark, lambda: self.one_of([True, False, None]))
        if number < len(scalars):
            return scalars[number]()
        inner = self._anything(depth + 1)
        return [inner] if number == len(scalars) else {f"k{self.mark()}": inner}
