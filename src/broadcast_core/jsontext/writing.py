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

try:
    import orjson
except ImportError:  # the `fast` extra is not installed: dumps_orjson is never called
    orjson = None  # type: ignore[assignment]

_LONG_NUMBER = re.compile(rb"[0-9]{19}")
_NO_TEXT_KEY = re.compile(rb'"(?:[-0-9]|true|false|null|NaN|Infinity)[^"]*":')  # or a text that looks so
_NEGATIVE_ZERO = re.compile(rb'("[^"\\]*+(?:\\.[^"\\]*+)*+")|-0\.0(?![0-9])', re.DOTALL)
_SMALL_FLOAT = re.compile(r'("[^"\\]*+(?:\\.[^"\\]*+)*+")|(-?)(\d)(?:\.(\d+))?e-0([5-9])')


def dumps_orjson(value: Json) -> bytes:
    """Write with orjson."""
    options = (
        orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS
    )
    try:
        return _unsigned(orjson.dumps(value, option=options))
    except (TypeError, RecursionError) as error:
        raise JsonError(_why_not(str(error))) from None


def dumps_stdlib(value: Json) -> bytes:
    """Write with the standard library what orjson would write."""
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        if "NaN" in text or "Infinity" in text:
            text = json.dumps(_finite(value), ensure_ascii=False, separators=(",", ":"))
        data = (_SMALL_FLOAT.sub(_small_float, text) if "e-0" in text else text).encode("utf-8")
    except RecursionError:
        raise JsonError(TOO_DEEP) from None
    except (TypeError, ValueError) as error:
        raise JsonError(_why_not(str(error))) from None
    if may_be_deep(data) and deeper_than(value, MAX_DEPTH):
        raise JsonError(TOO_DEEP)
    if _NO_TEXT_KEY.search(data) and not _has_text_keys(value):
        raise JsonError(_why_not("a key is no text"))
    if _LONG_NUMBER.search(data) and not _fits(value):
        raise JsonError(_why_not("Integer exceeds 64-bit range"))
    return _unsigned(data)


def _unsigned(data: bytes) -> bytes:
    """Write 0.0 for -0.0, which a platform that takes no negative number may refuse with all beside it."""
    if b"-0.0" not in data:
        return data
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
    if type(value) is int:
        return INT64_MIN <= value <= UINT64_MAX
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return all(_fits(item) for item in items)


def _finite(value: Json) -> Json:
    """Return the value with null for each float that is NaN or infinite."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


def finite(value: object) -> bool:
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
