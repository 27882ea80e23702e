"""What was in an exchange and is nowhere in its reading.

A text or a number that no other value is like must stand in the record as it came: in a field, in a content,
or with the unknown keys. What may stand there by chance, a word of an enum or true and false, must make a
difference: with another value in its place, the reading is another one. What a diagnostic names is not lost
without a word, and what is left out on purpose has its reason in `LEFT_OUT`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from attrs import frozen

from broadcast_core.diagnostics import Problem
from broadcast_core.readers import Read, Reading, Rejected
from broadcast_core.readers.exchange import read
from broadcast_core.readers.exchange.unmapped import LEFT_OUT, LeftOut
from broadcast_core.record.codec import encode
from tests.readers.mutation import Path, changed
from tests.schema.values import FIRST

_PARTS = ("request", "response", "chunks")
_MARKED = re.compile(r"q\d{7,}z|k\d{7,}|\d{12}")
_COMPUTED = re.compile(r"usage\.input_tokens$|completed_at$")
"""Numbers that the record has in another form: with the cache counted in, as a time."""
_ENOUGH = 3
"""How many values at places that are alike are changed: each change is a reading."""
_NOT_A_COUNT = "expected at least 0"
"""Why an exchange may be rejected: schemas allow counts below zero."""


@frozen
class Loss:
    """A value that is not in the reading: where it stood, and how that was seen."""

    path: str
    value: Any
    how: str


def losses(
    document: dict[str, Any],
    reader: Callable[[Any], Reading] = read,
    left_out: tuple[LeftOut, ...] = LEFT_OUT,
) -> Iterator[Loss]:
    """Yield what of an exchange is lost without a word: all of it where it is rejected for no good reason."""
    (outcome,) = reader(document).outcomes
    if not isinstance(outcome, Read):
        assert isinstance(outcome, Rejected)
        yield from (_rejection(problem) for problem in outcome.problems if not _is_deserved(problem))
        return
    kept, result = _Kept(encode(outcome.generation)), facts(outcome)
    again: Counter[str] = Counter()
    named = [note.path for note in outcome.diagnostics if note.kind != "moved"]
    for path, value in leaves({part: document[part] for part in _PARTS if part in document}):
        where = spelled(path, document)
        if is_left_out(where, value, left_out) or any(_is_under(path, name) for name in named):
            continue
        if is_marked(value) and not _COMPUTED.search(where):
            if not kept.has(value):
                yield Loss(where, value, "it is nowhere")
            continue
        again[where] += 1
        if again[where] > _ENOUGH:
            continue
        (other,) = reader(changed(document, path, lambda _, value=value: _another(value))).outcomes
        if facts(other) == result:
            yield Loss(where, value, "another value makes no difference")


def facts(outcome: Any) -> Any:
    """Return all that a reading says; an id derived from the whole request says nothing of one value."""
    if not isinstance(outcome, Read):
        return outcome
    record: Any = encode(outcome.generation)
    is_derived = str(record["id"]).startswith("derived-")
    return {**record, "id": None if is_derived else record["id"]}, outcome.diagnostics


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield each text, number, true and false with its path, but for empty texts."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from leaves(item, (*path, place))
    elif value is not None and value != "":
        yield path, value


def spelled(path: Path, document: dict[str, Any]) -> str:
    """Return a path that is the same for all items of a list; an event of a stream has its type."""
    steps = ["[]" if isinstance(step, int) else "*" if _MARKED.fullmatch(step) else step for step in path]
    if path[0] == "chunks" and len(path) > 1 and isinstance(path[1], int):
        chunk = document["chunks"][path[1]]
        kind = chunk.get("type") if isinstance(chunk, dict) else None
        steps[:2] = [f"event({kind})" if isinstance(kind, str) else "event"]
    return ".".join(steps).replace(".[]", "[]")


def is_left_out(where: str, value: Any, left_out: tuple[LeftOut, ...] = LEFT_OUT) -> bool:
    """Tell whether a value is left out for a reason."""
    plain = re.sub(r"^event\([^)]*\)", "event", where)
    inner = re.sub(r"^event\.(?:(?:response|message)\.)?", "response.", plain)
    names = {where, plain, inner}
    return any(names & {*one.keys} and (not one.usual or value in one.usual) for one in left_out)


def is_marked(value: Any) -> bool:
    """Tell whether a value is unlike any other of its exchange."""
    if isinstance(value, str):
        return bool(_MARKED.search(value))
    return not isinstance(value, bool) and (abs(value) >= FIRST or value != int(value))


def _rejection(problem: Problem) -> Loss:
    return Loss(problem.path, None, f"rejected: {problem.what}")


def _is_deserved(problem: Problem) -> bool:
    return problem.what.startswith(_NOT_A_COUNT)


def _is_under(path: Path, named: str) -> bool:
    """Tell whether a diagnostic names a value, or something that it is a part of."""
    text = "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text == named or text.startswith((named + ".", named + "["))


def _another(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    return value + "~" if isinstance(value, str) else value + 1


class _Kept:
    """The texts, keys and numbers of a record."""

    def __init__(self, record: Any) -> None:
        found = list(_values(record))
        self._text = "\0".join(value for value in found if isinstance(value, str))
        self._numbers = {number for value in found if (number := _number(value)) is not None}

    def has(self, value: Any) -> bool:
        """Tell whether a value is there: a text within another, a number also as a text."""
        return value in self._text if isinstance(value, str) else _number(value) in self._numbers


def _values(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _values(item)
    elif isinstance(value, list):
        for item in value:
            yield from _values(item)
    elif not isinstance(value, bool) and value is not None:
        yield value


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None
