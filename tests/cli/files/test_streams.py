"""Every write of the command is complete, or an error: whatever stdout is, and however it is buffered."""

from __future__ import annotations

import fcntl
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from broadcast_core.cli.files import streams
from broadcast_core.cli.files.streams import CompleteStream
from tests.cli.processes import BUFFERED, start_command

Run = Callable[..., Any]

SIZE_OF_A_PIPE = 4096
RECORDS = 400  # their requests and their page are more than 65,536 bytes

SAID = {"input": "x" * 200}

VERBS = {
    "plan": ["plan", "--to", "demo"],
    "show": ["show", "--limit", "10000"],
    "schema": ["schema"],
    "schema help": ["schema", "--help"],
}


@pytest.fixture
def lines(tmp_path: Path, record: Run) -> Path:
    """Return a file of records."""
    path = tmp_path / "lines.ndjson"
    path.write_bytes(b"".join(record(f"gen-{n}", model="m" * 100, content=SAID) for n in range(RECORDS)))
    return path


@pytest.fixture
def arguments(lines: Path) -> Callable[[str], list[str]]:
    """Return a function that returns the arguments of a command, with the file when it reads one."""

    def call(name: str) -> list[str]:
        return [*VERBS[name], *([str(lines)] if VERBS[name][0] in ("plan", "show") else [])]

    return call


@pytest.fixture(scope="module")
def pages() -> dict[str, bytes]:
    """Keep what commands write, by name: it is the same in each test."""
    return {}


@pytest.fixture
def complete(arguments: Run, spawn: Run, pages: dict[str, bytes]) -> Callable[[str], bytes]:
    """Return a function that returns all that a command writes to a pipe that takes it."""

    def call(name: str) -> bytes:
        if name not in pages:
            pages[name] = spawn(*arguments(name)).stdout
        return pages[name]

    return call


def slowly(reading: int) -> bytes:
    """Return all that comes out of a pipe, some bytes at a time."""
    read = b""
    while piece := os.read(reading, 10_000):
        read += piece
        time.sleep(0.005)
    return read


@contextmanager
def a_pipe() -> Iterator[tuple[int, int]]:
    """Yield the two ends of a pipe whose writing end does not block."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, SIZE_OF_A_PIPE)
    os.set_blocking(writing, False)
    try:
        yield reading, writing
    finally:
        os.close(reading)


@pytest.mark.parametrize("buffered", BUFFERED)
@pytest.mark.parametrize("name", ["plan", "show", "schema"])
def test_a_pipe_that_does_not_block_gets_every_byte(
    name: str, buffered: dict[str, str], arguments: Run, complete: Run, plugins: Path
) -> None:
    """Its reader is only slow."""
    expected = complete(name)
    with (
        a_pipe() as (reading, writing),
        start_command(plugins, *arguments(name), stdout=writing, **buffered) as process,
    ):
        os.close(writing)
        read = slowly(reading)

    assert (0, expected) == (process.returncode, read)
    assert len(read) > 4 * SIZE_OF_A_PIPE


@pytest.mark.parametrize("buffered", BUFFERED)
def test_a_named_pipe_gets_every_byte(
    buffered: dict[str, str], arguments: Run, complete: Run, plugins: Path, tmp_path: Path
) -> None:
    """Also where its reader is slow."""
    named = tmp_path / "pipe"
    os.mkfifo(named)
    with start_command(plugins, *arguments("plan"), "--output", str(named), **buffered) as process:
        reading = os.open(named, os.O_RDONLY)
        read = slowly(reading)
        os.close(reading)

    assert (0, complete("plan")) == (process.returncode, read)


@pytest.mark.parametrize("buffered", BUFFERED)
def test_messages_wait_for_a_reader_that_is_slow(
    buffered: dict[str, str], plugins: Path, tmp_path: Path
) -> None:
    """None of them is lost."""
    junk = tmp_path / "junk.ndjson"
    junk.write_bytes(b"junk\n" * 2000)
    command = ["plan", "--to", "demo", str(junk)]
    with (
        a_pipe() as (reading, writing),
        start_command(plugins, *command, stdout=subprocess.DEVNULL, stderr=writing, **buffered) as process,
    ):
        os.close(writing)
        read = slowly(reading)

    assert 1 == process.returncode
    assert [b"error"] * 2000 == [line.partition(b":")[0] for line in read.splitlines()[:-1]]
    assert b"read 2000, planned 0, skipped 0, rejected 2000" == read.splitlines()[-1]


def limit_files(size: int) -> Callable[[], None]:
    """Return what lets a process write files of some bytes only, as a disk does that is nearly full."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize("buffered", BUFFERED)
