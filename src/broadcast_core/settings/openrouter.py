"""A destination object, as OpenRouter's management API returns it, as the settings of a route.

The object loads unchanged: `type` is the destination, `config` its options in camelCase, secrets come back
masked and are not options, and the values of its map `headers` are secrets too. https://openrouter.ai/docs/api-reference/observability.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from attrs import field, frozen

from broadcast_core.jsontext import Json
from broadcast_core.secrets import Secrets, names_a_secret
from broadcast_core.settings.declared import Declared, snake_case
from broadcast_core.settings.headers import Headers, take_openrouter_headers
from broadcast_core.settings.policies import names_a_setting
from broadcast_core.settings.problems import Table, nearest_name_hint
from broadcast_core.settings.secret import explain_likely_secret, explain_openrouter_secret, is_masked

BESIDE_DATA = ("total_count", "object", "has_more", "next", "previous", "offset", "limit", "page")
"""What an answer of the API may say of its list, beside `data`."""
_MASKED = "masked, as OpenRouter shows it: write the value of this option"
_ABOUT = ("id", "workspace_id", "created_at", "updated_at")


def is_openrouter_object(entry: Mapping[str, Json]) -> bool:
    """Tell whether settings have the shape of OpenRouter's API."""
    return "type" in entry and "destination" not in entry


def to_settings(entry: Mapping[str, Json]) -> dict[str, Json]:
    """Return the settings of a route that a destination object describes; its config stays as it is."""
    settings = {key: value for key, value in entry.items() if key not in (*_ABOUT, "type")}
    settings["destination"] = entry.get("type")
    if settings.get("name") is None:
        settings["name"] = entry.get("type")
    return settings


@frozen(kw_only=True)
class Config:
    """What the options of a route, or the config of a destination object, hold: options by name, and headers.

    `keys` are those of a destination object by the name of the option, also of options that are not given.
    """

    options: Mapping[str, Json] = field(factory=dict)
    keys: Mapping[str, str] = field(factory=dict)
    headers: Headers = field(factory=dict)

    __hash__ = None  # type: ignore[assignment]

    def path_as_written(self, path: str) -> str:
        """Return the path of an option, without its `$`, under the key that stands in the settings."""
        first = re.match(r"\$\.([^.\[]+)", path)
        if first is None or first[1] not in self.keys:
            return path.removeprefix("$")
        return f".{self.keys[first[1]]}{path[first.end() :]}"


def take_config(table: Table, route: str, secrets: Secrets, declared: Declared) -> Config:
    """Take the config of a destination object; a secret in it must be known from elsewhere.

    Of a destination that is not known, names alone decide what a secret is.
    """
    config = table.take_table("config")
    options: dict[str, Json] = {}
    keys = {name: declared.openrouter_key(name) for name in declared.options}
    headers: Headers = {}
    for key, value in config.items():
        name = declared.option(key)
        if name is None and declared.secret(key) is None and names_a_setting(key):
            table.wrong(f"config.{key}", "a setting of the route and no option; it stands beside config")
        elif value is None or value in ({}, ""):
            continue
        elif name is None and key == "headers":
            headers = take_openrouter_headers(table, value, route, secrets)
        elif name is None:
            if (what := _wrong(key, value, route, secrets, declared)) is not None:
                table.wrong(f"config.{key}", what)
        elif name in options:
            table.wrong(f"config.{key}", f"given twice, here and as {keys[name]!r}: take one out")
        else:
            options[name], keys[name] = value, key
            if is_masked(value):
                table.wrong(f"config.{key}", _MASKED)
    return Config(options=options, keys=keys, headers=headers)


def _wrong(key: str, value: Json, route: str, secrets: Secrets, declared: Declared) -> str | None:
    """Say what is wrong with a key of a config that names no option, or None."""
    secret, near = declared.secret(key), nearest_name_hint(key, declared.openrouter_keys(key))
    if secret is None and not is_masked(value):
        if names_a_secret(key):
            secret = snake_case(key)
            return None if secret in secrets else f"{explain_likely_secret(route, secret)}{near}"
        known = ", ".join(declared.openrouter_keys(key)) or "none"
        return f"unknown option{near or f'; known: {known}'}" if declared.is_known else None
    secret = secret or snake_case(key)
    return None if secret in secrets else explain_openrouter_secret(route, secret, value)
