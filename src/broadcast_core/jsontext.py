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
from collections.abc import Iterator, Mapping, Sequence
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
_DISGUISES = (b"\\u0022", b"\\u003", b" :", b"\t:", b"\n:", b"\r:")  # of the quote and colon after a key
_INT64_MIN, _UINT64_MAX = -(2**63), 2**64 - 1
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_LONG_NUMBER = re.compile(rb"[0-9]{19}")
_PLAIN_KEY = re.compile(r"[A-Za-z_.]{1,40}")
_SMALL_FLOAT = re.compile(r'("[^"\\]*+(?:\\.[^"\\]*+)*+")|(-?)(\d)(?:\.(\d+))?e-0([5-9])')


class JsonError(ValueError):
    """Text that is no JSON by our rule, or a value that JSON cannot carry.

    `reason` says what is wrong; `path` is a JSON path (`$.a[0]`) when the place is known.
    """

    def __init__(self, reason: str, path: str | None = None) -> None:
        self.reason = reason
        self.path = path
        super().__init__(f"{reason} @ {path}" if path else reason)


def loads(text: bytes | str) -> Json:
    """Read one JSON document; raise `JsonError` for anything that our rule refuses."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    return _loads_orjson(data) if orjson is not None else _loads_stdlib(data)


def loads_lenient(text: str) -> tuple[Json, bool]:
    """Read JSON that stands inside a string, mending lone surrogates; the flag tells whether it did."""
    try:
        return loads(text), False
    except JsonError:
        mended = without_lone_surrogates(_DECODER.decode(text))
        return loads(dumps(mended)), True


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
        return {without_lone_surrogates(k): without_lone_surrogates(v) for k, v in value.items()}
    return value


def keep(into: dict[str, Json], name: str, value: Json) -> None:
    """Put a value beside others; where its name is taken, under the next free one."""
    while name in into:
        name += "_"
    into[name] = value


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
    if b"\\ud" in data.lower() and (path := next(_lone_surrogates(value, "$"), None)):
        raise JsonError("a lone surrogate is no text", path)
    if data.count(b"[") + data.count(b"{") > MAX_DEPTH and deeper_than(value, MAX_DEPTH):
        raise JsonError(_TOO_DEEP)
    return value


def _read(data: bytes) -> Json:
    """Read with the standard library, which can be asked about repeated keys and large numbers."""
    return _DECODER.decode(data.decode("utf-8"))


def _object(items: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(items)
    if len(found) != len(items):
        counts = Counter(key for key, _ in items)
        again = next(key for key, count in counts.items() if count > 1)
        named = f"the key {again!r}" if _PLAIN_KEY.fullmatch(again) else "a key"  # others may be content
        raise JsonError(f"{named} is given twice in one object")
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
    try:
        value = _read(data)
    except RecursionError:
        return JsonError(_TOO_DEEP)
    except json.JSONDecodeError as error:
        where = f"column {error.colno}" if error.lineno == 1 else f"line {error.lineno}, column {error.colno}"
        return JsonError(f"malformed JSON, {error.msg} ({where})")
    except JsonError as error:
        return error
    if path := next(_lone_surrogates(value, "$"), None):
        return JsonError("a lone surrogate is no text", path)
    if "depth" in engine_says or "ecursion" in engine_says:
        return JsonError(_TOO_DEEP)
    return JsonError(f"malformed JSON, {engine_says}")


def _lone_surrogates(value: Json, path: str) -> Iterator[str]:
    if isinstance(value, str):
        if not value.isascii() and _LONE_SURROGATE.search(value):
            yield path
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _lone_surrogates(item, f"{path}[{index}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            if not key.isascii() and _LONE_SURROGATE.search(key):
                yield f"{path}.{without_lone_surrogates(key)}"
            yield from _lone_surrogates(item, f"{path}.{key}")


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
    if data.count(b"[") + data.count(b"{") > MAX_DEPTH and deeper_than(value, MAX_DEPTH):
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
        while name in result:
            name += "_"
        result[name] = _carriable(item, f"{path}.{name}", depth + 1, changed)
    return result
