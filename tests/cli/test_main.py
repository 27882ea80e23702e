"""The command as a process: what it needs, how it ends, and what it leaves quiet."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

WITHOUT = """
import sys
for name in {missing!r}:
    sys.modules[name] = None
from broadcast_core.cli import main
main()
"""


@pytest.mark.parametrize(
    ("missing", "named"), [(["click"], "click"), (["rich"], "rich"), (["click", "rich"], "click and rich")]
)
def test_without_the_extra_it_says_what_to_install(missing: list[str], named: str, spawn: Run) -> None:
    """On one line, with code 3."""
    ran = spawn("plan", before=("-c", WITHOUT.format(missing=missing)))

    assert [
        f"broadcast needs {named}, not installed here. Install: pip install 'broadcast-core[cli]'"
    ] == ran.messages
    assert (3, b"") == (ran.code, ran.stdout)


def test_importing_the_core_imports_neither_click_nor_rich(spawn: Run) -> None:
    """Nor does importing the package of the command."""
    check = "import sys, broadcast_core, broadcast_core.cli; print({'click', 'rich'} & set(sys.modules))"

    assert "set()\n" == spawn(before=("-c", check)).page


def test_help_tells_the_exit_codes(run: Run) -> None:
    """All of them."""
    page = run("--help").page

    assert [code for code in ("0", "1", "2", "3", "130", "141") if f"\n    {code} " in page] == [
        "0", "1", "2", "3", "130", "141",
    ]  # fmt: skip
    verbs = ["plan", "show", "explain", "id", "destinations", "schema"]
    assert verbs == [verb for verb in verbs if f"\n  {verb} " in page]


def test_version_is_printed(run: Run) -> None:
    """Also where the package is not installed."""
    ran = run("--version")

    assert 0 == ran.code
    assert ran.page.startswith("broadcast-core")


@pytest.mark.parametrize("arguments", [("frobnicate",), ("plan", "--frobnicate"), ("show", "--limit", "0")])
def test_wrong_usage_is_code_2(arguments: tuple[str, ...], run: Run) -> None:
    """As with every command."""
    assert 2 == run(*arguments).code


@pytest.mark.parametrize("verb", ["plan", "show", "schema", "destinations"])
def test_a_reader_that_goes_away_is_no_error(verb: str, spawn: Run, record: Run, tmp_path: Path) -> None:
    """Code 141, and not a word."""
    path = tmp_path / "a.ndjson"
    path.write_bytes(b"".join(record(f"gen-{n}") for n in range(2000)))
    arguments = {"plan": ["plan", "--to", "demo", str(path)], "show": ["show", "--limit", "2000", str(path)]}
    ran = spawn(before=("-c", GONE, *arguments.get(verb, [verb])))

    assert (141, "") == (ran.code, ran.stderr)


GONE = """
import os, sys
reading, writing = os.pipe()
os.close(reading)
os.dup2(writing, 1)
from broadcast_core.cli import main
main()
"""


PAGES = [
    ["show"],
    ["schema"],
    ["destinations"],
    ["destinations", "--json"],
    ["id", "trace-1", "2026-11-23T10:00:00Z", "--to", "opik", "-o", "workspace=w"],
    ["--help"],
    ["show", "--help"],
    ["--version"],
]
PREPARED = """
import os, sys
{prepare}
from broadcast_core.cli import main
main()
"""
FULL = "os.dup2(os.open('/dev/full', os.O_WRONLY), {})"
CLOSED = "sys.stdout = None"


def run_after(prepare: str) -> tuple[str, str]:
    """Return how Python runs the command after some lines."""
    return "-c", PREPARED.format(prepare=prepare)


@pytest.mark.parametrize("arguments", PAGES, ids=" ".join)
@pytest.mark.parametrize(
    ("prepare", "why"), [(FULL.format(1), "no space left on device"), (CLOSED, "it is closed")]
)
def test_a_stdout_that_cannot_be_written_is_reported(
    prepare: str, why: str, arguments: list[str], spawn: Run, record: Run
) -> None:
    """In one message, with code 2."""
    ran = spawn(*arguments, stdin=record(), before=run_after(prepare))

    assert [f"error: <stdout>: cannot be written: {why}"] == ran.errors
    assert (2, False) == (ran.code, "Traceback" in ran.stderr)


@pytest.mark.parametrize("arguments", [["--help"], ["plan", "--help"], ["--version"]], ids=" ".join)
def test_a_reader_of_help_that_goes_away_is_no_error(arguments: list[str], spawn: Run) -> None:
    """Code 141, as for any other page."""
    ran = spawn(*arguments, before=("-c", GONE))

    assert (141, "") == (ran.code, ran.stderr)


def test_a_closed_stdout_does_not_matter_to_a_file(spawn: Run, record: Run, tmp_path: Path) -> None:
    """Nothing goes there."""
    path = tmp_path / "a.ndjson"
    path.write_bytes(record())
    ran = spawn("plan", "--to", "demo", "--output", tmp_path / "out", path, before=run_after(CLOSED))

    assert (0, ["read 1, planned 1, skipped 0, rejected 0"]) == (ran.code, ran.messages)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["plan", "--to", "demo"], 1), (["show"], 1), (["plan", "--to", "nowhere"], 3), (["frobnicate"], 2)],
    ids=["plan", "show", "a failure", "wrong usage"],
)
@pytest.mark.parametrize("prepare", [FULL.format(2), "sys.stderr = None"], ids=["full", "closed"])
def test_a_stderr_that_cannot_be_written_ends_no_run(
    prepare: str, arguments: list[str], code: int, spawn: Run, record: Run
) -> None:
    """What was asked for comes, with its exit code."""
    ran = spawn(*arguments, stdin=b"junk\n" + record(), before=run_after(prepare))

    assert (code, code == 1) == (ran.code, b"gen-1" in ran.stdout)


def test_the_file_that_stdin_is_read_from_is_no_output(spawn: Run, record: Run, tmp_path: Path) -> None:
    """It would be replaced by what was made of it."""
    path = tmp_path / "a.ndjson"
    path.write_bytes(record())
    ran = spawn(
        "plan", "--to", "demo", "--output", path, before=run_after(f"os.dup2(os.open({str(path)!r}, 0), 0)")
    )

    assert (2, [f"error: --output {path}: the file is one of the inputs"]) == (ran.code, ran.errors)
    assert record() == path.read_bytes()


def test_a_device_may_be_stdin_and_output(spawn: Run) -> None:
    """Nothing is lost."""
    ran = spawn(
        "plan", "--to", "demo", "--output", os.devnull, before=run_after("os.dup2(os.open(os.devnull, 0), 0)")
    )

    assert 0 == ran.code


def test_a_run_that_is_terminated_leaves_no_half_written_file(spawn: Run, tmp_path: Path) -> None:
    """By SIGTERM, with its code and the counts."""
    stop = INTERRUPTED.replace("SIGINT", "SIGTERM")
    ran = spawn("plan", "--to", "demo", "--output", tmp_path / "out", before=("-c", stop))

    assert (143, "read 0, planned 0, skipped 0, rejected 0") == (ran.code, ran.summary)
    assert not list(tmp_path.glob("*out*"))


def test_a_reader_of_messages_that_goes_away_is_no_error(spawn: Run) -> None:
    """Code 141 as well."""
    ran = spawn(
        "plan", "--to", "demo", stdin=b"junk\n", before=("-c", GONE.replace("writing, 1", "writing, 2"))
    )

    assert 141 == ran.code


@pytest.mark.parametrize("verb", [["plan", "--to", "demo"], ["show"]])
def test_ctrl_c_ends_with_the_counts(verb: list[str], spawn: Run, tmp_path: Path) -> None:
    """Code 130, the summary last, and no half-written output."""
    output = ["--output", str(tmp_path / "out")] if verb[0] == "plan" else []
    ran = spawn(*verb, *output, before=("-c", INTERRUPTED))

    assert (130, "skipped 0, rejected 0") == (ran.code, ran.summary.partition(", ")[2].partition(", ")[2])
    assert not list(tmp_path.glob("*out*"))


INTERRUPTED = """
import io, os, signal, sys
class Stdin(io.BytesIO):
    def read(self, *size):
        os.kill(os.getpid(), signal.SIGINT)
