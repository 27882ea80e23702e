"""`broadcast routes add`: a new route, saved once its connection works."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from broadcast_core.cli.arguments import RouteArguments, new_route_arguments, time_limit_argument
from broadcast_core.cli.commands.routes.asking import secrets_for
from broadcast_core.cli.commands.routes.kept import report, routes_file_argument
from broadcast_core.cli.connections import open_client, print_outcome, tested
from broadcast_core.cli.console.terminal import stdout_console
from broadcast_core.cli.errors import REJECTED, UNUSABLE, CommandError
from broadcast_core.cli.files.keyring_store import check_keyring, write_keyring
from broadcast_core.cli.files.routes_file import RoutesFile
from broadcast_core.cli.files.secrets_file import IN_KEYRING, keyring_service
from broadcast_core.cli.routes import build_route, stated_policy
from broadcast_core.pipeline.route import Route
from broadcast_core.secrets import Secrets, SecretText
from broadcast_core.settings import load


@click.command(short_help="Add a route, once its connection works.")
@click.argument("route_name", metavar="NAME")
@new_route_arguments
@click.option(
    "--header", "headers", multiple=True, metavar="NAME", help="A header of your own; its value is a secret."
)
@click.option("--secret-stdin", metavar="SECRET", help="Read the secret of this name from stdin.")
@click.option("--keyring", "in_keyring", is_flag=True, help="Keep the secrets in the keyring of the system.")
@click.option("--force", is_flag=True, help="Save it without testing the connection.")
@time_limit_argument
@routes_file_argument
def add(
    *,
    route_name: str,
    route_args: RouteArguments,
    headers: tuple[str, ...],
    secret_stdin: str | None,
    in_keyring: bool,
    force: bool,
    seconds: float,
    kept: RoutesFile,
) -> None:
    """Add a route named NAME to the destination --to, with its options and policy.

    Its secrets are asked for without being shown; or they come from the environment, as
    BROADCAST_<ROUTE>_<SECRET>, or one of them from stdin. They are saved beside the file of routes, where
    only you can read them, or with --keyring in the keyring of the system.

    The connection is tested first, and nothing is saved while it does not work: exit code 1.
    """
    if route_args.name is None:
        raise click.UsageError("give the destination: --to NAME")
    build_route(route_args.name, route_args.options, stated_policy(route_args))
    entry = _entry(route_name.strip(), route_args, headers)
    route = _valid(kept, entry)
    if in_keyring:
        check_keyring()
    secrets = secrets_for(route, secret_stdin)
    if not force:
        _test(route, secrets, seconds)
    with kept.locked():
        _valid(kept, entry)
        _save(kept, entry, secrets, in_keyring=in_keyring)
    where = "the keyring" if in_keyring else kept.secrets_path
    told = f"; {', '.join(secrets)} in {where}" if secrets else ", without secrets"
    report(f"saved {route.name!r} in {kept.path}{told}")


def _entry(name: str, route_args: RouteArguments, headers: Sequence[str]) -> dict[str, Any]:
    """Return a route as it stands in a file."""
    return {
        "name": name,
        "destination": route_args.name,
        **stated_policy(route_args),
        "headers": list(headers) or None,
        "options": route_args.options or None,
    }


def _valid(kept: RoutesFile, entry: Mapping[str, Any]) -> Route:
    """Return a route beside the others of the file; raise `CommandError` where that cannot be."""
    document = kept.document()
    if (name := entry["name"]) in kept.names():
        what = f"there is a route {name!r} already: remove it first, or give another name"
        raise CommandError(f"{kept.path}: {what}", code=UNUSABLE)
    others = document.get("routes", [])
    if not isinstance(others, list):
        raise CommandError(f"{kept.path}: its routes are no [[routes]]: change it by hand", code=UNUSABLE)
    new = {key: value for key, value in entry.items() if value is not None}
    settings = load({**document, "routes": [*others, new]})
    if route := next((one for one in settings.routes if one.name == name), None):
        return route
    about = (name, f"$.routes[{len(others)}]", "(settings)")
    problems = [str(one) for wrong in settings.wrong if wrong.name in about for one in wrong.problems]
    raise CommandError(*(f"{kept.path}: {name}: {one}" for one in problems), code=UNUSABLE)


def _test(route: Route, secrets: Secrets, seconds: float) -> None:
    """Test the connection and print the outcome; raise `CommandError` where it does not work."""
    with open_client((route,), seconds) as client:
        checked = tested(route, secrets, client)
    print_outcome(stdout_console(), route.name, checked)
    if not checked.works:
        what = f"the connection of {route.name!r} does not work, so nothing was saved"
        raise CommandError(f"{what}; --force saves it without a test", code=REJECTED)


def _save(kept: RoutesFile, entry: Mapping[str, Any], secrets: Secrets, *, in_keyring: bool) -> None:
    """Save the secrets, and then the route: a run that is killed between leaves secrets of no route."""
    name = entry["name"]
    service = keyring_service(kept.path, name)
    if in_keyring:
        for secret, value in secrets.items():
            write_keyring(service, secret, SecretText(value))
    places = {secret: {IN_KEYRING: service} if in_keyring else value for secret, value in secrets.items()}
    kept.keep_secrets(name, places)
    kept.add(entry)
