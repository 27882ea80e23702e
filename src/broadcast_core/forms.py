"""Forms: how a Python value stands in JSON, writing and reading side by side, strict and lossless.

A form is a pair of functions. Those that hold others are made of them, so that a table of forms says all of
a text. Reading raises `WrongForm` at the first mistake, with its path, and quotes nothing of the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from broadcast_core.generation import EARLIEST, LATEST, written_time
from broadcast_core.jsontext import MAX_DEPTH, Json, deeper_than, storable

LONGEST_WAIT = timedelta(milliseconds=1e12)
"""A first token may be this much later than the latest start."""

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{6})?Z")
_KINDS = {
    type(None): "null",
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "text",
    list: "an array",
    dict: "an object",
}


class WrongForm(ValueError):
    """A value that is not of its form: what is wrong, and its JSON path."""

    def __init__(self, what: str, path: str) -> None:
        self.what, self.path = what, path
        super().__init__(f"{what} @ {path}")


@frozen
class Form:
    """How a value is written, and how it is read from a value at a path."""

    write: Callable[[Any], Json]
    read: Callable[[Json, str], Any]


def _exactly(kind: type) -> Callable[[Json, str], Any]:
    def read(value: Json, path: str) -> Any:
        if type(value) is not kind:
            raise WrongForm(f"expected {_KINDS[kind]}, got {_KINDS[type(value)]}", path)
        return value

    return read


_text, _list, _dict = _exactly(str), _exactly(list), _exactly(dict)


def _time(value: Json, path: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if _TIME.fullmatch(_text(value, path)) else None
    except WrongForm:
        raise
    except ValueError:  # the 31st of February
        moment = None
    if moment is None or not EARLIEST <= moment < LATEST + LONGEST_WAIT:
        raise WrongForm("expected a time such as 2026-11-23T10:00:00.123456Z", path)
    return moment


def _value(value: Json, path: str) -> Json:
    if deeper_than(value, MAX_DEPTH):
        raise WrongForm(f"nested deeper than {MAX_DEPTH} levels", path)
    return value


def _written_text(value: object) -> str:
    """Return a text as it is; what is none where one should be becomes one."""
    return value if type(value) is str else str(storable(value))


TEXT = Form(_written_text, _text)
FLAG = Form(bool, _exactly(bool))
TIME = Form(written_time, _time)
VALUE = Form(storable, _value)
"""The caller's own JSON."""


def optional(form: Form) -> Form:
    """Return the form that may be null."""
    return Form(
        lambda value: None if value is None else form.write(value),
        lambda value, path: None if value is None else form.read(value, path),
    )


def texts() -> Form:
    """Return the form of a set of texts: an array, sorted."""

    def read(value: Json, path: str) -> frozenset[str]:
        return frozenset(_text(item, f"{path}[{n}]") for n, item in enumerate(_list(value, path)))

    return Form(lambda value: sorted(set(map(_written_text, value))), read)


def record(build: Callable[..., Any], **fields: Form) -> Form:
    """Return the form of an object with exactly these attributes."""

    def write(value: Any) -> Json:
        return {name: form.write(getattr(value, name)) for name, form in fields.items()}

    def read(value: Json, path: str) -> Any:
        return build(**_read(fields, value, path))

    return Form(write, read)


def mapping(key: tuple[str, Form], item: tuple[str, Form]) -> Form:
    """Return the form of a mapping: an array of objects in its order, with a key and an item, each named."""
    fields = dict((key, item))

    def write(value: Any) -> Json:
        return [{key[0]: key[1].write(name), item[0]: item[1].write(one)} for name, one in value.items()]

    def read(value: Json, path: str) -> Any:
        found: dict[Any, Any] = {}
        for n, entry in enumerate(_list(value, path)):
            name, one = _read(fields, entry, f"{path}[{n}]").values()
            if name in found:
                raise WrongForm("given twice", f"{path}[{n}].{key[0]}")
            found[name] = one
        return found

    return Form(write, read)


def _read(fields: dict[str, Form], value: Json, path: str) -> dict[str, Any]:
    """Return what the fields of an object say; there must be all of them, and no other."""
    missing = [name for name in fields if name not in _dict(value, path)]
    if missing:
        raise WrongForm(f"missing: {', '.join(missing)}", path)
    if len(value) > len(fields):
        raise WrongForm("a field that this release does not know", path)
    return {name: form.read(value[name], f"{path}.{name}") for name, form in fields.items()}
