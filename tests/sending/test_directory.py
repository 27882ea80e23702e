"""Requests as files, on a real disk: whole or not there, nothing written over, failures in plain words."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from broadcast_core.batching import Outgoing, Response
from broadcast_core.cli.files.paths import expand_paths
from broadcast_core.delivery.failure import Failure
from broadcast_core.errors import ArgumentError
from broadcast_core.sending import async_client, directory
from broadcast_core.sending.async_client import AsyncClient
from broadcast_core.sending.client import Client
from broadcast_core.sending.directory import write_file
from tests.sending.disks import small_disk
from tests.sending.kinds import Kind

BODY = b'{"id":"gen-1","said":"c4nary"}\n'
posix = pytest.mark.skipif(os.name != "posix", reason="files of POSIX")


def _url(folder: Path, name: str = "one.ndjson") -> str:
    return f"file://{quote(str(folder))}/{name}"


def _put(folder: Path, body: bytes = BODY, name: str = "one.ndjson", method: str = "PUT") -> Outgoing:
    return Outgoing(method=method, url=_url(folder, name), headers={"Authorization": "Bearer k3y"}, body=body)


def _failed(answer: Response | Failure) -> Failure:
    assert isinstance(answer, Failure), answer
    assert "c4nary" not in answer.why
    return answer


def _names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a directory whose path has to be encoded."""
    made = tmp_path / "my \u00e9 100% #?"
    made.mkdir()
    return made


def test_a_body_becomes_a_file_of_its_owner(patient: Kind, folder: Path) -> None:
    """By each kind of client; nothing else is there, and no header is in it."""
    answer = patient.exchange(_put(folder))

    assert isinstance(answer, Response)
    assert (201, UTC) == (answer.status, answer.received and answer.received.tzinfo)
    assert {"one.ndjson": BODY} == {name: (folder / name).read_bytes() for name in _names(folder)}
    assert 0o600 == stat.S_IMODE((folder / "one.ndjson").stat().st_mode)


def test_what_is_there_stays(folder: Path) -> None:
    """The same file: not written again, and told apart by its status."""
    write_file(_put(folder))
    before = (folder / "one.ndjson").stat()
    again = write_file(_put(folder))
    after = (folder / "one.ndjson").stat()

    assert isinstance(again, Response)
    assert 200 == again.status
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def _as_link(path: Path) -> None:
    target = "t" * len(BODY)  # which is the size that the link has
    path.with_name(target).write_bytes(BODY)
    path.symlink_to(target)


OTHERS: dict[str, Callable[[Path], Any]] = {
    "longer": lambda path: path.write_bytes(BODY + b"{}\n"),
    "of the same size": lambda path: path.write_bytes(BODY[::-1]),
    "empty": lambda path: path.touch(),
    "a link": _as_link,
    "a link to nothing": lambda path: path.symlink_to("gone"),
    "a directory": lambda path: path.mkdir(),
    "a named pipe": lambda path: os.mkfifo(path),
}


@posix
@pytest.mark.parametrize("make", OTHERS.values(), ids=OTHERS)
def test_what_is_there_is_not_written_over(make: Callable[[Path], Any], folder: Path) -> None:
    """A name stands for one content, and a foreign request for another harms no file."""
    make(folder / "one.ndjson")
    before = [(name, os.lstat(folder / name)) for name in _names(folder)]
    failure = _failed(write_file(_put(folder)))

    assert ("disk", False) == (failure.kind, failure.may_have_arrived)
    assert f"{folder} has a file of this name that holds something else, or cannot be read: " in failure.why
    assert "move it away" in failure.why
    assert before == [(name, os.lstat(folder / name)) for name in _names(folder)]


def test_a_test_of_the_directory_changes_nothing(patient: Kind, folder: Path) -> None:
    """And says that it can be written to."""
    before = folder.stat()
    answer = patient.exchange(_put(folder, b"", ""))

    assert isinstance(answer, Response)
    assert 200 == answer.status
    assert [] == _names(folder)
    assert before.st_nlink == folder.stat().st_nlink


