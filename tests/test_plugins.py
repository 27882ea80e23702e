"""Destinations by entry points: a broken one is explained and harms no other."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from importlib_metadata import Distribution, EntryPoint, version

from broadcast_core import BrokenDestination, DestinationNotFound
from broadcast_core.destinations import CONTRACT_VERSION, Description
from broadcast_core.plugins import GROUP, WHEELS, destination, destinations
from tests.fake import Lines
from tests.paths import ROOT

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
silent = Lines()
silent.describe = lambda: {"config": dict}  # type: ignore[assignment, method-assign, return-value]
mumbling = Lines()
mumbling.describe = lambda: None  # type: ignore[assignment, method-assign, return-value]
unread = Lines()
unread.describe = lambda: Description(config=int)  # type: ignore[method-assign]


def _of_contract(version: Any) -> Lines:
    found = Lines()
    found.contract_version = version
    return found


later, earlier, spelled, doubted = map(_of_contract, (2, 0, "1", True))


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
        "tests.test_plugins:half lacks contract_version, name, describe, endpoints, items, authorize, check",
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
    (
        _point("spelled", "tests.test_plugins:spelled"),
        "the contract_version of tests.test_plugins:spelled is of the type str, and no whole number",
    ),
    (
        _point("doubted", "tests.test_plugins:doubted"),
        "the contract_version of tests.test_plugins:doubted is of the type bool, and no whole number",
    ),
    (
        _point("lines", "tests.test_plugins:silent"),
        "describe() of tests.test_plugins:silent returns a dict: return Description(...)",
    ),
    (
        _point("lines", "tests.test_plugins:mumbling"),
        "describe() of tests.test_plugins:mumbling returns a NoneType: return Description(...)",
    ),
    (
        _point("lines", "tests.test_plugins:unread"),
        "FieldError: config: give a class of attrs, whose fields option(...) declares",
    ),
    (_point("thorny", "tests.test_plugins:thorny"), "RuntimeError: endpoints need a network"),
]


def test_every_installed_destination_is_listed_by_name() -> None:
    """Broken ones too, with their reason."""
    broken = [point for point, _ in BROKEN if point.name != "lines"]
    found = destinations([*broken, GOOD])

    assert sorted(["lines", *(point.name for point in broken)]) == [one.name for one in found]
    assert [lines] == [one.destination for one in found if one.destination]
    assert {"ok", "broken"} == {one.state for one in found}


@pytest.mark.parametrize(("point", "reason"), BROKEN, ids=[point.name for point, _ in BROKEN])
def test_a_broken_destination_says_what_is_wrong_and_who(point: EntryPoint, reason: str) -> None:
    """And what to do about it."""
    with pytest.raises(BrokenDestination) as caught:
        destination(point.name, [point])

    assert reason in caught.value.reason
    assert "Reinstall or remove" in str(caught.value)


def test_ctrl_c_while_a_plugin_is_imported_ends_the_run() -> None:
    """It is the user's word, and no fault of the plugin."""
    with pytest.raises(KeyboardInterrupt):
        destinations([_point("interrupted", "tests.test_plugins:interrupted")])


def test_a_missing_destination_of_ours_says_what_to_install() -> None:
    """And what is there."""
    with pytest.raises(DestinationNotFound) as caught:
        destination("opik", [GOOD])

    assert (
        "no destination 'opik' (installed: lines). "
        "Install the plugin that offers it: pip install broadcast-opik"
    ) == str(caught.value)


@pytest.mark.parametrize("name", ["langfuse", "opikk", "Opik", "", "lines; rm"])
def test_no_package_is_advised_that_is_not_ours(name: str) -> None:
    """Anyone can register a package of the name that someone mistypes."""
    with pytest.raises(DestinationNotFound) as caught:
        destination(name, [GOOD])

    assert (
        f"no destination {name!r} (installed: lines). "
        "Use one that is installed, or write it: docs/new-destination.md says how"
    ) == str(caught.value)


def test_our_wheels_are_those_of_the_project() -> None:
    """Each entry point of each plugin here, with the name of its wheel."""
    projects = [
        tomllib.loads(path.read_text(encoding="utf-8"))["project"]
        for path in (ROOT / "plugins").glob("*/pyproject.toml")
    ]

    assert {
        name: project["name"] for project in projects for name in project["entry-points"][GROUP]
    } == WHEELS


NAMED_ALIKE = [_point("lines", "tests.test_plugins:leaves"), _point("lines", "tests.test_plugins:mute")]


