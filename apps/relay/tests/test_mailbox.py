"""What a relay is asked by files: done once or never, answered, and nothing is left behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from apps.relay.tests.running import wait_until
from attrs import define, field

from broadcast_core.errors import BroadcastError
from broadcast_relay.spool.exchanged import clear_letters, erase
from broadcast_relay.spool.letter_files import NotMoved, move
from broadcast_relay.spool.mailbox import LONGEST_WAIT, Mailbox, NotDone, ask, clear

SAID = b"geheim " * 1000


@define(eq=False)
class Done:
    """What was done, and how it ends."""

    asked: list[Any] = field(factory=list)
    error: Exception | None = None
    seconds: float = 0.0

    def do(self, what: Any) -> Any:
        """Do it."""
        self.asked.append(what)
        time.sleep(self.seconds)
        if self.error is not None:
            raise self.error
        return {"sum": sum(what["some"])}


@contextmanager
def mailbox(folder: Path, done: Done) -> Iterator[Mailbox]:
    """Run a mailbox."""
    one = Mailbox(folder, {"add": done.do}, look_seconds=0.01)
    try:
        yield one
    finally:
        one.close()


def question(folder: Path, name: str, until: float, suffix: str = ".ask") -> Path:
    """Leave a question, as a command does that was killed since."""
    path = folder / f"ask-{name}{suffix}"
    path.write_text(json.dumps({"kind": "add", "what": {"some": [1]}, "until": until}), encoding="utf-8")
    return path


def names(folder: Path) -> list[str]:
    """Return the names of the files of a folder."""
    return sorted(path.name for path in folder.iterdir())


def python(folder: Path, code: str) -> subprocess.Popen[bytes]:
    """Begin a process with the mailbox and a folder."""
    imports = "from pathlib import Path; from broadcast_relay.spool.mailbox import *"
    begin = f"{imports}; folder = Path({str(folder)!r})\n"
    return subprocess.Popen([sys.executable, "-c", begin + code])


def test_a_question_is_answered_and_nothing_is_left(tmp_path: Path) -> None:
    """Neither the question nor the answer; both were for their owner alone."""
    done = Done()
    with mailbox(tmp_path, done):
        answers = [ask(tmp_path, "add", {"some": [n, 2]}, 5) for n in range(3)]
        wait_until(lambda: not names(tmp_path))

    assert ([{"sum": 2}, {"sum": 3}, {"sum": 4}], 3) == (answers, len(done.asked))


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (NotDone("no space"), "no space"),
        (ValueError("geheim"), "ValueError at apps.relay.tests.test_mailbox"),
    ],
)
def test_what_fails_is_told_and_ends_nothing(tmp_path: Path, error: Exception, message: str) -> None:
    """Without the text of an error that is none of ours, which could quote."""
    done = Done(error=error)
    with mailbox(tmp_path, done):
        with pytest.raises(NotDone) as told:
            ask(tmp_path, "add", {"some": []}, 5)
        with pytest.raises(NotDone, match="knows no 'subtract'"):
            ask(tmp_path, "subtract", {}, 5)

    assert (True, False) == (str(told.value).startswith(message), "geheim" in str(told.value))


def test_a_question_that_nobody_takes_is_taken_back(tmp_path: Path) -> None:
    """It will not be done later, and that is said."""
    with pytest.raises(NotDone, match=r"within 0\.1 seconds, and will not"):
        ask(tmp_path, "add", {"some": []}, 0.1)

    assert [] == names(tmp_path)


def test_what_takes_too_long_goes_on_and_that_is_said(tmp_path: Path) -> None:
    """Its answer is nobody's, and goes when it is old, or the next one opens the spool."""
    done = Done(seconds=0.25)
    with mailbox(tmp_path, done):
        with pytest.raises(NotDone, match="has begun it"):
            ask(tmp_path, "add", {"some": [1]}, 0.1)
        wait_until(lambda: names(tmp_path) != [] and names(tmp_path)[0].endswith(".done"))
        (left,) = tmp_path.iterdir()
        os.utime(left, (0, time.time() - LONGEST_WAIT - 1))
        wait_until(lambda: not names(tmp_path))

    assert 1 == len(done.asked)


