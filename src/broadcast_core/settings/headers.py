"""Headers of a route's own in settings: their names are configuration, their values are secrets."""

from __future__ import annotations

from collections.abc import Mapping

from broadcast_core.destinations.contract import Destination
from broadcast_core.jsontext import Json
from broadcast_core.pipeline.plugin_faults import FROM_OUTSIDE, blame
from broadcast_core.pipeline.route import Route
from broadcast_core.pipeline.route_headers import wrong_headers
from broadcast_core.secrets import Secrets, header_secret
from broadcast_core.settings.problems import Table, describe_value
from broadcast_core.settings.secret import explain_misplaced_secret, explain_openrouter_secret

Headers = Mapping[str, str]
"""The names of headers by the path where each stands."""


def take_headers(table: Table, route: str) -> Headers:
    """Take the names of headers from `headers = [...]`; a table of them holds secrets and is refused."""
    values = table.take("headers", (list, dict), "an array of names of headers")
    if isinstance(values, dict):
        for name in values:
            what = explain_misplaced_secret(route, header_secret(str(name)))
            table.wrong(f"headers.{name}", f"{what}; here stands the name alone: headers = [...]")
        return {}
    found: dict[str, str] = {}
    for n, name in enumerate(values or ()):
        if isinstance(name, str):
            found[f"headers[{n}]"] = str(name)  # it was hidden, as what stands under `headers` is
        else:
            table.wrong(f"headers[{n}]", f"expected the name of a header, got {describe_value(name)}")
    return found


def take_openrouter_headers(table: Table, value: Json, route: str, secrets: Secrets) -> Headers:
    """Return the names of the map `headers` of a config; each value must be known from elsewhere."""
    if not isinstance(value, dict):
        table.wrong("config.headers", f"expected a table of headers, got {describe_value(value)}")
        return {}
    names = [str(name) for name in value]  # a program may give keys of any kind
    for name, given in zip(names, value.values(), strict=True):
        if (secret := header_secret(name)) not in secrets:
            table.wrong(f"config.headers.{name}", explain_openrouter_secret(route, secret, given))
    return {f"config.headers.{name}": name for name in names}


def check_headers(table: Table, headers: Headers, destination: Destination, config: object) -> None:
    """Report each header that cannot be one of a route's own, or that its endpoints have already."""
    if not headers:
        return
    try:
        endpoints = Route(name="headers", destination=destination, config=config).endpoints.values()
        taken = [name for endpoint in endpoints for name in endpoint.headers]
    except FROM_OUTSIDE:
        raise
    except BaseException as error:  # noqa: BLE001  # a plugin may raise anything
        table.wrong("destination", blame(destination, error))
        return
    for path, what in zip(headers, wrong_headers(tuple(headers.values()), taken), strict=True):
        if what is not None:
            table.wrong(path, what)
