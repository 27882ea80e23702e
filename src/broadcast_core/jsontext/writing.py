"""Values to text: one function an engine, the same bytes."""

from __future__ import annotations

import json
import math
import re

from broadcast_core.jsontext.rule import (
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
_LONG_NUMBER = re.compile(rb"[0-9]{19}")
_NO_TEXT_KEY = re.compile(rb'"(?:[-0-9]|true|false|null|NaN|Infinity)[^"]*":')  # or a text that looks so
_MAYBE_NEGATIVE_ZERO = re.compile(rb"-0\.0(?![0-9])")  # or a text that looks so; -0.05 is none
_NEGATIVE_ZERO = re.compile(rb'("[^"\\]*+(?:\\.[^"\\]*+)*+")|-0\.0(?![0-9])', re.DOTALL)
_SMALL_FLOAT = re.compile(r'("[^"\\]*+(?:\\.[^"\\]*+)*+")|(-?)(\d)(?:\.(\d+))?e-0([5-9])')


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
        raise JsonError(_why_not(str(error))) from None
    if may_be_deep(data) and deeper_than(value, MAX_DEPTH):
        raise JsonError(TOO_DEEP)
    if _NO_TEXT_KEY.search(data) and not _has_text_keys(value):
        raise JsonError(_why_not("a key is no text"))
    if _LONG_NUMBER.search(data) and not _fits(value):
        raise JsonError(_why_not("Integer exceeds 64-bit range"))
    return data


def write_read(value: Json) -> bytes:
    """Write with the standard library what it has read: keys are texts, and no number is too long."""
    data = _as_orjson(_text(value))
    return _unsigned(data) if has_negative_zero(data) else data


def _as_orjson(text: str) -> bytes:
    return (_SMALL_FLOAT.sub(_small_float, text) if "e-0" in text else text).encode("utf-8")


def _text(value: Json) -> str:
    """Return a value as the standard library writes it, also where it has too little stack left to do so."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        return str(run(_dump_nested(value, MAX_DEPTH)))


def _dump_nested(value: Json, levels: int) -> Call:
    """Return a value as the standard library writes it, without its recursion."""
    if not isinstance(value, dict | list | tuple):
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
    in_string, sign, whole, fraction, exponent = match.groups()
    if in_string is not None:
        return in_string
    if exponent == "5":
        return f"{sign}0.0000{whole}{fraction or ''}"
    return f"{sign}{whole}{'.' + fraction if fraction else ''}e-{exponent}"


def _has_text_keys(value: Json) -> bool:
    """Tell whether every key is a text; the standard library makes one of numbers, and says nothing."""
    left = [value]
    for one in left:
        if isinstance(one, dict):
            if any(key.__class__ is not str for key in one):
                return False
            left += [item for item in one.values() if isinstance(item, dict | list | tuple)]
        elif isinstance(one, list | tuple):
            left += [item for item in one if isinstance(item, dict | list | tuple)]
    return True


def _fits(value: Json) -> bool:
    """Tell whether every whole number in the value has at most 64 bits."""
    left = [value]
    for one in left:
        if type(one) is int and not INT64_MIN <= one <= UINT64_MAX:
            return False
        if isinstance(one, dict | list | tuple):
            left += one.values() if isinstance(one, dict) else one
    return True


def _replace_non_finite(value: Json) -> Call:
    """Return the value with null for each float that is NaN or infinite."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        kept = {}
        for key, item in value.items():
            kept[key] = yield _replace_non_finite(item)
        return kept
    if isinstance(value, list | tuple):
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
        elif isinstance(one, list | tuple):
            left += [item for item in one if item.__class__ is not str]
    return True
