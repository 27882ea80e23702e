"""What the row of a trace, or of a named span, says: merged from its generations, whatever arrives when.

Each fact is a minimum, a maximum, a union or the first or last of something, so merging is associative,
commutative and idempotent. Where two versions of one fact tie, the one with the smaller JSON text wins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, Literal, TypeVar

from attrs import field, frozen

from broadcast_core.jsontext import Json, dumps_lossy
from broadcast_core.record.content_value import ContentValue
from broadcast_core.record.generation import Failure, Generation, JsonObject, Timing, content_value
from broadcast_core.traces.layered import union

T = TypeVar("T")
MICROSECOND = timedelta(microseconds=1)


@frozen
class Timestamped:
    """A value, and where it stands in the order by which one is chosen: a time, then a generation id."""

    time: datetime
    generation_id: str
    value: Any
    content: ContentValue | None = field(default=None, eq=False, repr=False)
    """Of content, the value with its text."""

    __hash__ = None  # type: ignore[assignment]  # the value may be any JSON

    @property
    def with_text(self) -> ContentValue:
        """The value with its text, which is known where it is still that of the content."""
        known = self.content
        return known if known is not None and known.value is self.value else ContentValue(self.value)

    @property
    def order(self) -> tuple[datetime, str]:
        """By what the first or the last is chosen."""
        return (self.time, self.generation_id)


@frozen(kw_only=True)
class Summary:
    """What the row of a trace or of a named span says, merged from its generations.

    Start is the earliest, end the latest; name and input come from the earliest-starting generation that
    has one, output and failure from the latest-ending; each metadata key from the earliest that has it.
    """

    start: datetime
    end: datetime | None
    latest: datetime
    first_token: datetime | None
    generation_ids: AbstractSet[str]
    tags: frozenset[str]
    result: Timestamped
    name: Timestamped | None
    input: Timestamped | None
    output: Timestamped | None
    user_id: Timestamped | None
    session_id: Timestamped | None
    metadata: Mapping[str, Timestamped]
    withheld: bool

    __hash__ = None  # type: ignore[assignment]

    @property
    def updated_at(self) -> datetime:
        """The version of the row: it grows with every generation merged, from the records alone."""
        return self.latest + len(self.generation_ids) * MICROSECOND

    @property
    def first_token_ms(self) -> float | None:
        """Milliseconds from the start of the row to the first token of any of its generations."""
        return (
            None if self.first_token is None else (self.first_token - self.start) / timedelta(milliseconds=1)
        )

    @property
    def failure(self) -> Failure | None:
        """Why it failed, when the latest-ending generation failed."""
        failure: Failure | None = self.result.value
        return failure

    @property
    def whole(self) -> Summary:
        """The summary itself, which stands for itself."""
        return self

    @property
    def content(self) -> tuple[Json, Json]:
        """The input and the output; None for none."""
        asked, answered = self.side("input"), self.side("output")
        return (asked and asked.value, answered and answered.value)

    def side(self, side: Literal["input", "output"]) -> ContentValue | None:
        """Return the input or the output with its text; None for none."""
        found = self.input if side == "input" else self.output
        return None if found is None else found.with_text

    def text(self, name: str) -> str | None:
        """Return a field that is a text, as `name` or `session_id`; None where there is none."""
        found: Timestamped | None = getattr(self, name)
        return found.value if found is not None and isinstance(found.value, str) else None

    @property
    def custom(self) -> dict[str, Json]:
        """The caller's own metadata, keys in order; a program may have given some that are no text."""
        return {key: self.metadata[key].value for key in sorted(self.metadata, key=_key_order)}

    def merge(self, other: Summary) -> Summary:
        """Return the summary of both; the order does not matter, nor does a repetition."""
        return Summary(
            start=min(self.start, other.start),
            end=either(max, self.end, other.end),
            latest=max(self.latest, other.latest),
            first_token=either(min, self.first_token, other.first_token),
            generation_ids=union(self.generation_ids, other.generation_ids),
            tags=self.tags | other.tags,
            result=last_of(self.result, other.result),
            name=either(first_of, self.name, other.name),
            input=either(first_of, self.input, other.input),
            output=either(last_of, self.output, other.output),
            user_id=either(first_of, self.user_id, other.user_id),
            session_id=either(first_of, self.session_id, other.session_id),
            metadata={
                key: merged
                for key in {**self.metadata, **other.metadata}
                if (merged := either(first_of, self.metadata.get(key), other.metadata.get(key)))
            },
            withheld=self.withheld or other.withheld,
        )


