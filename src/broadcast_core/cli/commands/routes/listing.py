"""`broadcast routes list`: what routes there are, and where their secrets are; never a secret."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import Any

import click
from rich.table import Table

from broadcast_core.cli.commands.routes.asking import wanted_secrets
from broadcast_core.cli.commands.routes.kept import report, routes_file_argument
from broadcast_core.cli.console.terminal import sanitize, stderr_console, stdout_console
from broadcast_core.cli.errors import OK, UNUSABLE
from broadcast_core.cli.files.routes_file import RoutesFile
from broadcast_core.cli.files.secrets_file import secret_places, unread_secrets
from broadcast_core.destinations.config import options_of
from broadcast_core.jsontext import Json
from broadcast_core.pipeline.route import Route
from broadcast_core.policy import Policy
from broadcast_core.secrets import names_a_secret
from broadcast_core.settings import load
from broadcast_core.settings.secret import variable

_WORDS = {
    "privacy_mode": "no content",
    "drop_input": "no input",
    "drop_output": "no output",
    "drop_custom_metadata": "no custom metadata",
    "broadcast_generation_cost": "with cost",
    "broadcast_generation_identity": "with identity",
    "broadcast_generation_request_context": "with request context",
    "filter_rules": "filtered",
    "api_key_hashes": "some keys",
    "excluded_api_key_hashes": "not all keys",
}
"""What a setting of a policy is in short, where it is on."""


@click.command("list", short_help="List the routes.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array instead of a table.")
@routes_file_argument
@click.pass_context
def list_routes(context: click.Context, *, as_json: bool, kept: RoutesFile) -> None:
    """List the routes of the file: where each sends, its policy, and where its secrets are.

    Secrets are never shown. What is wrong with a route is printed: exit code 2.
    """
    document = kept.document()
    settings = load(
        document or {"routes": []},
        environment=os.environ,  # noqa: TID251
        secrets_file=unread_secrets(kept.secrets_path),
    )
    places = secret_places(kept.secrets_path)
    rows = [_row(route, places.get(route.name, {})) for route in settings.routes]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    elif rows:
        stdout_console().print(_table(rows))
    elif not settings.wrong:
        report(f"{kept.path}: there is no route yet; `broadcast routes add` adds one")
    for wrong in settings.wrong:
        for problem in wrong.problems:
            line = f"error: {kept.path}: {wrong.name}: {problem}"
            stderr_console().print(sanitize(line, 1000))
    context.exit(UNUSABLE if settings.wrong else OK)


def _row(route: Route, places: Mapping[str, str]) -> dict[str, Json]:
    return {
        "name": route.name,
        "destination": route.destination.name,
        "url": _shared_url([endpoint.url for endpoint in route.endpoints.values()]),
        "options": dict(_shown_options(route)),
        "enabled": route.policy.enabled,
        "policy": list(_in_short(route.policy)),
        "secrets": {name: places.get(name) or _elsewhere(route, name) for name in wanted_secrets(route)},
    }


def _elsewhere(route: Route, name: str) -> str:
    is_there = os.environ.get(variable(route.name, name))  # noqa: TID251
    return "environment" if is_there else "not set"


def _shared_url(urls: list[str]) -> str:
    """Return what the URLs of a route have in common, up to a slash."""
    parts = zip(*(url.split("/") for url in urls), strict=False)
    return "/".join(same[0] for same in takewhile(lambda same: len(set(same)) == 1, parts))


def _shown_options(route: Route) -> Iterator[tuple[str, Json]]:
    """Yield the texts among the options that are not as they are by default, but for URLs."""
    for name, field in options_of(type(route.config)).items():
        value: Any = getattr(route.config, name)
        if (
            isinstance(value, str)
            and value != field.default
            and "://" not in value
            and not names_a_secret(name)
        ):
            yield name, value


def _in_short(policy: Policy) -> Iterator[str]:
    """Yield what a policy does, a few words each."""
    yield from (words for name, words in _WORDS.items() if getattr(policy, name))
    if policy.user_identity != "keep":
        yield f"users: {policy.user_identity}"
    if policy.sampling_rate != 1:
        yield f"sampled: {policy.sampling_rate}"


def _table(rows: list[dict[str, Any]]) -> Table:
    head = ("name", "destination", "where", "enabled", "policy", "secrets")
    table = Table(*head, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        options = [f"{name}={value}" for name, value in row["options"].items()]
        cells = [
            row["name"],
            row["destination"],
            " ".join([row["url"], *options]),
            "yes" if row["enabled"] else "no",
            ", ".join(row["policy"]) or "-",
            ", ".join(f"{name}: {place}" for name, place in row["secrets"].items()) or "-",
        ]
        table.add_row(*(sanitize(cell) for cell in cells))
    return table
