"""One run at a time uses a state file: others wait, or end with an error that names it; nothing is lost."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from filelock import FileLock, Timeout

from broadcast_core.cli.files.state_lock import lock_state
from tests.cli.processes import start_command
from tests.runs_with_state import lock_of, saved_ids, step

pytestmark = pytest.mark.usefixtures("plugins")
Run = Callable[..., Any]


@frozen
class Holder:
    """A run that has read the state, and waits for its input."""

    process: subprocess.Popen[bytes]
    stdin: int

    def end(self, *numbers: int) -> str:
        """Give it some steps and the end of its input; return its messages."""
        os.write(self.stdin, b"".join(step(number) for number in numbers))
        os.close(self.stdin)
        return self.process.communicate(timeout=60)[1].decode()

    def kill(self) -> None:
        """Kill it."""
        self.process.send_signal(signal.SIGKILL)
        os.close(self.stdin)
        self.process.communicate(timeout=60)


@pytest.fixture
def holder(plugins: Path, path: Path) -> Callable[..., Holder]:
    """Return a function that starts a run which holds the state when it returns."""

    def call(state: Path = path) -> Holder:
        reading, writing = os.pipe()
        process = start_command(plugins, "plan", "--to", "demo", "--state", str(state), stdin=reading)
        os.close(reading)
        assert process.stderr is not None
        assert b"note: " == process.stderr.read(6)  # that there is no state yet is told once the lock is held
        return Holder(process, writing)

    return call


def as_described(who: Holder) -> str:
    """Return how a message names a run that holds the state."""
    return f"another run uses it: process {who.process.pid} on {socket.gethostname()}, since 20"


def test_a_run_waits_for_another_and_goes_on_from_its_state(path: Path, holder: Run, plugins: Path) -> None:
    """The traces of both are in it; a note names the run that is waited for."""
    path.parent.mkdir()
    first = holder()
    command = ("plan", "--to", "demo", "--state", str(path))
    reading, writing = os.pipe()
    os.write(writing, step(2))
    os.close(writing)
    with start_command(plugins, *command, stdin=reading) as second:
        os.close(reading)
        assert second.stderr is not None
        waiting = second.stderr.readline().decode()
        first.end(1)
        second.communicate(timeout=60)

    assert (
        f"note: {path}: waiting up to 60 seconds for {as_described(first)}"[:-2].replace(
            "another run uses it", "another run that uses it"
        )
        in waiting
    )
    assert (0, 0) == (first.process.returncode, second.returncode)
    assert {"gen-1", "gen-2"} == saved_ids(path)


@pytest.mark.parametrize("wait", ["0", "1"])
def test_a_run_that_has_waited_long_enough_says_who_uses_it(
    wait: str, path: Path, holder: Run, spawn: Run
) -> None:
    """With code 2; it writes nothing, and the other one's state is whole."""
    path.parent.mkdir()
    other = holder()
    before = set(path.parent.iterdir())
    output = path.parent / "requests.ndjson"
    command = ("plan", "--to", "demo", "--state", path, "--state-wait", wait, "--output", output)
    ran = spawn(*command, stdin=step(2))

    assert (2, b"", wait == "1") == (ran.code, ran.stdout, "note: " in ran.stderr)
    assert ran.errors[0].startswith(f"error: --state {path}: {as_described(other)}")
    assert ran.errors[0].endswith("run this again when that one has ended, or give a longer --state-wait")
    assert before == set(path.parent.iterdir())
    other.end(1)
    assert {"gen-1"} == saved_ids(path)


@pytest.mark.parametrize("name", ["link", "kept/../kept/state.json", "linked/state.json"])
def test_every_name_of_the_file_has_the_same_lock(
    name: str, path: Path, holder: Run, spawn: Run, tmp_path: Path
) -> None:
    """A link to it, also before it is there, another way to its directory, and a link to that."""
    path.parent.mkdir()
    (tmp_path / "link").symlink_to(path)
    (tmp_path / "linked").symlink_to(path.parent)
    other = holder(tmp_path / "link")
    ran = spawn("plan", "--to", "demo", "--state", tmp_path / name, "--state-wait", "0", stdin=step(2))
    other.end(1)

    assert (2, True) == (ran.code, as_described(other) in ran.stderr)


def test_a_killed_run_frees_it(path: Path, holder: Run, spawn: Run) -> None:
    """At once; what it has left beside it misleads nobody."""
    path.parent.mkdir()
    killed = holder()
    killed.kill()
    left = path.with_name("state.json.holder")
    assert str(killed.process.pid) == left.read_text().split()[0]
    ran = spawn("plan", "--to", "demo", "--state", path, "--state-wait", "0", stdin=step(2))

    assert (0, {"gen-2"}) == (ran.code, saved_ids(path))
    assert {path, lock_of(path)} == set(path.parent.iterdir())


