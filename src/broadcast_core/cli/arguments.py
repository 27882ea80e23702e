"""Arguments and options that several commands have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

import click
from attrs import fields_dict, frozen

from broadcast_core.jsontext import Json, JsonError, loads
from broadcast_core.readers import DIALECTS


class FileName(click.Path):
    """The name of a file; an empty one, as from an unset shell variable, is wrong usage."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the name."""
        if value == "":
            self.fail("the name of the file is empty; give one, or leave the option out", param, ctx)
        return super().convert(value, param, ctx)


Command = TypeVar("Command", bound=Callable[..., Any])

REQUESTS = "requests"
"""The format of planned requests, which are no generations."""
OTLP_PROTO = "otlp-proto"
"""The format of files of messages, in each of which is a delivery."""
_FORMATS = sorted([*DIALECTS, OTLP_PROTO])
MAX_LINE_BYTES = 32 * 1024 * 1024
_INPUT = (
    click.argument("files", nargs=-1, type=click.Path()),
    click.option(
        "--from",
        "dialect",
        type=click.Choice(_FORMATS),
        help="The format of the input; without it, each document is recognised by its fields.",
    ),
    click.option(
        "--max-line-bytes",
        type=click.IntRange(min=1),
        default=MAX_LINE_BYTES,
        show_default=True,
        metavar="N",
        help="Reject a line, a message, or a .json document, longer than this.",
    ),
    click.option("-q", "--quiet", is_flag=True, help="Print only errors and the summary."),
)


_DESTINATION = (
    click.option("--to", "name", metavar="NAME", help="The destination; see `broadcast destinations`."),
    click.option(
        "-o",
        "--option",
        "options",
        multiple=True,
        metavar="KEY=VALUE",
        callback=lambda context, option, texts: parse_options(context, option, texts),
        help="An option of the destination; VALUE is read as JSON where it is JSON, else as text.",
    ),
)


def destination_arguments(command: Command) -> Command:
    """Add the destination and its options to a command."""
    for add in reversed(_DESTINATION):
        command = add(command)
    return command


_POLICY = (
    click.option("--privacy", is_flag=True, help="Remove the content: all text of users and models."),
    click.option("--cost", is_flag=True, help="Include the opt-in cost metadata."),
    click.option("--identity", is_flag=True, help="Include the opt-in identity metadata."),
    click.option("--request-context", is_flag=True, help="Include the opt-in request context."),
)
_ROUTES = (
    click.option("--routes", "file", type=FileName(), metavar="FILE", help="Routes, in TOML or JSON."),
    click.option("--secrets", type=FileName(), metavar="FILE", help="Secrets of the routes, in TOML."),
    click.option("--strict", is_flag=True, help="Stop when one of the routes is wrong."),
)


@frozen(kw_only=True)
class RouteArguments:
    """The arguments about routes: one destination with its options and policy, or a file of routes."""

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
    """Add the options about routes to a command, which gets them as one argument `route_args`."""
    return _with_route_args(command, (*_DESTINATION, *_POLICY, *_ROUTES))


def new_route_arguments(command: Command) -> Command:
    """Add a destination, its options and the policy to a command, which gets them as `route_args`."""
    return _with_route_args(command, (*_DESTINATION, *_POLICY))


def tested_route_arguments(command: Command) -> Command:
    """Add a destination with its options, or a file of routes, to a command, which gets `route_args`."""
    return _with_route_args(command, (*_DESTINATION, *_ROUTES[:2]))


NOT_GIVEN: Mapping[str, Any] = {
    **dict.fromkeys(("privacy", "cost", "identity", "request_context", "strict"), False),
    **dict.fromkeys(("file", "secrets")),
}
"""What a command without some of the options has in their place."""


def _with_route_args(command: Command, options: tuple[Callable[[Any], Any], ...]) -> Command:
    @wraps(command)
    def call(**arguments: Any) -> Any:
        names = fields_dict(RouteArguments)
        values = {name: arguments.pop(name) for name in names if name in arguments}
        return command(route_args=RouteArguments(**{**NOT_GIVEN, **values}), **arguments)

    for add in reversed(options):
        call = add(call)
    return call  # type: ignore[return-value]


def time_limit_argument(command: Command) -> Command:
    """Add to a command how long an answer may take, in seconds, as `seconds`."""
    return click.option(
        "--timeout",
        "seconds",
        type=click.FloatRange(min=0.1, max=600),
        default=20,
        show_default=True,
        metavar="SECONDS",
        help="How long each request may take.",
    )(command)


def input_arguments(command: Command) -> Command:
    """Add the input files, and how to read them, to a command."""
    for add in reversed(_INPUT):
        command = add(command)
    return command


def sent_input_arguments(command: Command) -> Command:
    """Add the input files of a command that sends; its format may be that of planned requests."""
    formats = click.option(
        "--from",
        "dialect",
        type=click.Choice([*_FORMATS, REQUESTS]),
        help=f"The format of the input; `{REQUESTS}` are those that `broadcast plan` wrote. Without it, each"
        " document is recognised by its fields.",
    )
    for add in reversed((_INPUT[0], formats, *_INPUT[2:])):
        command = add(command)
    return command


def rejected_argument(command: Command) -> Command:
    """Add the file of rejected documents to a command."""
    return click.option(
        "--rejected",
        type=FileName(),
        metavar="FILE",
        help="Keep what could not be used in a file, unchanged and one document a line; empty when all could"
        " be used. It holds content, and is replaced last, after everything else was written.",
    )(command)


def parse_options(
    _context: click.Context, _option: click.Parameter, texts: tuple[str, ...]
) -> dict[str, Json]:
    """Return KEY=VALUE texts as options of a destination; a value that is JSON is parsed."""
    options: dict[str, Json] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise click.BadParameter(f"expected KEY=VALUE, got {key!r}")
        if key.strip() in options:
            raise click.BadParameter(f"{key.strip()!r} is given twice")
        options[key.strip()] = _parse_value(value)
    return options


def _parse_value(text: str) -> Json:
    try:
        value = loads(text)
    except JsonError:
        return text
    return text if value is None else value
