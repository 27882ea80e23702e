"""Values to text: one function an engine, the same bytes."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator

from broadcast_core.jsontext.rule import (
    ARRAYS,
    CONTAINERS,
    INT64_MIN,
    MAX_DEPTH,
    TOO_DEEP,
    UINT64_MAX,
    Json,
    JsonError,
    deeper_than,
    may_be_deep,
)
from broadcast_core.jsontext.stackless import Call, run

try:
    import orjson
except ImportError:  # the `fast` extra is not installed: dumps_orjson is never called
    orjson = None  # type: ignore[assignment]

_OPTIONS = (
    orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS
    if orjson is not None
    else 0
)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_MAYBE_NEGATIVE_ZERO = re.compile(rb"-0\.0(?![0-9])")  # or a text that looks so; -0.05 is none
_NEGATIVE_ZERO = re.compile(rb'("[^"\\]*+(?:\\.[^"\\]*+)*+")|-0\.0(?![0-9])', re.DOTALL)
_SMALL, _MOST_DIGITS = "e-0", 25  # of a double
_SMALL_FLOAT = re.compile(r"(?<![^:\[,])(-?)(\d)(?:\.(\d+))?e-0([5-9])(?![^,\]}])")  # or a text that has one
_SMALL_FLOAT_OR_TEXT = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|' + _SMALL_FLOAT.pattern)


def dumps_orjson(value: Json) -> bytes:
    """Write with orjson."""
    try:
        text: bytes = orjson.dumps(value, None, _OPTIONS)
    except (TypeError, RecursionError) as error:
        raise JsonError(_why_not(str(error))) from None
    return _unsigned(text) if has_negative_zero(text) else text


def write_orjson(value: Json) -> bytes:
    """Write with orjson, with the sign of zero."""
    try:
        return orjson.dumps(value, option=_OPTIONS)
    except (TypeError, RecursionError) as error:
        raise JsonError(_why_not(str(error))) from None


def write_part_orjson(value: Json) -> bytes:
    """Write a value of an object in an object, which may be as much less deep."""
    return dumps_orjson([[value]])[2:-2]


def dumps_stdlib(value: Json) -> bytes:
    """Write with the standard library what `dumps_orjson` would write."""
    data = write_stdlib(value)
    return _unsigned(data) if has_negative_zero(data) else data


def write_stdlib(value: Json) -> bytes:
    """Write with the standard library what orjson would write, with the sign of zero."""
    try:
        text = _text(value)
        if "NaN" in text or "Infinity" in text:
            text = _text(run(_replace_non_finite(value)))
        data = _as_orjson(text)
    except (TypeError, ValueError) as error:
        raise error if isinstance(error, JsonError) else JsonError(_why_not(str(error))) from None
    if may_be_deep(data) and deeper_than(value, MAX_DEPTH):
        raise JsonError(TOO_DEEP)
    what = _beyond_json(value)
    if what is not None:
        raise JsonError(_why_not(what))
    return data


def write_read(value: Json) -> bytes:
    """Write with the standard library what it has read: keys are texts, nothing is too deep or too long."""
    return _as_orjson(_text(value))


def write_part_stdlib(value: Json) -> bytes:
    """Write with the standard library a part of what it has read."""
    data = write_read(value)
    return _unsigned(data) if has_negative_zero(data) else data


def _as_orjson(text: str) -> bytes:
    return (_without_small_floats(text) if _SMALL in text else text).encode("utf-8")


def _without_small_floats(text: str) -> str:
    """Return a text with the small floats outside of its strings as orjson writes them."""
    found = list(_small_floats(text))
    if not found:
        return text
    if "\\" in text:
        return _SMALL_FLOAT_OR_TEXT.sub(_small_float, text)
    parts: list[str] = []
    done = at = quotes = 0
    for match in found:
        quotes += text.count('"', at, match.start())
        at = match.start()
        if quotes % 2 == 0:  # else, without escapes, it stands in a string
            parts += (text[done:at], _small_float(match))
            done = match.end()
    return "".join((*parts, text[done:]))


def _small_floats(text: str) -> Iterator[re.Match[str]]:
    """Yield what looks like a small float; only its exponent is looked for, and the rest of it near that."""
    done, at = 0, text.find(_SMALL)
    while at >= 0:
        match = _SMALL_FLOAT.search(text, max(done, at - _MOST_DIGITS), at + len(_SMALL) + 2)
        if match is not None:
            yield match
            done = match.end()
        at = text.find(_SMALL, at + 1)


def _beyond_json(value: Json) -> str | None:
    """Return what the standard library has written and orjson would not: it says nothing of these."""
    left = [value]
    for one in left:
        if isinstance(one, dict):
            for key in one:
                if key.__class__ is not str:
                    return "a key is no text"
            inside: Iterable[Json] = one.values()
        else:
            inside = one if isinstance(one, ARRAYS) else (one,)
        for item in inside:
            kind = item.__class__
            if kind is str or item is None or kind is bool or kind is float:
                continue
            if isinstance(item, CONTAINERS):
                left.append(item)
            elif kind is int and not INT64_MIN <= item <= UINT64_MAX:
                return "Integer exceeds 64-bit range"
    return None


def _text(value: Json) -> str:
    """Return a value as the standard library writes it, also where it has too little stack left to do so."""
    try:
        return _ENCODER.encode(value)
    except RecursionError:
        return str(run(_dump_nested(value, MAX_DEPTH)))


def _dump_nested(value: Json, levels: int) -> Call:
    """Return a value as the standard library writes it, without its recursion."""
    if not isinstance(value, CONTAINERS):
        return json.dumps(value, ensure_ascii=False)
    if not levels:
        raise JsonError(TOO_DEEP)
    texts = []
    for key in value:
        item = yield _dump_nested(value[key] if isinstance(value, dict) else key, levels - 1)
        texts.append(f"{_key(key)}:{item}" if isinstance(value, dict) else item)
    return f"{{{','.join(texts)}}}" if isinstance(value, dict) else f"[{','.join(texts)}]"


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError("a key is no text")
    return json.dumps(key, ensure_ascii=False)


def has_negative_zero(data: bytes) -> bool:
    """Tell whether -0.0 may be in a text; also for a text that looks so."""
    return _MAYBE_NEGATIVE_ZERO.search(data) is not None


def _unsigned(data: bytes) -> bytes:
    """Write 0.0 for -0.0, which a platform that takes no negative number may refuse with all beside it."""
    return _NEGATIVE_ZERO.sub(lambda match: match[1] or b"0.0", data)


def _why_not(engine_says: str) -> str:
    if "ecursion" in engine_says:
        return TOO_DEEP
    return f"JSON cannot carry this value: {engine_says}"


def _small_float(match: re.Match[str]) -> str:
    """Write 1e-05 as 0.00001, and 1e-06 to 1e-09 as 1e-6 to 1e-9; leave what stands in a string."""
    sign, whole, fraction, exponent = match.groups()
    if exponent is None:
        return match[0]
    if exponent == "5":
        return f"{sign}0.0000{whole}{fraction or ''}"
    return f"{sign}{whole}{'.' + fraction if fraction else ''}e-{exponent}"


def _replace_non_finite(value: Json) -> Call:
    """Return the value with null for each float that is NaN or infinite."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        kept = {}
        for key, item in value.items():
            kept[key] = yield _replace_non_finite(item)
        return kept
    if isinstance(value, ARRAYS):
        items = []
        for item in value:
            items.append((yield _replace_non_finite(item)))
        return items
    return value


def is_finite(value: object) -> bool:
    """Tell whether no float in the value is NaN or infinite."""
    left: list[object] = [value]
    for one in left:
        if isinstance(one, float):
            if not math.isfinite(one):
                return False
        elif isinstance(one, dict):
            left += [item for item in one.values() if item.__class__ is not str]
        elif isinstance(one, ARRAYS):
            left += [item for item in one if item.__class__ is not str]
    return True
