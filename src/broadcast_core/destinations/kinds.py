"""The kinds of options: the annotations that work, what a value of each must be, and what is kept of it.

A kind is text, true or false, a whole number, a number, a time, one of some words, a list of texts, or a
table. Each may be `| None` beside, and says no more than that: null is what an option lets be null.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from types import NoneType, UnionType
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin

from broadcast_core.destinations.fitting import clean
from broadcast_core.jsontext import Json
from broadcast_core.record.field_checks import wrong_instant

Check: TypeAlias = Callable[[str], str | None]
"""What is wrong with the text of an option, in words; None when nothing is."""

TABLE, TEXTS_BY_NAME = dict, dict[str, str]
LIST, TUPLE = list[str], tuple[str, ...]

KINDS = (
    "str, bool, int, float, datetime, Literal of texts, list[str], tuple[str, ...], dict[str, Any], "
    "dict[str, str], or Mapping of either; each may be | None"
)
"""The annotations that work, in words."""

_LARGEST = 1e40  # of a number that is quoted
_KINDS: Mapping[Any, Any] = {
    **{(kind, ()): kind for kind in (str, bool, int, float, datetime)},
    (list, (str,)): LIST,
    (tuple, (str, ...)): TUPLE,
    **{(of, args): TABLE for of in (dict, Mapping) for args in ((), (str, Any), (str, object))},
    **{(of, (str, str)): TEXTS_BY_NAME for of in (dict, Mapping)},
}


def kind_of(annotation: Any) -> Any:
    """Return the kind that an annotation says beside None, one of this module's; None for any other."""
    several = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    options = [one for one in several if one is not NoneType]
    if len(options) != 1:
        return None
    (kind,) = options
    if get_origin(kind) is Literal:
        return kind if all(type(word) is str for word in get_args(kind)) else None
    try:
        return _KINDS.get((get_origin(kind) or kind, get_args(kind)))
    except TypeError:  # it cannot be hashed
        return None


def wrong_value(kind: Any, value: Json, check: Check | None) -> str | None:
    """Say what is wrong with a value that is not null, or None; `check` is asked for each of its texts."""
    if kind is str:
        return _wrong_text(value, check)
    if kind in (LIST, TUPLE):
        return _wrong_list(value, check)
    if get_origin(kind) is Literal:
        words = get_args(kind)
        return None if value in words else "expected " + " or ".join(f'"{word}"' for word in words)
    return _WRONG[kind](value)


def converted(kind: Any, value: Json, ending: str) -> Any:
    """Return what is kept of a value that is right."""
    if kind is str:
        return _kept(value, ending)
    if kind in (LIST, TUPLE):
        texts = [_kept(text, ending) for text in value]
        return texts if kind == LIST else tuple(texts)
    if kind == TEXTS_BY_NAME:
        return {name: _kept(text, ending) for name, text in value.items()}
    if kind is datetime:
        return datetime.fromisoformat(value)
    return kind(value) if kind in (float, TABLE) else value


def _kept(text: str, ending: str) -> str:
    return clean(text).rstrip(ending) if ending else clean(text)


def _wrong_text(value: Json, check: Check | None) -> str | None:
    if not isinstance(value, str):
        is_number = isinstance(value, int | float) and abs(value) < _LARGEST
        return "expected text" + (f'; write it in quotes: "{str(value).lower()}"' if is_number else "")
    if not clean(value):
        return "expected text that is not blank"
    return None if check is None else check(value)


def _wrong_list(value: Json, check: Check | None) -> str | None:
    if not isinstance(value, list | tuple):
        return "expected a list of texts"
    wrong = ((n, what) for n, text in enumerate(value) if (what := _wrong_text(text, check)))
    return next((f"[{n}]: {what}" for n, what in wrong), None)


def _wrong_table(value: Json) -> str | None:
    is_table = isinstance(value, dict) and all(isinstance(name, str) for name in value)
    return None if is_table else "expected a table"


def _wrong_texts(value: Json) -> str | None:
    is_one = _wrong_table(value) is None and all(isinstance(text, str) for text in value.values())
    return None if is_one else "expected a table of texts"


def _wrong_time(value: Json) -> str | None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return "expected a time such as 2026-11-23T10:00:00Z"
    return wrong_instant(moment)


def _wrong_number(value: Json) -> str | None:
    try:
        is_number = type(value) in (int, float) and math.isfinite(value)
    except OverflowError:
        is_number = False
    return None if is_number else "expected a number"


_WRONG: Mapping[Any, Callable[[Json], str | None]] = {
    bool: lambda value: None if isinstance(value, bool) else "expected true or false",
    int: lambda value: None if type(value) is int else "expected a whole number",
    float: _wrong_number,
    datetime: _wrong_time,
    TABLE: _wrong_table,
    TEXTS_BY_NAME: _wrong_texts,
}
