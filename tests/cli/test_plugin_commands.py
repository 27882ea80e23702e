"""Commands of other wheels: found late, and a broken or missing one breaks no other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from broadcast_core.cli import plugin_commands

Run = Callable[..., Any]

MODULE = """
import click

@click.command(short_help="Say hello.")
@click.argument("name")
def hello(name):
    click.echo(f"hello {name}")

nothing = 5
"""
RAISES = "raise RuntimeError('a key of somebody')"


@pytest.fixture
def offer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that makes a package look installed which offers commands."""
    site = tmp_path / "wheels"
    site.mkdir()
    (site / "offered_hello.py").write_text(MODULE)
    (site / "offered_broken.py").write_text(RAISES)
    monkeypatch.syspath_prepend(str(site))

    def call(package: str, *lines: str) -> None:
        about = site / f"{package.replace('-', '_')}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        points = "\n".join(lines)
        (about / "entry_points.txt").write_text(f"[{plugin_commands.GROUP}]\n{points}\n")

    return call


def test_a_command_of_another_wheel_is_run_and_listed(run: Run, offer: Run) -> None:
    """As one of the group's own."""
    offer("hello-wheel", "hello = offered_hello:hello")

    assert (0, "hello you\n") == (run("hello", "you").code, run("hello", "you").page)
    assert "  hello         Say hello.\n" in run("--help").page


BROKEN = {
    "no module": ("x = nowhere:x", "broken: No module named 'nowhere'. Reinstall or remove wheel-x"),
    "raises": ("x = offered_broken:x", "broken: RuntimeError at offered_broken:1. Reinstall or remove"),
    "no command": ("x = offered_hello:nothing", "broken: offered_hello:nothing is no command of click"),
}


@pytest.mark.parametrize(("line", "why"), BROKEN.values(), ids=BROKEN)
def test_a_broken_command_says_what_to_do_and_breaks_no_other(
    line: str, why: str, run: Run, offer: Run
) -> None:
    """Whatever its arguments; the help lists it."""
    offer("wheel-x", line)
    ran = run("x", "--port", "80", "--help")

    assert (3, 1) == (ran.code, len(ran.errors))
    assert f"error: the command 'x' {why}" in ran.errors[0]
    assert "a key of somebody" not in ran.stderr
    assert "  x             broken: " in run("--help").page
    assert 0 == run("schema").code


def test_two_wheels_that_claim_a_name_are_both_not_run(run: Run, offer: Run) -> None:
    """Which of them would be meant?"""
    offer("wheel-a", "hello = offered_hello:hello")
    offer("wheel-b", "hello = offered_hello:hello")
    ran = run("hello", "you")

    why = "broken: each of wheel-a and wheel-b claims this name. Uninstall one of them"

    assert [f"error: the command 'hello' {why}"] == ran.errors


def test_no_wheel_takes_the_name_of_a_command_of_ours(run: Run, offer: Run) -> None:
    """Plans would go wherever it wants."""
    offer("wheel-a", "schema = offered_hello:hello")

    assert "properties" in run("schema").rows["$defs"]["Generation"]


def test_a_command_that_is_not_installed_says_which_wheel_has_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of ours; no other is advised."""
    monkeypatch.setattr(plugin_commands, "points_of", lambda _group: [])
    ran = run("relay", "--port", "80")

    assert (3, ["pip install broadcast-relay"]) == (
        ran.code,
        [line.partition("Install: ")[2] for line in ran.errors],
    )
    assert (2, False) == (run("frobnicate").code, "pip install" in run("frobnicate").stderr)


def test_a_line_that_is_no_entry_point_breaks_no_command(run: Run, offer: Run) -> None:
    """Of ours, of other wheels and of its own: importlib_metadata reads none of any."""
    offer("wheel-x", "x", "hello = offered_hello:hello")
    offer("wheel-y", "y = not-a-module:at-all")

    assert [0, 0, 0] == [run(*words).code for words in (["--help"], ["schema"], ["hello", "you"])]
    why = "broken: its line in entry_points.txt is not of the form: name = module:object. Reinstall or remove"
    assert [
        [f"error: the command {name!r} {why} wheel-{name}"] == run(name).errors for name in ("x", "y")
    ] == [True, True]