def test_two_plugins_of_one_name_are_both_listed_and_neither_is_loaded() -> None:
    """Which of them would run must not depend on the order of installation."""
    mute, other = "tests.test_plugins:mute", "tests.test_plugins:leaves"
    advice = "Leave one of them"

    assert [
        ("lines", other, "broken", None, f"{mute} claims this name too. {advice}"),
        ("lines", mute, "broken", None, f"{other} claims this name too. {advice}"),
    ] == [(one.name, one.plugin, one.state, one.destination, one.reason) for one in destinations(NAMED_ALIKE)]


def test_a_name_that_two_plugins_claim_says_which_to_uninstall(tmp_path: Path) -> None:
    """In any order of installation."""
    points = [_installed(tmp_path / name, name).entry_points for name in ("mine", "yours")]
    expected = (
        "the destination 'lines' of mine 1.2 and yours 1.2 is broken: each of them claims this name. "
        "Uninstall mine or yours"
    )
    for found in (points, points[::-1]):
        with pytest.raises(BrokenDestination) as caught:
            destination("lines", [point for of_one in found for point in of_one])
        assert expected == str(caught.value)


def _installed(folder: Path, name: str, *requires: str, value: str = "tests.fake:lines") -> Distribution:
    """Return a package that looks installed, with what its metadata requires."""
    about = folder / f"{name}-1.2.dist-info"
    about.mkdir(parents=True)
    lines = [f"Name: {name}", "Version: 1.2", *(f"Requires-Dist: {one}" for one in requires)]
    (about / "METADATA").write_text("Metadata-Version: 2.1\n" + "\n".join(lines) + "\n")
    (about / "entry_points.txt").write_text(f"[{GROUP}]\nlines = {value}\n")
    return Distribution.at(about)


@pytest.mark.parametrize("metadata", [None, "", "Name: lines", "Version: 1.2"])
def test_a_half_installed_package_harms_no_other(metadata: str | None, tmp_path: Path) -> None:
    """It says what to do: an interrupted uninstall leaves its entry points, with metadata or without."""
    about = tmp_path / "half-1.2.dist-info"
    point = next(iter(_installed(tmp_path, "half").entry_points))
    (about / "METADATA").unlink()
    if metadata is not None:
        (about / "METADATA").write_text(metadata)
    whole = _point("ndjson", "broadcast_ndjson:destination")
    reason = "its package has no name and version, as after an interrupted uninstall"

    assert [
        ("tests.fake:lines", f"{reason}. Reinstall it, or delete its .dist-info folder in {tmp_path}"),
        (whole.value, None),
    ] == [(one.plugin, one.reason) for one in destinations([point, whole])]
    with pytest.raises(BrokenDestination, match=reason):
        destination("lines", [point])


def test_a_half_installed_package_that_claims_a_name_is_not_what_to_keep(tmp_path: Path) -> None:
    """So the other is not advised to be uninstalled."""
    points = [next(iter(_installed(tmp_path, name).entry_points)) for name in ("half", "whole")]
    (tmp_path / "half-1.2.dist-info" / "METADATA").unlink()

    assert ["Leave one of them"] * 2 == [one.broken.advice for one in destinations(points) if one.broken]


OF_NO_FORM = "its line in entry_points.txt is not of the form: name = module:object"
LINES = f"# of a plugin\n[other]\nx = y\n[{GROUP}]\nlines = tests.test_plugins:lines\n"
TORN: dict[str, tuple[bytes, dict[str, str]]] = {
    "no value": (f"{LINES}  torn\n".encode(), {"torn": OF_NO_FORM}),
    "an empty value": (f"{LINES}torn =\n".encode(), {"torn": OF_NO_FORM}),
    "no reference": (f"{LINES}torn = a-b:c d\n".encode(), {"torn": OF_NO_FORM}),
    "no name": (f"{LINES}= a:b\n".encode(), {"": "ModuleNotFoundError: No module named 'a'"}),
    "of another group": (f"[x]\ntorn\n{LINES}".encode(), {}),
    "a remark that is not UTF-8": (LINES.replace("of a plugin", "für").encode("latin-1"), {}),
    "a line that is not UTF-8": (f"{LINES}torn = für-a:b\n".encode("latin-1"), {"torn": OF_NO_FORM}),
}
"""Files of entry points with one good line of ours, and what the others are told as."""


