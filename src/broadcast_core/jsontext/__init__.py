"""JSON text in and out, with one rule whatever engine is installed.

Rule 1: orjson (the `fast` extra) and the standard library accept the same documents and write the same
bytes. What they would treat differently is decided here:

* text is UTF-8; one byte order mark in front is skipped;
* NaN, Infinity, numbers beyond a double and lone surrogates are refused when read; a NaN or Infinity
  that a program made is written as null, as JavaScript does;
* whole numbers beyond 64 bits become doubles; a key given twice is refused;
* nesting deeper than `MAX_DEPTH` is refused, reading and writing;
* numbers are written as orjson 3.11 and later writes them: `0.00001`, `1e-6`, `1e+16`;
* zero has no sign: -0.0 is written as 0.0, since some platforms take it for a negative number.

    rule.py       values, depth, errors        texts.py      lone surrogates, names that are taken
    reading.py    text to values               writing.py    values to text
    jsonable.py   any Python value, made JSON  stackless.py  recursion that takes no stack
    truncation.py JSON cut to a size
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any, Literal, TypeAlias

from broadcast_core.errors import ArgumentError
from broadcast_core.jsontext.jsonable import storable, to_jsonable
from broadcast_core.jsontext.reading import (
    encode_utf8,
    loads_broken,
    loads_orjson,
    loads_stdlib,
    loads_written,
)
from broadcast_core.jsontext.rule import (
    CONTAINERS,
    MAX_DEPTH,
    NO_TEXT,
    Json,
    JsonError,
    JsonPath,
    LoneSurrogate,
    RepeatedKey,
    deeper_than,
)
from broadcast_core.jsontext.texts import free_name, keep, without_lone_surrogates
from broadcast_core.jsontext.writing import (
    dumps_orjson,
    dumps_stdlib,
    has_negative_zero,
    is_finite,
    write_orjson,
    write_stdlib,
)

try:
    import orjson
except ImportError:  # the `fast` extra is not installed
    orjson = None  # type: ignore[assignment]

Engine: TypeAlias = Literal["orjson", "stdlib"]
_INSTALLED: Mapping[Engine, Any] = {"stdlib": None} if orjson is None else {"orjson": orjson, "stdlib": None}


def engine() -> Engine:
    """Return the engine in use: orjson where it is installed, unless `use_engine` has chosen another."""
    return "stdlib" if orjson is None else "orjson"


def use_engine(name: Engine) -> None:
    """Use one of the engines from now on, in all threads; raise `ArgumentError` for one that is not there."""
    global orjson
    if name not in _INSTALLED:
        known = ", ".join(map(repr, _INSTALLED))
        raise ArgumentError(
            f"no engine {name!r} here, only {known}: orjson comes with pip install 'broadcast-core[fast]'"
        )
    orjson = _INSTALLED[name]


def loads(text: bytes | str, quotable: Container[str] = ()) -> Json:
    """Read one JSON document; raise `JsonError` for anything that our rule refuses.

    `quotable` are the keys that an error may quote; all others may be what a user said.
    """
    return loads_with_texts(text, quotable, None)[0]


def loads_with_texts(
    text: bytes | str, quotable: Container[str], key: str | None
) -> tuple[Json, Mapping[str, bytes]]:
    """Read one JSON document, and return what our writer makes of the values of the object under a key.

    A text that is read and goes on is so written once. There are none where nothing of that form is there.
    """
    try:
        data = encode_utf8(text) if isinstance(text, str) else text
        if data.startswith(b"\xef\xbb\xbf"):
            data = data[3:]
        return loads_orjson(data, key) if orjson is not None else loads_stdlib(data, key)
    except RepeatedKey as error:
        key = f"the key {error.key!r}" if error.key in quotable else "a key"
        raise JsonError(f"{key} is given twice in one object") from None
    except LoneSurrogate as error:
        raise JsonError(NO_TEXT, format_path(error.steps, quotable)) from None


def format_path(path: JsonPath, quotable: Container[str]) -> str:
    """Return a JSON path as text (`$.a[0]`), down to the first key that must not be quoted."""
    text = "$"
    for step in path:
        if isinstance(step, str) and step not in quotable:
            break
        text += f".{step}" if isinstance(step, str) else f"[{step}]"
    return text


def loads_lenient(text: str) -> tuple[Json, bool]:
    """Read JSON that stands inside a string, mending lone surrogates; the flag tells whether it did."""
    try:
        return loads(text), False
    except JsonError as error:
        if error.reason != NO_TEXT:
            raise
    return loads_broken(text), True


def dumps(value: Json) -> bytes:
    """Write compact JSON as UTF-8; raise `JsonError` for what JSON cannot carry."""
    return dumps_stdlib(value) if orjson is None else dumps_orjson(value)


def dumps_exact(value: Json) -> bytes | None:
    """Write JSON as `dumps` does; None for a value that JSON cannot carry as it is."""
    try:
        text = dumps_stdlib(value) if orjson is None else dumps_orjson(value)
    except JsonError:
        return None
    return text if b"null" not in text or is_finite(value) else None


def dumps_lossless(value: Json) -> bytes | None:
    """Write JSON that is read back as it is, without NaN; None for any other value."""
    try:
        text = write_stdlib(value) if orjson is None else write_orjson(value)
    except JsonError:
        return None
    return None if has_negative_zero(text) else text


def loads_lossless(text: bytes) -> tuple[Json] | None:
    """Read what `dumps_lossless` has written, in a tuple; None for any other text, and where it is slow."""
    return None if orjson is None else loads_written(text)


def dumps_lossy(value: object) -> tuple[bytes, tuple[JsonPath, ...]]:
    """Write any Python value as JSON, and the paths of what had to be changed to do so."""
    text = dumps_exact(value)
    if text is not None:
        return text, ()
    carried, changed = to_jsonable(value)
    return dumps(carried), changed


__all__ = [
    "CONTAINERS",
    "MAX_DEPTH",
    "NO_TEXT",
    "Engine",
    "Json",
    "JsonError",
    "JsonPath",
    "deeper_than",
    "dumps",
    "dumps_exact",
    "dumps_lossless",
    "dumps_lossy",
    "engine",
    "format_path",
    "free_name",
    "is_finite",
    "keep",
    "loads",
    "loads_lenient",
    "loads_lossless",
    "loads_with_texts",
    "storable",
    "use_engine",
    "without_lone_surrogates",
]
