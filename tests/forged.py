"""Records that no constructor would make, as the pickle of an older release may hold them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import attrs


def forged(record: Any, path: str, value: object) -> Any:
    """Return a copy of a record with another value at a dotted path, unchecked."""
    result = copy.copy(record)
    name, _, rest = path.partition(".")
    inner = value if not rest else forged(getattr(record, name), rest, value)
    object.__setattr__(result, name, inner)
    return result


def paths(record: Any) -> Iterator[str]:
    """Yield the dotted path of every field of a record and of the records in it."""
    for field in attrs.fields(type(record)):
        yield field.name
        inner = getattr(record, field.name)
        if attrs.has(type(inner)):
            yield from (f"{field.name}.{path}" for path in paths(inner))
