"""Finding destinations by entry points: list them all, load one by name, explain a broken one.

A broken plugin is listed with its reason and harms no other; a missing one says what to install.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from attrs import frozen

from broadcast_core.destinations.contract import Destination
from broadcast_core.diagnostics import FAILURES, describe_error
from broadcast_core.errors import BrokenDestination, DestinationNotFound

if TYPE_CHECKING:
    from importlib_metadata import EntryPoint

GROUP = "broadcast_core.destinations"


@frozen(kw_only=True)
class Found:
    """One entry point: the destination, or why it cannot be used."""

    name: str
    plugin: str
    destination: Destination | None = None
    broken: BrokenDestination | None = None


def destinations(found: Iterable[EntryPoint] | None = None) -> list[Found]:
    """Return every installed destination, broken ones with their reason, in order of name."""
    points = installed() if found is None else list(found)
    names = sorted({point.name for point in points})
    return [_one([point for point in points if point.name == name]) for name in names]


def destination(name: str, found: Iterable[EntryPoint] | None = None) -> Destination:
    """Return a destination by name; raise `DestinationNotFound` or `BrokenDestination`."""
    points = installed() if found is None else list(found)
    matching = [point for point in points if point.name == name]
    if not matching:
        raise DestinationNotFound(name, tuple(sorted({point.name for point in points})))
    result = _one(matching)
    if result.broken is not None:
        raise result.broken
    assert result.destination is not None
    return result.destination


def installed() -> list[EntryPoint]:
    """Return the entry points of every installed plugin."""
    from importlib_metadata import entry_points  # a third of the import time of the core, and rarely needed

    return list(entry_points(group=GROUP))


def _one(points: list[EntryPoint]) -> Found:
    """Return what the entry points of one name offer: more than one is as broken as none that loads."""
    if len(points) == 1:
        return _found(points[0])
    name, plugins = points[0].name, " and ".join(sorted(_plugin(point) for point in points))
    broken = BrokenDestination(name, plugins, "more than one plugin offers it")
    return Found(name=name, plugin=plugins, broken=broken)


def _found(point: EntryPoint) -> Found:
    plugin = _plugin(point)
    try:
        offered = point.load()
        reason = _lack(point, offered)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  # whatever a plugin does at import harms no other
        reason = in_words(error)
    if reason is None:
        return Found(name=point.name, plugin=plugin, destination=offered)
    return Found(name=point.name, plugin=plugin, broken=BrokenDestination(point.name, plugin, reason))


_MEMBERS = ("contract_version", "name", "describe", "endpoints", "items", "authorize", "check")


_METHODS = ("describe", "endpoints", "items", "authorize", "check")


def _lack(point: EntryPoint, offered: object) -> str | None:
    """Say what keeps an object from being a destination, or None."""
    if isinstance(offered, type):
        return f"{point.value} is a class, not an instance"
    missing = [name for name in _MEMBERS if not hasattr(offered, name)]
    if missing:
        return f"{point.value} lacks {', '.join(missing)}"
    uncalled = [name for name in _METHODS if not callable(getattr(offered, name))]
    if uncalled:
        return f"{point.value} has no function {', '.join(uncalled)}"
    return _misnamed(point, getattr(offered, "name", None))


def _misnamed(point: EntryPoint, name: object) -> str | None:
    """Say how the name of a destination differs from that of its entry point, or None."""
    if not isinstance(name, str):
        return f"the name of {point.value} is of the type {type(name).__name__}, and no text; mend its name"
    if name == point.name:
        return None
    return f"{point.value} has the name {name!r} and the entry point {point.name!r}; name it {point.name!r}"


def in_words(error: BaseException) -> str:
    """Return the type and the text of an error, or where it was raised when its text raises in turn."""
    try:
        return f"{type(error).__name__}: {error}"
    except FAILURES:  # the text of an error is code of the plugin too
        return describe_error(error)


def _plugin(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value
