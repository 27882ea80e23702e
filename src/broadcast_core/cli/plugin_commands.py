"""Commands of other wheels, by entry point: looked for when they are asked for; a broken one breaks no other.

A broken command is listed with its reason, and says what to do when it is run. One that is not installed and
comes with a wheel of ours says which.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import click

from broadcast_core.cli.errors import MISSING, CommandError
from broadcast_core.diagnostics import describe_error
from broadcast_core.entry_points import broken_line, package_of, points_of
from broadcast_core.pipeline.plugin_faults import FROM_OUTSIDE

GROUP = "broadcast_core.commands"
WHEELS: Mapping[str, str] = dict.fromkeys(("letters", "purge", "relay"), "broadcast-relay")
"""Our own wheels by the name of their command: no other is advised, since anyone can register a name."""


def plugin_command_names() -> list[str]:
    """Return the names of the commands that other wheels offer, in order, each once."""
    return sorted({point.name for point in points_of(GROUP)})


def plugin_command(name: str) -> click.Command | None:
    """Return the command of a name; one that says why it cannot be run, or None where nobody offers it."""
    claims = [point for point in points_of(GROUP) if point.name == name]
    if claims:
        return _loaded(name, claims)
    if name not in WHEELS:
        return None
    wheel = WHEELS[name]
    return _unusable(name, f"comes with {wheel}, which is not installed. Install: pip install {wheel}")


def _loaded(name: str, claims: Sequence[Any]) -> click.Command:
    if len(claims) > 1:
        others = " and ".join(sorted(map(_package, claims)))
        return _unusable(name, f"broken: each of {others} claims this name. Uninstall one of them")
    point = claims[0]
    advice = f"Reinstall or remove {_package(point)}"
    if (wrong := broken_line(point)) is not None:
        return _unusable(name, f"broken: {wrong}. {advice}")
    try:
        command = point.load()
    except FROM_OUTSIDE:
        raise
    except BaseException as error:  # noqa: BLE001  # whatever a plugin does at import harms no other
        return _unusable(name, f"broken: {_in_words(error)}. {advice}")
    if isinstance(command, click.Command):
        return command
    return _unusable(name, f"broken: {point.value} is no command of click. {advice}")


def _in_words(error: BaseException) -> str:
    """Return what an import failed with; its text, which may be anybody's, only where it names a module."""
    return str(error) if isinstance(error, ImportError) else describe_error(error)


def _package(point: Any) -> str:
    known = None if point.dist is None else package_of(point.dist)
    return point.value if known is None else known[0]


def _unusable(name: str, why: str) -> click.Command:
    """Return a command that takes any arguments and says why it cannot be run."""

    def fail(**_arguments: object) -> NoReturn:
        raise CommandError(f"the command {name!r} {why}", code=MISSING)

    return click.Command(
        name,
        callback=fail,
        params=[click.Argument(["arguments"], nargs=-1, type=click.UNPROCESSED)],
        context_settings={"ignore_unknown_options": True},
        add_help_option=False,
        short_help=why,
    )
