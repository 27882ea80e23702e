"""The file of routes that `broadcast routes` keeps, and the file of their secrets beside it.

One change at a time is made, under a lock; each file is replaced whole, so that a run that is killed leaves
the old one or the new one. A file that is no TOML is left as it is. What people wrote in it stays.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click
from attrs import frozen

from broadcast_core.cli.errors import INSTALL, MISSING, UNUSABLE, CommandError, describe_os_error
from broadcast_core.cli.files.output import WriteError, remove_partial, replace_file
from broadcast_core.cli.files.secrets_file import secret_places, secrets_beside
from broadcast_core.cli.files.settings import load_document
from broadcast_core.cli.files.toml_text import (
    appended,
    as_table,
    edited,
    plain,
    read_text,
    without_entry,
)
from broadcast_core.jsontext import Json

VARIABLE = "BROADCAST_ROUTES"
"""The environment variable that names the file."""
_WAIT = 10  # seconds for another run that changes the file
_BEGIN = "# Routes of `broadcast`: docs/routes.md says what each setting does. Secrets are beside, in {}.\n\n"
_BY_HAND = (
    "it is written in another form than [[routes]], or what stands in it cannot be kept: change it by hand"
)


def default_file() -> str:
    """Return the file of routes: that of the environment, or the one where the system keeps settings."""
    named = os.environ.get(VARIABLE, "").strip()  # noqa: TID251
    return named or os.path.join(click.get_app_dir("broadcast"), "routes.toml")


@frozen
class RoutesFile:
    """A file of routes; `path` need not be there yet."""

    path: str

    @property
    def secrets_path(self) -> str:
        """The file of the secrets of the routes."""
        return secrets_beside(self.path)

    def document(self) -> dict[str, Json]:
        """Return what is in the file; raise `CommandError` for one that cannot be read."""
        document = load_document(self.path) if os.path.exists(self.path) else {}
        return document if isinstance(document, dict) else {"data": document}

    def names(self) -> list[str]:
        """Return the name of each route, in order; an empty one where it has none."""
        routes = self.document().get("routes", [])
        tables = [one if isinstance(one, dict) else {} for one in routes] if isinstance(routes, list) else []
        return [str(one.get("name", "")).strip() for one in tables]

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep all other runs from changing the files."""
        lock = self._lock()
        try:
            for path in (self.path, self.secrets_path):
                remove_partial(path)  # it may hold secrets
            yield
        finally:
            lock.release()

    def add(self, entry: Mapping[str, Any]) -> None:
        """Add a route at the end."""
        self._write(self.path, appended(self._text(), "routes", entry))

    def remove(self, name: str) -> None:
        """Take a route out."""
        self._write(self.path, without_entry(self._text(), "routes", self.names().index(name)))

    def enable(self, name: str, enabled: bool) -> None:
        """Let a route send, or keep it from sending."""
        index = self.names().index(name)

        def change(document: Any) -> None:
            document["routes"][index]["enabled"] = enabled

        self._write(self.path, edited(self._text(), change))

    def keep_secrets(self, route: str, secrets: Mapping[str, Any]) -> None:
        """Write the secrets of a route, in place of those that it had; a table says where else one is."""
        if not secrets:
            self.forget_secrets(route)
            return

        def edit(document: Any) -> None:
            document[route] = as_table(secrets, inline=True)

        def change(document: Any) -> None:
            document[route] = plain(secrets)

        secret_places(self.secrets_path)  # it says what is wrong with the file, and quotes none of it
        self._write(self.secrets_path, edited(read_text(self.secrets_path), edit, change))

    def forget_secrets(self, route: str) -> None:
        """Take the secrets of a route out of their file."""

        def change(document: Any) -> None:
            del document[route]

        if route in secret_places(self.secrets_path):
            self._write(self.secrets_path, edited(read_text(self.secrets_path), change))

    def _text(self) -> str:
        if self.path.lower().endswith(".json"):
            raise CommandError(f"{self.path}: only TOML is changed: change JSON by hand", code=UNUSABLE)
        self.document()
        return read_text(self.path) or _BEGIN.format(os.path.basename(self.secrets_path))

    def _write(self, path: str, text: str | None) -> None:
        if text is None:
            raise CommandError(f"{path}: {_BY_HAND}; nothing was changed", code=UNUSABLE)
        try:
            with replace_file(path, private=True) as write:
                write(text.encode())
        except WriteError as error:
            raise CommandError(f"{path}: {error}", code=UNUSABLE) from None

    def _lock(self) -> Any:
        try:
            from filelock import FileLock, Timeout
        except ImportError:
            what = "changing routes needs filelock, not installed here"
            raise CommandError(f"{what}. Install: {INSTALL}", code=MISSING) from None
        path = f"{os.path.realpath(self.path)}.lock"
        try:
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            if os.path.lexists(path) and (os.path.islink(path) or os.path.getsize(path)):
                what = "it exists and is no lock of ours, so it is left: rename it"
                raise CommandError(f"{self.path}: cannot be locked with {path}: {what}", code=UNUSABLE)
            lock = FileLock(path, mode=0o600)
            lock.acquire(timeout=_WAIT)
        except Timeout:
            what = "another run is changing it; run this again when that one has ended"
            raise CommandError(f"{self.path}: {what}; nothing was changed", code=UNUSABLE) from None
        except (OSError, NotImplementedError) as error:
            why = describe_os_error(error) if isinstance(error, OSError) else str(error)
            raise CommandError(f"{self.path}: cannot be locked with {path}: {why}", code=UNUSABLE) from None
        return lock
