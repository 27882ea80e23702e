"""Asking a plugin: whatever it raises is a fault of its own, which is named and harms nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from broadcast_core.destinations.contract import Destination
from broadcast_core.diagnostics import describe_error
from broadcast_core.errors import FieldError, PluginFault

T = TypeVar("T")


def blame(destination: Destination, error: BaseException) -> str:
    """Say that a destination failed, and where; the text of an error is quoted only where it is ours."""
    what = str(error) if isinstance(error, PluginFault) else describe_error(error)
    return f"the destination {destination.name!r} failed: {what}"


def asked(call: Callable[[], T], what: str, *, quotes: str | None = None) -> T:
    """Return what a plugin gives; raise `PluginFault` for whatever it raises instead.

    `what` names what was asked for. The text of an error is not quoted, but for that of a `FieldError` which
    begins with `quotes`. All that is raised is the failure of the plugin, also what is no `Exception`, as
    `GeneratorExit` and `asyncio.CancelledError`: nothing here waits, so that nobody else can have raised it.
    `KeyboardInterrupt` alone goes on: a person has raised it.
    """
    try:
        return call()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  # a plugin may raise anything
        if quotes is not None and isinstance(error, FieldError) and str(error).startswith(quotes):
            raise PluginFault(f"{what}: {error}") from None
        raise PluginFault(f"{what} raised {describe_error(error)}") from None


def several(given: object) -> bool:
    """Tell whether a value can be iterated over as several of something."""
    return isinstance(given, Iterable) and not isinstance(given, Mapping | str | bytes)
