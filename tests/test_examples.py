"""The example data: every file reads to what its page says, and each is listed there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from broadcast_core import Route, plan
from broadcast_core.readers import read_text
from tests.fake import Lines
from tests.paths import EXAMPLES

KINDS = ("exchange", "deliveries", "generation_api")
FILES = sorted(path for kind in KINDS for path in EXAMPLES.glob(f"{kind}/*.json"))
TESTS = {"25-connection-test": "connection_test", "26-sample-trace": "sample_trace"}


def test_there_is_an_example_for_most_of_what_can_happen() -> None:
    """At least fifteen deliveries, and the other dialects."""
    assert 26 == len(list(EXAMPLES.glob("deliveries/*.json")))
    assert set(KINDS) == {path.parent.name for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_example_is_one_generation_or_a_test_delivery(path: Path) -> None:
    """Nothing of them is rejected."""
    reading = read_text(path.read_bytes())

    assert () == reading.rejected
    if path.stem in TESTS:
        assert [TESTS[path.stem]] == [one.kind for one in reading.ignored]
    else:
        assert 1 == len(reading.generations)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_example_is_listed_on_its_page(path: Path) -> None:
    """What it shows, in a line."""
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")

    turns = {f"{n}-session-turn-{n - 12}" for n in range(13, 17)}

    assert path.stem in page or path.stem in turns


def test_compact_and_pretty_printed_deliveries_read_alike() -> None:
    """White space says nothing."""
    for path in FILES:
        compact = json.dumps(json.loads(path.read_bytes()), separators=(",", ":"))

        assert read_text(path.read_bytes()) == read_text(compact)


def test_the_session_of_four_turns_is_one_session() -> None:
    """And four traces."""
    turns = [
        read_text(p.read_bytes()).generations[0] for p in sorted(EXAMPLES.glob("deliveries/1[3-6]-*.json"))
    ]

    assert 4 == len(turns)
    assert 1 == len({turn.identity.session_id for turn in turns})
    assert 4 == len({turn.id for turn in turns})
    assert all(outcome.status == "planned" for outcome in plan(turns, Route.to(Lines())).outcomes)
