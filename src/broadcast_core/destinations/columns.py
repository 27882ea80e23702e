"""Tables of columns: each its name, the value that it shows, and what that becomes; the unknown has none.

A table says all of a row, and is written out as one function, so that a row is filled in one go. A path
begins with one of the values that the function takes, as `generation.trace.tags`; with `or None` behind it,
what is empty there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from attrs import frozen

from broadcast_core.compiled import function_of
from broadcast_core.destinations.fitting import Fitted, fit_text
from broadcast_core.jsontext import Json


@frozen
class Constant:
    """What stands in every row."""

    value: Json

    __hash__ = None  # type: ignore[assignment]


@frozen
class Made:
    """A value that a function makes of what stands at a path, where something does."""

    path: str
    make: Callable[[Any], Json]


@frozen
class Fit:
    """A value that a function makes of what stands at a path, and what it had to change for that."""

    path: str
    fit: Callable[[Any], Fitted[Any] | None]


@frozen
class Text:
    """A text of at most some bytes in JSON, as `fit_text` fits it; `told_at` is its path in the record.

    Without one, or for a blank one, the default stands there; `make` makes of it what the platform calls it.
    """

    path: str
    told_at: str
    max_bytes: int
    default: str | None = None
    make: Callable[[str], str] | None = None


Column: TypeAlias = str | Constant | Made | Fit | Text
"""What fills a column: the path of a value that stands there as it is, or one of the classes above."""
Columns: TypeAlias = Mapping[str, Column]


def known_of(columns: Columns, *roots: str) -> Callable[..., dict[str, Json]]:
    """Return what fills columns that need no fitting, without what is None or empty."""
    fill: Callable[..., dict[str, Json]] = _function(columns, roots, "found")
    return fill


def row_of(columns: Columns, *roots: str) -> Callable[..., Fitted[dict[str, Json]]]:
    """Return what fills columns in their order, without what is None or empty, and tells what was changed."""
    fill: Callable[..., Fitted[dict[str, Json]]] = _function(columns, roots, "new(Fitted, (found, told))")
    return fill


def _function(columns: Columns, roots: tuple[str, ...], result: str) -> Any:
    names: dict[str, Any] = {"Fitted": Fitted, "new": tuple.__new__, "fit_text": fit_text}
    lines = ["found, told = {}, ()"]
    for n, (name, column) in enumerate(columns.items()):
        names[f"column_{n}"] = column
        names[f"make_{n}"] = getattr(column, "make", None) or getattr(column, "fit", None)
        lines += _LINES[type(column)](column, n, f"found[{name!r}] = value")
    return function_of(f"fill({', '.join(roots)})", [*lines, f"return {result}"], names)


_SAYS = "if value or not (value is None or value == {} or value == []):"


def _as_it_is(path: Any, _n: int, put: str) -> Iterator[str]:
    yield f"if (value := {path}) is not None:"
    yield f"    {put}"


def _constant(_column: Any, n: int, put: str) -> Iterator[str]:
    yield f"value = column_{n}.value"
    yield put


def _made(column: Made, n: int, put: str) -> Iterator[str]:
    yield f"if (value := {column.path}) is not None:"
    yield f"    value = make_{n}(value)"
    yield f"    {_SAYS}"
    yield f"        {put}"


def _fitted(column: Fit, n: int, put: str) -> Iterator[str]:
    yield f"if (value := {column.path}) is not None and (fitted := make_{n}(value)) is not None:"
    yield "    value, more = fitted"
    yield "    if more: told += more"
    yield "    if value is not None:"
    yield f"        {put}"


def _text(column: Text, n: int, put: str) -> Iterator[str]:
    """Yield the lines of a text: most need nothing, and are not given to `fit_text`."""
    yield f"if (value := {column.path}) is not None:"
    yield f"    if value.isascii() and value.isprintable() and len(value) <= {column.max_bytes // 2}:"
    yield "        value = value.strip()"
    yield "    else:"
    yield f"        value, more = fit_text(value, {column.told_at!r}, {column.max_bytes})"
    yield "        told += more"
    if column.default is not None:
        yield f"value = value or {column.default!r}"
    yield "if value:"
    if column.make is not None:
        yield f"    value = make_{n}(value)"
    yield f"    {put}"


_LINES: Mapping[type, Callable[[Any, int, str], Iterator[str]]] = {
    str: _as_it_is,
    Constant: _constant,
    Made: _made,
    Fit: _fitted,
    Text: _text,
}
