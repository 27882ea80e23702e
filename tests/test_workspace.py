"""Every project in `plugins/` and `apps/` is in the lists of the tools that cannot find it by themselves."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from tests.paths import ROOT

PLUGINS = sorted(path.parent.name for path in (ROOT / "plugins").glob("*/pyproject.toml"))
APPS = sorted(path.parent.name for path in (ROOT / "apps").glob("*/pyproject.toml"))
TOOLS: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
CONTRACTS = {contract["name"]: contract for contract in TOOLS["importlinter"]["contracts"]}
PURE = next(one for name, one in CONTRACTS.items() if name.startswith("Only cli"))
MAPPING = CONTRACTS["A mapping needs one import of the core"]
LISTS: dict[str, tuple[list[str], str]] = {
    "mypy_path": ([path.split("/", 1)[-1] for path in TOOLS["mypy"]["mypy_path"]], "{}/src"),
    "coverage source_pkgs": (TOOLS["coverage"]["run"]["source_pkgs"], "broadcast_{}"),
    "importlinter root_packages": (TOOLS["importlinter"]["root_packages"], "broadcast_{}"),
    "towncrier types": ([kind["name"] for kind in TOOLS["towncrier"]["type"]], "broadcast-{}"),
}
OF_PLUGINS: dict[str, tuple[list[str], str]] = {
    "the contract of purity": (PURE["source_modules"], "broadcast_{}"),
    "the contract of mappings": (MAPPING["source_modules"], "broadcast_{}.plugin"),
}


def test_there_are_plugins() -> None:
    """Else the next tests would hold of nothing."""
    assert "opik" in PLUGINS
    assert APPS == ["relay"]


@pytest.mark.parametrize(("listed", "form"), LISTS.values(), ids=LISTS)
def test_a_list_has_every_project(listed: list[str], form: str) -> None:
    """By the name that its folder gives it, and none that is gone."""
    assert sorted(PLUGINS + APPS) == _named(listed, form)


@pytest.mark.parametrize(("listed", "form"), OF_PLUGINS.values(), ids=OF_PLUGINS)
def test_a_contract_has_every_plugin(listed: list[str], form: str) -> None:
    """And no app: an app touches the world."""
    assert PLUGINS == _named(listed, form)


def _named(listed: list[str], form: str) -> list[str]:
    """Return the names in entries of a form, without those of the core."""
    prefix, _, suffix = form.partition("{}")
    names = [
        one.removeprefix(prefix).removesuffix(suffix)
        for one in listed
        if one.startswith(prefix) and one.endswith(suffix)
    ]
    return sorted(name for name in names if name not in ("core", "src") and "." not in name)
