"""Destinations by entry points: a broken one is explained and harms no other."""

from __future__ import annotations

import pytest
from importlib_metadata import EntryPoint

from broadcast_core import BrokenDestination, DestinationNotFound
from broadcast_core.discovery import GROUP, destination, destinations
from tests.fake import Lines

lines = Lines()
half = object()


def _point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name=name, value=value, group=GROUP)


GOOD = _point("lines", "tests.test_discovery:lines")
BROKEN = [
    (_point("gone", "no_such_package:destination"), "ModuleNotFoundError: No module named 'no_such_package'"),
    (
        _point("typo", "tests.test_discovery:line"),
        "AttributeError: module 'tests.test_discovery' has no attribute",
    ),
    (
        _point("half", "tests.test_discovery:half"),
        "tests.test_discovery:half lacks name, endpoints, configure",
    ),
    (_point("class", "tests.fake:Lines"), "tests.fake:Lines is a class, not an instance"),
]


def test_every_installed_destination_is_listed_by_name() -> None:
    """Broken ones too, with their reason."""
    found = destinations([*(point for point, _ in BROKEN), GOOD])

    assert ["class", "gone", "half", "lines", "typo"] == [one.name for one in found]
    assert [lines] == [one.destination for one in found if one.destination]


@pytest.mark.parametrize(("point", "reason"), BROKEN, ids=[point.name for point, _ in BROKEN])
def test_a_broken_destination_says_what_is_wrong_and_who(point: EntryPoint, reason: str) -> None:
    """And what to do about it."""
    with pytest.raises(BrokenDestination) as caught:
        destination(point.name, [point, GOOD])

    assert reason in caught.value.reason
    assert "Reinstall or remove" in str(caught.value)


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