class SummaryOfOne(Summary):
    """What one generation says of a trace that is its alone, looked up when it is asked for."""

    __slots__ = ("_generation",)
    __hash__ = None
    _generation: Generation

    def __init__(self, generation: Generation) -> None:
        """Take the generation."""
        object.__setattr__(self, "_generation", generation)

    @property
    def whole(self) -> Summary:
        """The same as a summary that stands for itself."""
        return summary_of(self._generation)

    start = property(lambda self: self._generation.timing.start)
    end = property(lambda self: self._generation.timing.end)
    latest = property(lambda self: self._generation.timing.end or self._generation.timing.start)
    tags = property(lambda self: frozenset(self._generation.trace.tags))
    withheld = property(lambda self: self._generation.content.withheld is not None)
    updated_at = property(lambda self: self.latest + MICROSECOND)
    failure = property(lambda self: self._generation.error)
    first_token = property(lambda self: _first_token(self._generation.timing))
    input = property(lambda self: self.whole.input)
    output = property(lambda self: self.whole.output)
    result = property(lambda self: self.whole.result)
    generation_ids = property(lambda self: frozenset((self._generation.id,)))
    name = property(lambda self: self.whole.name)
    user_id = property(lambda self: self.whole.user_id)
    session_id = property(lambda self: self.whole.session_id)
    metadata = property(lambda self: self.whole.metadata)

    def side(self, side: Literal["input", "output"]) -> ContentValue | None:
        """Return one side of the content that says something."""
        found = content_value(self._generation.content, side)
        return None if found is None or _is_blank(found.value) else found

    def text(self, name: str) -> str | None:
        """Return a field that is a text, as `name` or `session_id`; None where there is none."""
        value = _TEXTS[name](self._generation)
        if value is None or not isinstance(value, str):
            return None
        return value if value[:1].isalnum() or not _says_nothing(value) else None

    @property
    def custom(self) -> dict[str, Json]:
        """The caller's own metadata, keys in order."""
        metadata = self._generation.trace.metadata
        return {key: metadata[key] for key in sorted(metadata, key=_key_order)} if metadata else {}

    def __eq__(self, other: object) -> bool:
        return bool(self.whole == (other.whole if isinstance(other, Summary) else other))

    def __repr__(self) -> str:
        return repr(self.whole)

    def __reduce__(self) -> Any:
        return SummaryOfOne, (self._generation,)


_TEXTS: Mapping[str, Callable[[Generation], Any]] = {
    "name": attrgetter("trace.trace_name"),
    "user_id": attrgetter("identity.user_id"),
    "session_id": attrgetter("identity.session_id"),
}


def first_version(generation: Generation) -> datetime:
    """Return the version of the row of a generation that is joined with no other telling of it."""
    return (generation.timing.end or generation.timing.start) + MICROSECOND


def summary_of(generation: Generation) -> Summary:
    """Return what one generation says of its trace."""
    timing, trace, identity, content = (
        generation.timing,
        generation.trace,
        generation.identity,
        generation.content,
    )
    start, latest = timing.start, timing.end or timing.start

    def first(value: Any) -> Timestamped | None:
        return None if _is_blank(value) else Timestamped(start, generation.id, value)

    return Summary(
        start=start,
        end=timing.end,
        latest=latest,
        first_token=_first_token(timing),
        generation_ids=frozenset((generation.id,)),
        tags=frozenset(trace.tags),
        result=Timestamped(latest, generation.id, generation.error),
        name=first(trace.trace_name),
        input=_side(content_value(content, "input"), start, generation.id),
        output=_side(content_value(content, "output"), latest, generation.id),
        user_id=first(identity.user_id),
        session_id=first(identity.session_id),
        metadata=_picks(trace.metadata, start, generation.id),
        withheld=content.withheld is not None,
    )


def _first_token(timing: Timing) -> datetime | None:
    wait = timing.first_token_ms
    return None if wait is None or not 0 <= wait < 1e12 else timing.start + timedelta(milliseconds=wait)


def _side(side: ContentValue | None, time: datetime, generation_id: str) -> Timestamped | None:
    if side is None or _is_blank(side.value):
        return None
    return Timestamped(time, generation_id, side.value, side)


def _is_blank(value: Any) -> bool:
    """Tell whether a value says nothing, so that another generation's stands for it."""
    if not isinstance(value, dict):
        return _says_nothing(value)
    for item in value.values():
        if item.__class__ is list and item:  # as of messages, or choices
            return False
        break
    left, seen = [value], set()
    for one in left:  # which grows: no recursion, since a value may be as deep as it likes and hold itself
        if isinstance(one, dict):
            left += one.values() if id(one) not in seen else ()
            seen.add(id(one))
        elif not _says_nothing(one):
            return False
    return True


def _says_nothing(value: Any) -> bool:
    if value is None:
        return True
    if isinstance(value, str):
        return not value.replace("\x00", "").strip()
    return value in ([], ())


def _picks(metadata: JsonObject, start: datetime, generation_id: str) -> dict[str, Timestamped]:
    return {key: Timestamped(start, generation_id, value) for key, value in metadata.items()}


def _key_order(key: object) -> tuple[str, str]:
    return (str(key), type(key).__name__)


def either(merge: Any, one: T | None, other: T | None) -> T | None:
    """Return two merged, or the one that there is."""
    if one is None:
        return other
    return one if other is None else merge(one, other)


def first_of(one: Timestamped, other: Timestamped) -> Timestamped:
    """Return the earlier of two picks."""
    if one.order != other.order:
        return min(one, other, key=lambda pick: pick.order)
    return one if _text(one) <= _text(other) else other


def last_of(one: Timestamped, other: Timestamped) -> Timestamped:
    """Return the later of two picks."""
    if one.order != other.order:
        return max(one, other, key=lambda pick: pick.order)
    return one if _text(one) <= _text(other) else other


def _text(pick: Timestamped) -> bytes:
    value = pick.value
    if pick.content is not None:
        return pick.with_text.text
    if isinstance(value, Failure):
        return dumps_lossy([value.type, value.code, value.message, value.stacktrace, value.raw])[0]
    return dumps_lossy(value)[0]
