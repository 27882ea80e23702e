"""A destination object, as OpenRouter's management API returns it, as the settings of a route.

The object loads unchanged: `type` is the destination, `config` its options under our names, secrets come back
masked and are not options. https://openrouter.ai/docs/api-reference/observability.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from broadcast_core.jsontext import Json
from broadcast_core.secrets import Secrets, names_a_secret
from broadcast_core.settings.policies import names_a_setting
from broadcast_core.settings.problems import Table
from broadcast_core.settings.secret import is_masked, variable

BESIDE_DATA = ("total_count", "object", "has_more", "next", "previous", "offset", "limit", "page")
"""What an answer of the API may say of its list, beside `data`."""
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


def take_options(table: Table, route: str, secrets: Secrets) -> dict[str, Json]:
    """Take the options of a config; a secret in it must be known from elsewhere."""
    config = table.take("config", dict, "a table") or {}
    options: dict[str, Json] = {}
    for key, value in config.items():
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).lower()
        if names_a_setting(key):
            table.wrong(f"config.{key}", "a setting of the route and no option; it stands beside config")
            continue
        if value is None or value in ({}, ""):
            continue
        if names_a_secret(key):
            _secret(table, key, name, value, route, secrets)
        else:
            options[name] = value
    return options


def _secret(table: Table, key: str, name: str, value: Json, route: str, secrets: Secrets) -> None:
    if name in secrets:
        return
    what = (
        "masked, as OpenRouter shows it, and cannot be used"
        if is_masked(value)
        else "a secret in the settings"
    )
    place = f"{variable(route, name)} of the environment, or into a secrets file as {name} under [{route}]"
    table.wrong(f"config.{key}", f"{what}; put it into {place}")
