"""Lone surrogates replaced in texts, and free names for keys that are taken."""

from __future__ import annotations

import re
from collections.abc import Mapping

from broadcast_core.jsontext.rule import Json
from broadcast_core.jsontext.stackless import Call, run

LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def without_lone_surrogates(value: Json) -> Json:
    """Return the value with U+FFFD in place of each lone surrogate, in keys and texts."""
    if isinstance(value, str):
        return LONE_SURROGATE.sub("\ufffd", value) if not value.isascii() else value
    return run(_mend(value)) if isinstance(value, list | dict) else value


def _mend(value: Json) -> Call:
    if isinstance(value, list):
        items = []
        for item in value:
            items.append((yield _mend(item)))
        return items
    if isinstance(value, dict):
        mended: dict[str, Json] = {}
        for key, item in value.items():
            keep(mended, without_lone_surrogates(key), (yield _mend(item)))
        return mended
    return without_lone_surrogates(value)


def keep(into: dict[str, Json], name: str, value: Json) -> None:
    """Put a value beside others; where its name is taken, under the next free one.

    That is the name with underscores; where many meet, with a number.
    """
    into[name if name not in into else free_name(into, name)] = value


def free_name(taken: Mapping[str, Json], name: str) -> str:
    """Return the next free name for one that is taken."""
    for ending in ("_", "__", "___"):
        if name + ending not in taken:
            return name + ending
    number = len(taken)
    while f"{name}_{number}" in taken:
        number *= 2
    return f"{name}_{number}"
