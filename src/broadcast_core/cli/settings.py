"""Files of settings: routes from TOML or JSON, and secrets from a TOML file or the environment."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping

from broadcast_core.cli.failures import UNUSABLE, Failure
from broadcast_core.jsontext import Json, JsonError, loads
from broadcast_core.settings import Settings, load


def settings_of(path: str, secrets_path: str | None) -> Settings:
    """Return the routes of a file; raise `Failure` when it cannot be read at all."""
    secrets_file = {} if secrets_path is None else _secrets(secrets_path)
    return load(_document(path), environment=os.environ, secrets_file=secrets_file)  # noqa: TID251


def _document(path: str) -> Json:
    data = _bytes(path)
    if path.lower().endswith(".json"):
        try:
            return loads(data)
        except JsonError as error:
            raise Failure(f"{path}: {error.reason}", code=UNUSABLE) from None
    return _toml(path, data)


def _secrets(path: str) -> Mapping[str, Mapping[str, str]]:
    """Return the tables of a secrets file; nothing of it is ever quoted."""
    if os.name == "posix" and os.path.exists(path) and os.stat(path).st_mode & 0o077:
        raise Failure(
            f"{path}: others may read or change the secrets file; run: chmod 600 {path}", code=UNUSABLE
        )
    tables = _toml(path, _bytes(path))
    for route, table in tables.items():
        if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
            raise Failure(f"{path}: expected texts under [{route}], the name of a route", code=UNUSABLE)
    return tables


def _toml(path: str, data: bytes) -> dict[str, Json]:
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        what = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "no UTF-8 text"
        raise Failure(
            f"{path}: no TOML: {what} (JSON needs a name that ends in .json)", code=UNUSABLE
        ) from None


def _bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError as error:
        raise Failure(f"{path}: {(error.strerror or str(error)).lower()}", code=UNUSABLE) from None
