"""TOML as text: read without quoting what may be secret, and changed without losing what people wrote in it.

Errors are returned and not raised: a traceback would hold the text of the file.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from broadcast_core.cli.errors import INSTALL, MISSING, UNUSABLE, CommandError, describe_os_error
from broadcast_core.jsontext import Json

_POSITION = re.compile(r" \(at ([a-z0-9, ]+)\)$")
_HINT = "JSON needs a name that ends in .json"
_HINT_FOR_SECRETS = 'write a secret as name = "text" under [route]'


def parse_toml(path: str, *, quote: bool = True) -> tuple[dict[str, Json], str | None]:
    """Return the tables of a file, and its error; without `quote` the error is only a position."""
    try:
        return tomllib.loads(read_bytes(path).decode("utf-8-sig")), None
    except tomllib.TOMLDecodeError as error:
        what = str(error) if quote else "wrong at " + "".join(_POSITION.findall(str(error)))
    except UnicodeDecodeError:
        what = "no UTF-8 text"
    except (ValueError, RecursionError):
        what = "a number of too many digits, or values too deep in one another"
    return {}, f"no TOML: {what} ({_HINT if quote else _HINT_FOR_SECRETS})"


def read_bytes(path: str) -> bytes:
    """Return what a file holds; raise `CommandError` where it cannot be read."""
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError as error:
        raise CommandError(f"{path}: {describe_os_error(error)}", code=UNUSABLE) from None


def read_text(path: str) -> str:
    """Return the text of a file that `parse_toml` can read; nothing where there is no file."""
    return read_bytes(path).decode("utf-8-sig") if os.path.exists(path) else ""


Change: TypeAlias = Callable[[Any], object]
"""What changes a document in place: one of tomlkit, or plain values."""
_HEADER = re.compile(r"\s*\[\[?\s*[\w.\"' -]+\]\]?\s*(#.*)?")


def edited(text: str, edit: Change, change: Change | None = None) -> str | None:
    """Return a text after an edit of its document of tomlkit; None where anything else would change.

    `change` does the same to plain values: what comes out must say just that.
    """

    def made() -> str:
        document = _tomlkit().parse(text)
        edit(document)
        return str(document.as_string())

    return _checked(text, made, change or edit)


def appended(text: str, key: str, entry: Mapping[str, Any]) -> str | None:
    """Return a text with one more table in an array of tables; None where that is no such array."""

    def made() -> str:
        added = _tomlkit().document()
        tables = _tomlkit().aot()
        tables.append(as_table(entry))
        added.add(key, tables)
        return f"{text.rstrip()}\n\n{added.as_string().strip()}\n".lstrip()

    return _checked(text, made, lambda document: document.setdefault(key, []).append(plain(entry)))


def without_entry(text: str, key: str, index: int) -> str | None:
    """Return a text without a table of an array of tables, and the comments right above it; None as above."""

    def change(document: Any) -> None:
        del document[key][index]
        if not document[key]:
            del document[key]

    return _checked(text, lambda: _cut(text, key, index), change) or edited(text, change)


def _cut(text: str, key: str, index: int) -> str:
    """Return a text without the lines of a table; a comment belongs to the table right below it."""
    lines = text.splitlines(keepends=True)
    headers = [n for n, line in enumerate(lines) if _HEADER.fullmatch(line.rstrip())]
    starts = [n for n in headers if re.match(rf"\s*\[\[\s*{key}\s*\]\]", lines[n])]
    start = starts[index]
    others = (n for n in headers if n > start and not re.match(rf"\s*\[\[?\s*{key}\s*\.", lines[n]))
    end = _above(lines, next(others, len(lines)))
    first = _above(lines, start)
    return "".join((*lines[: first or start], *lines[end:]))


def _above(lines: list[str], line: int) -> int:
    """Return where the comments begin that are right above a line."""
    while line and lines[line - 1].lstrip().startswith("#"):
        line -= 1
    return line


def as_table(values: Mapping[str, Any], *, inline: bool = False) -> Any:
    """Return a table of tomlkit without what is None; a mapping in it is a table too, or stands in a line."""
    table = _tomlkit().table()
    for name, value in sorted(values.items(), key=lambda one: isinstance(one[1], Mapping)):
        if isinstance(value, Mapping) and inline:
            table.add(name, _tomlkit().inline_table())
            table[name].update(plain(value))
        elif isinstance(value, Mapping):
            table.add(name, as_table(value))
        elif value is not None:
            table.add(name, str(value) if isinstance(value, str) else value)
    return table


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as TOML has them, without what is None."""
    return {
        name: plain(value) if isinstance(value, Mapping) else value
        for name, value in values.items()
        if value is not None
    }


def _checked(text: str, make: Callable[[], str], change: Change) -> str | None:
    """Return what is made of a text, where it says what the change of its plain values says; else None."""
    _tomlkit()
    try:
        expected = tomllib.loads(text)
        change(expected)
        made = make()
        return made if tomllib.loads(made) == expected else None
    except Exception:  # noqa: BLE001  # what cannot be done is not done, and the file stays as it is
        return None


def _tomlkit() -> Any:
    try:
        import tomlkit
    except ImportError:
        raise CommandError(
            f"this needs tomlkit, not installed here. Install: {INSTALL}", code=MISSING
        ) from None
    return tomlkit
