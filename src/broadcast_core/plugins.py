"""Finding destinations by entry points: list them all, load one by name, explain a broken one.

A broken plugin is listed with its reason and harms no other. What a plugin requires of broadcast-core is
compared before it is imported, since a wrong version usually fails there. Two that claim one name are both
broken, and neither is imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import frozen

from broadcast_core.destinations.contract import CONTRACT_VERSION, Destination
from broadcast_core.destinations.description import Description
from broadcast_core.diagnostics import FAILURES, describe_error
from broadcast_core.errors import BrokenDestination, DestinationNotFound, HostInterrupt

if TYPE_CHECKING:
    from importlib_metadata import EntryPoint

GROUP = "broadcast_core.destinations"
CORE = "broadcast-core"
WHEELS: Mapping[str, str] = {"ndjson": "broadcast-ndjson", "opik": "broadcast-opik"}
"""Our own wheels by the name of their destination: no other is advised, since anyone can register a name."""


@frozen(kw_only=True)
class Found:
    """One entry point: the destination, or why it cannot be used.

    `plugin` is its package with the version, `contract_version` what it is written for, where that is known.
    """

    name: str
    plugin: str
    contract_version: int | None = None
    destination: Destination | None = None
    broken: BrokenDestination | None = None

    @property
    def state(self) -> str:
        """`ok` or `broken`."""
        return "ok" if self.broken is None else "broken"

    @property
    def reason(self) -> str | None:
        """Why it is broken, and what to do; None of one that works."""
        return None if self.broken is None else self.broken.explanation


def destinations(found: Iterable[EntryPoint] | None = None) -> list[Found]:
    """Return every installed destination, broken ones with their reason, in order of name and plugin."""
    points = installed() if found is None else list(found)
    ordered = sorted(points, key=lambda point: (point.name, _plugin(point)))
    return [_one(point, [other for other in ordered if other.name == point.name]) for point in ordered]


def destination(name: str, found: Iterable[EntryPoint] | None = None) -> Destination:
    """Return a destination by name; raise `DestinationNotFound` or `BrokenDestination`."""
    points = installed() if found is None else list(found)
    matching = sorted((point for point in points if point.name == name), key=_plugin)
    if not matching:
        raise DestinationNotFound(name, tuple(sorted({point.name for point in points})), WHEELS.get(name))
    if len(matching) > 1:
        plugins = _listed([_plugin(point) for point in matching])
        raise BrokenDestination(name, plugins, "each of them claims this name", _uninstall(matching))
    result = _found(matching[0])
    if result.broken is not None:
        raise result.broken
    assert result.destination is not None
    return result.destination


def plugin_of(destination: Destination) -> str:
    """Return the package that offers a destination, with its version; empty where none does."""
    return next((_plugin(point) for point in installed() if point.name == destination.name), "")


def installed() -> list[EntryPoint]:
    """Return the entry points of every installed plugin."""
    from broadcast_core.entry_points import points_of  # a third of the import time, and rarely needed

    return points_of(GROUP)


def _one(point: EntryPoint, claims: Sequence[EntryPoint]) -> Found:
    """Return what an entry point offers, of all that claim its name: of two, neither is loaded."""
    if len(claims) == 1:
        return _found(point)
    others = _listed([_plugin(other) for other in claims if other is not point])
    broken = BrokenDestination(
        point.name, _plugin(point), f"{others} claims this name too", _uninstall(claims)
    )
    return Found(name=point.name, plugin=_plugin(point), broken=broken)


def _uninstall(claims: Sequence[EntryPoint]) -> str:
    packages = [_package(point) for point in claims]
    names = sorted({name for name, _ in filter(None, packages)})
    return "Leave one of them" if None in packages else f"Uninstall {' or '.join(names)}"


def _found(point: EntryPoint) -> Found:
    version: int | None = None
    try:
        fault = _half_installed(point) or _wrong_core(point)
        offered = None if fault else point.load()
        if fault is None:
            fault = _lack(point, offered)
            given = getattr(offered, "contract_version", None)
            version = given if type(given) is int else None
    except (KeyboardInterrupt, HostInterrupt):
        raise
    except BaseException as error:  # noqa: BLE001  # whatever a plugin does at import harms no other
        fault = _Fault(_in_words(error))
    plugin = _plugin(point)
    if fault is None:
        return Found(name=point.name, plugin=plugin, contract_version=version, destination=offered)
    broken = BrokenDestination(point.name, plugin, fault.reason, fault.advice)
    return Found(name=point.name, plugin=plugin, contract_version=version, broken=broken)


@frozen
class _Fault:
    """What keeps a plugin from being used, and what to do where that is known."""

    reason: str
    advice: str = ""


def _half_installed(point: EntryPoint) -> _Fault | None:
    """Say what an interrupted uninstall or a wrong build left of a package, or None."""
    from broadcast_core.entry_points import broken_line

    if (wrong := broken_line(point)) is not None:
        return _Fault(wrong)
    if point.dist is None or _package(point):
        return None
    reason = "its package has no name and version, as after an interrupted uninstall"
    return _Fault(reason, f"Reinstall it, or delete its .dist-info folder in {point.dist.locate_file('')}")


def _wrong_core(point: EntryPoint) -> _Fault | None:
    """Compare what a plugin requires of broadcast-core with what is installed, without importing it."""
    from importlib_metadata import PackageNotFoundError, version
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    if point.dist is None:
        return None
    try:
        here = version(CORE)
        required = [Requirement(text) for text in point.dist.requires or ()]
    except (PackageNotFoundError, InvalidRequirement):
        return None  # nothing to compare: its import decides
    for one in required:
        is_core = canonicalize_name(one.name) == CORE and (one.marker is None or one.marker.evaluate())
        if is_core and not one.specifier.contains(here, prereleases=True):
            reason = f"it requires {CORE} {one.specifier}, and {here} is installed"
            advice = f"Install a release of {point.dist.name} that takes {CORE} {here}, or the core that it"
            return _Fault(reason, f"{advice} wants: pip install '{CORE}{one.specifier}'")
    return None


_METHODS = ("describe", "endpoints", "items", "authorize", "check")
_MEMBERS = ("contract_version", "name", *_METHODS)


def _lack(point: EntryPoint, offered: Any) -> _Fault | None:
    """Say what keeps an object from being a destination, or None."""
    if isinstance(offered, type):
        return _Fault(f"{point.value} is a class, not an instance")
    version = getattr(offered, "contract_version", CONTRACT_VERSION)
    if version != CONTRACT_VERSION or isinstance(version, bool):
        return _wrong_contract(point, version)
    if missing := [name for name in _MEMBERS if not hasattr(offered, name)]:
        return _Fault(f"{point.value} lacks {', '.join(missing)}")
    if uncalled := [name for name in _METHODS if not callable(getattr(offered, name))]:
        return _Fault(f"{point.value} has no function {', '.join(uncalled)}")
    return _misnamed(point, offered.name) or _undescribed(point, offered.describe())


def _wrong_contract(point: EntryPoint, version: object) -> _Fault:
    """Say which version of the contract a plugin is written for, which is needed, and what to install."""
    if type(version) is not int:
        kind = type(version).__name__
        return _Fault(f"the contract_version of {point.value} is of the type {kind}, and no whole number")
    reason = f"it is written for version {version} of the contract, and version {CONTRACT_VERSION} is needed"
    package = point.dist.name if point.dist else "the plugin"
    advice = f"Install a release of {package} for version {CONTRACT_VERSION}"
    if version > CONTRACT_VERSION:
        advice += f", or a newer core: pip install --upgrade {CORE}"
    return _Fault(reason, advice)


def _misnamed(point: EntryPoint, name: object) -> _Fault | None:
    """Say how the name of a destination differs from that of its entry point, or None."""
    if not isinstance(name, str):
        kind = type(name).__name__
        return _Fault(f"the name of {point.value} is of the type {kind}, and no text; mend its name")
    if name == point.name:
        return None
    what = f"has the name {name!r} and the entry point {point.name!r}; name it {point.name!r}"
    return _Fault(f"{point.value} {what}")


def _undescribed(point: EntryPoint, description: object) -> _Fault | None:
    """Say that a destination does not describe itself, or None."""
    if isinstance(description, Description):
        return None
    kind = type(description).__name__
    return _Fault(f"describe() of {point.value} returns a {kind}: return Description(...)")


def _in_words(error: BaseException) -> str:
    """Return the type and the text of an error, or where it was raised when its text raises in turn."""
    try:
        return f"{type(error).__name__}: {error}"
    except FAILURES:  # the text of an error is code of the plugin too
        return describe_error(error)


def _plugin(point: EntryPoint) -> str:
    return " ".join(_package(point) or [point.value])


def _package(point: EntryPoint) -> tuple[str, str] | None:
    """Return the name and the version of the package of an entry point, None where they are not known."""
    from broadcast_core.entry_points import package_of

    return None if point.dist is None else package_of(point.dist)


def _listed(plugins: Iterable[str]) -> str:
    return " and ".join(plugins)