@pytest.mark.parametrize(("text", "reasons"), TORN.values(), ids=TORN)
def test_a_broken_line_harms_no_other(
    text: bytes, reasons: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own destination is told as broken, with its package."""
    _installed(tmp_path, "torn")
    (tmp_path / "torn-1.2.dist-info" / "entry_points.txt").write_bytes(text)
    monkeypatch.syspath_prepend(tmp_path)
    found = {one.name: (one.plugin, one.reason) for one in destinations()}
    expected: dict[str, tuple[str, str | None]] = {name: ("torn 1.2", why) for name, why in reasons.items()}

    assert {**expected, "lines": ("torn 1.2", None)} == {
        name: one for name, one in found.items() if name not in WHEELS
    }
    assert dict.fromkeys(WHEELS) == {name: found[name][1] for name in WHEELS}


def test_metadata_that_is_not_utf8_harms_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its package has no name that can be read."""
    _installed(tmp_path, "torn")
    (tmp_path / "torn-1.2.dist-info" / "METADATA").write_bytes(b"Name: f\xfcr\nVersion: 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    found = {one.name: one.reason for one in destinations()}
    reason = "its package has no name and version, as after an interrupted uninstall"

    assert (found.pop("lines") or "").startswith(reason)
    assert dict.fromkeys(WHEELS) == found


HERE = version("broadcast-core")
OTHER_CORES = [
    ("broadcast-core>=7,<8", "<8,>=7"),
    ("Broadcast_Core<0.1", "<0.1"),
    (f"broadcast-core!={HERE}; python_version > '3'", f"!={HERE}"),
]


@pytest.mark.parametrize(("required", "shown"), OTHER_CORES, ids=[one for one, _ in OTHER_CORES])
def test_a_plugin_for_another_core_is_not_imported(required: str, shown: str, tmp_path: Path) -> None:
    """It says what it requires, what is here, and what to install."""
    value = "tests.test_plugins:interrupted"  # importing it would end the run
    package = _installed(tmp_path, "old-lines", "attrs", required, value=value)
    (found,) = destinations(package.entry_points)

    assert ("lines", "old-lines 1.2", None) == (found.name, found.plugin, found.contract_version)
    assert (
        f"it requires broadcast-core {shown}, and {HERE} is installed. Install a release of old-lines that "
        f"takes broadcast-core {HERE}, or the core that it wants: pip install 'broadcast-core{shown}'"
    ) == found.reason


GOOD_REQUIREMENTS = [
    (),
    ("attrs>=999",),
    (f"broadcast-core=={HERE}",),
    ("broadcast-core[cli]>=0.0.1",),
    ("broadcast-core>=7; extra == 'later'",),
    ("broadcast-core>=7; python_version < '3'",),
    ("no requirement at all",),
    ("broadcast-core @ file:///src/core",),
]


@pytest.mark.parametrize("required", GOOD_REQUIREMENTS, ids=[" ".join(one) for one in GOOD_REQUIREMENTS])
def test_a_plugin_for_this_core_is_imported(required: tuple[str, ...], tmp_path: Path) -> None:
    """Also where its metadata says nothing that can be compared."""
    package = _installed(tmp_path, "new-lines", *required, value="tests.test_plugins:lines")
    (found,) = destinations(package.entry_points)

    assert (None, "ok", CONTRACT_VERSION) == (found.reason, found.state, found.contract_version)


def test_a_core_before_its_release_is_one_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever tries it has it, so it counts as other versions do."""
    monkeypatch.setattr("importlib_metadata.version", lambda _name: "0.2.0rc1")
    package = _installed(tmp_path, "new-lines", "broadcast-core>=0.1,<0.3", value="tests.test_plugins:lines")

    assert ["ok"] == [one.state for one in destinations(package.entry_points)]


def test_a_plugin_for_a_later_contract_says_what_to_install(tmp_path: Path) -> None:
    """With the version that it is written for."""
    package = _installed(tmp_path, "new-lines", value="tests.test_plugins:later")
    (found,) = destinations(package.entry_points)

    assert (2, "broken") == (found.contract_version, found.state)
    assert (
        "it is written for version 2 of the contract, and version 1 is needed. "
        "Install a release of new-lines for version 1, or a newer core: pip install --upgrade broadcast-core"
    ) == found.reason


def test_a_plugin_for_an_earlier_contract_wants_a_newer_one() -> None:
    """A newer core would not help."""
    (found,) = destinations([_point("lines", "tests.test_plugins:earlier")])

    assert (0, "broken") == (found.contract_version, found.state)
    assert (
        "it is written for version 0 of the contract, and version 1 is needed. "
        "Install a release of the plugin for version 1"
    ) == found.reason


def test_the_opik_plugin_is_found_by_its_entry_point() -> None:
    """The name in its pyproject has no typo."""
    assert "opik" == destination("opik").name


WRITTEN_FOR = [*sorted((ROOT / "plugins").rglob("src/**/*.py")), ROOT / "docs" / "new-destination.md"]


def test_our_plugins_say_the_version_of_the_contract_as_a_number() -> None:
    """That of the core which runs would always be right, also where the plugin is older or newer."""
    pages = {path: path.read_text(encoding="utf-8") for path in WRITTEN_FOR}

    assert [] == [path for path, text in pages.items() if "CONTRACT_VERSION" in text]
    assert {"opik": 1, "ndjson": 1} == {name: destination(name).contract_version for name in WHEELS}
