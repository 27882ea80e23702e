"""`broadcast plan --state` carries traces from run to run: the file is loaded first and replaced last."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from broadcast_core import load_state
from tests.runs_with_state import SECRET, lock_of, saved_ids, step

pytestmark = pytest.mark.usefixtures("plugins")
Run = Callable[..., Any]


def test_a_state_begins_grows_and_is_for_its_owner_alone(run: Run, path: Path) -> None:
    """Nothing is left beside it but its lock."""
    path.parent.mkdir()
    first = run("plan", "--to", "demo", "--state", path, stdin=step(1))
    path.chmod(0o644)
    second = run("plan", "--to", "demo", "--state", path, stdin=step(2))

    assert [f"note: {path}: no state there yet, it begins with this run"] == first.messages[:-1]
    assert ["read 1, planned 1, skipped 0, rejected 0"] == second.messages
    assert {"gen-1", "gen-2"} == saved_ids(path)
    assert 0o600 == path.stat().st_mode & 0o777
    assert {path, lock_of(path)} == set(path.parent.iterdir())


def test_the_state_of_other_routes_stays(run: Run, path: Path, saved: bytes) -> None:
    """Also through a run that knows nothing of them."""
    run("plan", "--to", "demo", "--state", path, stdin=step(1))

    assert {"gen-0", "gen-1"} == saved_ids(path)
    assert load_state(saved)["gone"] == load_state(path.read_bytes())["gone"]


def test_each_route_has_its_own(run: Run, path: Path, saved: bytes, tmp_path: Path) -> None:
    """It holds what that route lets out; a route that is wrong keeps what it had."""
    file = tmp_path / "routes.toml"
    table = '[[routes]]\nname = "{}"\ndestination = "demo"\n{}\n'
    policies = {"demo": "", "private": "privacy_mode = true", "gone": "sampling_rate = 7"}
    file.write_text("".join(table.format(*one) for one in policies.items()))
    ran = run("plan", "--routes", file, "--state", path, stdin=step(1))
    state = load_state(path.read_bytes())

    assert 2 == ran.code
    assert {"demo": True, "gone": True, "private": False} == {
        name: SECRET in repr(state[name]) for name in sorted(state)
    }
    assert [{"gen-0", "gen-1"}, {"gen-0"}, {"gen-1"}] == [
        saved_ids(path, name) for name in ("demo", "gone", "private")
    ]


def test_a_run_without_input_keeps_it(run: Run, path: Path, saved: bytes) -> None:
    """Byte by byte."""
    assert 0 == run("plan", "--to", "demo", "--state", path).code
    assert saved == path.read_bytes()


def test_what_could_not_be_read_does_not_keep_it_from_being_written(
    run: Run, path: Path, saved: bytes
) -> None:
    """The requests of the others were written."""
    ran = run("plan", "--to", "demo", "--state", path, "no.ndjson", "-", stdin=step(1) + b"junk\n")

    assert (2, "read 2, planned 1, skipped 0, rejected 1") == (ran.code, ran.summary)
    assert {"gen-0", "gen-1"} == saved_ids(path)


def test_stdin_and_stdout_may_be_pipes(spawn: Run, path: Path, saved: bytes) -> None:
    """The requests are those of a file."""
    ran = spawn("plan", "--to", "demo", "--state", path, stdin=step(1))

    assert (0, ["gen-1"]) == (ran.code, ran.generations)
    assert [{"trace": "one", "row": True}] == ran.requests[0]["body"][:1]
    assert {"gen-0", "gen-1"} == saved_ids(path)


BROKEN: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "the text is empty @ $; use an older copy, or remove it: "),
    "cut off": (b'{"format":"broadcast state","version":1,"routes":[', "malformed JSON, Expecting value ("),
    "another file": (
        b'{"id":"gen-1"}',
        "this is JSON, but no stored state @ $; give what dump_state wrote",
    ),
    "records": (b'{"id":"gen-1"}\n{"id":"gen-2"}\n', "malformed JSON, Extra data ("),
    "a newer version": (
        b'{"format":"broadcast state","version":3}',
        "written by a newer release, this one reads version 2 @ $.version; upgrade broadcast-core",
    ),
    "a wrong shape": (
        b'{"format":"broadcast state","version":1,"routes":[{"name":"demo","state":{}}]}',
        "missing: made_for, traces @ $.routes[0].state; use an older copy, or remove it: ",
    ),
}


@pytest.mark.parametrize(("text", "expected"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_no_state_stops_the_run(text: bytes, expected: str, run: Run, path: Path) -> None:
    """Before anything is planned; the file stays."""
    path.parent.mkdir()
    path.write_bytes(text)
    output = path.parent / "requests.ndjson"
    ran = run("plan", "--to", "demo", "--state", path, "--output", output, stdin=step(1))

    assert (2, 1) == (ran.code, len(ran.messages))
    assert ran.messages[0].startswith(f"error: --state {path}: {expected}")
    assert (False, text) == (output.exists(), path.read_bytes())


def test_a_place_that_cannot_hold_a_state_stops_the_run(run: Run, tmp_path: Path) -> None:
    """Before hours of planning."""
    places = (tmp_path / "no" / "state.json", tmp_path, os.devnull, "-")
    ran = [run("plan", "--to", "demo", "--state", place) for place in places]

    assert [
        [f"error: --state {tmp_path}/no/state.json: there is no directory {tmp_path}/no"],
        [f"error: --state {tmp_path}: this is not a file that can be replaced"],
        ["error: --state /dev/null: this is not a file that can be replaced"],
        ["error: --state -: give the name of a file, it is read and replaced"],
    ] == [one.messages for one in ran]
    assert {2} == {one.code for one in ran}


def test_it_is_never_an_input_nor_the_output(run: Run, path: Path, saved: bytes, tmp_path: Path) -> None:
    """Not by another name either, nor before it is there; nor the file of routes."""
    (tmp_path / "link").symlink_to(path)
    output = ("--output", tmp_path / "new", "--state", tmp_path / "kept" / ".." / "new")
    uses = {
        "one of the inputs": [
            ["--to", "demo", path, "--state", tmp_path / "link"],
            ["--to", "demo", path.parent, "--state", path],
            ["--routes", _written(tmp_path), "--state", tmp_path / "routes.toml"],
        ],
        "the output": [
            ["--to", "demo", "--output", tmp_path / "link", "--state", path],
            ["--to", "demo", *output],
        ],
    }
    for what, some in uses.items():
        for arguments in some:
            ran = run("plan", *arguments, stdin=step(1))
            assert (2, [what]) == (ran.code, [line.partition(": the file is ")[2] for line in ran.messages])

    assert saved == path.read_bytes()


def _written(folder: Path) -> Path:
    (folder / "routes.toml").write_text('[[routes]]\nname = "demo"\ndestination = "demo"\n')
    return folder / "routes.toml"