sys.stdin = io.TextIOWrapper(Stdin())
from broadcast_core.cli import main
main()
"""


def test_a_missing_destination_is_code_3(spawn: Run) -> None:
    """Something is to be installed."""
    assert 3 == spawn("plan", "--to", "nowhere").code


def test_a_rejected_generation_is_code_1(spawn: Run, record: Run) -> None:
    """The others are planned."""
    assert 1 == spawn("plan", "--to", "demo", stdin=record() + b"junk").code


def on_a_terminal(spawn_environment: dict[str, str], *arguments: str, stdout_too: bool = False) -> str:
    """Return what a run shows on a terminal: stderr, and stdout when asked for."""
    main_end, child_end = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "broadcast_core.cli", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=child_end if stdout_too else subprocess.DEVNULL,
        stderr=child_end,
        env=spawn_environment,
    )
    os.close(child_end)
    shown = b""
    try:
        while data := os.read(main_end, 65536):
            shown += data
    except OSError:  # the terminal is closed when the process has ended
        pass
    os.close(main_end)
    process.wait()
    return shown.decode()


@pytest.fixture
def terminal(plugins: Path) -> dict[str, str]:
    """Return the environment of a process on a terminal."""
    return {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "TERM": "xterm",
        "COLUMNS": "100",
    }


def test_a_terminal_shows_progress_over_files(terminal: dict[str, str], record: Run, tmp_path: Path) -> None:
    """It goes away at the end, and messages stand on lines of their own."""
    path = tmp_path / "a.ndjson"
    path.write_bytes(record() + b"junk\n")
    shown = on_a_terminal(terminal, "plan", "--to", "demo", str(path))

    assert "reading" in shown
    assert f"\x1b[2K\x1b[1;31merror\x1b[0m: {path}:2: malformed JSON" in shown
    assert shown.endswith("\x1b[2Kread 2, planned 1, skipped 0, rejected 1\r\n")


@pytest.mark.parametrize("arguments", [["-q"], ["-"]])
def test_no_progress_when_quiet_or_from_stdin(
    arguments: list[str], terminal: dict[str, str], record: Run, tmp_path: Path
) -> None:
    """Only words."""
    path = tmp_path / "a.ndjson"
    path.write_bytes(record())
    shown = on_a_terminal(terminal, "plan", "--to", "demo", str(path), *arguments)

    assert "read 1, planned 1, skipped 0, rejected 0\r\n" == shown


def test_no_progress_where_requests_are_shown(terminal: dict[str, str], record: Run, tmp_path: Path) -> None:
    """They would write over each other."""
    path = tmp_path / "a.ndjson"
    path.write_bytes(record())
    shown = on_a_terminal(terminal, "plan", "--to", "demo", str(path), stdout_too=True)

    assert "reading" not in shown
    assert shown.startswith('{"route":"demo"')


@pytest.mark.parametrize("option", ["--state", "--rejected", "--output", "--routes", "--secrets"])
def test_an_empty_name_of_a_file_is_wrong_usage(
    option: str, run: Run, record: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a shell variable that is not set gives it; nothing is written here or above."""
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "deep")
    before = sorted(tmp_path.rglob("*"))
    ran = run("plan", "--to", "demo", option, "", stdin=record())

    assert (2, [], before) == (ran.code, ran.requests, sorted(tmp_path.rglob("*")))
    what = "the name of the file is empty; give one, or leave the option out"
    assert f"Error: Invalid value for '{option}': {what}" == ran.messages[-1]