@pytest.mark.parametrize(
    "left",
    [
        b"{gone} {host}\n",
        b"",
        b"junk\x1b[2J\n",
        b"0 {host}\n",
        b"99999999999999999999 {host}\n",
        b"4711 \xff\n",
    ],
)
def test_what_is_left_beside_the_lock_is_not_believed(
    left: bytes, path: Path, run: Run, plugins: Path
) -> None:
    """Nor shown, when it names no run of this host that there is."""
    path.parent.mkdir()
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    text = left.replace(b"{gone}", str(gone.pid).encode()).replace(b"{host}", socket.gethostname().encode())
    with lock_state(str(path), 0, lambda _what: None):
        path.with_name("state.json.holder").write_bytes(text)
        ran = run("plan", "--to", "demo", "--state", path, "--state-wait", "0", stdin=step(2))

    why = "another run uses it: an unknown process; nothing was planned; "
    assert 2 == ran.code
    assert ran.messages[0].startswith(f"error: --state {path}: {why}")


def test_a_run_of_another_host_is_named(path: Path, run: Run, plugins: Path) -> None:
    """Whether it still runs cannot be seen from here."""
    path.parent.mkdir()
    with lock_state(str(path), 0, lambda _what: None):
        path.with_name("state.json.holder").write_bytes(b"4711 far-away\n")
        ran = run("plan", "--to", "demo", "--state", path, "--state-wait", "0", stdin=step(2))

    assert "another run uses it: process 4711 on far-away, since 20" in ran.messages[0]


def test_many_runs_at_once_lose_nothing(path: Path, plugins: Path) -> None:
    """Each adds its step to the same trace."""
    path.parent.mkdir()
    processes = []
    for number in range(1, 9):
        reading, writing = os.pipe()
        os.write(writing, step(number))
        os.close(writing)
        command = ("plan", "--to", "demo", "-q", "--state", str(path))
        processes.append(start_command(plugins, *command, stdin=reading))
        os.close(reading)
    for process in processes:
        process.communicate(timeout=120)

    assert [0] * 8 == [process.returncode for process in processes]
    assert {f"gen-{number}" for number in range(1, 9)} == saved_ids(path)


@pytest.mark.parametrize("beside", ["state.json.lock", "state.json.holder"])
def test_a_lock_that_cannot_be_written_stops_the_run(beside: str, run: Run, path: Path, saved: bytes) -> None:
    """Before anything is planned; it says which file is meant."""
    in_the_way = path.parent / beside
    in_the_way.mkdir()
    (in_the_way / "something").touch()
    ran = run("plan", "--to", "demo", "--state", path, "--state-wait", "0", stdin=step(1))

    why = f"cannot be locked with {in_the_way}: is a directory; let this run write there, or keep"
    assert (2, b"", saved) == (ran.code, ran.stdout, path.read_bytes())
    assert [f"error: --state {path}: {why} the state in another directory"] == ran.messages


@pytest.mark.parametrize(
    "text", [b"mine\n", b"4711 host\nand more\n", b"\xff", b"x" * 300, b"4711 host\n" * 40]
)
def test_a_file_of_the_user_that_has_its_name_is_not_touched(
    text: bytes, run: Run, path: Path, saved: bytes
) -> None:
    """The run says what is in the way, and plans nothing."""
    own = path.with_name("state.json.holder")
    own.write_bytes(text)
    ran = run("plan", "--to", "demo", "--state", path, stdin=step(1))

    what = "it exists and no run made it, so it is not replaced; rename it, or give the state another name"
    assert [f"error: --state {path}: cannot be locked with {own}: {what}"] == ran.messages
    assert (2, text, saved) == (ran.code, own.read_bytes(), path.read_bytes())


def test_a_file_of_the_user_that_has_the_name_of_the_lock_is_not_emptied(
    run: Run, path: Path, saved: bytes
) -> None:
    """As `poetry.lock` is, for a state that is called `poetry`."""
    lock_of(path).write_bytes(b"mine\n")
    ran = run("plan", "--to", "demo", "--state", path, stdin=step(1))

    assert (2, b"mine\n", saved) == (ran.code, lock_of(path).read_bytes(), path.read_bytes())
    assert f"cannot be locked with {lock_of(path)}: it exists and no run made it" in ran.messages[0]


