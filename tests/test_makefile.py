"""The Makefile: its help, and that hooks and CI run the same checks."""

from __future__ import annotations

import re
import subprocess

from tests.paths import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = dict(re.findall(r"^([a-z-]+):(.*)$", MAKEFILE, re.MULTILINE))


def _needs(target: str) -> list[str]:
    return TARGETS[target].partition("##")[0].split()


def _help(*arguments: str) -> str:
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_help_lists_every_target_with_what_it_does() -> None:
    """A target without its words fails here."""
    listed = dict(re.findall(r"^make ([a-z-]+) +(\S.*)$", _help("help"), re.MULTILINE))

    assert TARGETS.keys() == listed.keys()


def test_make_alone_is_help() -> None:
    """And sets up nothing."""
    assert _help("help") == _help()


def test_every_target_is_phony() -> None:
    """Else a file of that name would stop it."""
    phony = MAKEFILE.partition(".PHONY:")[2].partition("\n\n")[0].replace("\\\n", " ").split()

    assert sorted(TARGETS) == sorted(phony)


def test_the_hooks_of_git_are_the_quick_checks_of_ci() -> None:
    """The same targets in the same order, and no version of a tool is named twice."""
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")

    assert [f"make {name}" for name in _needs("quick")] == re.findall(r"^ +entry: (.+)$", hooks, re.MULTILINE)
    assert _needs("quick") == re.findall(r"^ +- id: (.+)$", hooks, re.MULTILINE)
    assert ["local"] == re.findall(r"^ *- repo: (.+)$", hooks, re.MULTILINE)
    assert "rev:" not in hooks


def test_ci_runs_the_tests_and_every_check() -> None:
    """So what passes here passes there."""
    commands = (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()

    assert ["make test", "make check"] == [line for line in commands if line.startswith("make ")]
    assert {"quick", "cover", "wheels", "test-pythons"} == set(_needs("check"))