def _below_a_file(folder: Path) -> Path:
    (folder / "file").touch()
    return folder / "file"


def _in_a_circle(folder: Path) -> Path:
    (folder / "circle").symlink_to("circle")
    return folder / "circle"


MISSING: dict[str, tuple[Callable[[Path], Path], str]] = {
    "missing": (lambda folder: folder / "gone", "gone is not there: make it, or mount the disk"),
    "missing for long": (
        lambda folder: folder / "gone" / "too",
        "too is not there: make it, or mount",
    ),
    "a file": (_below_a_file, "file is no directory: give the path of one"),
    "long": (lambda folder: folder / ("x" * 300), "is too long for its disk: give a shorter one"),
    "a circle": (_in_a_circle, "lead in a circle: give its real path"),
}


@posix
@pytest.mark.parametrize(("make", "why"), MISSING.values(), ids=MISSING)
@pytest.mark.parametrize(("body", "name"), [(BODY, "one.ndjson"), (b"", "")], ids=["a file", "a test"])
def test_no_directory_is_made(
    make: Callable[[Path], Path], why: str, body: bytes, name: str, folder: Path
) -> None:
    """What should be mounted there would be written past."""
    where = make(folder)
    before = _names(folder)
    failure = _failed(write_file(_put(where, body, name)))

    assert ("directory", False) == (failure.kind, failure.may_have_arrived)
    assert str(where) in failure.why
    assert why in failure.why
    assert before == _names(folder)


def _in_a_child(work: Callable[[], Response | Failure]) -> tuple[str, str]:
    """Return the kind and the words of a failure of a process that is not root's."""
    reading, writing = os.pipe()
    if not (child := os.fork()):
        with suppress(BaseException):
            if os.geteuid() == 0:
                os.setuid(65_534)
            answer = work()
            said = ["", ""] if isinstance(answer, Response) else [answer.kind, answer.why]
            os.write(writing, json.dumps(said).encode())
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as stream:
        kind, why = json.load(stream)
    os.waitpid(child, 0)
    return kind, why


@posix
@pytest.mark.parametrize("mode", [0o555, 0o000, 0o333])
@pytest.mark.parametrize(("body", "name"), [(BODY, "one.ndjson"), (b"", "")], ids=["a file", "a test"])
def test_a_directory_of_another_is_told(mode: int, body: bytes, name: str) -> None:
    """With what to do; one that may be written to and not read cannot be synced."""
    with TemporaryDirectory() as folder:
        os.chmod(folder, mode)
        kind, why = _in_a_child(lambda: write_file(_put(Path(folder), body, name)))
        os.chmod(folder, 0o700)

    assert ("directory", f"the directory {folder} may not be read and written here") == (
        kind,
        why.partition(":")[0],
    )


@posix
def test_a_file_of_another_is_no_matter_of_the_directory() -> None:
    """What cannot be read may be anything; other requests are written."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        write_file(_put(folder))
        (folder / "one.ndjson").chmod(0)
        kind, why = _in_a_child(lambda: write_file(_put(folder)))
        other = _in_a_child(lambda: write_file(_put(folder, name="two.ndjson")))

    assert ("disk", True) == (kind, "holds something else, or cannot be read" in why)
    assert ("", "") == other


@posix
def test_a_path_that_the_system_does_not_write_is_told(folder: Path) -> None:
    """As in an environment of long ago."""
    code = f"""
