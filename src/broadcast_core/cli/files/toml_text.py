"""TOML as text: read without quoting what may be secret, and changed without losing what people wrote in it.

Errors are returned and not raised: a traceback would hold the text of the file.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Any

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


def edited(
    text: str, edit: Callable[[Any], object], change: Callable[[dict[str, Any]], object]
) -> str | None:
    """Return a text after an edit of its document of tomlkit; None where anything else would change.

    `change` does the same to plain values: what comes out must say just that.
    """
    tomlkit = _tomlkit()
    try:
        expected = tomllib.loads(text)
        change(expected)
        document = tomlkit.parse(text)
        edit(document)
        result = str(tomlkit.dumps(document))
        return result if tomllib.loads(result) == expected else None
    except Exception:  # noqa: BLE001  # whatever tomlkit cannot do is not done, and the file stays as it is
        return None


def as_table(values: Mapping[str, Any]) -> Any:
    """Return a table of tomlkit; a mapping in it becomes a table of its own, and what is None is left out."""
    table = _tomlkit().table()
    for name, value in sorted(values.items(), key=lambda one: isinstance(one[1], Mapping)):
        if isinstance(value, Mapping):
            table.add(name, as_table(value))
        elif value is not None:
            table.add(name, str(value) if isinstance(value, str) else value)
    return table


def _tomlkit() -> Any:
    try:
        import tomlkit
    except ImportError:
        raise CommandError(
            f"this needs tomlkit, not installed here. Install: {INSTALL}", code=MISSING
        ) from None
    return tomlkit