@pytest.mark.parametrize("max_bytes", [1, 65_536])
@pytest.mark.parametrize("name", ["plan", "show", "schema", "schema help"])
def test_a_disk_that_becomes_full_is_reported(
    name: str,
    max_bytes: int,
    buffered: dict[str, str],
    arguments: Run,
    complete: Run,
    plugins: Path,
    tmp_path: Path,
) -> None:
    """With code 2; what was written is the beginning, and never all that was to be written."""
    expected = complete(name)
    max_bytes = min(max_bytes, len(expected) - 1)
    with (tmp_path / "out").open("wb") as out:
        full = limit_files(max_bytes)
        with start_command(plugins, *arguments(name), stdout=out, preexec_fn=full, **buffered) as process:
            messages = process.communicate(timeout=60)[1].decode()

    assert (2, "error: <stdout>: cannot be written: file too large") == (
        process.returncode,
        messages.splitlines()[0],
    )
    assert expected[:max_bytes] == (tmp_path / "out").read_bytes()


@pytest.mark.parametrize("buffered", BUFFERED)
@pytest.mark.parametrize("output", [None, "requests.ndjson"])
def test_no_state_is_written_for_output_that_is_cut_off(
    output: str | None, buffered: dict[str, str], arguments: Run, plugins: Path, tmp_path: Path
) -> None:
    """The next run plans all of it again."""
    state = tmp_path / "state.json"
    to = [] if output is None else ["--output", str(tmp_path / output)]
    command = [*arguments("plan"), *to, "--state", str(state)]
    with (tmp_path / "out").open("wb") as out:
        full = limit_files(65_536)
        with start_command(plugins, *command, stdout=out, preexec_fn=full, **buffered) as process:
            messages = process.communicate(timeout=60)[1].decode()

    assert (2, True) == (process.returncode, "cannot be written: file too large" in messages)
    assert [] == [path for path in tmp_path.iterdir() if path.name in ("state.json", "requests.ndjson")]
    assert [] == list(tmp_path.glob(".*partial"))


@pytest.mark.parametrize("buffered", BUFFERED)
@pytest.mark.parametrize("name", ["plan", "show"])
def test_a_reader_that_goes_away_after_a_part_ends_the_run(
    name: str, buffered: dict[str, str], arguments: Run, plugins: Path, tmp_path: Path
) -> None:
    """With code 141, no message, and no state."""
    state = ["-q", "--state", str(tmp_path / "state.json")] if name == "plan" else []
    with a_pipe() as (reading, writing):
        process = start_command(plugins, *arguments(name), *state, stdout=writing, **buffered)
        os.close(writing)
        os.read(reading, 1000)
    messages = process.communicate(timeout=60)[1]

    assert (141, b"") == (process.returncode, messages)
    assert not (tmp_path / "state.json").exists()


@pytest.mark.parametrize("buffered", BUFFERED)
def test_a_full_stderr_ends_no_command(buffered: dict[str, str], plugins: Path) -> None:
    """Neither where click writes to it nor where the command does."""
    command = ["id", "trace-1", "2026-11-23T10:00:00Z", "--to", "opik", "-o", "workspace=team"]
    with (
        open("/dev/full", "wb") as full,
        start_command(plugins, *command, stderr=full, **buffered) as process,
    ):
        page = process.communicate(timeout=60)[0]

    assert (0, b"trace  ") == (process.returncode, page[:7])


@pytest.mark.parametrize("buffered", BUFFERED)
def test_a_stderr_that_nobody_reads_hangs_no_run(
    buffered: dict[str, str], record: Run, plugins: Path, tmp_path: Path
) -> None:
    """It is waited for once, and not for each of its messages; the state is written and free again."""
    lines = tmp_path / "lines.ndjson"
    lines.write_bytes(b"junk\n" * 200 + record("gen-1"))
    state = tmp_path / "state.json"
    command = ["plan", "--to", "demo", str(lines), "--state", str(state)]
    with a_pipe() as (_, writing), start_command(plugins, *command, stderr=writing, **buffered) as process:
        os.write(writing, b"x" * SIZE_OF_A_PIPE)
        os.close(writing)
        try:
            page = process.communicate(timeout=20)[0]
        finally:
            process.kill()

    assert (1, 1, True) == (process.returncode, len(page.splitlines()), state.exists())