def test_a_command_that_is_killed_has_it_done_once_or_not(tmp_path: Path) -> None:
    """Within its time; what it leaves goes when the spool is opened again."""
    with python(tmp_path, "ask(folder, 'add', {'some': [1]}, 30)") as asking:
        wait_until(lambda: any(name.endswith(".ask") for name in names(tmp_path)), 20)
        asking.kill()
    done = Done()
    with mailbox(tmp_path, done):
        wait_until(lambda: any(name.endswith(".done") for name in names(tmp_path)))
        time.sleep(0.05)
    clear(tmp_path)

    assert (1, []) == (len(done.asked), names(tmp_path))


def test_a_relay_that_ends_while_it_does_something_does_it_never_again(tmp_path: Path) -> None:
    """The next one takes the question away, and does what is still waited for."""
    handlers = "{'add': lambda what: __import__('os')._exit(7)}"
    with python(tmp_path, f"Mailbox(folder, {handlers}, look_seconds=0.01)._thread.join()") as dying:
        question(tmp_path, "1", time.time() + 60)
        dying.wait(20)
    assert (7, ["ask-1.doing"]) == (dying.returncode, names(tmp_path))
    question(tmp_path, "2", time.time() + 60)

    done = Done()
    with mailbox(tmp_path, done):
        wait_until(lambda: names(tmp_path) == ["ask-2.done"])

    assert 1 == len(done.asked)


def test_what_was_left_behind_is_cleared_and_never_done(tmp_path: Path) -> None:
    """Old questions, what is no question, answers, files of dead letters; the spool itself is not touched."""
    question(tmp_path, "1", time.time() - 1)
    question(tmp_path, "2", time.time() + 60, ".doing")
    for name in ("ask-3.ask", "ask-4.done", "ask-5.partial", "letters-6.requests", ".letters-7.x.partial"):
        (tmp_path / name).write_bytes(SAID)
    (tmp_path / "spool.sqlite").write_bytes(SAID)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "kept").write_bytes(SAID)
    (tmp_path / "letters-link").symlink_to(tmp_path / "elsewhere" / "kept")
    done = Done()
    with mailbox(tmp_path, done):
        time.sleep(0.05)

    assert (["elsewhere", "letters-link", "spool.sqlite"], []) == (names(tmp_path), done.asked)
    assert SAID == (tmp_path / "elsewhere" / "kept").read_bytes()


def test_what_is_erased_is_overwritten(tmp_path: Path) -> None:
    """Whoever has it open reads nothing of it."""
    path = tmp_path / "letters-1.requests"
    path.write_bytes(SAID)
    with path.open("rb") as stream:
        erase(path)

        assert (bytes(len(SAID)), []) == (stream.read(), names(tmp_path))
    erase(path)  # gone already


def test_a_file_that_is_erased_while_it_is_moved_is_no_loss(tmp_path: Path) -> None:
    """The command says so, and takes nothing."""
    source = tmp_path / "letters-1.requests"
    source.write_bytes(SAID)
    clear_letters(tmp_path)

    with pytest.raises(NotMoved, match="erased meanwhile: run it again"):
        move(source, tmp_path / "target")
    assert [] == names(tmp_path)


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="there is one file system")
def test_a_file_is_moved_to_another_disk(tmp_path: Path) -> None:
    """It is copied whole, and erased where it was; it stays its owner's alone."""
    source = Path("/dev/shm") / f"letters-{os.getpid()}.requests"
    source.write_bytes(SAID)
    source.chmod(0o600)
    is_other = source.stat().st_dev != tmp_path.stat().st_dev

    move(source, tmp_path / "target")

    target = tmp_path / "target"
    assert (SAID, 0o600, False) == (target.read_bytes(), target.stat().st_mode & 0o777, source.exists())
    assert is_other or sys.platform != "linux"


def test_a_folder_that_cannot_be_written_is_said() -> None:
    """Nothing was asked."""
    with pytest.raises(BroadcastError, match="the relay cannot be asked: no such file"):
        ask(Path("/nowhere/at/all"), "add", {}, 1)
