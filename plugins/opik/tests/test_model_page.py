"""What the page makes of the rows: the Messages tab, questions and answers in a thread."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from broadcast_core import Route, plan
from broadcast_core.readers import read_text
from broadcast_opik import destination
from broadcast_opik.config import LOCAL
from broadcast_opik.testing.rendering import answer, question, shows_messages

USER = {"role": "user", "content": "hi"}
SAID = {"choices": [{"message": {"role": "assistant", "content": "yes"}}]}

TABS = [
    ({"input": {"messages": [USER]}, "output": SAID}, True),
    ({"input": {"messages": [USER]}}, True),
    ({"output": SAID}, True),
    ({"input": [USER], "output": {"text": "yes"}}, True),
    ({}, False),
    ({"input": {}, "output": {}}, False),
    ({"input": {"messages": []}}, False),
    ({"input": {"prompt": "hi"}, "output": SAID}, False),
    ({"input": {"messages": [USER]}, "output": {"answer": 1}}, False),
    ({"input": {"messages": [USER]}, "output": {}}, True),
    ({"input": {"messages": [USER, {"role": "developer", "content": "x"}]}}, False),
    ({"input": {"messages": [{"role": "tool"}]}}, False),
    ({"input": {"messages": [{"role": "tool", "content": None}]}}, True),
    ({"input": {"messages": ["hi"]}}, False),
    ({"output": {"choices": [{"message": {"content": "yes"}}]}}, False),
    ({"output": {"choices": [{"text": "yes"}]}}, False),
    ({"output": "yes"}, False),
]


@pytest.mark.parametrize(("row", "expected"), TABS, ids=[str(row)[:60] for row, _ in TABS])
def test_the_messages_tab_needs_a_side_that_is_known_and_none_that_is_not(
    row: dict[str, Any], expected: bool
) -> None:
    """Section 6: one message of another role hides it."""
    assert expected == shows_messages(row)


WORDS = [
    ({"input": {"messages": [USER, {"role": "user", "content": "and?"}]}, "output": SAID}, "and?", "yes"),
    ({"input": [{"role": "user", "content": [{"type": "text", "text": "look"}]}]}, "look", None),
    ({"input": {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}}, None, None),
    ({"input": {"messages": [{"role": "system", "content": "be"}]}}, None, None),
    ({"output": {"choices": [{"message": {"role": "assistant", "content": None}}]}}, None, None),
    ({"input": "hi", "output": "yes"}, None, None),
]


@pytest.mark.parametrize(("row", "asked", "answered"), WORDS, ids=[str(row)[:60] for row, *_ in WORDS])
def test_a_thread_shows_the_last_question_and_answer(
    row: dict[str, Any], asked: str | None, answered: str | None
) -> None:
    """Section 6: anything else as JSON."""
    assert (asked, answered) == (question(row), answer(row))


EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*/*.json"))


def _rows(path: Path) -> list[dict[str, Any]]:
    generations = read_text(path.read_bytes()).generations
    requests = plan(generations, Route.to(destination, {"base_url": LOCAL, "project_name": "demo"})).requests
    return [row for request in requests for rows in json.loads(request.body).values() for row in rows]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_example_data_shows_as_messages(path: Path) -> None:
    """Every row with content does, and says what was asked."""
    spoken = [row for row in _rows(path) if row.keys() & {"input", "output"}]

    assert spoken == [row for row in spoken if shows_messages(row)]
    assert all(question(row) for row in spoken if "input" in row)
