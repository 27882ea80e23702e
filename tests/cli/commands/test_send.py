"""`broadcast send`: what becomes of generations, and what the command exits with."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from broadcast_core.cli.console.progress import Shown
from broadcast_core.cli.sending import runs
from broadcast_core.destinations import Response
from tests.cli.served import Opik, records

Run = Callable[..., Any]
NAMES = ["gen-1", "gen-2", "gen-3"]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a file with some records."""
    path = tmp_path / "day.ndjson"
    path.write_bytes(records(*NAMES))
    return path


def test_what_is_delivered_is_counted_and_leaves_nothing(run: Run, server: Opik, source: Path) -> None:
    """Code 0, and no checkpoint; its secrets are not needed by a server without accounts."""
    ran = run("send", *server.to(), source)

    assert (0, NAMES) == (ran.code, server.names)
    assert ["read 3, planned 3, skipped 0, rejected 0", "opik: delivered 3, refused 0, undelivered 0"] == (
        ran.messages
    )
    assert [source] == list(source.parent.iterdir())


def test_quiet_prints_the_counts_and_what_went_wrong(run: Run, server: Opik, source: Path) -> None:
    """Notes and what is skipped are left out."""
    source.write_bytes(records("gen-1", provider_slug=None, unknown="kept") + records("gen-2"))
    loud, quiet = run("send", *server.to(), source), run("send", *server.to(), source, "-q")

    assert [line for line in loud.messages if not line.startswith("note")] == quiet.messages
    assert (0, 2) == (quiet.code, len(quiet.messages))


def test_a_refused_generation_is_told_with_its_rule_and_code_1(run: Run, server: Opik, source: Path) -> None:
    """The others of its request arrive; no word of what was said is printed."""

    def refuse(path: str, body: bytes) -> Response | None:
        rows = json.loads(body).get("spans", ()) if path.endswith("spans/batch") else ()
        bad = [n for n, row in enumerate(rows) if row["metadata"]["openrouter_trace_id"] == "gen-2"]
        errors = [f"spans[{n}].name must not be blank" for n in bad]
        return Response(status=422, body=json.dumps({"errors": errors}).encode()) if bad else None

    server.refusal = refuse
    ran = run("send", *server.to(), source)

    assert (1, ["gen-1", "gen-3"]) == (ran.code, server.names)
    assert ["error: opik: gen-2: refused: spans: it answered 422: name must not be blank"] == ran.errors
    assert "opik: delivered 2, refused 1, undelivered 0" == ran.summary
    assert "said by" not in ran.stderr
    assert [source] == list(source.parent.iterdir())


def test_input_that_cannot_be_used_is_code_1_and_kept(run: Run, server: Opik, source: Path) -> None:
    """The rest is sent."""
    source.write_bytes(records("gen-1") + b'{"id": "gen-2"}\n')
    rejected = source.with_name("rejected")
    ran = run("send", *server.to(), source, "--rejected", rejected)

    assert (1, ["gen-1"]) == (ran.code, server.names)
    assert b'{"id": "gen-2"}\n' == rejected.read_bytes()
    assert {source, rejected} == set(source.parent.iterdir())


def test_a_file_that_is_not_there_is_code_2(run: Run, server: Opik, source: Path) -> None:
    """What is there is sent."""
    ran = run("send", *server.to(), source, source.with_name("gone"))

    assert (2, NAMES) == (ran.code, server.names)


def test_a_server_that_fails_for_a_while_is_asked_again(run: Run, server: Opik, source: Path) -> None:
    """Each request up to --tries times."""
    server.refusal = lambda path, _body: Response(status=503) if len(server.sent) < 4 else None
    ran = run("send", *server.to(), source)

    assert (0, NAMES, 5) == (ran.code, server.names, len(server.sent))


def test_a_server_that_is_down_is_code_4_and_the_next_run_goes_on(
    run: Run, server: Opik, source: Path
) -> None:
    """What waits is in the checkpoint, and the connection test says what to do."""
    server.refusal = lambda _path, _body: Response(status=502)
    ran = run("send", *server.to(), source, "--tries", 2)
    checkpoint = source.with_name("day.ndjson.checkpoint")

    assert (4, []) == (ran.code, server.names)
    assert [
        "error: opik: stopped: it answered 502",
        f"opik: server: GET {server.url}/is-alive/ping: answered 502",
        "opik: failed: what stands before Opik does not reach it",
        "opik: next: see that Opik's backend runs, or wait and test again",
        f"next: 3 generations wait in {checkpoint}: run the same command again, it goes on",
        "read 3, planned 3, skipped 0, rejected 0",
        "opik: delivered 0, refused 0, undelivered 0, waiting 3",
    ] == ran.messages
    assert 0o600 == checkpoint.stat().st_mode & 0o777

    server.refusal = lambda _path, _body: None
    again = run("send", *server.to(), source)

    assert (0, NAMES, False) == (again.code, server.names, checkpoint.exists())
    assert "opik: delivered 3, refused 0, undelivered 0" == again.summary


