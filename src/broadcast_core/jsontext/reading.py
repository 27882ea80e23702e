"""Text to values: one function an engine, and the standard library to explain what is wrong."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from typing import TypeAlias

from broadcast_core.jsontext.rule import (
    INT64_MIN,
    MAX_DEPTH,
    TOO_DEEP,
    UINT64_MAX,
    Json,
    JsonError,
    JsonPath,
    LoneSurrogate,
    RepeatedKey,
    deeper_than,
    may_be_deep,
)
from broadcast_core.jsontext.texts import LONE_SURROGATE, without_lone_surrogates
from broadcast_core.jsontext.writing import write_orjson, write_part_orjson, write_part_stdlib, write_read

try:
    import orjson
except ImportError:  # the `fast` extra is not installed: loads_orjson is never called
    orjson = None  # type: ignore[assignment]

Found: TypeAlias = tuple[Json, dict[str, bytes]]
"""A document, and the texts of some of its values."""

_DISGUISES = (b"\\u0022", b"\\u003", b" :", b"\t:", b"\n:", b"\r:")  # of the quote and colon after a key
_BRACKET = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[][{}]', re.DOTALL)  # or a text, which may hold some


def loads_orjson(data: bytes, key: str | None = None) -> Found:
    """Read with orjson, and refuse what it would let through."""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise _explain(data, str(error)) from None
    parts = _parts(value, key)
    texts = {name: write_part_orjson(part) for name, part in parts.items()}
    whole = {**value, key: _fragments(value[key], texts)} if texts else value
    again = write_orjson(whole)  # refuses what is too deep
    if not _is_same(data, again) and _may_repeat_keys(data, again):
        _read(data)  # refuses repeated keys
    return value, texts


def loads_written(text: bytes) -> tuple[Json] | None:
    """Read with orjson what it has written, byte by byte; None for any other text."""
    try:
        value = orjson.loads(text)
        return (value,) if write_orjson(value) == text else None
    except (orjson.JSONDecodeError, JsonError):
        return None


def _parts(value: Json, key: str | None) -> dict[str, Json]:
    """Return the values of the object under a key that say anything; none where there is no such object."""
    found = value.get(key) if key is not None and isinstance(value, dict) else None
    if not isinstance(found, dict):
        return {}
    return {name: part for name, part in found.items() if part is not None}


def _fragments(found: dict[str, Json], texts: dict[str, bytes]) -> dict[str, Json]:
    """Return the object under a key with texts for its values, which are so not written again."""
    return {name: orjson.Fragment(texts[name]) if name in texts else part for name, part in found.items()}


def _is_same(data: bytes, again: bytes) -> bool:
    """Tell whether a text was compact already, but for the end of its line: then no key can be repeated."""
    return len(data) - len(again) <= 2 and data.startswith(again)


def _may_repeat_keys(data: bytes, again: bytes) -> bool:
    """Tell whether a key may be repeated: fewer are written again, or spellings may hide that."""
    return data.count(b'":') != again.count(b'":') or any(sign in data for sign in _DISGUISES)


def loads_stdlib(data: bytes, key: str | None = None) -> Found:
    """Read with the standard library, and refuse what it would let through."""
    try:
        value = _QUICK_DECODER.decode(text := data.decode("utf-8"))
        parts = _parts(value, key)
        texts = {name: write_part_stdlib(part) for name, part in parts.items()}
        if not _is_same(data, _whole_stdlib(value, key, texts)):
            value = _DECODER.decode(text)  # refuses repeated keys
    except RecursionError:
        raise JsonError(TOO_DEEP) from None
    except ValueError as error:
        raise _explain(data, str(error)) from None
    if may_be_deep(data) and deeper_than(value, MAX_DEPTH):
        raise JsonError(TOO_DEEP)
    if b"\\ud" in data.lower():
        _refuse_lone_surrogates(value)
    return value, texts


def _whole_stdlib(value: Json, key: str | None, texts: dict[str, bytes]) -> bytes:
    """Return a document as it is written, of which the texts are known already."""
    if not texts:
        return write_read(value)
    marks = {name: f"\x00{n}\x00" for n, name in enumerate(texts)}  # another that looks so changes nothing
    rest, found = write_read({**value, key: {**value[key], **marks}}), list[bytes]()
    for name, mark in marks.items():
        before, _, rest = rest.partition(write_read(mark))
        found += (before, texts[name])
    return b"".join((*found, rest))


def encode_utf8(text: str) -> bytes:
    """Return a text as UTF-8; half a character in it is refused like one that is spelled as an escape."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise LoneSurrogate(_path_to_lone_surrogate(_decode_lenient(text)) or ()) from None


def loads_broken(text: str) -> Json:
    """Read JSON with lone surrogates in it, and mend them."""
    return without_lone_surrogates(_decode_lenient(text))


def _decode_lenient(text: str) -> Json:
    """Read JSON that may have lone surrogates in it; refuse all else that our rule refuses."""
    try:
        value = _DECODER.decode(text.removeprefix("\ufeff"))
    except RecursionError:
        raise JsonError(TOO_DEEP) from None
    except json.JSONDecodeError as error:
        raise JsonError(_malformed(error)) from None
    if deeper_than(value, MAX_DEPTH):
        raise JsonError(TOO_DEEP)
    return value


def _read(data: bytes) -> Json:
    """Read with the standard library, which can be asked about repeated keys and large numbers."""
    return _DECODER.decode(data.decode("utf-8"))


def _object(items: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(items)
    if len(found) != len(items):
        counts = Counter(key for key, _ in items)
        raise RepeatedKey(next(key for key, count in counts.items() if count > 1))
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
    return number if INT64_MIN <= number <= UINT64_MAX else _float(text)


def _refuse_constant(name: str) -> Json:
    raise JsonError(f"{name} is no JSON number")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_float, parse_int=_int
)


_QUICK_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_float, parse_int=_int)
"""The same but for repeated keys, of which the last counts."""


def _explain(data: bytes, engine_says: str) -> JsonError:
    """Return the error in our words, the same for every engine."""
    if not data.strip():
        return JsonError("the text is empty")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return JsonError(f"byte {error.start + 1} is no UTF-8: is this a text file?")
    if may_be_deep(data) and _is_deep(data):
        return JsonError(TOO_DEEP)
    try:
        _refuse_lone_surrogates(_read(data))
    except RecursionError:
        return JsonError(TOO_DEEP)
    except json.JSONDecodeError as error:
        return JsonError(_malformed(error))
    except JsonError as error:
        return error
    return JsonError(f"malformed JSON, {engine_says}")


def _malformed(error: json.JSONDecodeError) -> str:
    where = f"column {error.colno}" if error.lineno == 1 else f"line {error.lineno}, column {error.colno}"
    return f"malformed JSON, {error.msg} ({where})"


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
    path = _path_to_lone_surrogate(value)
    if path is not None:
        raise LoneSurrogate(path)


def _path_to_lone_surrogate(value: Json) -> JsonPath | None:
    """Return the keys and indexes on the way to the first lone surrogate, or None."""
    if isinstance(value, str):
        return () if _has_lone_surrogate(value) else None
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        path = () if isinstance(step, str) and _has_lone_surrogate(step) else _path_to_lone_surrogate(item)
        if path is not None:
            return (step, *path)
    return None


def _has_lone_surrogate(text: str) -> bool:
    return not text.isascii() and LONE_SURROGATE.search(text) is not None