from broadcast_core.batching import Outgoing
from broadcast_core.sending.directory import write_file
print(write_file(Outgoing(method="PUT", url={_url(folder)!r}, body=b"1")))
"""
    old = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **old, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert "set LC_ALL to a locale of UTF-8, or rename it" in done.stdout


@posix
@pytest.mark.parametrize(("body", "name"), [(BODY, "one.ndjson"), (b"", "")], ids=["a file", "a test"])
def test_a_disk_for_reading_alone_is_told(body: bytes, name: str, folder: Path) -> None:
    """As after an error of the disk."""
    with small_disk(folder, "ro") as disk:
        failure = _failed(write_file(_put(disk, body, name)))

    assert ("directory", False) == (failure.kind, failure.may_have_arrived)
    assert "mounted for reading alone: mount it for writing too" in failure.why


@posix
@pytest.mark.parametrize(("body", "name"), [(BODY * 9000, "one.ndjson"), (b"", "")], ids=["a file", "a test"])
def test_a_full_disk_has_no_part_of_a_file(body: bytes, name: str, folder: Path) -> None:
    """And takes the whole once there is space."""
    with small_disk(folder) as disk:
        with suppress(OSError), (disk / "other").open("wb", buffering=0) as stream:
            while stream.write(bytes(4096)):
                pass
        failure = _failed(write_file(_put(disk, body, name)))
        left = _names(disk)
        (disk / "other").unlink()
        answer = write_file(_put(disk, body, name))
        assert body == (disk / name).read_bytes() if name else True

    assert ("disk", False) == (failure.kind, failure.may_have_arrived)
    assert f"the disk of {folder} is full: free some space" in failure.why
    assert ["other"] == left
    assert isinstance(answer, Response)


@posix
def test_a_file_that_may_not_be_so_large_is_not_there(folder: Path) -> None:
    """By a limit of the process; the next one is written."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(BODY), hard))
        failure = _failed(write_file(_put(folder, BODY * 2)))
        small = write_file(_put(folder, BODY, "small"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert ("disk", False) == (failure.kind, failure.may_have_arrived)
    assert "may be as large as this one: raise that limit (ulimit -f)" in failure.why
    assert isinstance(small, Response)
    assert ["small"] == _names(folder)


def _failing_sync(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Let no directory be synced."""
    sync = os.fsync

    def fsync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, os.strerror(number))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)


@posix
def test_a_file_whose_name_is_not_on_the_disk_may_be_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes again whole: a part of it alone would have lines twice."""
    with monkeypatch.context() as patched:
        _failing_sync(patched, errno.EIO)
        failures = [_failed(write_file(_put(folder))) for _ in range(2)]
    again = write_file(_put(folder))

    assert [("disk", True)] * 2 == [(one.kind, one.may_have_arrived) for one in failures]
    assert f"a file in {folder} was not written (input/output error): see that its disk" in failures[0].why
    assert isinstance(again, Response)


@posix
def test_a_file_system_that_syncs_no_directories_is_used(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As some over a network."""
    _failing_sync(monkeypatch, errno.EINVAL)

    assert isinstance(write_file(_put(folder)), Response)


@posix
def test_the_bytes_are_on_the_disk_before_the_name_and_the_name_before_the_answer(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a machine that loses its power then has."""
    steps: list[str] = []
    sync, replace = os.fsync, os.replace

    def fsync(descriptor: int) -> None:
        is_directory = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        steps.append("name" if is_directory else f"{os.fstat(descriptor).st_size} bytes")
        sync(descriptor)

    def into_place(one: str, other: str) -> None:
        steps.append("in place")
        replace(one, other)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", into_place)
    write_file(_put(folder))
    written, steps[:] = list(steps), []
    write_file(_put(folder))

    assert [f"{len(BODY)} bytes", "in place", "name"] == written
    assert ["name"] == steps, "a process may have ended before it came to that"


@posix
@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_what_a_killed_process_leaves_is_in_nobodys_way(moment: str, folder: Path) -> None:
    """Hidden from readers of the directory, and for its owner alone; the file is written all the same."""
    if not (child := os.fork()):
        setattr(os, moment, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        write_file(_put(folder))
        os._exit(1)
    assert -signal.SIGKILL == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    (left,) = _names(folder)
    answer = write_file(_put(folder))

    assert isinstance(answer, Response)
    assert 201 == answer.status
    assert left.startswith(".one.ndjson.")
    assert left.endswith(".partial")
    assert 0o600 == stat.S_IMODE((folder / left).stat().st_mode)
    assert (str(folder / "one.ndjson"),) == expand_paths([str(folder)]).files


def test_threads_that_write_the_same_do_not_meet(folder: Path) -> None:
    """Each says that it is there."""
    body = BODY * 20_000
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: write_file(_put(folder, body)), range(24)))

    assert {200, 201} >= {one.status for one in answers if isinstance(one, Response)}
    assert 24 == sum(isinstance(one, Response) for one in answers)
    assert ["one.ndjson"] == _names(folder)
    assert body == (folder / "one.ndjson").read_bytes()


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no PUT": ({"method": "POST"}, "written by PUT alone"),
    "in lower case": ({"method": "put"}, "written by PUT alone"),
    "no name": ({"name": ""}, "needs a name and a body"),
    "no body": ({"body": b""}, "needs a name and a body"),
    "upwards": ({"name": ".."}, "no name of a file"),
    "further upwards": ({"name": "../x"}, "empty, . or .."),
    "encoded": ({"name": "..%2Fx"}, "no name of a file"),
    "hidden": ({"name": ".x"}, "no name of a file"),
}


@pytest.mark.parametrize(("changes", "why"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_a_file_is_not_written(
    patient: Kind, changes: dict[str, Any], why: str, folder: Path
) -> None:
    """Though nothing of that is prepared."""
    failure = _failed(patient.exchange(_put(folder, **changes)))

    assert ("prepare", False) == (failure.kind, failure.may_have_arrived)
    assert why in failure.why
    assert [] == _names(folder)
    assert ["my \u00e9 100% #?"] == _names(folder.parent)


def test_a_closed_client_writes_nothing(folder: Path) -> None:
    """Of either kind; and whose client it was given is not asked, nor used."""
    given = httpx.Client(transport=httpx.MockTransport(lambda request: pytest.fail("it was used")))
    with given, Client(given) as client:
        assert isinstance(client.exchange(_put(folder)), Response)
    with pytest.raises(ArgumentError, match="the client is closed: make another"):
        client.exchange(_put(folder))

    async def run() -> None:
        async with AsyncClient() as awaited:
            pass
        await awaited.exchange(_put(folder))

    with pytest.raises(ArgumentError, match="the client is closed: make another"):
        asyncio.run(run())


def test_files_alone_need_no_package(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client without HTTP says so to anything else."""
    monkeypatch.setitem(sys.modules, "httpx2", None)

    async def run() -> Response | Failure:
        async with AsyncClient(http=False) as awaited:
            return await awaited.exchange(_put(folder))

    with Client(http=False) as client:
        assert isinstance(client.exchange(_put(folder)), Response)
        assert isinstance(client.within(timedelta(seconds=9)).exchange(_put(folder)), Response)
        assert isinstance(asyncio.run(run()), Response)
        with pytest.raises(ArgumentError, match="for files alone: make one with http=True"):
            client.exchange(Outgoing(method="PUT", url="http://127.0.0.1:1/"))


def test_a_disk_that_hangs_holds_up_no_task(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the file is there is not known then; a cancellation goes on at once."""
    goes_on = threading.Event()

    def hanging(outgoing: Outgoing) -> Response | Failure:
        goes_on.wait(20)
        return write_file(outgoing)

    monkeypatch.setattr(async_client, "write_file", hanging)

    async def run() -> Response | Failure:
        async with AsyncClient(timeout=timedelta(seconds=0.1)) as client:
            answer = await client.exchange(_put(folder))
            task = asyncio.ensure_future(client.within(timedelta(hours=1)).exchange(_put(folder)))
            await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            goes_on.set()
            return answer

    failure = _failed(asyncio.run(run()))

    assert ("timeout", True) == (failure.kind, failure.may_have_arrived)
    assert "the disk had not taken the file within 0.1 s: whether it is there is not known" == failure.why
    assert ["one.ndjson"] == _names(folder)


def test_no_error_of_the_system_is_without_words(folder: Path) -> None:
    """Whatever its number."""
    for number in errno.errorcode:
        failure = directory._failure(OSError(number, os.strerror(number)), str(folder))
        assert str(folder) in failure.why
        assert ": " in failure.why
    assert "(oserror)" in directory._failure(OSError(), "{}").why
