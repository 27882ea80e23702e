"""Words that are not used any more, and what to write instead: in names, docstrings and docs.

When this fails: the message has the word to write. A word that is right in one place is in ALLOWED, with
the reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.words import docstrings_of, modules, names_of, pages, prose_of, words_of

NAMES: Mapping[str, str] = {
    "account": "outcome",
    "accounts": "outcomes",
    "carriable": "jsonable",
    "chosen": "selected",
    "comparing": "operators",
    "door": "boundary",
    "families": "groups",
    "family": "group",
    "figures": "numbers, usage or cost",
    "grown": "merge",
    "house": "architecture or package",
    "landings": "lineage",
    "least": "min",
    "ledger": "outcomes",
    "leftovers": "unmapped",
    "measures": "formatting",
    "memory": "state",
    "most": "max",
    "ours": "reserved, or whose it is",
    "piece": "delta, chunk or part",
    "pieces": "deltas, chunks or parts",
    "room": "module",
    "rooms": "modules",
    "said": "message, content or what it is",
    "spoken": "text",
    "tell": "report",
    "told": "report, describe or what it is",
    "way": "path",
    "ways": "paths",
}
"""Parts of the names of files, functions, classes and parameters."""

PROSE: Mapping[str, str] = {
    r"\baccounts? (?:of|for) (?:every|each|the|a)\b|\baccount (?:per|says|tells)": "outcome",
    r"\bReturn (?:an? )?accounts?\b|\bmerged accounts\b": "outcome",
    r"\bdoors?\b": "boundary",
    r"\bfamil(?:y|ies)\b": "group",
    r"\bhouses?\b": "architecture, project or package",
    r"\b(?:only|own|each|every) room\b|\broom of (?:the|its|a)\b|\brooms\b": "module",
    r"\bledgers?\b": "outcomes",
    r"\bleftovers?\b": "what is unmapped",
    r"\bimpoverish\w*": "overwrite",
    r"\b(?:a|the|of|its|new|stored|no|from) memor(?:y|ies)\b": "state",
    r"\bmemory (?:of|that|between|is|was)\b": "state",
}
"""Patterns in lines of docs and docstrings."""

ALLOWED: Mapping[tuple[str, str], str] = {
    ("broadcast_core/jsontext/truncation.py", "room"): "bytes that are left, a word of its own",
    ("tests/cli/test_constant_memory.py", "memory"): "that of the machine",
    ("changelog.d/state-and-outcomes.core.md", "memory and account"): "says what they were called before",
}
"""Where a word is right, and why: a file, and the word or the words in the line."""

FILES = [*modules(), *pages()]


def _wrong(file: str, path: Path) -> list[str]:
    """Return what a file has of these words, with what to write instead."""
    is_code = file.endswith(".py")
    names = names_of(file, path) if is_code else ()
    found = [(name, word, NAMES[word]) for name in names for word in words_of(name.text) & NAMES.keys()]
    for line in docstrings_of(file, path) if is_code else prose_of(file, path):
        matches = ((re.search(pattern, line.text), instead) for pattern, instead in PROSE.items())
        found += [(line, match[0], instead) for match, instead in matches if match]
    return [
        f"{name.file}:{name.line}: {word!r} in {name.text.strip()!r}; write {instead}"
        for name, word, instead in found
        if not any(file == where and word in words for where, words in ALLOWED)
    ]


def test_no_name_and_no_prose_has_a_word_that_is_not_used_any_more() -> None:
    """In the wheels, the tests, the bench and the docs."""
    assert [] == [line for file, path in FILES for line in _wrong(file, path)]


@pytest.mark.parametrize(("file", "words"), ALLOWED)
def test_what_is_allowed_is_there(file: str, words: str) -> None:
    """When this fails, take it off the list."""
    assert words in dict(FILES)[file].read_text(encoding="utf-8")


CODE = '''"""The only room that knows."""


class ChosenRoutes:
    """A class."""

    async def routes_told(self, mostBytes: int, *, way: str) -> None:
        """Return the state."""
'''


def test_names_and_docstrings_are_looked_through(tmp_path: Path) -> None:
    """Files, classes, functions and parameters, whatever their case."""
    path = tmp_path / "test_ledger.py"
    path.write_text(CODE, encoding="utf-8")

    words = [line.partition(": ")[2].partition("; ")[0] for line in _wrong("a/test_ledger.py", path)]

    assert [
        "'chosen' in 'ChosenRoutes'",
        "'ledger' in 'ledger'",
        "'most' in 'mostBytes'",
        "'only room' in 'The only room that knows.'",
        "'told' in 'routes_told'",
        "'way' in 'way'",
    ] == sorted(words)


def test_prose_is_looked_through_and_code_is_not(tmp_path: Path) -> None:
    """With the line that it is in."""
    path = tmp_path / "page.md"
    path.write_text("# A page\n\n```\nthe memory\n```\n`the memory`, [x](the memory)\nof the house.\n")

    assert ["page.md:7: 'house' in 'of the house.'; write architecture, project or package"] == _wrong(
        "page.md", path
    )


def test_the_test_of_a_thing_may_be_named_by_a_sentence(tmp_path: Path) -> None:
    """It is prose."""
    path = tmp_path / "test_a.py"
    path.write_text('def test_what_is_told() -> None:\n    """It is."""\n')

    assert [] == _wrong("test_a.py", path)
