"""A file of settings with the table `[relay]` beside its routes, read and checked as a whole."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from attrs import evolve, field, frozen

from broadcast_core.cli.errors import UNUSABLE, CommandError, describe_os_error
from broadcast_core.cli.files.secrets_file import load_secrets, secrets_beside
from broadcast_core.cli.files.settings import load_document
from broadcast_core.errors import ConfigError
from broadcast_core.jsontext import Json
from broadcast_core.secrets import SecretBytes, Secrets
from broadcast_core.settings import Settings, load
from broadcast_relay.intake.access import Access, wrong_secret
from broadcast_relay.settings.stamps import Stamp, stamp
from broadcast_relay.settings.table import RelaySettings, read_settings

_OTHERS_OR_CHANGED_BY_GROUP = stat.S_IRWXO | stat.S_IWGRP


@frozen(kw_only=True)
class Source:
    """Where a configuration comes from; `stated` are settings of the command line, which win."""

    file: str
    secrets_file: str | None = None
    stated: Mapping[str, Json] = field(factory=dict)
    environment: Secrets = field(converter=Secrets, factory=lambda: Secrets(None), repr=False)

    __hash__ = None  # type: ignore[assignment]

    @property
    def secrets_place(self) -> str:
        """The file of secrets of routes: the one that was given, else that of `broadcast routes`, if any."""
        return self.secrets_file or secrets_beside(self.file)


@frozen(kw_only=True)
class Configuration:
    """The settings of a relay, its routes with their secrets, and who may deliver.

    `files` are all files that it was read from, as they were before, and those that may come.
    """

    settings: RelaySettings
    routes: Settings
    access: Access
    files: Mapping[str, Stamp]

    __hash__ = None  # type: ignore[assignment]


def load_configuration(source: Source) -> Configuration:
    """Return the configuration of a source; raise `CommandError` with every mistake in it."""
    files = {one: stamp(one) for one in (source.file, source.secrets_place)}
    document = load_document(source.file)
    is_there = source.secrets_file is not None or files[source.secrets_place] is not None
    secrets = load_secrets(source.secrets_place) if is_there else {}
    table, rest = _split(document)
    routes = load(rest, environment=source.environment, secrets_file=secrets)
    wrong = [f"{one.name}: {problem}" for one in routes.wrong for problem in one.problems]
    if not (wrong or routes.routes):
        wrong.append("there is no route in it; begin one with [[routes]]")
    settings, mistakes = _settings_of(table, source)
    access = Access()
    if settings is not None:
        files |= {one: stamp(one) for one in (settings.secret_file,) if one is not None}
        access, unusable = _access_of(settings, source)
        mistakes += unusable
    if wrong or settings is None or mistakes:
        raise CommandError(*(f"{source.file}: {one}" for one in (*mistakes, *wrong)), code=UNUSABLE)
    return Configuration(settings=settings, routes=routes, access=access, files=files)


def _split(document: Json) -> tuple[Json, Json]:
    """Return the table of the relay, and the document without it."""
    if not isinstance(document, dict):
        return {}, document
    rest = {name: one for name, one in document.items() if name != "relay"}
    return document.get("relay", {}), rest or {"routes": []}


def _settings_of(table: Json, source: Source) -> tuple[RelaySettings | None, list[str]]:
    """Return the settings of a table with its paths made absolute, or every mistake in it."""
    if not isinstance(table, dict):
        return None, ["expected a table @ $.relay; write [relay]"]
    try:
        settings = read_settings({**table, **source.stated})
    except ConfigError as error:
        return None, [str(problem) for problem in error.problems]
    base = Path(source.file).absolute().parent
    spool = Path(settings.spool)
    return evolve(
        settings,
        spool=str(spool.absolute() if "spool" in source.stated else base / spool),
        secret_file=None if settings.secret_file is None else str(base / settings.secret_file),
    ), []


def _access_of(settings: RelaySettings, source: Source) -> tuple[Access, list[str]]:
    """Return who may deliver, or what is wrong with the secrets; none is quoted."""
    texts, wrong = _lines_of(settings.secret_file)
    if given := source.environment.get(settings.secret_variable):
        texts = [(settings.secret_variable, given.strip()), *texts]
    wrong += [f"{place}: {what}" for place, text in texts if (what := wrong_secret(text)) is not None]
    header = (settings.secret_header or "authorization").lower().encode()
    return Access(tuple(SecretBytes(text.encode()) for _, text in texts), header), wrong


def _lines_of(path: str | None) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the secrets of a file with their places, or why it cannot be used."""
    if path is None:
        return [], []
    try:
        if os.name == "posix" and os.stat(path).st_mode & _OTHERS_OR_CHANGED_BY_GROUP:
            return [], [f"{path}: others may read or change the secrets; run: chmod 600 {path}"]
        found = list(_secrets_in(path, Path(path).read_bytes()))
    except OSError as error:
        return [], [f"{path}: {describe_os_error(error)} @ $.relay.secret_file"]
    return found, [] if found else [f"{path}: no secret in it; write one a line, or leave secret_file out"]


def _secrets_in(path: str, content: bytes) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
        if line.strip():
            yield f"{path}:{number}", line.strip()
