"""Files of secrets: a table for each route, of texts, or of where in the system's keyring a secret is.

    [support]
    api_key = "..."
    hash_key = { keyring = "broadcast /home/me/routes.toml support" }

Only its owner may read such a file. No message quotes any of it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Literal

from broadcast_core.cli.errors import UNUSABLE, CommandError
from broadcast_core.cli.files.keyring_store import read_keyring
from broadcast_core.cli.files.toml_text import parse_toml
from broadcast_core.jsontext import Json
from broadcast_core.secrets import Secrets, SecretText

Place = Literal["file", "keyring"]
_UNREAD = "a secret that is not read"
IN_KEYRING = "keyring"
"""The key that names the service of the keyring which has a secret under its name."""


def secrets_beside(path: str) -> str:
    """Return the file of secrets of a file of routes: `routes.secrets.toml` of `routes.toml`."""
    return f"{os.path.splitext(path)[0]}.secrets.toml"


def load_secrets(path: str) -> Mapping[str, Secrets]:
    """Return the secrets of each route; raise `CommandError` for a file or a keyring that cannot be used."""
    tables = _checked_tables(path)
    return {
        route: Secrets({name: _secret(name, value) for name, value in table.items()})
        for route, table in tables.items()
    }


def unread_secrets(path: str) -> Mapping[str, Secrets]:
    """Return a placeholder for each secret of each route, to tell what is wrong with routes without them."""
    return {route: Secrets(dict.fromkeys(names, _UNREAD)) for route, names in secret_places(path).items()}


def secret_places(path: str) -> dict[str, dict[str, Place]]:
    """Return where each secret of each route is; none of them is read."""
    return {
        route: {name: "file" if isinstance(value, str) else "keyring" for name, value in table.items()}
        for route, table in (_checked_tables(path) if os.path.exists(path) else {}).items()
    }


def keyring_service(path: str, route: str) -> str:
    """Return the service of the keyring that has the secrets of a route of a file of routes."""
    return f"broadcast {os.path.realpath(path)} {route}"


def keyring_places(path: str, route: str) -> dict[str, str]:
    """Return those secrets of a route that are in the keyring, each with its service."""
    table = (_checked_tables(path) if os.path.exists(path) else {}).get(route, {})
    return {name: value[IN_KEYRING] for name, value in table.items() if isinstance(value, dict)}


def _secret(name: str, value: SecretText | dict[str, str]) -> str:
    return value if isinstance(value, str) else read_keyring(value[IN_KEYRING], name)


def _checked_tables(path: str) -> dict[str, dict[str, SecretText | dict[str, str]]]:
    if os.name == "posix" and os.path.exists(path) and os.stat(path).st_mode & 0o077:
        raise CommandError(
            f"{path}: others may read or change the secrets file; run: chmod 600 {path}", code=UNUSABLE
        )
    tables, wrong = _tables(path)
    if wrong is not None:
        raise CommandError(f"{path}: {wrong}", code=UNUSABLE)
    return tables


def _tables(path: str) -> tuple[dict[str, dict[str, SecretText | dict[str, str]]], str | None]:
    """Return the tables of a file, and its error, which is not raised: a traceback would hold the text."""
    tables, wrong = parse_toml(path, quote=False)
    found: dict[str, dict[str, SecretText | dict[str, str]]] = {}
    for route, table in tables.items():
        if not isinstance(table, dict) or not all(map(_is_secret, table.values())):
            return {}, f"expected texts under [{route}], the name of a route"
        found[route] = {
            name: SecretText(value) if isinstance(value, str) else value for name, value in table.items()
        }
    return found, wrong


def _is_secret(value: Json) -> bool:
    is_place = isinstance(value, dict) and list(value) == [IN_KEYRING] and isinstance(value[IN_KEYRING], str)
    return isinstance(value, str) or is_place
