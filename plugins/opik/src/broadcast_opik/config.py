"""The options of an Opik route, checked all at once. Secrets are no options: they are given at delivery."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import get_args
from urllib.parse import urlsplit

from attrs import field, fields_dict, frozen

from broadcast_core.destinations.capabilities import Place
from broadcast_core.diagnostics import Problem
from broadcast_core.errors import ConfigError
from broadcast_core.jsontext import Json
from broadcast_core.record.schema import wrong_instant
from broadcast_opik.limits import MAX_PROJECT_NAME
from broadcast_opik.scope import ADVICE, DEFAULT_WORKSPACE, IdScope, filed_under, is_cloud, server
from broadcast_opik.text import clean
from broadcast_opik.window import Window

CLOUD = "https://www.comet.com/opik/api"
LOCAL = "http://localhost:5173/api"


@frozen(kw_only=True)
class OpikConfig:
    """Where to send and what to send beside the rows.

    `base_url` ends before `/v1`: `https://www.comet.com/opik/api` for Comet's cloud,
    `http://localhost:5173/api` for a local Opik. `workspace` is needed on the cloud. Without `project_name`
    Opik files under its default project. `attempts` sends a child span per provider attempt. `attach` says
    that a caller's UUIDv7 trace id names a trace of the caller's own, so that only spans are sent. `as_of` is
    when the plan will be sent, `backfill` moves the ids of older data into the window that Opik takes then.
    `id_scope` is what an id is unique in: with "project" the project's name is part of it, so that another
    project of the workspace has other ids; `is_scope_stated` tells whether the options had it.
    """

    base_url: str = CLOUD
    workspace: str | None = None
    project_name: str | None = None
    attempts: bool = False
    attach: bool = False
    as_of: datetime | None = None
    backfill: bool = False
    id_scope: IdScope = "workspace"
    is_scope_stated: bool = field(default=False, eq=False)

    @property
    def ids_of(self) -> str:
        """What ids are made of beside the original: nothing, or the project's name as Opik files it."""
        return filed_under(self.project_name) if self.id_scope == "project" else ""

    @property
    def place(self) -> Place:
        """Where the rows of the route are, and which ids they have there."""
        workspace = (self.workspace or DEFAULT_WORKSPACE).lower()
        return Place(
            space=f"{server(self.base_url)} {workspace}",
            home=filed_under(self.project_name),
            ids=self.ids_of,
            stated=self.is_scope_stated,
            advice=ADVICE,
        )

    @property
    def window(self) -> Window:
        """When ids will be judged, and whether they may be moved."""
        return Window(self.as_of, self.backfill)


_SECRETS = frozenset({"api_key", "apikey", "key", "token", "secret", "password", "authorization"})
_TEXTS = ("base_url", "workspace", "project_name")
_MAY_BE_NULL = (*_TEXTS, "as_of")  # what is not known; a switch is on or off
_NULL = "expected a value, got null; leave the option out for its default"
_OPTIONS = tuple(name for name, one in fields_dict(OpikConfig).items() if one.eq)
_NO_WORKSPACE = (
    "missing: Comet's cloud takes nothing without a workspace; its name is in the address of Opik's page, "
    "https://www.comet.com/opik/<workspace>/home, and in the menu of your account there"
)


def configure(options: Mapping[str, Json]) -> OpikConfig:
    """Return the config of some options; raise `ConfigError` with every mistake."""
    problems: list[Problem] = []
    values: dict[str, Json] = {}
    for name, value in options.items():
        problem = _wrong(name, value)
        if problem is not None:
            problems.append(Problem(problem, f"$.{name}"))
        elif value is not None:
            values[name] = _converted(name, value)
    if values.get("backfill") and options.get("as_of") is None:
        problems.append(Problem("backfill needs as_of, the time when the plan will be sent", "$.backfill"))
    if options.get("workspace") is None and _is_for_the_cloud(options):
        problems.append(Problem(_NO_WORKSPACE, "$.workspace"))
    if problems:
        raise ConfigError(tuple(problems))
    if "base_url" in values:
        values["base_url"] = values["base_url"].rstrip("/")
    return OpikConfig(**values, is_scope_stated="id_scope" in values)


def _is_for_the_cloud(options: Mapping[str, Json]) -> bool:
    """Tell whether some options name Comet's cloud, as they do by default; a wrong URL is no answer."""
    base_url = options.get("base_url")
    if base_url is None:
        return True
    return _wrong("base_url", base_url) is None and is_cloud(clean(base_url))


def _converted(name: str, value: Json) -> Json:
    if name == "as_of":
        return datetime.fromisoformat(value)
    return clean(value) if isinstance(value, str) else value


def _wrong(name: str, value: Json) -> str | None:
    if name.lower().replace("-", "_") in _SECRETS:
        return "a secret is no option: give it at delivery, so that no plan holds it"
    if name not in _OPTIONS:
        near = get_close_matches(name, _OPTIONS)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(_OPTIONS)}"
        return f"unknown option; {hint}"
    if value is None:
        return None if name in _MAY_BE_NULL else _NULL
    if name == "as_of":
        return _wrong_time(value)
    if name == "id_scope":
        return None if value in get_args(IdScope) else 'expected "workspace" or "project"'
    if name not in _TEXTS:
        return None if isinstance(value, bool) else "expected true or false"
    if not isinstance(value, str):
        return f'expected text; write it in quotes: "{value}"'
    if not clean(value):
        return "expected text that is not blank"
    if name == "base_url":
        return _wrong_url(value)
    if name == "workspace":
        return None if value.isprintable() and value.isascii() else "expected a workspace name in ASCII"
    return f"longer than {MAX_PROJECT_NAME} characters" if len(value) > MAX_PROJECT_NAME else None


def _wrong_time(value: Json) -> str | None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return "expected a time such as 2026-11-23T10:00:00Z"
    return wrong_instant(moment)


def _wrong_url(value: str) -> str | None:
    example = f"for example {LOCAL} or {CLOUD}"
    try:
        url = urlsplit(value.strip())
        _ = url.port
    except ValueError as error:
        return f"no URL ({error}), {example}"
    if url.scheme not in ("http", "https") or not url.hostname:
        return f"expected a URL that begins with http:// or https://, {example}"
    if url.username or url.password:
        return "a URL with a password in it is a secret: give the API key at delivery"
    if url.query or url.fragment or any(char.isspace() or not char.isprintable() for char in value.strip()):
        return f"expected a URL without query, fragment or spaces, {example}"
    if "/v1" in url.path:
        return f"expected the URL up to and without /v1, {example}"
    return None
