"""scripts/schema-check: what it says of a file, and of what is lost."""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.paths import ROOT
from tests.schema.api import API, TEXT

Main = Callable[[list[str]], int]


@pytest.fixture
def main() -> Main:
    """Return the command."""
    found: Main = runpy.run_path(str(ROOT / "scripts/schema-check"))["main"]
    return found


@pytest.fixture
def file(tmp_path: Path) -> Callable[[Any], str]:
    """Return a function that writes an API into a file and returns its path."""

    def write(api: Any) -> str:
        path = tmp_path / "openapi.json"
        path.write_text(api if isinstance(api, str) else json.dumps(api), encoding="utf-8")
        return str(path)

    return write


def test_an_api_of_which_nothing_is_lost_passes(
    main: Main, file: Callable[[Any], str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Each kind of exchange has a line, with how much of the schema was drawn."""
    code = main([file(API), "--draws", "5", "--only", "/embeddings"])
    lines = capsys.readouterr().out.splitlines()

    assert 0 == code
    assert ["/embeddings request", "/embeddings answer", "/embeddings error"] == [
        line.partition(":")[0] for line in lines[:-1]
    ]
    assert lines[1].startswith("/embeddings answer: 5 exchanges with ")
    assert "15 exchanges read, 0 kinds of faults" == lines[-1]


def test_what_cannot_be_read_is_shown_with_its_exchange(
    main: Main, file: Callable[[Any], str], capsys: pytest.CaptureFixture[str]
) -> None:
    """As a count that is a text."""
    usage = {"type": "object", "required": ["prompt_tokens"], "properties": {"prompt_tokens": TEXT}}
    answer = {"type": "object", "required": ["usage"], "properties": {"usage": usage}}
    api = {**API, "components": {"schemas": {**API["components"]["schemas"], "VectorAnswer": answer}}}
    code = main([file(api), "--draws", "5", "--only", "/embeddings"])
    lines = capsys.readouterr().out.splitlines()
    (found,) = {line.partition(" times: ")[2] for line in lines if " times: " in line}
    (shown, *_) = [line for line in lines if line.startswith("    in ")]

    assert 1 == code
    assert found == "rejected: expected a number, got text: $.response.usage.prompt_tokens: None"
    assert "prompt_tokens" in json.loads(shown.removeprefix("    in "))["response"]["usage"]


WRONG: dict[str, tuple[Any, str]] = {
    "no JSON": ("<html>", "give the path of an OpenAPI file in JSON"),
    "another file": ({"openapi": "3.1.0"}, "no paths and components in it"),
    "a list": ([], "no paths and components in it"),
    "an API of something else": (
        {**API, "paths": {}},
        "no endpoint that makes a generation in it: see its paths",
    ),
}


@pytest.mark.parametrize(("api", "what"), WRONG.values(), ids=WRONG)
def test_a_file_that_is_no_such_schema_is_named(
    main: Main, file: Callable[[Any], str], capsys: pytest.CaptureFixture[str], api: Any, what: str
) -> None:
    """With what to give instead."""
    path = file(api)

    assert 2 == main([path])
    message = capsys.readouterr().err
    assert message.startswith(f"error: {path}: ")
    assert what in message


def test_a_file_that_is_not_there_is_named(main: Main, capsys: pytest.CaptureFixture[str]) -> None:
    """As is an endpoint that the schema has not."""
    assert 2 == main(["nowhere.json"])
    assert "nowhere.json" in capsys.readouterr().err
