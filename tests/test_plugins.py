"""Destinations by entry points: a broken one is explained and harms no other."""

from __future__ import annotations

from typing import Any

import pytest
from importlib_metadata import EntryPoint

from broadcast_core import BrokenDestination, DestinationNotFound
from broadcast_core.plugins import GROUP, destination, destinations
from tests.fake import Lines

lines = Lines()
half = object()


class Mute(Exception):
    """An error that cannot say what it is."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


class MuteAndGone(Exception):
    """An error whose text ends the process."""

    def __str__(self) -> str:
        raise SystemExit(0)


class Thorny(Lines):
    """A destination with an attribute that raises."""

    @property
    def endpoints(self) -> Any:
        """Raise."""
        raise RuntimeError("endpoints need a network")


thorny = Thorny()


class Leaving(Lines):
    """A destination that ends the process when it is looked at."""

    @property
    def endpoints(self) -> Any:
        """Raise."""
        raise SystemExit(0)


leaving = Leaving()
renamed = Lines()
numbered = Lines()
numbered.name = 7  # type: ignore[assignment]
idle = Lines()
idle.items = ()  # type: ignore[assignment, method-assign]


def __getattr__(name: str) -> object:
    """Do what a plugin may do at import."""
    raises = {
        "leaves": SystemExit(3),
        "mute": Mute(),
        "mute_and_gone": MuteAndGone(),
        "gives_up": GeneratorExit("enough"),
    }
    if name in raises:
        raise raises[name]
    if name == "interrupted":
        raise KeyboardInterrupt
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name=name, value=value, group=GROUP)


GOOD = _point("lines", "tests.test_plugins:lines")
BROKEN = [
    (_point("gone", "no_such_package:destination"), "ModuleNotFoundError: No module named 'no_such_package'"),
    (
        _point("typo", "tests.test_plugins:line"),
        "AttributeError: module 'tests.test_plugins' has no attribute",
    ),
    (
        _point("half", "tests.test_plugins:half"),
        "tests.test_plugins:half lacks name, endpoints, configure",
    ),
    (_point("class", "tests.fake:Lines"), "tests.fake:Lines is a class, not an instance"),
    (_point("leaves", "tests.test_plugins:leaves"), "SystemExit: 3"),
    (_point("gives up", "tests.test_plugins:gives_up"), "GeneratorExit: enough"),
    (_point("mute", "tests.test_plugins:mute"), "Mute at tests.test_plugins:"),
    (_point("leaving", "tests.test_plugins:leaving"), "SystemExit: 0"),
    (
        _point("other", "tests.test_plugins:renamed"),
        "tests.test_plugins:renamed has the name 'lines' and the entry point 'other'; name it 'other'",
    ),
    (
        _point("Lines", "tests.test_plugins:renamed"),
        "tests.test_plugins:renamed has the name 'lines' and the entry point 'Lines'; name it 'Lines'",
    ),
    (
        _point("numbered", "tests.test_plugins:numbered"),
        "the name of tests.test_plugins:numbered is of the type int, and no text; mend its name",
    ),
    (_point("idle", "tests.test_plugins:idle"), "tests.test_plugins:idle has no function items"),
    (_point("mute and gone", "tests.test_plugins:mute_and_gone"), "MuteAndGone at tests.test_plugins:"),
    (_point("thorny", "tests.test_plugins:thorny"), "RuntimeError: endpoints need a network"),
]


def test_every_installed_destination_is_listed_by_name() -> None:
    """Broken ones too, with their reason."""
    found = destinations([*(point for point, _ in BROKEN), GOOD])

    assert sorted(["lines", *(point.name for point, _ in BROKEN)]) == [one.name for one in found]
    assert [lines] == [one.destination for one in found if one.destination]


@pytest.mark.parametrize(("point", "reason"), BROKEN, ids=[point.name for point, _ in BROKEN])
def test_a_broken_destination_says_what_is_wrong_and_who(point: EntryPoint, reason: str) -> None:
    """And what to do about it."""
    with pytest.raises(BrokenDestination) as caught:
        destination(point.name, [point, GOOD])

    assert reason in caught.value.reason
    assert "Reinstall or remove" in str(caught.value)


def test_ctrl_c_while_a_plugin_is_imported_ends_the_run() -> None:
    """It is the user's word, and no fault of the plugin."""
    with pytest.raises(KeyboardInterrupt):
        destinations([_point("interrupted", "tests.test_plugins:interrupted")])


def test_a_missing_destination_says_what_to_install() -> None:
    """And what is there."""
    with pytest.raises(DestinationNotFound) as caught:
        destination("langfuse", [GOOD])

    assert (
        "no destination 'langfuse' (installed: lines). Install the plugin that offers it, "
        "for example: pip install broadcast-langfuse"
    ) == str(caught.value)


def test_two_plugins_of_one_name_are_refused() -> None:
    """Which of them would run must not depend on the order of installation."""
    with pytest.raises(BrokenDestination, match="more than one plugin offers it"):
        destination("lines", [GOOD, GOOD])


def test_the_opik_plugin_is_found_by_its_entry_point() -> None:
    """The name in its pyproject has no typo."""
    assert "opik" == destination("opik").name
