"""JSON as a server parses it, as deep as Jackson goes: Python's own parser has no stack for that."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from broadcast_core.jsontext import Json
from broadcast_core.jsontext.stackless import Call, run

_SHALLOW = 200
_TOKEN = re.compile(r'[ \t\n\r]*("(?:[^"\\\x00-\x1f]++|\\.)*+"|[^\s\[\]{},:"]++|[\[\]{},:])')


def parsed(text: str, depth: int, constant: Callable[[str], Json]) -> Json:
    """Return the value of a text that is nested so deep; numbers with a point are decimals."""
    options: dict[str, Any] = {"parse_float": Decimal, "parse_constant": constant}
    if depth <= _SHALLOW:
        return json.loads(text, **options)
    tokens = _tokens(text)
    value = run(_value(tokens, next(tokens), lambda part: json.loads(part, **options)))
    if next(tokens):
        raise ValueError("Extra data")
    return value


def _tokens(text: str) -> Iterator[str]:
    """Yield what a text is made of, and then nothing but the empty text."""
    position, end = 0, len(text.rstrip(" \t\n\r"))
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            raise ValueError(f"Unexpected character at {position}")
        yield match[1]
        position = match.end()
    while True:
        yield ""


def _value(tokens: Iterator[str], part: str, scalar: Callable[[str], Json]) -> Call:
    if part == "{":
        found: dict[str, Json] = {}
        for key in _members(tokens, "}"):
            if key[0] != '"' or next(tokens) != ":":
                raise ValueError("Expecting a property name and a colon")
            found[scalar(key)] = yield _value(tokens, next(tokens), scalar)
        return found
    if part == "[":
        items: list[Json] = []
        for first in _members(tokens, "]"):
            items.append((yield _value(tokens, first, scalar)))
        return items
    return scalar(part)


def _members(tokens: Iterator[str], end: str) -> Iterator[str]:
    """Yield the first piece of each member; what reads a member takes the rest of it."""
    part = next(tokens)
    while part != end:
        if not part:
            raise ValueError("Unexpected end")
        yield part
        part = next(tokens)
        if part == ",":
            part = next(tokens)
            if part == end:
                raise ValueError("Expecting another member")
        elif part != end:
            raise ValueError("Expecting a comma")
