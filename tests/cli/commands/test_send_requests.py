"""`broadcast send` of planned requests, and of dead letters, which are the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from broadcast_core.destinations import Response
from tests.cli.served import Opik, records

Run = Callable[..., Any]
NAMES = ["gen-1", "gen-2", "gen-3"]


@pytest.fixture
def planned(run: Run, server: Opik, tmp_path: Path) -> Path:
    """Return a file with the planned requests of some records."""
    path = tmp_path / "plan.ndjson"
    assert 0 == run("plan", *server.to(), "--output", path, stdin=records(*NAMES)).code
    return path


@pytest.mark.parametrize("stated", [[], ["--from", "requests"]], ids=["recognised", "stated"])
def test_planned_requests_are_sent_as_they_were_planned(
    stated: list[str], run: Run, server: Opik, planned: Path
) -> None:
    """To the byte, and with the outcome of each generation."""
    bodies = [json.dumps(json.loads(line)["body"]) for line in planned.read_text().splitlines()]
    ran = run("send", *server.to(), planned, *stated)

    assert (0, NAMES) == (ran.code, server.names)
    assert bodies == [json.dumps(json.loads(body)) for body in server.batches]
    assert "opik: delivered 3, refused 0, undelivered 0" == ran.summary
    assert [planned] == list(planned.parent.iterdir())


def test_planned_requests_come_from_stdin_where_that_is_stated(run: Run, server: Opik, planned: Path) -> None:
    """Stdin is not looked at before it is read."""
    ran = run("send", *server.to(), "--from", "requests", stdin=planned.read_bytes())

    assert (0, NAMES) == (ran.code, server.names)


def _changed(line: str, **fields: object) -> str:
    return json.dumps({**json.loads(line), **fields}, separators=(",", ":"))


WRONG: dict[str, Callable[[str], str]] = {
    "foreign": lambda _line: '{"hello": 1}',
    "cut short": lambda line: line[: len(line) // 2],
    "of another route": lambda line: _changed(line, route="other"),
    "of another place": lambda line: _changed(line, place="opik elsewhere.example team support"),
    "to another server": lambda line: _changed(line, url="https://elsewhere.example/v1/private/spans/batch"),
    "changed": lambda line: line.replace("said by gen-2", "said by gen-9"),
    "of a later form": lambda line: _changed(line, version=99),
    "a generation": lambda _line: records("gen-9").decode().strip(),
}


@pytest.mark.parametrize("spoil", WRONG.values(), ids=WRONG)
def test_a_request_that_is_none_of_this_route_is_refused_before_the_first_byte(
    spoil: Callable[[str], str], run: Run, server: Opik, planned: Path
) -> None:
    """Also where it comes last: the server has seen nothing; no word of what was said is printed."""
    first, last = planned.read_text().splitlines()
    planned.write_text(f"{first}\n{spoil(last)}\n")
    ran = run("send", *server.to(), planned)

    assert (2, []) == (ran.code, server.sent)
    assert ran.errors[0].startswith(f"error: {planned}:2: ")
    assert ran.errors[0].endswith("; nothing was sent")
    assert "said by" not in ran.stderr
    assert [planned] == list(planned.parent.iterdir())


@pytest.mark.parametrize("is_first", [True, False], ids=["first", "last"])
def test_requests_and_generations_are_not_sent_together(
    is_first: bool, run: Run, server: Opik, planned: Path
) -> None:
    """Whichever file comes first; nothing leaves."""
    other = planned.with_name("generations.ndjson")
    other.write_bytes(records("gen-9"))
    ran = run("send", *server.to(), *([planned, other] if is_first else [other, planned]))

    assert (2, []) == (ran.code, server.sent)
    assert ran.errors[0].startswith(f"error: {other}:1: ")


def test_requests_that_another_program_wrote_anew_are_refused(run: Run, server: Opik, planned: Path) -> None:
    """They are not what was planned, to the byte; they are no generations either."""
    planned.write_text(
        "".join(f"{json.dumps(json.loads(line))}\n" for line in planned.read_text().splitlines())
    )
    ran = run("send", *server.to(), planned)

    assert (2, []) == (ran.code, server.sent)


def test_requests_of_another_project_are_refused(run: Run, server: Opik, planned: Path) -> None:
    """They were planned for another place than the options say."""
    ran = run("send", *server.to(project_name="other"), planned)

    assert (2, []) == (ran.code, server.sent)


def test_a_state_is_for_the_plan(run: Run, server: Opik, planned: Path) -> None:
    """Planned requests need none."""
    state = planned.with_name("state")
    ran = run("send", *server.to(), planned, "--state", state)
    what = "planned requests need no state: give it to `broadcast plan`; nothing was sent"

    assert (2, [f"error: --state {state}: {what}"], []) == (ran.code, ran.errors, server.sent)


def test_requests_that_wait_go_on_in_the_next_run(run: Run, server: Opik, planned: Path) -> None:
    """From the checkpoint; others in their file are refused."""
    server.refusal = lambda path, _body: Response(status=502) if "spans" in path else None
    ran = run("send", *server.to(), planned, "--tries", 1)
    kept = planned.read_bytes()

    assert (4, ["traces"]) == (
        ran.code,
        list({key for body in server.batches[:1] for key in json.loads(body)}),
    )
    server.refusal = lambda _path, _body: None
    planned.write_bytes(kept.splitlines(keepends=True)[0])
    assert 2 == run("send", *server.to(), planned).code
    planned.write_bytes(kept)
    again = run("send", *server.to(), planned)

    assert (0, NAMES, 1) == (
        again.code,
        server.names,
        len([1 for body in server.batches if b"traces" in body[:9]]),
    )


def _refuses(word: bytes) -> Callable[[str, bytes], Response | None]:
    def refuse(path: str, body: bytes) -> Response | None:
        return Response(status=400) if path.endswith("/batch") and word in body else None

    return refuse


def test_dead_letters_are_sent_again_by_the_same_command(run: Run, server: Opik, tmp_path: Path) -> None:
    """Once what refused them is mended: what is there then is as without it."""
    letters = tmp_path / "letters"
    server.refusal = _refuses(b"said by gen-2")
    ran = run("send", *server.to(), "--dead-letters", letters, stdin=records(*NAMES))

    assert (1, ["gen-1", "gen-3"], 0o600) == (ran.code, server.names, letters.stat().st_mode & 0o777)
    assert [
        ("traces", "refused", "it answered 400: its log says why", False),
        ("spans", "refused", "it answered 400: its log says why", False),
    ] == [
        (row["endpoint"], row["status"], row["why"], row["may_be_there"])
        for row in map(json.loads, letters.read_text().splitlines())
    ]
    advice = "mend what refused them, and give the file to `broadcast send`"
    assert f"note: {letters}: 2 requests are in it: {advice}" in ran.messages

    server.refusal = lambda _path, _body: None
    again = run("send", *server.to(), letters)

    assert (0, NAMES) == (again.code, server.names)
    assert 3 == len(server.model.traces())


def test_dead_letters_of_an_earlier_run_are_not_written_over(run: Run, server: Opik, tmp_path: Path) -> None:
    """They would be lost."""
    letters = tmp_path / "letters"
    letters.write_bytes(b"earlier\n")
    ran = run("send", *server.to(), "--dead-letters", letters, stdin=records(*NAMES))
    what = "it holds those of an earlier run: send them, or give another name; nothing was sent"

    assert (2, [f"error: --dead-letters {letters}: {what}"], []) == (ran.code, ran.errors, server.sent)
    assert b"earlier\n" == letters.read_bytes()


def test_dead_letters_of_a_run_that_went_on_are_all_there(run: Run, server: Opik, tmp_path: Path) -> None:
    """Those of the run before are in the checkpoint until all has ended, so that the same command goes on."""
    source, letters = tmp_path / "day.ndjson", tmp_path / "letters"
    source.write_bytes(records(*NAMES))

    def refuse(path: str, body: bytes) -> Response | None:
        return Response(status=502) if "spans" in path else _refuses(b"said by gen-2")(path, body)

    server.refusal = refuse
    command = ("send", *server.to(), source, "--dead-letters", letters, "--tries", 1)
    assert (4, False) == (run(*command).code, letters.exists())
    server.refusal = _refuses(b"said by gen-3")
    ran = run(*command)

    assert (1, "opik: delivered 1, refused 2, undelivered 0") == (ran.code, ran.summary)
    assert {"gen-2", "gen-3"} == {
        name for line in letters.read_text().splitlines() for name in json.loads(line)["generations"]
    }
    assert {source, letters} == set(tmp_path.iterdir())


def test_dead_letters_that_cannot_be_written_stay_in_the_checkpoint(
    run: Run, server: Opik, tmp_path: Path
) -> None:
    """The run is a failure, and the next one writes them."""
    source = tmp_path / "day.ndjson"
    source.write_bytes(records(*NAMES))
    server.refusal = _refuses(b"said by gen-2")
    letters = tmp_path / "no" / "letters"
    command = ("send", *server.to(), source, "--dead-letters", letters)
    ran = run(*command)

    assert (2, True) == (ran.code, source.with_name("day.ndjson.checkpoint").exists())
    assert ran.errors[-1].endswith("; they are in the checkpoint: fix that, run the same again")
    letters.parent.mkdir()
    assert (1, 2) == (run(*command).code, len(letters.read_bytes().splitlines()))
    assert not source.with_name("day.ndjson.checkpoint").exists()
