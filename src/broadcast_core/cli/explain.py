"""`broadcast explain`: what a route decides about one generation, and where every field of it goes."""

from __future__ import annotations

import json
from collections.abc import Iterable

import click
from rich.table import Table
from rich.text import Text

from broadcast_core.cli.arguments import Given, input_arguments, route_arguments
from broadcast_core.cli.failures import UNUSABLE, Failure
from broadcast_core.cli.reading import Usable, generations
from broadcast_core.cli.report import Report
from broadcast_core.cli.routing import Chosen, chosen
from broadcast_core.cli.sources import documents, expanded
from broadcast_core.cli.terminal import harmless, messages, pages
from broadcast_core.explain import Explanation, FieldStory
from broadcast_core.explain import explain as explanation_of
from broadcast_core.route import Route

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
    given: Given,
    route: str | None,
    wanted: str | None,
    as_json: bool,
) -> None:
    """Tell what a route decides about one generation, and where each known field of it goes on the wire.

    Reads what `plan` reads. Nothing is sent, and nothing is shown of what users and models said.
    """
    routes = chosen(given)
    screen = messages()
    report = Report(screen, done="usable", quiet=quiet)
    for line in routes.wrong:
        report.warn(line)
    found = generations(
        documents(list(expanded(files)), max_line_bytes, lambda _taken: None), dialect, report
    )
    usable = _one(found, wanted)
    told = explanation_of(usable.generation, _route(routes, route), secrets=routes.secrets)
    if as_json:
        click.echo(json.dumps(told.as_json()))
    else:
        _print(told)
    context.exit(report.exit_code)


def _one(found: Iterable[Usable], wanted: str | None) -> Usable:
    for usable in found:
        if wanted in (None, usable.generation.id):
            return usable
    what = "no generation that can be used" if wanted is None else f"no generation with the id {wanted!r}"
    raise Failure(f"the input has {what}", code=UNUSABLE)


def _route(routes: Chosen, name: str | None) -> Route:
    for route in routes.routes:
        if name in (None, route.name):
            return route
    known = ", ".join(route.name for route in routes.routes)
    raise Failure(f"there is no route {name!r} that can be used; known: {known}", code=UNUSABLE)


def _print(told: Explanation) -> None:
    page = pages()
    account = told.account
    end = f": {harmless(account.reason)}" if account.reason else ""
    page.print(
        Text.assemble(
            f"{harmless(account.generation)} on the route {harmless(told.route)}: ",
            (account.outcome, _STYLES[account.outcome]),
            end,
        )
    )
    for table in (_answers(told), _fields(told.fields)):
        with page.capture() as captured:
            page.print(table)
        lines = captured.get().splitlines()
        click.echo("\n" + "\n".join(line.rstrip() for line in lines))


def _answers(told: Explanation) -> Table:
    table = Table("question", "passed", "why", box=None, pad_edge=False, header_style="bold")
    for answer in told.answers:
        table.add_row(answer.question, Text(*_PASSED[answer.passed]), harmless(answer.why))
    return table


def _fields(stories: Iterable[FieldStory]) -> Table:
    table = Table("field", "class", "goes to", box=None, pad_edge=False, header_style="bold")
    for story in stories:
        places = "\n".join(harmless(place) for place in story.places)
        why = Text(harmless(story.why), "yellow") if story.why else Text()
        goes = Text("\n").join(part for part in (Text(places), why) if part.plain)
        table.add_row(harmless(story.path), story.privacy, goes)
    return table
