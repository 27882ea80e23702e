"""Bad input hurts only itself: it is reported with its location, counted, and the rest goes on."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from broadcast_core.cli.console.report import Report
from broadcast_core.cli.files.paths import expand_paths
from broadcast_core.cli.files.rejects import Rejects
from broadcast_core.cli.input import LocatedGeneration, usable_generations
from tests.cli.inputs import delivery_of

START = "2026-11-23T10:00:00Z"


def changed(**changes: Any) -> bytes:
    """Return a record with some fields changed; None takes a field away."""
    document = {"id": "gen-bad", "timing": {"start": START}, **changes}
    return json.dumps({key: value for key, value in document.items() if value is not None}).encode()


BAD: dict[str, tuple[bytes, str]] = {
    "malformed": (b'{"id": "gen-bad", ', "malformed JSON"),
    "two documents on a line": (changed() + changed(), "malformed JSON"),
    "no object": (b"[1, 2]", "no known dialect"),
    "a bare number": (b"3", "no known dialect"),
    "an unknown dialect": (b'{"hello": "world"}', "no known dialect"),
    "a bracket only": (b"{", "a file name that ends in .json"),
    "a wrong type": (changed(model=5), "gen-bad: expected text, got number 5 @ $.model"),
    "a count that is a text": (changed(usage={"input_tokens": "5"}), "expected a whole number"),
    "a negative count": (changed(usage={"input_tokens": -1}), "expected at least 0, got -1"),
    "a count with a fraction": (changed(usage={"input_tokens": 1.5}), "expected a whole number"),
    "no id": (changed(id=None), "needs 'id'"),
    "a blank id": (changed(id=" "), "expected an id, got blank text"),
    "no times": (changed(timing=None), "needs 'timing'"),
    "no start": (changed(timing={}), "needs 'start'"),
    "a time without a zone": (changed(timing={"start": "2026-11-23T10:00:00"}), "with a time zone"),
    "times reversed": (changed(timing={"start": START, "end": "2026-11-23T09:00:00Z"}), "before the start"),
    "NaN": (b'{"id": "gen-bad", "timing": NaN}', "NaN is no JSON number"),
    "a number beyond a double": (b'{"id": "gen-bad", "x": 1e999}', "too large for a double"),
    "a lone surrogate in a name": (b'{"id": "gen-bad", "\\ud800": 1}', "needs 'timing'"),
    "NUL as a byte": (b'{"id": "gen\x00-bad"}', "malformed JSON"),
    "NUL in an id": (changed(id="gen\x00"), "without control characters"),
    "10,000 levels": (b'{"id":' * 10_000 + b"1" + b"}" * 10_000, "nested deeper than"),
    "10,000 arrays": (b'{"id": "gen-bad", "x": ' + b"[" * 10_000, "nested deeper than"),
    "a key twice": (b'{"id": "gen-1", "id": "gen-2"}', "the key 'id' is given twice"),
    "no UTF-8": (b'{"id": "gen-\xff"}', "is no UTF-8: is this a text file?"),
    "half of it no UTF-8": (b'{"id": "' + b"\xff" * 8 + b'"}', "is no UTF-8: is this a text file?"),
    "UTF-16 without a mark": (changed().decode().encode("utf-16-le"), "malformed JSON"),
    "a newer schema": (changed(schema_version=99), "written by a newer release"),
    "no array": (b'{"resourceSpans": 5}', "expected an array of objects in 'resourceSpans' @"),
    "an empty chat": (b'{"request": null}', "missing"),
    "an empty answer": (b'{"data": {}}', "missing: the data of the generation"),
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.usefixtures("plugins")
def test_bad_line_is_named_and_the_next_one_planned(
    case: str, run: Callable[..., Any], record: Callable[..., bytes]
) -> None:
    """Its message has its location and says what is wrong."""
    line, expected = BAD[case]
    ran = run("plan", "--to", "demo", stdin=line + b"\n" + record("gen-good"))

    assert 1 == ran.code
    assert expected in ran.errors[0]
    assert ran.errors[0].startswith("error: <stdin>:1: ")
    assert "read 2, planned 1, skipped 0, rejected 1" == ran.summary
    assert ["gen-good"] == ran.generations


@pytest.mark.usefixtures("plugins")
def test_counts_of_all_bad_lines_add_up(run: Callable[..., Any], record: Callable[..., bytes]) -> None:
    """Every line is counted once."""
    lines = b"\n".join(line for line, _ in BAD.values())
    ran = run("plan", "--to", "demo", stdin=lines + b"\n\n" + record() + b"{}")

    assert f"read {len(BAD) + 2}, planned 1, skipped 1, rejected {len(BAD)}" == ran.summary


@pytest.mark.usefixtures("plugins")
def test_every_problem_of_a_record_is_reported(run: Callable[..., Any]) -> None:
    """One line each."""
    ran = run("plan", "--to", "demo", stdin=changed(model=5, provider=6))

    assert [
        "error: <stdin>:1: gen-bad: expected text, got number 5 @ $.model",
        "error: <stdin>:1: gen-bad: expected text, got number 6 @ $.provider",
    ] == ran.errors


@pytest.mark.usefixtures("plugins")
def test_hundreds_of_problems_of_a_record_are_cut(run: Callable[..., Any]) -> None:
    """The first twenty, and how many more there are."""
    ran = run("plan", "--to", "demo", stdin=changed(attempts=[{}] * 100))

    assert 21 == len(ran.errors)
    assert "error: <stdin>:1: gen-bad: and 80 more problems" == ran.errors[-1]


@pytest.mark.parametrize("indent", [1, 4])
@pytest.mark.usefixtures("plugins")
def test_a_document_of_several_lines_is_one_rejection(
    indent: int, run: Callable[..., Any], record: Callable[..., bytes], tmp_path: Path
) -> None:
    """Its lines are passed over; records on lines of their own, and other files, are read."""
    document = json.dumps([json.loads(record(f"gen-{n}", truncated=["a"])) for n in range(50)], indent=indent)
    path = tmp_path / "a.ndjson"
    path.write_text(f"{document}\n" * 2)
    ran = run(
        "plan", "--to", "demo", path, "-", stdin=record("gen-a") + document.encode() + b"\n" + record("gen-b")
    )

    why = "malformed JSON, the line holds a bracket only; a document of several lines needs a file name"
    assert [f"error: {path}:1: {why}", f"error: <stdin>:2: {why}"] == [
        error.partition(" that ends in .json")[0] for error in ran.errors
    ]
    assert ["gen-a", "gen-b"] == ran.generations
    assert "read 4, planned 2, skipped 0, rejected 2" == ran.summary


@pytest.mark.usefixtures("plugins")
def test_a_json_file_of_several_documents_says_how_to_name_it(
    run: Callable[..., Any], record: Callable[..., bytes], tmp_path: Path
) -> None:
    """With the position where the second one begins."""
    path = tmp_path / "a.json"
    path.write_bytes(json.dumps(json.loads(record()), indent=1).encode() + record())
    ran = run("plan", "--to", "demo", path)

    why = "malformed JSON, Extra data (line 6, column 2)"
    hint = "several documents need a file name that ends in .ndjson or .jsonl, one a line"
    assert [f"error: {path}: {why}; {hint} @ $"] == ran.errors


@pytest.mark.parametrize("beginning", [b"", b"\xef\xbb\xbf"], ids=["plain", "with a mark"])
@pytest.mark.usefixtures("plugins")
def test_a_json_file_with_a_document_on_its_first_line_and_more_is_read_by_lines(
    beginning: bytes, run: Callable[..., Any], record: Callable[..., bytes], tmp_path: Path
) -> None:
    """As collectors write it."""
    path = tmp_path / "a.json"
    path.write_bytes(beginning + record("gen-1") + b"\n" + record("gen-2") + b"junk\n" + record("gen-3")[:-1])
    ran = run("plan", "--to", "demo", path)

    assert [f"error: {path}:4: malformed JSON, Expecting value (column 1) @ $"] == ran.errors
    assert ["gen-1", "gen-2", "gen-3"] == ran.generations


@pytest.mark.parametrize("text", ['{"a":\n1}', '[{"a": 1},\n2]', '{"a": {"b": 1}\n, "c": 2}', '{"a": 1}\n'])
@pytest.mark.usefixtures("plugins")
def test_any_other_json_file_is_one_document(text: str, run: Callable[..., Any], tmp_path: Path) -> None:
    """However its lines look."""
    (tmp_path / "a.json").write_text(text)
    ran = run("plan", "--to", "demo", tmp_path / "a.json")

    assert "read 1, planned 0, skipped 0, rejected 1" == ran.summary
    assert ran.errors[0].startswith(f"error: {tmp_path}/a.json: no known dialect")


@pytest.mark.usefixtures("plugins")
def test_a_mistake_in_a_long_json_file_has_its_line(run: Callable[..., Any], tmp_path: Path) -> None:
    """And its column."""
    path = tmp_path / "a.json"
    path.write_text('{\n  "id": "gen-1",\n  "timing": }\n')

    assert [f"error: {path}: malformed JSON, Expecting value (line 3, column 13) @ $"] == run(
        "plan", "--to", "demo", path
    ).errors


@pytest.mark.usefixtures("plugins")
def test_an_empty_file_is_no_mistake(run: Callable[..., Any], tmp_path: Path) -> None:
    """As NDJSON; as a document it is one that cannot be read."""
    (tmp_path / "a.ndjson").touch()
    (tmp_path / "a.json").touch()

    assert (
        "read 0, planned 0, skipped 0, rejected 0"
        == run("plan", "--to", "demo", tmp_path / "a.ndjson").summary
    )
    ran = run("plan", "--to", "demo", tmp_path / "a.json")
    assert [f"error: {tmp_path}/a.json: the text is empty @ $"] == ran.errors


@pytest.mark.usefixtures("plugins")
def test_a_line_of_50_mb_is_rejected(
    run: Callable[..., Any], record: Callable[..., bytes], tmp_path: Path
) -> None:
    """By the default limit of 32 MiB, and the next line is planned."""
    path = tmp_path / "long.ndjson"
    path.write_bytes(b'{"id": "' + b"x" * 50_000_000 + b'"}\n' + record())
    ran = run("plan", "--to", "demo", path)

    assert [
        f"error: {path}:1: the line is longer than 33554432 bytes; a larger --max-line-bytes reads it"
    ] == ran.errors
    assert "read 2, planned 1, skipped 0, rejected 1" == ran.summary


@pytest.mark.usefixtures("plugins")
def test_what_a_strange_value_says_is_not_shown(run: Callable[..., Any]) -> None:
    """Where a text stands in place of an object, it may be a prompt."""
    for wrong in (
        {"content": "my secret prompt"},
        {"failure": "my secret prompt"},
        {"parameters": "my secret prompt"},
    ):
        ran = run("plan", "--to", "demo", stdin=changed(**wrong))

        assert (
            f"error: <stdin>:1: gen-bad: expected an object, got text @ $.{next(iter(wrong))}"
            == ran.errors[0]
        )
    ran = run("plan", "--to", "demo", "--from", "record", stdin=b'"my secret prompt"')
    assert ["error: <stdin>:1: expected a JSON object, got text @ $"] == ran.errors


@pytest.mark.usefixtures("plugins")
def test_a_reader_that_fails_costs_one_document(
    run: Callable[..., Any], record: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the line of code and quotes nothing."""

    def fail(_document: object) -> None:
        raise TypeError("my secret prompt")

    monkeypatch.setattr("broadcast_core.readers.DIALECTS", {"record": fail})
    ran = run("plan", "--to", "demo", stdin=record())

    assert "error: <stdin>:1: a bug in broadcast-core, please report it: TypeError at " in ran.errors[0]
    assert "secret" not in ran.stderr
    assert "read 1, planned 0, skipped 0, rejected 1" == ran.summary


