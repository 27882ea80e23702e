"""`broadcast send` to a directory: no server, one file a request, and nothing lost or twice."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from subprocess import DEVNULL, Popen
from typing import Any

import pytest

from broadcast_core.delivery.stored.requests import StoredRequest
from tests.cli.processes import start_command
from tests.cli.served import records
from tests.sending.disks import enlarge, small_disk, written

Run = Callable[..., Any]
posix = pytest.mark.skipif(os.name != "posix", reason="signals and disks of POSIX")
MANY = 6000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a directory for lines."""
    made = tmp_path / "traces"
    made.mkdir()
    return made


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a file of some records."""
    path = tmp_path / "day.ndjson"
    path.write_bytes(records("gen-1", "gen-2", "gen-3"))
    return path


def _to(folder: Path) -> list[str]:
    return ["--to", "ndjson", "-o", f"url=file://{folder}"]


def _ids(folder: Path) -> list[str]:
    return sorted(one.id for one in written(folder))


def _state(folder: Path) -> dict[str, tuple[int, int, int]]:
    found = {name: (folder / name).stat() for name in os.listdir(folder)}
    return {name: (one.st_ino, one.st_size, one.st_mtime_ns) for name, one in found.items()}


def test_generations_are_lines_of_files(run: Run, folder: Path, examples: Path, tmp_path: Path) -> None:
    """Each once, as records; nothing is in the directory beside them, and no checkpoint is left."""
    kept = tmp_path / "kept.checkpoint"
    ran = run("send", *_to(folder), examples / "deliveries", "--checkpoint", kept)

    assert (0, "ndjson: delivered 24, refused 0, undelivered 0") == (ran.code, ran.summary)
    assert 24 == len(set(_ids(folder))) == len(_ids(folder))
    assert not kept.exists()
    assert all(name.endswith(".ndjson") for name in os.listdir(folder))
    assert (0, "read 24, usable 24, skipped 0, rejected 0") == (
        (shown := run("show", folder)).code,
        shown.summary,
    )


def test_the_same_again_changes_nothing(run: Run, folder: Path, source: Path) -> None:
    """No file is written anew, whatever is sent with what."""
    run("send", *_to(folder), source)
    before = _state(folder)
    again = run("send", *_to(folder), source)

    assert (0, "ndjson: delivered 3, refused 0, undelivered 0") == (again.code, again.summary)
    assert before == _state(folder)


def test_files_sort_by_when_they_begin(run: Run, folder: Path, tmp_path: Path) -> None:
    """By the earliest generation of each, in UTC."""
    for n, start in enumerate(
        ("2026-11-23T01:00:00+02:00", "2026-11-23T00:30:00Z", "2026-11-22T23:30:00.9Z")
    ):
        line = {"id": f"gen-{n}", "timing": {"start": start}}
        (tmp_path / f"{n}").write_text(json.dumps(line) + "\n")
        run("send", *_to(folder), tmp_path / f"{n}")

    assert ["20261122T230000Z", "20261122T233000Z", "20261123T003000Z"] == [
        name.partition("-")[0] for name in sorted(os.listdir(folder))
    ]


def test_a_directory_that_is_not_there_stops_the_run_at_once(run: Run, folder: Path, source: Path) -> None:
    """In plain words, and nothing is lost: once it is made, the same command goes on."""
    folder.rmdir()
    began = time.monotonic()
    ran = run("send", *_to(folder), source)
    took = time.monotonic() - began
    folder.mkdir()
    again = run("send", *_to(folder), source)

    why = f"the directory {folder} is not there"
    assert (4, f"error: ndjson: stopped: {why}: make it, or mount the disk that it is on") == (
        ran.code,
        ran.errors[0],
    )
    assert f"ndjson: failed: {why}" in ran.messages
    assert "ndjson: next: make it, or mount the disk that it is on" in ran.messages
    assert f"next: 3 generations wait in {source}.checkpoint: run the same command again, it goes on" in (
        ran.messages
    )
    assert took < 20
    assert (0, ["gen-1", "gen-2", "gen-3"]) == (again.code, _ids(folder))


def test_a_route_is_saved_once_its_directory_is_there(run: Run, folder: Path, tmp_path: Path) -> None:
    """Before, nothing is; then all tests pass, and leave no file, and a sample is there."""
    path = tmp_path / "kept" / "routes.toml"
    at = {"BROADCAST_ROUTES": str(path)}
    folder.rmdir()
    refused = run("routes", "add", "lines", *_to(folder), **at)
    is_saved = path.exists()
    folder.mkdir()
    added = run("routes", "add", "lines", *_to(folder), **at)
    tests = [run("routes", "test", **at), run("check", *_to(folder))]
    files = os.listdir(folder)
    sample = run("send", "--sample", "--routes", path)

    assert (1, False) == (refused.code, is_saved)
    assert f"lines: failed: the directory {folder} is not there" in refused.page.splitlines()
    assert "nothing was saved" in refused.errors[0]
    assert (0, [0, 0], []) == (added.code, [one.code for one in tests], files)
    assert all(one.page.splitlines()[-1].endswith(": ok: the directory takes files") for one in tests)
    assert (0, ["broadcast/sample"]) == (sample.code, [one.model for one in written(folder)])
    assert f"lines: place: ndjson {folder}" in sample.page.splitlines()


def test_a_token_is_written_nowhere(run: Run, folder: Path, source: Path) -> None:
    """A file has no header."""
    ran = run("send", *_to(folder), source, BROADCAST_NDJSON_TOKEN="t0ken-canary")
    texts = [name.encode() + (folder / name).read_bytes() for name in os.listdir(folder)]

    assert (0, 1) == (ran.code, len(texts))
    assert b"canary" not in b"".join(texts)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("/var/traces", "or file:///var/traces"),
        ("traces", "or file:///var/traces"),
        ("file:///", "a file URL of the root directory"),
        ("file://host/var", "a file URL that does not begin with file:///: give an absolute path"),
        ("file:///var/my traces", "encode them, a space as %20"),
        ("file:///var/../etc", "with a part that is empty, . or .."),
    ],
)
def test_what_is_no_directory_is_told(run: Run, source: Path, url: str, why: str) -> None:
    """Before anything is read."""
    ran = run("send", "--to", "ndjson", "-o", f"url={url}", source)

    assert 2 == ran.code
    assert ran.errors[0].startswith("error: -o url: ")
    assert why in ran.errors[0]


def test_planned_requests_are_written_too(run: Run, folder: Path, source: Path) -> None:
    """Into the directory of the route."""
    plan = source.with_name("plan.requests")
    plan.write_bytes(run("plan", *_to(folder), source).stdout)
    before = os.listdir(folder)
    ran = run("send", *_to(folder), plan)

    assert (0, [], ["gen-1", "gen-2", "gen-3"]) == (ran.code, before, _ids(folder))


@pytest.mark.parametrize("where", ["url", "packing"])
@pytest.mark.parametrize("to", ["files", "server"])
def test_planned_requests_of_a_stranger_write_nowhere_else(
    run: Run, folder: Path, source: Path, tmp_path: Path, where: str, to: str
) -> None:
    """Not beside the directory, nor from a route to a server."""
    other = tmp_path / "other"
    other.mkdir()
    route = _to(folder) if to == "files" else ["--to", "ndjson", "-o", "url=http://127.0.0.1:1/"]
    form = StoredRequest.of_line(run("plan", *route, source).stdout)
    head = {**json.loads(form.head), "method": "PUT"}
    url = f"file://{other}/one.ndjson"
    packing = {**head["packing"], "url": url, "headers": {}}
    head |= {"url": url} if where == "url" else {"packing": packing}
    plan = source.with_name("plan.requests")
    forged = StoredRequest(head=json.dumps(head, separators=(",", ":")).encode(), body=form.body)
    plan.write_bytes(forged.line + b"\n")
    ran = run("send", *route, plan, "--tries", "1")

    assert 2 == ran.code
    assert "it goes to another server than the route 'ndjson' does" in ran.errors[0]
    assert ([], []) == (os.listdir(folder), os.listdir(other))


def test_files_need_no_package(spawn: Run, folder: Path, source: Path) -> None:
    """A server does, and it is said which."""
    bare = "import sys; sys.modules['httpx2'] = None; from broadcast_core.cli import main; main()"
    ran = spawn("send", *_to(folder), source, before=("-c", bare))
    other = spawn("send", "--to", "ndjson", "-o", "url=http://127.0.0.1:1", source, before=("-c", bare))

    assert (0, ["gen-1", "gen-2", "gen-3"]) == (ran.code, _ids(folder))
    assert 3 == other.code
    assert (
        "httpx2, which is not installed here. Install: pip install 'broadcast-core[send]'" in other.errors[0]
    )


def _long(source: Path) -> list[str]:
    """Make a source long; return the ids in it."""
    names = [f"gen-{n:05}" for n in range(MANY)]
    lines = (
        json.dumps({"id": name, "timing": {"start": "2026-11-23T10:00:00Z"}, "content": {"input": "x" * 900}})
        for name in names
    )
    source.write_text("\n".join(lines) + "\n")
    return names


def _started(plugins: Path, folder: Path, source: Path, *more: str, **options: Any) -> Popen[bytes]:
    command = ["send", *_to(folder), str(source), "--quiet", *more]
    return start_command(plugins, *command, stdout=DEVNULL, **options)


@posix
@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.faults) for n in range(1, 24))])
def test_a_run_that_is_killed_goes_on(seed: int, plugins: Path, folder: Path, source: Path) -> None:
    """At any moment, and again: each generation is in one line."""
    names, dice, kills = _long(source), random.Random(seed), 0
    for _ in range(6):
        wanted = len(os.listdir(folder)) + dice.randrange(1, 3)
        with _started(plugins, folder, source) as process:
            while process.poll() is None and len(os.listdir(folder)) < wanted:
                time.sleep(0.0005)
            time.sleep(dice.random() * 0.02)
            process.send_signal(signal.SIGKILL)
        kills += process.returncode == -signal.SIGKILL
        if not source.with_name(f"{source.name}.checkpoint").exists():
            break
    with _started(plugins, folder, source) as process:
        said = process.communicate(timeout=60)[1].decode()

    assert kills > 0
    assert 0 == process.returncode, said
    assert names == _ids(folder), [one for one in Counter(_ids(folder)).items() if one[1] > 1]


@posix
def test_a_disk_that_is_full_loses_nothing(plugins: Path, folder: Path, source: Path) -> None:
    """What it took is whole; with space the same command writes the rest, and nothing twice."""
    names = _long(source)
    with small_disk(folder):
        with _started(plugins, folder, source, "--tries", "1") as process:
            said = process.communicate(timeout=60)[1].decode()
        before, left = _ids(folder), os.listdir(folder)
        enlarge(folder)
        with _started(plugins, folder, source) as process:
            assert 0 == process.wait(60)
        after = _ids(folder)

    assert f"ndjson: stopped: the disk of {folder} is full: free some space" in said
    assert 0 < len(before) == len(set(before)) < len(names)
    assert not [name for name in left if name.startswith(".")]
    assert names == after


@posix
@pytest.mark.parametrize("size", [60_000, 500_000])
def test_files_that_may_not_grow_lose_nothing(
    size: int, plugins: Path, folder: Path, source: Path, tmp_path: Path
) -> None:
    """Neither those in the directory nor the checkpoint."""
    import resource

    names = _long(source)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    with _started(plugins, folder, source, "--tries", "1", preexec_fn=limit) as process:
        said = process.communicate(timeout=60)[1].decode()
    with _started(plugins, folder, source) as again:
        assert 0 == again.wait(60)

    assert process.returncode in (2, 4), said
    assert "Traceback" not in said
    assert names == _ids(folder)
