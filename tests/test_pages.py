"""Links and pictures of the pages: each leads somewhere, as GitHub resolves it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.paths import ROOT

FOLDERS = (
    ".",
    "docs",
    "plugins/opik",
    "plugins/ndjson",
    "apps/relay",
    "examples",
    "examples/expected",
    "changelog.d",
)
PAGES = sorted(path for folder in FOLDERS for path in (ROOT / folder).glob("*.md"))
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


def _links(page: Path) -> Iterator[tuple[str, str, str]]:
    """Yield whether it is a picture, the words and the target of each link within the project."""
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    for sign, words, target in _LINK.findall(text):
        if "://" not in target:
            yield sign, words, target


def _anchors(page: Path) -> set[str]:
    lines = _FENCED.sub("", page.read_text(encoding="utf-8")).splitlines()
    heads = [line.lstrip("#").strip() for line in lines if line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_every_link_leads_somewhere(page: Path) -> None:
    """To a file that is there, and to a heading of it."""
    for _, _, target in _links(page):
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        if not path.exists() and not (ROOT / "src").exists() and (path.parent == ROOT or "src" in path.parts):
            continue  # the wheels are tested without the project's folder and without sources
        assert path.exists(), target
        assert not anchor or anchor in _anchors(path), target


def test_every_picture_says_in_words_what_it_shows() -> None:
    """For who cannot see it."""
    pictures = [(page, words, target) for page in PAGES for sign, words, target in _links(page) if sign]

    assert len(pictures) >= 3
    for page, words, target in pictures:
        assert (page.parent / target).read_bytes().startswith((b"\x89PNG", b"<svg"))
        assert len(words.split()) > 10