@pytest.mark.parametrize("place", ["first", "last"])
def test_documents_that_hold_no_generation_are_no_other_input(
    place: str, run: Run, server: Opik, source: Path, examples: Path
) -> None:
    """The input is told by what stands up to its last generation; what comes after it is read again."""
    test = (
        json.dumps(json.loads((examples / "deliveries/25-connection-test.json").read_bytes())).encode()
        + b"\n"
    )
    before = {"first": 0, "last": 3}[place]
    source.write_bytes(records(*NAMES[:before]) + test + records(*NAMES[before:]))
    server.refusal = lambda _path, _body: Response(status=502)
    assert 4 == run("send", *server.to(), source, "--tries", 1).code
    server.refusal = lambda _path, _body: None
    ran = run("send", *server.to(), source)

    assert (0, NAMES, "read 4, planned 3, skipped 1, rejected 0") == (
        ran.code,
        server.names,
        ran.messages[-2],
    )


@pytest.mark.parametrize("change", ["input", "options", "policy"])
def test_a_checkpoint_of_something_else_is_refused_and_left(
    change: str, run: Run, server: Opik, source: Path
) -> None:
    """Before anything is sent."""
    server.refusal = lambda _path, _body: Response(status=502)
    run("send", *server.to(), source, "--tries", 1)
    checkpoint = source.with_name("day.ndjson.checkpoint")
    before, sent = checkpoint.read_bytes(), len(server.sent)
    if change == "input":
        source.write_bytes(records("gen-9", *NAMES))
    options = server.to(project_name="other") if change == "options" else server.to()
    ran = run("send", *options, source, *(["--privacy"] if change == "policy" else []))

    assert (2, sent, before) == (ran.code, len(server.sent), checkpoint.read_bytes())
    assert ran.errors[0].startswith(f"error: --checkpoint {checkpoint}: this is of ")


