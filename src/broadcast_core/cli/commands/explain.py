"""`broadcast explain`: what a route decides about one generation, and where every field of it goes."""

from __future__ import annotations

import json
from collections.abc import Iterable

import click
from rich.table import Table
from rich.text import Text

from broadcast_core.cli.arguments import RouteArguments, input_arguments, route_arguments
from broadcast_core.cli.console.report import Report
from broadcast_core.cli.console.terminal import harmless, messages, pages
from broadcast_core.cli.errors import UNUSABLE, CommandError
from broadcast_core.cli.files.generations import LocatedGeneration, generations
from broadcast_core.cli.files.sources import documents, expanded
from broadcast_core.cli.routes import SelectedRoutes, select_routes
from broadcast_core.pipeline.explanation import Explanation, FieldMapping
from broadcast_core.pipeline.explanation import explain as explanation_of
from broadcast_core.pipeline.route import Route

_PASSED = {True: ("yes", "green"), False: ("no", "bold red")}
_STYLES = {"planned": "green", "skipped": "yellow", "rejected": "bold red"}


@click.command(short_help="Tell what a route decides about a generation, and why.")
@input_arguments
@route_arguments
@click.option("--route", metavar="NAME", help="Which route of the file; without it, the first.")
@click.option("--id", "wanted", metavar="ID", help="Which generation; without it, the first.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.pass_context
def explain(
    context: click.Context,
    *,
    files: tuple[str, ...],
    dialect: str | None,
    max_line_bytes: int,
    quiet: bool,
    route_args: RouteArguments,
    route: str | None,
    wanted: str | None,
    as_json: bool,
) -> None:
    """Tell what a route decides about one generation, and where each known field of it goes on the wire.

    Reads what `plan` reads. Nothing is sent, and nothing is shown of what users and models said.
    """
    routes = select_routes(route_args)
    screen = messages()
    report = Report(screen, done="usable", quiet=quiet)
    for line in routes.wrong:
        report.warn(line)
    found = generations(
        documents(list(expanded(files)), max_line_bytes, lambda _taken: None), dialect, report
    )
    usable = _one(found, wanted)
    told = explanation_of(usable.generation, _route(routes, route), hash_keys=routes.hash_keys)
    if as_json:
        click.echo(json.dumps(told.as_json()))
    else:
        _print(told)
    context.exit(report.exit_code)


def _one(found: Iterable[LocatedGeneration], wanted: str | None) -> LocatedGeneration:
    for usable in found:
        if wanted in (None, usable.generation.id):
            return usable
    what = "no generation that can be used" if wanted is None else f"no generation with the id {wanted!r}"
    raise CommandError(f"the input has {what}", code=UNUSABLE)


def _route(routes: SelectedRoutes, name: str | None) -> Route:
    for route in routes.routes:
        if name in (None, route.name):
            return route
    known = ", ".join(route.name for route in routes.routes)
    raise CommandError(f"there is no route {name!r} that can be used; known: {known}", code=UNUSABLE)


def _print(told: Explanation) -> None:
    page = pages()
    outcome = told.outcome
    end = f": {harmless(outcome.reason)}" if outcome.reason else ""
    page.print(
        Text.assemble(
            f"{harmless(outcome.generation)} on the route {harmless(told.route)}: ",
            (outcome.status, _STYLES[outcome.status]),
            end,
        )
    )
    for table in (_checks(told), _fields(told.fields)):
        with page.capture() as captured:
            page.print(table)
        lines = captured.get().splitlines()
        click.echo("\n" + "\n".join(line.rstrip() for line in lines))


def _checks(told: Explanation) -> Table:
    table = Table("check", "passed", "why", box=None, pad_edge=False, header_style="bold")
    for check in told.checks:
        table.add_row(check.name, Text(*_PASSED[check.passed]), harmless(check.why))
    return table


def _fields(fields: Iterable[FieldMapping]) -> Table:
    table = Table("field", "class", "goes to", box=None, pad_edge=False, header_style="bold")
    for field in fields:
        places = "\n".join(harmless(place) for place in field.places)
        why = Text(harmless(field.why), "yellow") if field.why else Text()
        goes = Text("\n").join(part for part in (Text(places), why) if part.plain)
        table.add_row(harmless(field.path), field.privacy, goes)
    return table