def test_a_reader_of_messages_that_reads_again_gets_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what was not taken in time the end is lost, and it is waited for anew."""
    monkeypatch.setattr(streams, "STDERR_TIMEOUT", 0.05)
    waits: list[float] = []
    select = streams.select.select

    def waiting(reading: Any, writing: Any, errors: Any, timeout: float) -> Any:
        waits.append(timeout)
        return select(reading, writing, errors, timeout)

    monkeypatch.setattr(streams.select, "select", waiting)
    with a_pipe() as (reading, writing), os.fdopen(writing, "wb", buffering=0) as stream:
        messages = streams.StderrStream(stream)
        stream.write(b"x" * SIZE_OF_A_PIPE)
        lost = [messages.write(b"lost") for _ in range(3)]
        os.read(reading, SIZE_OF_A_PIPE)
        messages.write(b"told")
        told = os.read(reading, SIZE_OF_A_PIPE)
        stream.write(b"x" * SIZE_OF_A_PIPE)
        messages.write(b"lost")

    assert ([4] * 3, b"told", [0.05, 0, 0, 0.05]) == (lost, told, waits)


@pytest.mark.parametrize("buffered", BUFFERED)
def test_what_to_install_is_no_failure_of_stderr(buffered: dict[str, str], plugins: Path) -> None:
    """The code is that of something to install."""
    without = "import sys; sys.modules['click'] = None; from broadcast_core.cli import main; main()"
    command = ("-c", without)
    with (
        open("/dev/full", "wb") as full,
        start_command(plugins, before=command, stderr=full, **buffered) as process,
    ):
        process.communicate(timeout=60)

    assert 3 == process.returncode


class Short:
    """A raw stream that takes three bytes at a time, and at times none yet."""

    def __init__(self) -> None:
        self.taken = b""
        self.calls = 0

    def fileno(self) -> int:
        """Return something that can be waited for."""
        return sys.__stderr__.fileno()  # type: ignore[union-attr]

    def write(self, data: memoryview) -> int | None:
        """Take three bytes, every other time."""
        self.calls += 1
        if self.calls % 2:
            return None
        self.taken += bytes(data[:3])
        return len(data[:3])


@pytest.mark.parametrize("size", [0, 1, 3, 4, 1000])
def test_short_writes_go_on_until_all_is_taken(size: int) -> None:
    """Byte by byte the same."""
    short, data = Short(), bytes(n % 251 for n in range(size))

    assert (size, data) == (CompleteStream(short).write(data), short.taken)


def test_a_stream_that_takes_nothing_is_an_error() -> None:
    """It is not asked forever."""

    class Nothing(Short):
        def write(self, data: memoryview) -> int:
            return 0

    with pytest.raises(OSError, match="not all bytes were written"):
        CompleteStream(Nothing()).write(b"x")


FULL_AT_LAST = """
import os
def full(_descriptor): raise OSError(28, "No space left on device")
os.fsync = full
from broadcast_core.cli import main
main()
"""


@pytest.mark.parametrize("output", [None, "requests.ndjson"])
def test_a_disk_that_tells_at_last_that_it_is_full_is_heard(
    output: str | None, arguments: Run, plugins: Path, tmp_path: Path
) -> None:
    """As some do over a network: only when what was written is to be stored. No state is written then."""
    to = [] if output is None else ["--output", str(tmp_path / output)]
    state = tmp_path / "state.json"
    command = (*arguments("plan"), *to, "--state", str(state))
    before = ("-c", FULL_AT_LAST)
    with (
        (tmp_path / "out").open("wb") as out,
        start_command(plugins, *command, before=before, stdout=out) as process,
    ):
        messages = process.communicate(timeout=60)[1].decode().splitlines()

    place = "<stdout>" if output is None else str(tmp_path / output)
    assert f"error: {place}: cannot be written: no space left on device" in messages
    assert (2, False) == (process.returncode, state.exists())


PAGES = {
    "show": ["show"],
    "explain": ["explain", "--to", "demo"],
    "explain as JSON": ["explain", "--to", "demo", "--json"],
    "schema": ["schema"],
    "destinations": ["destinations", "--json"],
    "id": ["id", "trace-1", "2026-11-23T10:00:00.000Z", "--to", "opik", "-o", "workspace=team"],
    "help": ["plan", "--help"],
    "version": ["--version"],
}


@pytest.mark.parametrize("buffered", BUFFERED)
@pytest.mark.parametrize("name", PAGES)
def test_every_page_hears_a_disk_that_tells_at_last_that_it_is_full(
    name: str, buffered: dict[str, str], lines: Path, plugins: Path, tmp_path: Path
) -> None:
    """As it is with requests."""
    files = [str(lines)] if PAGES[name][0] in ("show", "explain") else []
    with (
        (tmp_path / "out").open("wb") as out,
        start_command(
            plugins, *PAGES[name], *files, before=("-c", FULL_AT_LAST), stdout=out, **buffered
        ) as process,
    ):
        messages = process.communicate(timeout=60)[1].decode().splitlines()

    assert (2, True) == (process.returncode, (tmp_path / "out").stat().st_size > 0)
    assert "error: <stdout>: cannot be written: no space left on device" == messages[0]


SCRIPTS = "gé→日😀"


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "utf-8", "cp1251"])
@pytest.mark.parametrize("name", ["show", "explain", "explain as JSON", "plan", "id"])
def test_a_name_that_the_encoding_lacks_is_spelled_out(
    name: str, encoding: str, record: Run, plugins: Path, tmp_path: Path
) -> None:
    """It ends no run; what is JSON stays JSON."""
    path = tmp_path / "a.ndjson"
    path.write_bytes(record(SCRIPTS, model=SCRIPTS))
    arguments = {**PAGES, "plan": ["plan", "--to", "demo", "-q"]}[name]
    given = [SCRIPTS, *arguments[2:]] if name == "id" else [*arguments[1:], str(path)]
    environment = {"PYTHONIOENCODING": encoding, "LC_ALL": "C.UTF-8"}
    with start_command(plugins, arguments[0], *given, **environment) as process:
        page, messages = process.communicate(timeout=60)

    assert (0, True) == (process.returncode, page != b"")
    assert b"Traceback" not in messages
    if name in ("explain as JSON", "plan"):
        assert SCRIPTS in json.dumps(json.loads(page), ensure_ascii=False)
