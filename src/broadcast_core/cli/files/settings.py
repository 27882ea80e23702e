"""Files of settings: routes from TOML or JSON, and secrets from a TOML file or the environment."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping

from broadcast_core.cli.errors import UNUSABLE, CommandError
from broadcast_core.jsontext import Json, JsonError, loads
from broadcast_core.secrets import Secrets
from broadcast_core.settings import Settings, load

_PLACE = re.compile(r" \(at ([a-z0-9, ]+)\)$")
_HINT = "JSON needs a name that ends in .json"
_HINT_FOR_SECRETS = 'write a secret as name = "text" under [route]'


def settings_of(path: str, secrets_path: str | None) -> Settings:
    """Return the routes of a file; raise `Failure` when it cannot be read at all."""
    secrets_file = {} if secrets_path is None else _secrets(secrets_path)
    return load(_document(path), environment=os.environ, secrets_file=secrets_file)  # noqa: TID251


def _document(path: str) -> Json:
    document, wrong = _json(path) if path.lower().endswith(".json") else _toml(path)
    if wrong is not None:
        raise CommandError(f"{path}: {wrong}", code=UNUSABLE)
    return document


def _secrets(path: str) -> Mapping[str, Secrets]:
    """Return the tables of a secrets file; nothing of it is ever quoted."""
    if os.name == "posix" and os.path.exists(path) and os.stat(path).st_mode & 0o077:
        raise CommandError(
            f"{path}: others may read or change the secrets file; run: chmod 600 {path}", code=UNUSABLE
        )
    secrets, wrong = _secret_tables(path)
    if wrong is not None:
        raise CommandError(f"{path}: {wrong}", code=UNUSABLE)
    return secrets


def _secret_tables(path: str) -> tuple[dict[str, Secrets], str | None]:
    tables, wrong = _toml(path, quoting=False)
    for route, table in tables.items():
        if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
            return {}, f"expected texts under [{route}], the name of a route"
    return {route: Secrets(table) for route, table in tables.items()}, wrong


# What follows returns what is wrong, and raises nothing: a traceback would lead to the text of the file.


def _json(path: str) -> tuple[Json, str | None]:
    try:
        return loads(_bytes(path)), None
    except JsonError as error:
        return None, error.reason


def _toml(path: str, *, quoting: bool = True) -> tuple[dict[str, Json], str | None]:
    """Return the tables of a file, and what is wrong with it; without `quoting` only the place."""
    try:
        return tomllib.loads(_bytes(path).decode("utf-8-sig")), None
    except tomllib.TOMLDecodeError as error:
        what = str(error) if quoting else "wrong at " + "".join(_PLACE.findall(str(error)))
    except UnicodeDecodeError:
        what = "no UTF-8 text"
    except (ValueError, RecursionError):
        what = "a number of too many digits, or values too deep in one another"
    return {}, f"no TOML: {what} ({_HINT if quoting else _HINT_FOR_SECRETS})"


def _bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError as error:
        raise CommandError(f"{path}: {(error.strerror or str(error)).lower()}", code=UNUSABLE) from None
