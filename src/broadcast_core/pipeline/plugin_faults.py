"""Asking a plugin: what it raises is a fault of its own, which is named and harms nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from broadcast_core.destinations.contract import Destination
from broadcast_core.diagnostics import FAILURES, describe_error
from broadcast_core.errors import FieldError, PluginFault

T = TypeVar("T")


def blame(destination: Destination, error: BaseException) -> str:
    """Say that a destination failed, and where; the text of an error is quoted only where it is ours."""
    what = str(error) if isinstance(error, PluginFault) else describe_error(error)
    return f"the destination {destination.name!r} failed: {what}"


def asked(
    call: Callable[[], T],
    what: str,
    *,
    quotes: str | None = None,
    passes: tuple[type[Exception], ...] = (),
) -> T:
    """Return what a plugin gives; raise `PluginFault` for what it raises instead.

    `what` names what was asked for. The text of an error is not quoted, but for that of a `FieldError` which
    begins with `quotes`. One of `passes` goes on as it is. A failure of the plugin is also `SystemExit`,
    `GeneratorExit` and `asyncio.CancelledError`: nothing here waits, so that nobody else can have raised it.
    `KeyboardInterrupt` and a `BaseException` of another class go on: a person, a signal or the caller has
    raised it.
    """
    try:
        return call()
    except BaseException as error:
        if isinstance(error, passes) or not _is_failure(error):
            raise
        if quotes is not None and isinstance(error, FieldError) and str(error).startswith(quotes):
            raise PluginFault(f"{what}: {error}") from None
        raise PluginFault(f"{what} raised {describe_error(error)}") from None


def _is_failure(error: BaseException) -> bool:
    """Tell whether an exception is a failure of a plugin; asyncio is not imported for its class."""
    return isinstance(error, (*FAILURES, GeneratorExit)) or any(
        (one.__module__, one.__name__) == ("asyncio.exceptions", "CancelledError")
        for one in type(error).__mro__
    )


def several(given: object) -> bool:
    """Tell whether a value can be iterated over as several of something."""
    return isinstance(given, Iterable) and not isinstance(given, Mapping | str | bytes)