@pytest.mark.parametrize("name", ["days", "days/", "."])
def test_the_checkpoint_of_a_directory_is_beside_it(
    name: str, run: Run, server: Opik, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in it, where the next run would find it."""
    folder = tmp_path / "days"
    folder.mkdir()
    (folder / "one.ndjson").write_bytes(records("gen-1"))
    monkeypatch.chdir(folder if name == "." else tmp_path)
    server.refusal = lambda _path, _body: Response(status=502)
    ran = run("send", *server.to(), name, "--tries", 1)

    assert 4 == ran.code
    assert {"days", "days.checkpoint"} == {path.name for path in tmp_path.iterdir()}
    assert ["one.ndjson"] == os.listdir(folder)


def test_input_from_stdin_has_a_checkpoint_where_it_is_named(run: Run, server: Opik, tmp_path: Path) -> None:
    """The same bytes again, and it goes on."""
    server.refusal = lambda _path, _body: Response(status=502)
    checkpoint = tmp_path / "kept"
    lines = records(*NAMES)
    ran = run("send", *server.to(), "--checkpoint", checkpoint, "--tries", 1, stdin=lines)
    server.refusal = lambda _path, _body: None

    assert (4, [checkpoint]) == (ran.code, list(tmp_path.iterdir()))
    assert 0 == run("send", *server.to(), "--checkpoint", checkpoint, stdin=lines).code
    assert (NAMES, []) == (server.names, list(tmp_path.iterdir()))


def test_input_from_stdin_without_one_is_lost_and_that_is_told(run: Run, server: Opik) -> None:
    """With what to give to keep it."""
    server.refusal = lambda _path, _body: Response(status=502)
    ran = run("send", *server.to(), "--tries", 1, stdin=records(*NAMES))
    advice = "give --checkpoint FILE to go on later, or --dead-letters FILE to keep it"

    assert 4 == ran.code
    assert f"next: nothing of what was not delivered is kept: {advice}" == ran.messages[-3]
    assert "opik: delivered 0, refused 0, undelivered 3" == ran.summary


def test_input_from_stdin_that_is_not_delivered_is_in_the_dead_letters(
    run: Run, server: Opik, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it, also what comes after the route has stopped; `broadcast send` takes them."""
    monkeypatch.setattr("broadcast_core.cli.chunks.CHUNK_GENERATIONS", 1)
    server.refusal = lambda _path, _body: Response(status=502)
    letters = tmp_path / "letters"
    names = [f"gen-{n:02}" for n in range(40)]
    ran = run("send", *server.to(), "--tries", 1, "--dead-letters", letters, stdin=records(*names))

    assert (4, 0o600) == (ran.code, letters.stat().st_mode & 0o777)
    assert f"next: what was not delivered is in {letters}, which `broadcast send` takes" in ran.messages
    assert "opik: delivered 0, refused 0, undelivered 40" == ran.summary

    server.refusal = lambda _path, _body: None

    assert 0 == run("send", *server.to(), letters).code
    assert names == server.names


@pytest.mark.parametrize(
    ("option", "name"),
    [("--checkpoint", "day.ndjson"), ("--dead-letters", "day.ndjson"), ("--dead-letters", "-"),
     ("--dead-letters", "day.ndjson.checkpoint"), ("--rejected", "day.ndjson.checkpoint"),
     ("--state", "day.ndjson.checkpoint")],
)  # fmt: skip
def test_no_file_of_a_run_is_another_one(
    option: str, name: str, run: Run, server: Opik, source: Path
) -> None:
    """Nothing is read or sent."""
    source.with_name("day.ndjson.checkpoint").touch()
    ran = run("send", *server.to(), source, option, name if name == "-" else source.with_name(name))

    assert (2, [], True) == (ran.code, server.sent, ran.errors[0].startswith(f"error: {option} "))
    assert records(*NAMES) == source.read_bytes()


@pytest.mark.parametrize("kind", ["named pipe", "directory", "device"])
def test_dead_letters_replace_nothing_but_a_file(kind: str, run: Run, server: Opik, source: Path) -> None:
    """Nothing is sent, and it is still what it was."""
    path = source.with_name("letters")
    if kind == "named pipe":
        os.mkfifo(path)
    elif kind == "directory":
        path.mkdir()
    else:
        path.symlink_to(os.devnull)
    before = (path.lstat().st_ino, path.stat().st_mode)
    ran = run("send", *server.to(), source, "--dead-letters", path)

    assert (2, []) == (ran.code, server.sent)
    assert ran.errors[0].startswith(f"error: --dead-letters {path}: this is no file")
    assert before == (path.lstat().st_ino, path.stat().st_mode)


def test_a_directory_without_a_file_to_read_is_told(run: Run, server: Opik, tmp_path: Path) -> None:
    """As by `plan`; nothing is sent."""
    (tmp_path / "empty").mkdir()
    ran = run("send", *server.to(), tmp_path / "empty")

    assert ([], []) == (server.sent, server.names)
    assert ran.code == run("plan", "--to", "opik", tmp_path / "empty").code
    assert "read 0, planned 0, skipped 0, rejected 0" in ran.messages


def test_a_long_wait_is_told_once_with_its_end(run: Run, server: Opik, source: Path) -> None:
    """A server that says when to come again is believed; nobody has to guess why nothing goes on."""
    server.refusal = lambda _path, _body: Response(status=429, headers={"Retry-After": "3000"})
    interrupt = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT))
    interrupt.start()
    ran = run("send", *server.to(), source)
    (told,) = [line for line in ran.messages if "it goes on at" in line]

    assert 130 == ran.code
    assert re.fullmatch(
        r"note: opik: it answered 429: it goes on at \d\d:\d\d:\d\d UTC, or when it is run again", told
    )


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_is_interrupted_says_what_waits(
    number: int, code: int, run: Run, server: Opik, source: Path
) -> None:
    """And goes on when it is started again; what is on its way is answered first."""

    def refuse(path: str, _body: bytes) -> Response | None:
        if path.endswith("traces/batch"):
            os.kill(os.getpid(), number)
            time.sleep(0.2)
        return None

    server.refusal = refuse
    ran = run("send", *server.to(), source, "--concurrency", 1)
    server.refusal = lambda _path, _body: None

    advice = f"3 generations wait in {source}.checkpoint: run the same command again, it goes on"
    assert (code, 3, []) == (ran.code, len(server.model.traces()), server.names)
    assert f"next: {advice}" in ran.messages
    assert 0 == run("send", *server.to(), source).code
    assert NAMES == server.names


def test_a_bar_counts_what_has_ended(
    run: Run, server: Opik, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each generation once, as its outcome comes."""
    counted: list[int] = []

    @contextmanager
    def bar(_console: Any, _total: int | None, **asked: bool) -> Iterator[Shown]:
        assert asked["is_sending"]
        yield Shown(lambda _size: None, lambda: counted.append(1))

    monkeypatch.setattr(runs, "progress_bar", bar)
    path = tmp_path / "in.ndjson"
    path.write_bytes(records("gen-1", "gen-2", "gen-3"))

    assert (0, 3) == (run("send", *server.to(), path).code, len(counted))
