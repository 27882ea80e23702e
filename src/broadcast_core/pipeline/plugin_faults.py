"""Asking a plugin: what it raises is a fault of its own, which is named and harms nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from broadcast_core.destinations.contract import Destination
from broadcast_core.diagnostics import describe_error
from broadcast_core.errors import FieldError, HostInterrupt, PluginFault

T = TypeVar("T")
FROM_OUTSIDE = (KeyboardInterrupt, HostInterrupt)
"""What goes on through everything that catches the failures of a plugin; all else is a failure of it."""


def blame(destination: Destination, error: BaseException) -> str:
    """Say that a destination failed, and where; the text of an error is quoted only where it is ours."""
    what = str(error) if isinstance(error, PluginFault) else describe_error(error)
    return f"the destination {destination.name!r} failed: {what}"


def asked(
    call: Callable[[], T],
    what: str,
    *,
    quotes: str | None = None,
    passes: tuple[type[BaseException], ...] = (),
) -> T:
    """Return what a plugin gives; raise `PluginFault` for what it raises instead.

    `what` names what was asked for. The text of an error is not quoted, but for that of a `FieldError` which
    begins with `quotes`. One of `passes` goes on as it is. A failure of the plugin is every exception, also
    one of its own that is no `Exception`, as a panic of Rust: but for those `FROM_OUTSIDE`, which go on.
    """
    try:
        return call()
    except FROM_OUTSIDE + passes:
        raise
    except BaseException as error:  # noqa: BLE001  # nothing here waits: nobody but the plugin has raised it
        if quotes is not None and isinstance(error, FieldError) and str(error).startswith(quotes):
            raise PluginFault(f"{what}: {error}") from None
        raise PluginFault(f"{what} raised {describe_error(error)}") from None


def several(given: object) -> bool:
    """Tell whether a value can be iterated over as several of something."""
    return isinstance(given, Iterable) and not isinstance(given, Mapping | str | bytes)
