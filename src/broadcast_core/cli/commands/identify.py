"""`broadcast id`: the ids that a destination makes from an original id, to find the trace of a log line."""

from __future__ import annotations

import json
from datetime import datetime

import click

from broadcast_core.cli.arguments import destination_arguments
from broadcast_core.cli.errors import UNUSABLE, CommandError
from broadcast_core.cli.routes import build_route, identified
from broadcast_core.destinations.capabilities import Identifies
from broadcast_core.jsontext import Json
from broadcast_core.record.field_checks import written_time, wrong_identifier, wrong_instant


@click.command("id", short_help="Compute a destination's ids for one of yours.")
@click.argument("original")
@click.argument("time")
@destination_arguments
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def identify(*, original: str, time: str, name: str | None, options: dict[str, Json], as_json: bool) -> None:
    """Print the ids that a destination makes from ORIGINAL, a trace id or a generation id.

    Use the line "trace" when ORIGINAL is a trace id, and the line "generation" when it is a generation id;
    "generation's trace" is the trace of a generation that has no trace id.

    TIME, to the millisecond, is the start of the generation; for a trace, the start of the first generation
    in the first plan of the trace: 2026-11-23T10:00:00.123Z.
    """
    if what := wrong_identifier(original):
        raise click.BadParameter(what)
    if name is None:
        raise click.UsageError("missing option --to NAME")
    route = build_route(name, options)
    if not isinstance(route.destination, Identifies):
        raise CommandError(f"the destination {name!r} makes no ids of its own", code=UNUSABLE)
    moment = _parse_time(time)
    if not {".", ","} & set(time):
        click.echo(f"note: taken as exactly {written_time(moment)}; ids depend on the millisecond", err=True)
    ids = identified(route, original, moment)
    if as_json:
        click.echo(json.dumps(ids))
    else:
        for kind, value in ids.items():
            click.echo(f"{kind:20}{value}")


def _parse_time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"expected a time such as 2026-11-23T10:00:00.123Z, got {text!r}") from None
    if what := wrong_instant(moment):
        raise click.BadParameter(what)
    return moment
