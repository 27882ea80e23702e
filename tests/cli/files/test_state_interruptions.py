"""However a run ends, the state file is the old one or the new one, and fits the output."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from broadcast_core import State, dump_state, load_state
from broadcast_core.cli import chunks
from broadcast_core.traces import bounded_state
from tests.runs_with_state import lock_of, saved_ids, step

pytestmark = pytest.mark.usefixtures("plugins")
Run = Callable[..., Any]


def run_after(prepare: str) -> tuple[str, str]:
    """Return how Python runs the command after some lines."""
    lines = ("import os, signal, sys", prepare, "from broadcast_core.cli import main", "main()")
    return "-c", "\n".join(lines)


def test_output_that_fails_leaves_it_as_it_was(run: Run, path: Path, saved: bytes) -> None:
    """A full disk, and a directory that is not there."""
    for output in ("/dev/full", path.parent / "no" / "out"):
        ran = run("plan", "--to", "demo", "--state", path, "--output", output, stdin=step(1))
        assert (2, True) == (ran.code, "cannot be written" in ran.errors[0])

    assert saved == path.read_bytes()
    assert {path, lock_of(path)} == set(path.parent.iterdir())


KILL = "def killed(*_): os.kill(os.getpid(), signal.SIG{})"
LINES = "from broadcast_core.cli.files.request_lines import RequestLines\nRequestLines.format"
KILLED_IN_OUTPUT = f"{LINES} = killed"
GONE = "reading, writing = os.pipe()\nos.close(reading)\nos.dup2(writing, 1)"
ENDINGS: dict[str, tuple[str, int]] = {
    "killed while planning": (f"{KILL.format('KILL')}\n{KILLED_IN_OUTPUT}", -9),
    "killed while the state is written": (f"{KILL.format('KILL')}\nos.fsync = killed", -9),
    "killed before it is put in its place": (f"{KILL.format('KILL')}\nos.replace = killed", -9),
    "terminated while planning": (f"{KILL.format('TERM')}\n{KILLED_IN_OUTPUT}", 143),
    "terminated while the state is written": (f"{KILL.format('TERM')}\nos.fsync = killed", 143),
    "its terminal was closed while planning": (f"{KILL.format('HUP')}\n{KILLED_IN_OUTPUT}", 129),
    "its terminal was closed while the state is written": (f"{KILL.format('HUP')}\nos.fsync = killed", 129),
    "interrupted while planning": (f"{KILL.format('INT')}\n{KILLED_IN_OUTPUT}", 130),
    "interrupted while the state is written": (f"{KILL.format('INT')}\nos.fsync = killed", 130),
    "the reader of stdout went away": (GONE, 141),
    "stdout is full": ("os.dup2(os.open('/dev/full', 1), 1)", 2),
    "stdout is closed": ("sys.stdout = None", 2),
}


@pytest.mark.parametrize(("prepare", "code"), ENDINGS.values(), ids=ENDINGS)
def test_a_run_that_ends_early_leaves_it_as_it_was(
    prepare: str, code: int, spawn: Run, run: Run, path: Path, saved: bytes
) -> None:
    """A process of its own; the next run goes on as if this one had not been."""
    ran = spawn("plan", "--to", "demo", "--state", path, stdin=step(1), before=run_after(prepare))

    assert (code, saved) == (ran.code, path.read_bytes())
    assert code == -9 or {path, lock_of(path)} == set(path.parent.iterdir())
    assert 0 == run("plan", "--to", "demo", "--state", path, stdin=step(1)).code
    assert {"gen-0", "gen-1"} == saved_ids(path)


@pytest.mark.parametrize("name", ["TERM", "HUP"])
@pytest.mark.parametrize("option", ["--output", "--rejected"])
def test_a_run_that_is_terminated_leaves_no_part_of_a_file(
    option: str, name: str, spawn: Run, tmp_path: Path
) -> None:
    """Nor the file."""
    before = set(tmp_path.iterdir())
    prepare = f"{KILL.format(name)}\n{KILLED_IN_OUTPUT}"
    spawn("plan", "--to", "demo", option, tmp_path / "out", stdin=step(1), before=run_after(prepare))

    assert before == set(tmp_path.iterdir())


def test_a_run_that_does_not_hear_its_terminal_goes_on(spawn: Run, path: Path, saved: bytes) -> None:
    """As `nohup` asks for."""
    killing = "def line(*_):\n    os.kill(os.getpid(), signal.SIGHUP)\n    return b'{}\\n'"
    prepare = f"signal.signal(signal.SIGHUP, signal.SIG_IGN)\n{killing}\n"
    prepare += f"{LINES} = line"
    ran = spawn("plan", "--to", "demo", "--state", path, stdin=step(1), before=run_after(prepare))

    assert (0, {"gen-0", "gen-1"}) == (ran.code, saved_ids(path))


def test_what_a_killed_run_has_left_is_neither_in_the_way_nor_touched(
    run: Run, path: Path, saved: bytes
) -> None:
    """Also when this process has the number of that one."""
    left = [path.parent / f".{name}.{os.getpid()}.partial" for name in (path.name, "out")]
    for one in left:
        one.write_bytes(b"left behind")
    output = path.parent / "out"
    ran = run("plan", "--to", "demo", "--state", path, "--output", output, stdin=step(1))

    assert (0, {"gen-0", "gen-1"}) == (ran.code, saved_ids(path))
    assert [b"left behind"] * 2 == [one.read_bytes() for one in left]
    assert {path, lock_of(path), output, *left} == set(path.parent.iterdir())


def test_a_file_that_cannot_be_made_leaves_all_others(run: Run, path: Path, saved: bytes) -> None:
    """Nothing is removed that this run has not made."""
    left = path.parent / f".{path.name}.{'x' * 8}.partial"
    left.write_bytes(b"left behind")
    path.parent.chmod(0o500)
    try:
        run("plan", "--to", "demo", "--state", path, stdin=step(1))
    finally:
        path.parent.chmod(0o700)

    assert {path, left} == set(path.parent.iterdir()) - {lock_of(path)}


@pytest.mark.parametrize(
    ("sign", "what"), [(0, "one of the inputs"), (1, "the output")], ids=["stdin", "stdout"]
)
def test_it_is_not_where_a_shell_reads_from_or_writes_to(
    sign: int, what: str, spawn: Run, path: Path, saved: bytes
) -> None:
    """As `<` and `>>` do; `>` has emptied it before the command starts."""
    prepare = f"os.dup2(os.open({str(path)!r}, os.O_RDWR | os.O_APPEND), {sign})"
    ran = spawn("plan", "--to", "demo", "--state", path, stdin=step(1), before=run_after(prepare))

    assert [f"error: --state {path}: the file is {what}"] == ran.messages
    assert saved == path.read_bytes()


def test_a_state_that_cannot_be_written_is_reported(
    run: Run, path: Path, saved: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the requests, which are the same when it is run again."""

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    ran = run("plan", "--to", "demo", "--state", path, stdin=step(1))

    assert (2, ["gen-1"]) == (ran.code, ran.generations)
    assert [
        f"error: {path}: cannot be written: no space left on device; the requests were written, the state"
        " was not: fix that and run this again"
    ] == ran.errors
    assert saved == path.read_bytes()
    assert {path, lock_of(path)} == set(path.parent.iterdir())