@pytest.mark.parametrize("wait", ["0", "1"])
def test_a_named_pipe_that_has_its_name_is_not_waited_for(
    wait: str, spawn: Run, path: Path, saved: bytes
) -> None:
    """Neither by the run that holds the lock nor by one that asks who does."""
    own = path.with_name("state.json.holder")
    os.mkfifo(own)
    ran = spawn("plan", "--to", "demo", "--state", path, stdin=step(1))
    with FileLock(lock_of(path)):
        waited = spawn("plan", "--to", "demo", "--state", path, "--state-wait", wait, stdin=step(1))

    assert (2, 2, True) == (ran.code, waited.code, own.is_fifo())
    assert "it exists and no run made it" in ran.stderr
    assert "an unknown process" in waited.stderr


def test_a_link_that_has_its_name_is_not_followed(run: Run, path: Path, saved: bytes, tmp_path: Path) -> None:
    """Nor removed."""
    own = path.with_name("state.json.holder")
    (tmp_path / "mine").write_bytes(b"")
    own.symlink_to(tmp_path / "mine")
    ran = run("plan", "--to", "demo", "--state", path, stdin=step(1))

    assert (2, True, b"") == (ran.code, own.is_symlink(), (tmp_path / "mine").read_bytes())


@pytest.mark.parametrize("host", ["", "odd name\n", "хост", "h" * 300])
def test_what_a_killed_run_has_left_is_ours_whatever_the_host_is_called(
    host: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next run takes the lock."""
    path.parent.mkdir()
    monkeypatch.setattr(socket, "gethostname", lambda: host)
    own = path.with_name("state.json.holder")
    with lock_state(str(path), 0, lambda _what: None):
        left = own.read_bytes()
    own.write_bytes(left)
    with lock_state(str(path), 0, lambda _what: None):
        assert left == own.read_bytes()

    assert not own.exists()


def test_they_are_for_their_owner_alone(path: Path) -> None:
    """The lock and what names its holder, under any mask."""
    path.parent.mkdir()
    before = os.umask(0)
    try:
        with lock_state(str(path), 0, lambda _what: None):
            modes = [one.stat().st_mode & 0o777 for one in sorted(path.parent.iterdir())]
    finally:
        os.umask(before)

    assert [0o600, 0o600] == modes


def test_the_lock_is_let_go_last(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the name of the run that comes next would be removed."""
    path.parent.mkdir()
    free: list[bool] = []

    def unlink(name: str) -> None:
        try:
            FileLock(lock_of(path)).acquire(timeout=0).lock.release()
            free.append(True)
        except Timeout:
            free.append(False)
        unlinked(name)

    unlinked = os.unlink
    monkeypatch.setattr(os, "unlink", unlink)
    with lock_state(str(path), 0, lambda _what: None):
        pass

    assert [False] == free


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="there is no directory that nobody can write to")
def test_a_directory_that_cannot_be_written_stops_the_run(run: Run, plugins: Path) -> None:
    """At once, and not after the wait."""
    ran = run("plan", "--to", "demo", "--state", "/sys/kernel/state.json", stdin=step(1))

    assert 2 == ran.code
    assert "cannot be locked with /sys/kernel/state.json.lock: " in ran.messages[0]


def test_what_stands_beside_it_is_no_output_and_no_input(run: Run, path: Path, saved: bytes) -> None:
    """To replace the lock would let a second run in."""
    lock = lock_of(path)
    lock.touch()
    as_output = run("plan", "--to", "demo", "--state", path, "--output", lock, stdin=step(1))
    as_input = run("plan", "--to", "demo", "--state", path, lock)

    assert [[f"error: --state {lock}: the file is the output"]] == [as_output.messages]
    assert [[f"error: --state {lock}: the file is one of the inputs"]] == [as_input.messages]


def test_without_filelock_it_says_what_to_install(spawn: Run, path: Path) -> None:
    """With code 3, and only when a state is asked for."""
    path.parent.mkdir()
    without = "import sys; sys.modules['filelock'] = None; from broadcast_core.cli import main; main()"
    ran = spawn("plan", "--to", "demo", "--state", path, stdin=step(1), before=("-c", without))

    why = "--state needs filelock, not installed here. Install: pip install 'broadcast-core[cli]'"
    assert (3, [f"error: {why}"]) == (ran.code, ran.messages)
    assert 0 == spawn("plan", "--to", "demo", stdin=step(1), before=("-c", without)).code


@pytest.mark.parametrize("wait", ["-1", "nan", "86401", "1.5"])
def test_a_wait_that_is_none_is_wrong_usage(wait: str, run: Run) -> None:
    """CompleteStream seconds, a day of them at most."""
    ran = run("plan", "--to", "demo", "--state-wait", wait)

    assert (2, True) == (ran.code, "--state-wait" in ran.stderr)