@pytest.mark.usefixtures("plugins")
def test_what_is_unreadable_in_a_directory_is_reported_first(
    run: Callable[..., Any], record: Callable[..., bytes], tmp_path: Path
) -> None:
    """Before the messages of any record; it makes the run fail, and all else is planned."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.ndjson").write_bytes(b"junk\n" + record())
    os.mkfifo(tmp_path / "in" / "b.ndjson")
    (tmp_path / "empty").mkdir()
    ran = run("plan", "--to", "demo", tmp_path / "in", tmp_path / "empty")

    names = [line.removeprefix(f"error: {tmp_path}/").partition(":")[0] for line in ran.errors]
    assert ["in/b.ndjson", "empty", "in/a.ndjson"] == names
    assert (2, ["gen-1"]) == (ran.code, ran.generations)


def usable(document: bytes, rejects: Rejects) -> list[LocatedGeneration]:
    """Return the usable generations of a line, and report the others to nobody."""
    report = Report(Console(file=io.StringIO()), done="planned")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(document)))
        return list(usable_generations(expand_paths([]), report, rejects, dialect=None, max_bytes=10_000))


def test_a_document_is_held_only_for_rejects(record: Callable[..., bytes]) -> None:
    """Without --rejected the text of what was read is free."""
    (without,) = usable(record(), Rejects())
    (within,) = usable(record(), Rejects("rejected", [].append))

    assert (None, record()) == (without.document, within.document.text)


def test_a_generation_has_its_share_of_the_document() -> None:
    """So that all of them together are no larger than what was read."""
    document = delivery_of("gen-1", "gen-2", "gen-3")

    assert [len(document) // 3] * 3 == [one.size for one in usable(document, Rejects())]


def test_a_document_that_is_kept_already_is_not_kept_again() -> None:
    """One of its generations could not be read, so another that is rejected later needs it no more."""
    written: list[bytes] = []
    document = delivery_of("", "gen-2")
    (second,) = usable(document, Rejects("rejected", written.append))

    assert (None, [document]) == (second.document, written)