def test_what_something_else_has_written_meanwhile_stays(
    run: Run, path: Path, saved: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What does not look at the lock: a person, a program, an older release."""
    other = dump_state({"demo": State()})

    def planned(*arguments: Any, **named: Any) -> Any:
        path.write_bytes(other)
        return plan(*arguments, **named)

    plan = chunks.plan
    monkeypatch.setattr(chunks, "plan", planned)
    ran = run("plan", "--to", "demo", "--state", path, stdin=step(1))

    assert 2 == ran.code
    assert (
        f"error: {path}: it has changed since this run read it, by a program that does not use" in ran.stderr
    )
    assert other == path.read_bytes()


def _rows(path: Path) -> list[str]:
    traces = load_state(path.read_bytes())["demo"].traces
    return [key for key, trace in traces.items() if trace.summary is not None]


def test_rows_stay_within_bounds_from_run_to_run(
    run: Run, path: Path, saved: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The less active half is forgotten, its identities stay."""
    monkeypatch.setitem(bounded_state.BoundedState.__init__.__kwdefaults__, "max_rows", 2)
    for number in range(1, 4):
        run("plan", "--to", "demo", "--state", path, stdin=step(number, f"t-{number}"))

    assert ["t-2", "t-3"] == _rows(path)
    assert ["one", "t-1", "t-2", "t-3"] == list(load_state(path.read_bytes())["demo"].traces)


def test_bytes_stay_within_bounds_from_run_to_run(
    run: Run, path: Path, saved: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the stored text of each trace, when the file is read and when it is written."""
    monkeypatch.setattr(bounded_state, "MAX_BYTES_OF_RUN", len(saved) * 3)
    for number in range(1, 9):
        run("plan", "--to", "demo", "--state", path, stdin=step(number, f"t-{number}"))

    assert 1 < len(_rows(path)) < 6
    assert "t-8" == _rows(path)[-1]
    assert 9 == len(load_state(path.read_bytes())["demo"].traces)


def test_identities_stay_within_bounds_from_run_to_run(
    run: Run, path: Path, saved: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A state that is far too large is brought within them too."""
    lines = b"".join(step(number, f"t-{number}") for number in range(1, 40))
    run("plan", "--to", "demo", "--state", path, stdin=lines)
    monkeypatch.setitem(bounded_state.BoundedState.__init__.__kwdefaults__, "max_identities", 4)
    run("plan", "--to", "demo", "--state", path)

    assert ["t-37", "t-38", "t-39"] == list(load_state(path.read_bytes())["demo"].traces)


def test_a_late_step_of_a_forgotten_row_goes_without_it(
    run: Run, path: Path, saved: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never with a poorer one."""
    monkeypatch.setitem(bounded_state.BoundedState.__init__.__kwdefaults__, "max_rows", 0)
    ran = run("plan", "--to", "demo", "--state", path, stdin=step(1))

    assert {"trace": "one", "row": False} == ran.requests[0]["body"][0]
