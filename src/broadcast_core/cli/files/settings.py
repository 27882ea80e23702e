"""Settings files: routes from TOML or JSON, with secrets from a TOML file, the keyring or the environment."""

from __future__ import annotations

import os

from broadcast_core.cli.errors import UNUSABLE, CommandError
from broadcast_core.cli.files.secrets_file import load_secrets, secrets_beside
from broadcast_core.cli.files.toml_text import parse_toml, read_bytes
from broadcast_core.jsontext import Json, JsonError, loads
from broadcast_core.secrets import Secrets
from broadcast_core.settings import Settings, load
from broadcast_core.settings.secret import SecretSource


def load_settings(path: str, secrets_path: str | None) -> Settings:
    """Return the routes of a file; raise `CommandError` when the file cannot be read.

    Without a file of secrets that of `broadcast routes` is taken, `routes.secrets.toml` beside `routes.toml`,
    where there is one.
    """
    beside = secrets_beside(path)
    if secrets_path is None and os.path.exists(beside):
        secrets_path = beside
    secrets_file = {} if secrets_path is None else load_secrets(secrets_path)
    return load(load_document(path), environment=os.environ, secrets_file=secrets_file)  # noqa: TID251


def secrets_of(route: str, secrets_path: str | None) -> Secrets:
    """Return the secrets of a route that stands in no file, of a file of secrets and the environment."""
    secrets_file = {} if secrets_path is None else load_secrets(secrets_path)
    return SecretSource(secrets_file, os.environ, (route,)).of(route)  # noqa: TID251


def load_document(path: str) -> Json:
    """Return what is in a file, in JSON or TOML by its name; raise `CommandError` where it cannot be read."""
    document, wrong = _parse_json(path) if path.lower().endswith(".json") else parse_toml(path)
    if wrong is not None:
        raise CommandError(f"{path}: {wrong}", code=UNUSABLE)
    return document


def _parse_json(path: str) -> tuple[Json, str | None]:
    """Return the document of a file, or its error, which is not raised: a traceback would hold the text."""
    try:
        return loads(read_bytes(path)), None
    except JsonError as error:
        return None, error.reason
