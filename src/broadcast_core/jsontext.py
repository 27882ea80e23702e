"""JSON text in and out, with one rule whatever engine is installed.

Rule 1: orjson (the `fast` extra) and the standard library accept the same documents and write the same
bytes. What they would treat differently is decided here:

* text is UTF-8; one byte order mark in front is skipped;
* NaN, Infinity, numbers beyond a double and lone surrogates are refused when read; a NaN or Infinity
  that a program made is written as null, as JavaScript does;
* whole numbers beyond 64 bits become doubles; a key given twice is refused;
* nesting deeper than `MAX_DEPTH` is refused, reading and writing;
* numbers are written as orjson 3.11 and later writes them: `0.00001`, `1e-6`, `1e+16`.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, TypeAlias
from uuid import UUID

try:
    import orjson
except ImportError:  # the `fast` extra is not installed
    orjson = None  # type: ignore[assignment]

Json: TypeAlias = Any
"""A JSON value as Python has it: None, bool, int, float, str, list or dict with text keys."""

MAX_DEPTH = 254  # the deepest nesting that orjson writes

_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"
_NO_TEXT = "a lone surrogate is no text"
_DISGUISES = (b"\\u0022", b"\\u003", b" :", b"\t:", b"\n:", b"\r:")  # of the quote and colon after a key
_INT64_MIN, _UINT64_MAX = -(2**63), 2**64 - 1
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_LONG_NUMBER = re.compile(rb"[0-9]{19}")
_BRACKET = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[][{}]', re.DOTALL)  # or a text, which may hold some
_SMALL_FLOAT = re.compile(r'("[^"\\]*+(?:\\.[^"\\]*+)*+")|(-?)(\d)(?:\.(\d+))?e-0([5-9])')


class JsonError(ValueError):
    """Text that is no JSON by our rule, or a value that JSON cannot carry.

    `reason` says what is wrong; `path` is a JSON path (`$.a[0]`) when the place is known.
    """

    def __init__(self, reason: str, path: str | None = None) -> None:
        self.reason = reason
        self.path = path
        super().__init__(f"{reason} @ {path}" if path else reason)


class _RepeatedKey(JsonError):
    """A key that is given twice; it may be content."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__("a key is given twice in one object")


class _LoneSurrogate(JsonError):
    """Half a character, and the keys and indexes on the way to it; keys may be content."""

    def __init__(self, way: tuple[str | int, ...]) -> None:
        self.way = way
        super().__init__(_NO_TEXT)


def loads(text: bytes | str, named: Container[str] = ()) -> Json:
    """Read one JSON document; raise `JsonError` for anything that our rule refuses.

    `named` are the keys that an error may quote; all others may be what a user said.
    """
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    try:
        return _loads_orjson(data) if orjson is not None else _loads_stdlib(data)
    except _RepeatedKey as error:
        key = f"the key {error.key!r}" if error.key in named else "a key"
        raise JsonError(f"{key} is given twice in one object") from None
    except _LoneSurrogate as error:
        raise JsonError(_NO_TEXT, _path(error.way, named)) from None


def _path(way: tuple[str | int, ...], named: Container[str]) -> str:
    """Return a JSON path down to the first key that must not be named."""
    path = "$"
    for step in way:
        if isinstance(step, str) and step not in named:
            break
        path += f".{step}" if isinstance(step, str) else f"[{step}]"
    return path


def loads_lenient(text: str) -> tuple[Json, bool]:
    """Read JSON that stands inside a string, mending lone surrogates; the flag tells whether it did."""
    try:
        return loads(text), False
    except JsonError as error:
        if error.reason != _NO_TEXT and not _LONE_SURROGATE.search(text):
            raise
    try:
        value = _DECODER.decode(text.removeprefix("\ufeff"))
    except RecursionError:
        raise JsonError(_TOO_DEEP) from None
    except json.JSONDecodeError as error:
        raise JsonError(_malformed(error)) from None
    if deeper_than(value, MAX_DEPTH):
        raise JsonError(_TOO_DEEP)
    return without_lone_surrogates(value), True


def dumps(value: Json) -> bytes:
    """Write compact JSON as UTF-8; raise `JsonError` for what JSON cannot carry."""
    return _dumps_orjson(value) if orjson is not None else _dumps_stdlib(value)


def dumps_anything(value: object) -> tuple[bytes, tuple[str, ...]]:
    """Write any Python value as JSON, and the paths of what had to be changed to do so."""
    try:
        return dumps(value), ()
    except JsonError:
        changed: list[str] = []
        return dumps(_carriable(value, "$", 0, changed)), tuple(changed)


