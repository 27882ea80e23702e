"""Every plugin in `plugins/` is in the lists of the tools that cannot find it by themselves."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from tests.paths import ROOT

PLUGINS = sorted(path.parent.name for path in (ROOT / "plugins").glob("*/pyproject.toml"))
TOOLS: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
CONTRACTS = {contract["name"]: contract for contract in TOOLS["importlinter"]["contracts"]}
PURE = next(one for name, one in CONTRACTS.items() if name.startswith("Only cli"))
MAPPING = CONTRACTS["A mapping needs one import of the core"]
LISTS: dict[str, tuple[list[str], str]] = {
    "mypy_path": (TOOLS["mypy"]["mypy_path"], "plugins/{}/src"),
    "coverage source_pkgs": (TOOLS["coverage"]["run"]["source_pkgs"], "broadcast_{}"),
    "importlinter root_packages": (TOOLS["importlinter"]["root_packages"], "broadcast_{}"),
    "towncrier types": ([kind["name"] for kind in TOOLS["towncrier"]["type"]], "broadcast-{}"),
    "the contract of purity": (PURE["source_modules"], "broadcast_{}"),
    "the contract of mappings": (MAPPING["source_modules"], "broadcast_{}.plugin"),
}


def test_there_are_plugins() -> None:
    """Else the next test would hold of nothing."""
    assert "opik" in PLUGINS


@pytest.mark.parametrize(("listed", "form"), LISTS.values(), ids=LISTS)
def test_a_list_has_every_plugin(listed: list[str], form: str) -> None:
    """By the name that its folder gives it, and no plugin that is gone."""
    prefix, _, suffix = form.partition("{}")
    names = [
        one.removeprefix(prefix).removesuffix(suffix)
        for one in listed
        if one.startswith(prefix) and one.endswith(suffix)
    ]

    assert PLUGINS == sorted(name for name in names if name != "core" and "." not in name)
