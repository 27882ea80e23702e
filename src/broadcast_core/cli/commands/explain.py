"""`broadcast explain`: what a route decides about one generation, and where every field of it goes."""

from __future__ import annotations

import json
from collections.abc import Iterable

import click
from rich.table import Table
from rich.text import Text

from broadcast_core.cli.arguments import RouteArguments, input_arguments, route_arguments
from broadcast_core.cli.console.report import Report
from broadcast_core.cli.console.terminal import sanitize, stderr_console, stdout_console
from broadcast_core.cli.errors import UNUSABLE, CommandError
from broadcast_core.cli.files.paths import expand_paths
from broadcast_core.cli.files.rejects import Rejects
from broadcast_core.cli.input import LocatedGeneration, usable_generations
from broadcast_core.cli.routes import SelectedRoutes, select_routes
from broadcast_core.pipeline.explanation import Explanation, FieldMapping
from broadcast_core.pipeline.explanation import explain as explain_generation
from broadcast_core.pipeline.route import Route

_PASSED = {True: ("yes", "green"), False: ("no", "bold red")}
_STYLES = {"planned": "green", "skipped": "yellow", "rejected": "bold red"}


@click.command(short_help="Show what a route decides about a generation, and why.")
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
    """Show what a route decides about one generation, and where each of its fields goes in the requests.

    Reads what `plan` reads; give --to, or --routes. Nothing is sent, and no text of users or models is shown.
    """
    selection = select_routes(route_args)
    report = Report(stderr_console(), done="usable", quiet=quiet)
    for message in selection.wrong:
        report.emit("failure", None, message)
    generations = usable_generations(
        expand_paths(files), report, Rejects(), dialect=dialect, max_bytes=max_line_bytes
    )
    usable = _find_generation(generations, wanted)
    explanation = explain_generation(
        usable.generation, _find_route(selection, route), hash_keys=selection.hash_keys
    )
    if as_json:
        click.echo(json.dumps(explanation.as_json()))
    else:
        _print(explanation)
    context.exit(report.exit_code)


def _find_generation(generations: Iterable[LocatedGeneration], wanted: str | None) -> LocatedGeneration:
    for usable in generations:
        if wanted in (None, usable.generation.id):
            return usable
    what = "no generation that can be used" if wanted is None else f"no generation with the id {wanted!r}"
    raise CommandError(f"the input has {what}", code=UNUSABLE)


def _find_route(selection: SelectedRoutes, name: str | None) -> Route:
    for route in selection.routes:
        if name in (None, route.name):
            return route
    known = ", ".join(route.name for route in selection.routes)
    raise CommandError(f"there is no route {name!r} that can be used; known: {known}", code=UNUSABLE)


def _print(explanation: Explanation) -> None:
    console = stdout_console()
    outcome = explanation.outcome
    reason = f": {sanitize(outcome.reason)}" if outcome.reason else ""
    console.print(
        Text.assemble(
            f"{sanitize(outcome.generation)} on the route {sanitize(explanation.route)}: ",
            (outcome.status, _STYLES[outcome.status]),
            reason,
        )
    )
    for table in (_checks_table(explanation), _fields_table(explanation.fields)):
        with console.capture() as captured:
            console.print(table)
        lines = captured.get().splitlines()
        click.echo("\n" + "\n".join(line.rstrip() for line in lines))


def _checks_table(explanation: Explanation) -> Table:
    table = Table("check", "passed", "why", box=None, pad_edge=False, header_style="bold")
    for check in explanation.checks:
        table.add_row(check.name, Text(*_PASSED[check.passed]), sanitize(check.why))
    return table


def _fields_table(fields: Iterable[FieldMapping]) -> Table:
    table = Table("field", "class", "goes to", box=None, pad_edge=False, header_style="bold")
    for field in fields:
        places = "\n".join(sanitize(place) for place in field.places)
        why = Text(sanitize(field.why), "yellow") if field.why else Text()
        goes = Text("\n").join(part for part in (Text(places), why) if part.plain)
        table.add_row(sanitize(field.path), field.privacy, goes)
    return table
