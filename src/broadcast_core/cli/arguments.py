"""Arguments and options that verbs have in common."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click
from attrs import fields_dict, frozen

from broadcast_core.jsontext import Json, JsonError, loads
from broadcast_core.readers import DIALECTS


class FileName(click.Path):
    """The name of a file; an empty one, as a shell variable that is not set gives, is wrong usage."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the name."""
        if value == "":
            self.fail("the name of the file is empty; give one, or leave the option out", param, ctx)
        return super().convert(value, param, ctx)


Command = TypeVar("Command", bound=Callable[..., Any])

MAX_LINE_BYTES = 32 * 1024 * 1024
_INPUT = (
    click.argument("files", nargs=-1, type=click.Path()),
    click.option(
        "--from",
        "dialect",
        type=click.Choice(sorted(DIALECTS)),
        help="What the input is; without it, found out for each document.",
    ),
    click.option(
        "--max-line-bytes",
        type=click.IntRange(min=1),
        default=MAX_LINE_BYTES,
        show_default=True,
        metavar="N",
        help="Reject a line, or a .json document, longer than this.",
    ),
    click.option("-q", "--quiet", is_flag=True, help="Say only errors and the summary."),
)


_DESTINATION = (
    click.option("--to", "name", metavar="NAME", help="The destination; see `broadcast destinations`."),
    click.option(
        "-o",
        "--option",
        "options",
        multiple=True,
        metavar="KEY=VALUE",
        callback=lambda context, option, texts: key_values(context, option, texts),
        help="An option of the destination; VALUE is read as JSON where it is JSON, else as text.",
    ),
)


def destination_arguments(command: Command) -> Command:
    """Give a command the destination and its options."""
    for add in reversed(_DESTINATION):
        command = add(command)
    return command


_POLICY = (
    click.option("--privacy", is_flag=True, help="Take out what users and models said."),
    click.option("--cost", is_flag=True, help="Let the opt-in cost metadata out."),
    click.option("--identity", is_flag=True, help="Let the opt-in identity metadata out."),
    click.option("--request-context", is_flag=True, help="Let the opt-in request context out."),
)
_ROUTES = (
    click.option("--routes", "file", type=FileName(), metavar="FILE", help="Routes, in TOML or JSON."),
    click.option("--secrets", type=FileName(), metavar="FILE", help="Secrets of the routes, in TOML."),
    click.option("--strict", is_flag=True, help="Stop when one of the routes is wrong."),
)


@frozen(kw_only=True)
class RouteArguments:
    """What was said about routes: one destination with its options and switches, or a file of routes."""

    name: str | None
    options: dict[str, Json]
    privacy: bool
    cost: bool
    identity: bool
    request_context: bool
    file: str | None
    secrets: str | None
    strict: bool


def route_arguments(command: Command) -> Command:
    """Give a command what describes routes, as one argument `given`."""

    @wraps(command)
    def call(**arguments: Any) -> Any:
        about = {name: arguments.pop(name) for name in fields_dict(RouteArguments)}
        return command(route_args=RouteArguments(**about), **arguments)

    for add in reversed((*_DESTINATION, *_POLICY, *_ROUTES)):
        call = add(call)
    return call  # type: ignore[return-value]


def input_arguments(command: Command) -> Command:
    """Give a command the files to read and how to read them."""
    for add in reversed(_INPUT):
        command = add(command)
    return command


def key_values(_context: click.Context, _option: click.Parameter, texts: tuple[str, ...]) -> dict[str, Json]:
    """Return KEY=VALUE texts as options of a destination; a value that spells JSON is read as JSON."""
    options: dict[str, Json] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise click.BadParameter(f"expected KEY=VALUE, got {key!r}")
        if key.strip() in options:
            raise click.BadParameter(f"{key.strip()!r} is given twice")
        options[key.strip()] = _value(value)
    return options


def _value(text: str) -> Json:
    try:
        value = loads(text)
    except JsonError:
        return text
    return text if value is None else value