def without_lone_surrogates(value: Json) -> Json:
    """Return the value with U+FFFD in place of each lone surrogate, in keys and texts."""
    if isinstance(value, str):
        return _LONE_SURROGATE.sub("\ufffd", value) if not value.isascii() else value
    if isinstance(value, list):
        return [without_lone_surrogates(item) for item in value]
    if isinstance(value, dict):
        mended: dict[str, Json] = {}
        for key, item in value.items():
            keep(mended, without_lone_surrogates(key), without_lone_surrogates(item))
        return mended
    return value


def keep(into: dict[str, Json], name: str, value: Json) -> None:
    """Put a value beside others; where its name is taken, under the next free one.

    That is the name with underscores; where many meet, with a number.
    """
    into[name if name not in into else _free_name(into, name)] = value


def _free_name(taken: Mapping[str, Json], name: str) -> str:
    for ending in ("_", "__", "___"):
        if name + ending not in taken:
            return name + ending
    number = len(taken)
    while f"{name}_{number}" in taken:
        number *= 2
    return f"{name}_{number}"


# Reading ---------------------------------------------------------------------------------------------


def _loads_orjson(data: bytes) -> Json:
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise _explained(data, str(error)) from None
    again = dumps(value)  # refuses what is too deep
    if not _is_same(data, again) and _may_repeat_keys(data, again):
        _read(data)  # refuses repeated keys
    return value


def _is_same(data: bytes, again: bytes) -> bool:
    """Tell whether a text was compact already, but for the end of its line: then no key can be repeated."""
    return len(data) - len(again) <= 2 and data.startswith(again)


def _may_repeat_keys(data: bytes, again: bytes) -> bool:
    """Tell whether a key may be repeated: fewer are written again, or spellings may hide that."""
    return data.count(b'":') != again.count(b'":') or any(sign in data for sign in _DISGUISES)


def _loads_stdlib(data: bytes) -> Json:
    try:
        value = _read(data)
    except RecursionError:
        raise JsonError(_TOO_DEEP) from None
    except ValueError as error:
        raise _explained(data, str(error)) from None
    if _may_be_deep(data) and deeper_than(value, MAX_DEPTH):
        raise JsonError(_TOO_DEEP)
    if b"\\ud" in data.lower():
        _refuse_lone_surrogates(value)
    return value


def _read(data: bytes) -> Json:
    """Read with the standard library, which can be asked about repeated keys and large numbers."""
    return _DECODER.decode(data.decode("utf-8"))


def _object(items: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(items)
    if len(found) != len(items):
        counts = Counter(key for key, _ in items)
        raise _RepeatedKey(next(key for key, count in counts.items() if count > 1))
    return found


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise JsonError("a number is too large for a double")
    return number


def _int(text: str) -> int | float:
    if len(text) < 19:
        return int(text)
    if len(text) > 400:
        raise JsonError("a number is too large for a double")
    number = int(text)
    return number if _INT64_MIN <= number <= _UINT64_MAX else _float(text)


def _refuse_constant(name: str) -> Json:
    raise JsonError(f"{name} is no JSON number")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_float, parse_int=_int
)


def _explained(data: bytes, engine_says: str) -> JsonError:
    """Return the error in our words, the same for every engine."""
    if not data.strip():
        return JsonError("the text is empty")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return JsonError(f"byte {error.start + 1} is no UTF-8: is this a text file?")
    if _may_be_deep(data) and _is_deep(data):
        return JsonError(_TOO_DEEP)
    try:
        _refuse_lone_surrogates(_read(data))
    except RecursionError:
        return JsonError(_TOO_DEEP)
    except json.JSONDecodeError as error:
        return JsonError(_malformed(error))
    except JsonError as error:
        return error
    return JsonError(f"malformed JSON, {engine_says}")


def _malformed(error: json.JSONDecodeError) -> str:
    where = f"column {error.colno}" if error.lineno == 1 else f"line {error.lineno}, column {error.colno}"
    return f"malformed JSON, {error.msg} ({where})"


def _may_be_deep(data: bytes) -> bool:
    return data.count(b"[") + data.count(b"{") > MAX_DEPTH


def _is_deep(data: bytes) -> bool:
    """Tell whether a text is nested too deep, by its brackets alone: it may be malformed."""
    depth = 0
    for match in _BRACKET.finditer(data):
        sign = data[match.start()]
        depth += (sign in b"[{") - (sign in b"]}")
        if depth > MAX_DEPTH:
            return True
    return False


def _refuse_lone_surrogates(value: Json) -> None:
    way = _way_to_lone_surrogate(value)
    if way is not None:
        raise _LoneSurrogate(way)


