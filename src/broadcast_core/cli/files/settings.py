"""Settings files: routes from TOML or JSON, and secrets from a TOML file or the environment."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping

from broadcast_core.cli.errors import UNUSABLE, CommandError, describe_os_error
from broadcast_core.jsontext import Json, JsonError, loads
from broadcast_core.secrets import Secrets
from broadcast_core.settings import Settings, load

_POSITION = re.compile(r" \(at ([a-z0-9, ]+)\)$")
_HINT = "JSON needs a name that ends in .json"
_HINT_FOR_SECRETS = 'write a secret as name = "text" under [route]'


def load_settings(path: str, secrets_path: str | None) -> Settings:
    """Return the routes of a file; raise `CommandError` when the file cannot be read."""
    secrets_file = {} if secrets_path is None else _load_secrets(secrets_path)
    return load(_load_document(path), environment=os.environ, secrets_file=secrets_file)  # noqa: TID251


def _load_document(path: str) -> Json:
    document, wrong = _parse_json(path) if path.lower().endswith(".json") else _parse_toml(path)
    if wrong is not None:
        raise CommandError(f"{path}: {wrong}", code=UNUSABLE)
    return document


def _load_secrets(path: str) -> Mapping[str, Secrets]:
    """Return the tables of a secrets file; no message quotes any of it."""
    if os.name == "posix" and os.path.exists(path) and os.stat(path).st_mode & 0o077:
        raise CommandError(
            f"{path}: others may read or change the secrets file; run: chmod 600 {path}", code=UNUSABLE
        )
    secrets, wrong = _parse_secrets(path)
    if wrong is not None:
        raise CommandError(f"{path}: {wrong}", code=UNUSABLE)
    return secrets


def _parse_secrets(path: str) -> tuple[dict[str, Secrets], str | None]:
    tables, wrong = _parse_toml(path, quote=False)
    for route, table in tables.items():
        if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
            return {}, f"expected texts under [{route}], the name of a route"
    return {route: Secrets(table) for route, table in tables.items()}, wrong


# These functions return errors and do not raise them: a traceback would hold the text of the file.


def _parse_json(path: str) -> tuple[Json, str | None]:
    try:
        return loads(_read_bytes(path)), None
    except JsonError as error:
        return None, error.reason


def _parse_toml(path: str, *, quote: bool = True) -> tuple[dict[str, Json], str | None]:
    """Return the tables of a file, and its error; without `quote` the error is only a position."""
    try:
        return tomllib.loads(_read_bytes(path).decode("utf-8-sig")), None
    except tomllib.TOMLDecodeError as error:
        what = str(error) if quote else "wrong at " + "".join(_POSITION.findall(str(error)))
    except UnicodeDecodeError:
        what = "no UTF-8 text"
    except (ValueError, RecursionError):
        what = "a number of too many digits, or values too deep in one another"
    return {}, f"no TOML: {what} ({_HINT if quote else _HINT_FOR_SECRETS})"


def _read_bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError as error:
        raise CommandError(f"{path}: {describe_os_error(error)}", code=UNUSABLE) from None
