"""The page of the architecture, and its picture, are about the code that is there."""

from __future__ import annotations

import ast
import re
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import broadcast_core
from tests.paths import ROOT

CORE = Path(broadcast_core.__file__).parent
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
PICTURE = (ROOT / "docs/pictures/flow.svg").read_text(encoding="utf-8")
PROSE = re.sub(r"^```.*?^```", "", PAGE, flags=re.DOTALL | re.MULTILINE)
SPANS = re.findall(r"`([^`]+)`", PROSE)
PATHS = sorted(
    {span for span in SPANS if "::" not in span and re.fullmatch(r"[\w./-]+(?:/|\.(?:py|toml|md))", span)}
)
TESTS = re.findall(r"`([\w/]*(?:\.py)?)::(\w+)`", PROSE)
_FUNCTIONS = {"plan", "explain", "prepare", "verdicts", "split", "retried", "without_old"}
NAMES = sorted({one for one in SPANS if one in _FUNCTIONS or re.fullmatch(r"[A-Z]\w+(?:\.\w+)?", one)})
TARGETS = sorted({span for span in SPANS if span.startswith("make ")})
_OTHERS = {"broadcast", "broadcast_core", "GET /generation", "[tool.importlinter]"}


def _defined(path: Path) -> set[str]:
    """Return the names of functions and classes in a module, methods as `Class.method`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{one.name}" for one in node.body if isinstance(one, ast.FunctionDef)}
    return found


def test_every_code_span_of_the_page_is_of_a_kind_that_is_checked() -> None:
    """A path, a test, a name of the code, or a target of the Makefile."""
    checked = {*PATHS, *NAMES, *TARGETS, *_OTHERS, *(f"{path}::{name}" for path, name in TESTS)}

    assert set() == set(SPANS) - checked


@pytest.mark.parametrize("path", PATHS)
def test_every_path_on_the_page_is_there(path: str) -> None:
    """In the package, or in the project."""
    assert (CORE / path).exists() or (ROOT / path).exists()
    assert path.endswith("/") == ((CORE / path).is_dir() or (ROOT / path).is_dir())


def test_every_test_on_the_page_is_there() -> None:
    """One without a file is in the file before it."""
    path = ""
    for stated, name in TESTS:
        path = stated or path

        assert name in _defined(ROOT / path)


def test_every_name_on_the_page_is_in_the_code() -> None:
    """As a class, a function or a method of the core."""
    defined = set().union(*(_defined(path) for path in CORE.rglob("*.py")))

    assert set() == set(NAMES) - defined


def test_every_target_on_the_page_is_in_the_makefile() -> None:
    """And `make` runs it."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert [] == [name for name in TARGETS if f"\n{name.removeprefix('make ')}:" not in makefile]


def test_the_order_of_imports_is_that_of_the_contract() -> None:
    """From the top to the bottom."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = next(
        one["layers"] for one in contracts["contracts"] if one.get("containers") == ["broadcast_core"]
    )

    assert layers == PAGE.partition("```text\n")[2].partition("```")[0].splitlines()


def test_stages_have_the_same_numbers_everywhere() -> None:
    """On the page, in the picture and on the front page of the package."""
    stages = dict(re.findall(r"^\*\*(\d) `(\w+)/`\*\*", PAGE, re.MULTILINE))
    front = re.findall(r"^ +(\w+)/ +(\d) ", broadcast_core.__doc__ or "", re.MULTILINE)
    drawn = dict(re.findall(r"(\d)  (\w+)/", "".join(ET.fromstring(PICTURE).itertext())))

    assert 9 == len(stages)
    assert stages == {number: name for name, number in front} == drawn


def test_every_name_in_the_picture_is_there() -> None:
    """Packages and modules; the legend is for who cannot see it."""
    texts = "".join(ET.fromstring(PICTURE).itertext())

    assert [] == [name for name in re.findall(r"\w+(?:/|\.py)", texts) if not (CORE / name).exists()]


def test_the_picture_can_be_read_in_the_dark_and_in_the_light() -> None:
    """Each class that gives a colour gives another one in the dark."""
    light, _, dark = PICTURE.partition("@media (prefers-color-scheme: dark)")
    style = re.compile(r"^ +([.\w]+) \{[^}]*(?:fill|stroke): #", re.MULTILINE)

    assert set(style.findall(light)) == set(style.findall(dark))