def _way_to_lone_surrogate(value: Json) -> tuple[str | int, ...] | None:
    """Return the keys and indexes on the way to the first lone surrogate, or None."""
    if isinstance(value, str):
        return () if _has_lone_surrogate(value) else None
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        way = () if isinstance(step, str) and _has_lone_surrogate(step) else _way_to_lone_surrogate(item)
        if way is not None:
            return (step, *way)
    return None


def _has_lone_surrogate(text: str) -> bool:
    return not text.isascii() and _LONE_SURROGATE.search(text) is not None


# Writing ---------------------------------------------------------------------------------------------


def _dumps_orjson(value: Json) -> bytes:
    options = (
        orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS
    )
    try:
        return orjson.dumps(value, option=options)
    except (TypeError, RecursionError) as error:
        raise JsonError(_why_not(str(error))) from None


def _dumps_stdlib(value: Json) -> bytes:
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        if "NaN" in text or "Infinity" in text:
            text = json.dumps(_finite(value), ensure_ascii=False, separators=(",", ":"))
        data = (_SMALL_FLOAT.sub(_small_float, text) if "e-0" in text else text).encode("utf-8")
    except RecursionError:
        raise JsonError(_TOO_DEEP) from None
    except (TypeError, ValueError) as error:
        raise JsonError(_why_not(str(error))) from None
    if _may_be_deep(data) and deeper_than(value, MAX_DEPTH):
        raise JsonError(_TOO_DEEP)
    if _LONG_NUMBER.search(data) and not _fits(value):
        raise JsonError(_why_not("Integer exceeds 64-bit range"))
    return data


def _why_not(engine_says: str) -> str:
    if "ecursion" in engine_says:
        return _TOO_DEEP
    return f"JSON cannot carry this value: {engine_says}"


def _small_float(match: re.Match[str]) -> str:
    """Write 1e-05 as 0.00001, and 1e-06 to 1e-09 as 1e-6 to 1e-9; leave what stands in a string."""
    in_string, sign, whole, fraction, exponent = match.groups()
    if in_string is not None:
        return in_string
    if exponent == "5":
        return f"{sign}0.0000{whole}{fraction or ''}"
    return f"{sign}{whole}{'.' + fraction if fraction else ''}e-{exponent}"


def _fits(value: Json) -> bool:
    """Tell whether every whole number in the value has at most 64 bits."""
    if type(value) is int:
        return _INT64_MIN <= value <= _UINT64_MAX
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


def deeper_than(value: Json, levels: int) -> bool:
    """Tell whether arrays and objects are nested deeper than some levels."""
    layer = [value] if isinstance(value, dict | list | tuple) else []
    for _ in range(levels):
        layer = [
            item
            for parent in layer
            for item in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(item, dict | list | tuple)
        ]
        if not layer:
            return False
    return True


def _carriable(value: object, path: str, depth: int, changed: list[str]) -> Json:
    """Return the nearest value that JSON carries; note each path where it differs."""
    if value is None or value is True or value is False:
        return value
    if isinstance(value, str):
        mended = without_lone_surrogates(str(value))
        if mended != value:
            changed.append(path)
        return mended
    if isinstance(value, int):
        if _INT64_MIN <= value <= _UINT64_MAX:
            return int(value)
        changed.append(path)
        return str(value) if value.bit_length() < 10_000 else "[truncated]"
    if isinstance(value, float):
        if math.isfinite(value):
            return float(value)
        changed.append(path)
        return None
    if depth >= MAX_DEPTH:
        changed.append(path)
        return "[truncated]"
    if isinstance(value, Mapping):
        return _carriable_object(value, path, depth, changed)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [_carriable(item, f"{path}[{n}]", depth + 1, changed) for n, item in enumerate(value)]
    if isinstance(value, Enum):
        return _carriable(value.value, path, depth, changed)
    if isinstance(value, UUID | datetime):
        return value.isoformat() if isinstance(value, datetime) else str(value)
    changed.append(path)
    return f"[{type(value).__name__}]"


def _named(key: object) -> str:
    """Return the name of a key as JSON spells it."""
    if key is None or isinstance(key, bool):
        return "null" if key is None else str(key).lower()
    return str(key)


def _carriable_object(value: Mapping[Any, object], path: str, depth: int, changed: list[str]) -> Json:
    result: dict[str, Json] = {}
    for key, item in value.items():
        name = without_lone_surrogates(_named(key))
        if type(key) is not str or name != key:
            changed.append(f"{path}.{name}")
        if name in result:
            name = _free_name(result, name)
        result[name] = _carriable(item, f"{path}.{name}", depth + 1, changed)
    return result
