"""`--rejected FILE` keeps what could not be used, unchanged, so that it can be fixed and planned again."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core.cli import chunks
from broadcast_core.cli.files.document import Document
from broadcast_core.cli.files.rejects import format_lines
from broadcast_core.cli.location import SourceLocation
from broadcast_core.jsontext import loads
from tests.cli.inputs import delivery_of

pytestmark = pytest.mark.usefixtures("plugins")
Run = Callable[..., Any]
DEMO = ("plan", "--to", "demo", "--rejected")


@pytest.fixture
def rejected(tmp_path: Path) -> Path:
    """Return where rejected input is kept."""
    return tmp_path / "kept" / "rejected.ndjson"


@pytest.fixture(autouse=True)
def _folder(rejected: Path) -> None:
    rejected.parent.mkdir()


ODD = [
    b'{"id": "gen-bad", \n',
    b'  {"id":"gen-bad",  "timing":{}}\t\r\n',
    b'{"id": "gen\x00-\xff"}\n',
    b"junk\n",
    b'{"id":"\xd0\x96\xf0\x9f\x98\x80","x":1e999}\n',
]


def test_lines_are_kept_byte_for_byte(run: Run, record: Run, rejected: Path) -> None:
    """Those that could be used are not among them."""
    lines = [line for n, odd in enumerate(ODD) for line in (odd, record(f"gen-{n}"))]
    ran = run(*DEMO, rejected, stdin=b"".join(lines) + b"last")

    assert b"".join(ODD) + b"last\n" == rejected.read_bytes()
    assert (1, f"note: {rejected}: 6 lines to fix are in it") == (ran.code, ran.messages[-2])
    assert "read 11, planned 5, skipped 0, rejected 6" == ran.summary


def test_what_is_fixed_can_be_planned(run: Run, record: Run, rejected: Path) -> None:
    """From the file itself; what was planned before is planned no more."""
    run(*DEMO, rejected, stdin=record("gen-1") + record("gen-2", model=5))
    mended = rejected.with_name("mended.ndjson")
    mended.write_bytes(rejected.read_bytes().replace(b'"model": 5', b'"model": "5"'))
    ran = run(*DEMO, rejected, mended)

    assert (0, ["gen-2"]) == (ran.code, ran.generations)
    assert b"" == rejected.read_bytes()


def test_it_is_empty_when_nothing_was_rejected(run: Run, record: Run, rejected: Path) -> None:
    """What an older run has left there would mislead."""
    rejected.write_bytes(b"of an older run\n")
    rejected.chmod(0o644)
    ran = run(*DEMO, rejected, stdin=record())

    assert (0, ["read 1, planned 1, skipped 0, rejected 0"]) == (ran.code, ran.messages)
    assert (b"", 0o600) == (rejected.read_bytes(), rejected.stat().st_mode & 0o777)
    assert [rejected] == list(rejected.parent.iterdir())


def test_it_is_for_its_owner_alone(run: Run, rejected: Path) -> None:
    """It holds content, and no policy has seen it."""
    before = os.umask(0)
    try:
        run(*DEMO, rejected, "--privacy", stdin=b'{"id":"gen-1","content":{"input":"secret"}}\n')
    finally:
        os.umask(before)

    assert (True, 0o600) == (b"secret" in rejected.read_bytes(), rejected.stat().st_mode & 0o777)


def test_what_was_skipped_is_not_in_it(run: Run, rejected: Path, examples: Path) -> None:
    """It is no mistake."""
    ran = run(*DEMO, rejected, examples / "deliveries")

    assert ("read 26, planned 24, skipped 2, rejected 0", b"") == (ran.summary, rejected.read_bytes())


def test_what_a_destination_rejects_is_kept_too(run: Run, record: Run, rejected: Path) -> None:
    """Its line, when its chunk is planned."""
    lines = [record(f"gen-{n}") for n in range(4)]
    run(*DEMO, rejected, "-o", "refuse=gen-1", stdin=b"".join(lines))

    assert lines[1] == rejected.read_bytes()


def test_what_one_of_several_routes_rejects_is_kept(
    run: Run, record: Run, rejected: Path, tmp_path: Path
) -> None:
    """Once, also when every route rejects it; planned again it is the same again elsewhere."""
    table = '[[routes]]\nname = "{}"\ndestination = "demo"\noptions = {{ refuse = "gen-1" }}\n'
    one = '[[routes]]\nname = "c"\ndestination = "demo"\noptions = { refuse = "gen-2" }\n'
    (tmp_path / "routes.toml").write_text(table.format("a") + table.format("b") + one)
    lines = [record(f"gen-{n}") for n in range(4)]
    run("plan", "--routes", tmp_path / "routes.toml", "--rejected", rejected, stdin=b"".join(lines))

    assert lines[1] + lines[2] == rejected.read_bytes()


@pytest.mark.parametrize("chunk", [1, 500])
def test_a_document_of_several_generations_goes_in_whole_and_once(
    chunk: int, run: Run, record: Run, rejected: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where one fails as it is read and others as they are planned, also in chunks of their own."""
    monkeypatch.setattr(chunks, "CHUNK_GENERATIONS", chunk)
    document = delivery_of("", "gen-1", "gen-2", "gen-3")
    lines = document + record("gen-4") + delivery_of("gen-5", "gen-6") + document
    ran = run(*DEMO, rejected, "-o", "crash=gen-2", "-q", stdin=lines)

    assert {"gen-1", "gen-3", "gen-4", "gen-5", "gen-6"} == set(ran.generations)
    assert "read 11, planned 7, skipped 0, rejected 4" == ran.summary
    assert document * 2 == rejected.read_bytes()


@pytest.mark.parametrize("chunk", [1, 2, 500])
def test_a_document_is_kept_once_when_a_plan_rejects_several_of_it(
    chunk: int, run: Run, record: Run, rejected: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one chunk or several, with another document between them; an equal document is kept too."""
    monkeypatch.setattr(chunks, "CHUNK_GENERATIONS", chunk)
    document = delivery_of("gen-1", "gen-2", "gen-3")
    ran = run(
        *DEMO, rejected, "-o", "crash=gen-1", "-o", "refuse=gen-3", stdin=document + b"junk\n" + document
    )

    assert "read 7, planned 2, skipped 0, rejected 5" == ran.summary
    assert sorted([document, b"junk\n", document]) == sorted(rejected.read_bytes().splitlines(keepends=True))


def test_a_file_of_one_document_becomes_one_line(
    run: Run, record: Run, rejected: Path, tmp_path: Path
) -> None:
    """Without the blanks between its tokens, and else as it came: spelling of numbers, keys, escapes."""
    text = (
        b'\xef\xbb\xbf{\r\n  "id" : "a \\" \\\\",\n\t"x" : [ 1.50 , 1E2, "two  spaces\\n", "\\u0416" ]\n}\n'
    )
    (tmp_path / "a.json").write_bytes(text)
    (tmp_path / "b.json.gz").write_bytes(gzip.compress(b'{"id":\n\n "b" , \n'))
    (tmp_path / "c.json").write_bytes(record("gen-1"))
    run(*DEMO, rejected, *(tmp_path / name for name in ("a.json", "b.json.gz", "c.json")))

    assert [
        b'{"id":"a \\" \\\\","x":[1.50,1E2,"two  spaces\\n","\\u0416"]}',
        b'{"id":',
        b"",
        b' "b" , ',
    ] == rejected.read_bytes().splitlines()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(JSON, st.sampled_from([None, 0, 3, "\t"]), st.booleans())
def test_a_document_means_the_same_on_its_line(value: Any, indent: Any, escaped: bool) -> None:
    """Whatever is in its texts."""
    text = json.dumps(value, indent=indent, ensure_ascii=escaped).encode("utf-8", "replace")
    line = format_lines(Document(SourceLocation("a.json"), text))

    assert loads(text) == loads(line)
    assert 1 == line.count(b"\n") == len(line.splitlines())


@given(st.binary().filter(lambda text: text.strip()))
def test_a_file_of_one_document_that_is_no_json_keeps_its_lines(text: bytes) -> None:
    """So that it can be restored, and what follows it in the file is not harmed."""
    text = b"junk" + text
    lines = format_lines(Document(SourceLocation("a.json"), text))

    assert (text.removesuffix(b"\n"), b"\n") == (lines[:-1], lines[-1:])


@pytest.mark.parametrize("text", [b"", b" \r\n\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
def test_a_blank_file_of_one_document_is_left_out(
    text: bytes, run: Run, rejected: Path, tmp_path: Path
) -> None:
    """It is rejected, and there is nothing to fix."""
    (tmp_path / "a.json").write_bytes(text)
    ran = run(*DEMO, rejected, tmp_path / "a.json")

    assert (1, b"") == (ran.code, rejected.read_bytes())
    assert "to fix" not in ran.stderr


def test_the_lines_to_fix_are_counted(run: Run, rejected: Path, tmp_path: Path) -> None:
    """Also those of a document that has several."""
    (tmp_path / "a.json").write_bytes(b"junk\njunk")
    ran = run(*DEMO, rejected, tmp_path / "a.json")

    assert f"note: {rejected}: 2 lines to fix are in it" == ran.messages[-2]


def test_a_file_that_cannot_be_read_is_not_in_it_and_that_is_reported(
    run: Run, rejected: Path, tmp_path: Path
) -> None:
    """Nor is the rest of one that is cut off. Without the option there is nothing to say of it."""
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"junk\n")[:-4])
    inputs = (tmp_path / "missing", tmp_path / "a.gz")
    ran = run(*DEMO, rejected, *inputs)
    without = run("plan", "--to", "demo", *inputs)

    told = [line for line in ran.errors if line.endswith(f"; what was not read is not in {rejected}")]
    assert (2, 2) == (ran.code, len(told))
    assert "is not in" not in without.stderr


def test_a_document_of_several_lines_is_kept_with_all_of_them(run: Run, record: Run, rejected: Path) -> None:
    """Where each line should have been a document."""
    pretty = json.dumps({"id": "gen-bad", "x": [1, 2]}, indent=1).encode() + b"\n"
    ran = run(*DEMO, rejected, stdin=record("gen-1") + pretty + record("gen-2"))

    assert (pretty, ["gen-1", "gen-2"]) == (rejected.read_bytes(), ran.generations)


def test_what_is_too_large_cannot_be_kept_and_that_is_reported(run: Run, record: Run, rejected: Path) -> None:
    """It was never read."""
    ran = run(*DEMO, rejected, "--max-line-bytes", "100", stdin=record() + b"x" * 101 + b"\njunk\n")

    why = "the line is longer than 100 bytes; a larger --max-line-bytes reads it"
    assert f"error: <stdin>:2: {why}; it is not in {rejected}" == ran.errors[0]
    assert b"junk\n" == rejected.read_bytes()


def test_the_lines_of_a_file_that_is_cut_off_are_kept(run: Run, rejected: Path, tmp_path: Path) -> None:
    """As far as it could be read."""
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"junk\n" * 3)[:-4])
    ran = run(*DEMO, rejected, tmp_path / "a.gz")

    assert (2, b"junk\n" * 3) == (ran.code, rejected.read_bytes())


def test_it_replaces_nothing_that_the_run_needs(
    run: Run, record: Run, rejected: Path, tmp_path: Path
) -> None:
    """Not an input, the output, the routes or the state, by any name."""
    paths = {name: tmp_path / name for name in ("a.ndjson", "out", "routes.toml", "state.json")}
    paths["a.ndjson"].write_bytes(record())
    paths["routes.toml"].write_text('[[routes]]\nname = "a"\ndestination = "demo"\n')
    for name, path in paths.items():
        (tmp_path / f"{name}.link").symlink_to(path)
    command = (
        "plan",
        "--routes",
        paths["routes.toml"],
        "--output",
        paths["out"],
        "--state",
        paths["state.json"],
    )
    names = [
        *paths,
        *(f"{name}.link" for name in paths),
        "state.json.lock",
        "state.json.holder",
        "kept/../out",
    ]
    rans = [run(*command, paths["a.ndjson"], "--rejected", tmp_path / name) for name in names]

    state, an_input, output = "the state, or of its lock", "one of the inputs", "the output"
    whats = [an_input, output, an_input, state] * 2 + [state, state, output]
    assert [
        (2, [f"error: --rejected {tmp_path / name}: the file is {what}"])
        for name, what in zip(names, whats, strict=True)
    ] == [(ran.code, ran.messages) for ran in rans]
    assert record() == paths["a.ndjson"].read_bytes()


def test_it_is_a_file(run: Run) -> None:
    """Stdout has the requests."""
    ran = run(*DEMO, "-")

    assert (2, ["error: --rejected -: give the name of a file"]) == (ran.code, ran.messages)


@pytest.mark.parametrize("verb", [("plan", "--to", "demo"), ("show",)], ids=lambda verb: verb[0])
@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1"])
def test_it_is_not_the_pipe_that_stdout_is(name: str, verb: tuple[str, ...], spawn: Run, record: Run) -> None:
    """What could not be used would be among the requests."""
    ran = spawn(*verb, "--rejected", name, stdin=record() + b"junk\n")

    assert (2, b"", [f"error: --rejected {name}: the file is the output"]) == (
        ran.code,
        ran.stdout,
        ran.messages,
    )


def test_a_device_may_be_both(spawn: Run, record: Run) -> None:
    """Where all of it is thrown away."""
    lines = "import os; os.dup2(os.open('/dev/null', 1), 1); from broadcast_core.cli import main; main()"
    ran = spawn(*DEMO, "/dev/null", stdin=record() + b"junk\n", before=("-c", lines))

    assert (1, "read 2, planned 1, skipped 0, rejected 1") == (ran.code, ran.summary)


def test_where_it_cannot_be_written_nothing_is_planned(run: Run, record: Run, tmp_path: Path) -> None:
    """The message has its name, and no state is written."""
    path = tmp_path / "no" / "rejected.ndjson"
    state = ("--state", tmp_path / "state.json")
    ran = run(*DEMO, path, *state, "--output", tmp_path / "out", stdin=record())

    assert (2, [f"error: {path}: cannot be written: no such file or directory"]) == (ran.code, ran.errors)
    assert ["kept", "site", "state.json.lock"] == sorted(one.name for one in tmp_path.iterdir())


def test_a_full_disk_under_it_fails_the_run(run: Run, record: Run, tmp_path: Path) -> None:
    """What could not be used would be lost, so the output does not appear, nor the state."""
    state = ("--state", tmp_path / "state.json")
    ran = run(*DEMO, "/dev/full", *state, "--output", tmp_path / "out", stdin=record() + b"junk\n")

    assert (2, "error: /dev/full: cannot be written: no space left on device") == (ran.code, ran.errors[-1])
    assert ["kept", "site", "state.json.lock"] == sorted(one.name for one in tmp_path.iterdir())


@pytest.mark.parametrize("output", ["/dev/full", "no/out"])
def test_a_run_that_fails_leaves_the_older_file(output: str, run: Run, rejected: Path, record: Run) -> None:
    """Nothing is beside it."""
    rejected.write_bytes(b"of an older run\n")
    run(*DEMO, rejected, "--output", output, stdin=b"junk\n" + record())

    assert ([rejected], b"of an older run\n") == (list(rejected.parent.iterdir()), rejected.read_bytes())


@pytest.mark.parametrize("failing", ["out", "state.json"])
def test_a_file_that_cannot_be_put_in_its_place_leaves_the_older_one(
    failing: str, run: Run, rejected: Path, record: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The output and the state come first."""

    def replace(partial: str, path: str) -> None:
        if Path(path).name == failing:
            raise OSError(28, "No space left on device")
        renamed(partial, path)

    renamed = os.replace
    monkeypatch.setattr(os, "replace", replace)
    rejected.write_bytes(b"of an older run\n")
    files = ("--output", tmp_path / "out", "--state", tmp_path / "state.json")
    ran = run(*DEMO, rejected, *files, stdin=b"junk\n" + record())

    assert (2, b"of an older run\n") == (ran.code, rejected.read_bytes())
    assert ran.errors[-1].startswith(f"error: {tmp_path / failing}: cannot be written: no space left")


def test_it_is_replaced_last(
    run: Run, rejected: Path, record: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The output appears, then the state, then what could not be used."""
    order: list[str] = []

    def replace(partial: str, path: str) -> None:
        order.append(Path(path).name)
        renamed(partial, path)

    renamed = os.replace
    monkeypatch.setattr(os, "replace", replace)
    files = ("--output", tmp_path / "out", "--state", tmp_path / "state.json")
    run(*DEMO, rejected, *files, stdin=b"junk\n" + record())

    assert ["out", "state.json", rejected.name] == order


def test_where_it_alone_cannot_be_put_in_its_place_all_else_is_there(
    run: Run, rejected: Path, record: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says so, and what to do."""

    def replace(partial: str, path: str) -> None:
        if path == str(rejected):
            raise OSError(28, "No space left on device")
        renamed(partial, path)

    renamed = os.replace
    monkeypatch.setattr(os, "replace", replace)
    ran = run(*DEMO, rejected, "--output", tmp_path / "out", stdin=b"junk\n" + record())

    assert [
        f"error: {rejected}: cannot be written: no space left on device; everything else of this"
        " run was written, what could not be used was not: fix that and run this again"
    ] == ran.errors[1:]
    assert (2, 1, []) == (
        ran.code,
        len((tmp_path / "out").read_bytes().splitlines()),
        list(rejected.parent.iterdir()),
    )


@pytest.mark.parametrize("verb", [("plan", "--to", "demo"), ("show",)], ids=lambda verb: verb[0])
@pytest.mark.parametrize("stdout", ["/dev/full", "full at last"])
def test_stdout_that_is_full_leaves_the_older_file(
    stdout: str, verb: tuple[str, ...], spawn: Run, rejected: Path, record: Run, tmp_path: Path
) -> None:
    """Whether the error comes with the write or with the flush to the disk."""
    rejected.write_bytes(b"of an older run\n")
    to = stdout if stdout == "/dev/full" else tmp_path / "out"
    lines = (
        "import os, errno",
        f"os.dup2(os.open({str(to)!r}, os.O_WRONLY | os.O_CREAT), 1)",
        "store = os.fsync",
        "def full(descriptor):",
        "    if descriptor == 1: raise OSError(errno.ENOSPC, 'No space left on device')",
        "    store(descriptor)",
        "os.fsync = full",
        "from broadcast_core.cli import main",
        "main()",
    )
    command = (*verb, "--rejected", rejected)
    ran = spawn(*command, stdin=b"junk\n" + record(), before=("-c", "\n".join(lines)))

    assert (2, b"of an older run\n") == (ran.code, rejected.read_bytes())
    assert "error: <stdout>: cannot be written: no space left on device" in ran.messages
    assert [rejected] == list(rejected.parent.iterdir())


def test_an_input_that_cannot_be_read_is_no_such_failure(
    run: Run, rejected: Path, record: Run, tmp_path: Path
) -> None:
    """What could not be used of the others is kept."""
    rejected.write_bytes(b"of an older run\n")
    (tmp_path / "a.ndjson").write_bytes(b"junk\n" + record())
    ran = run(*DEMO, rejected, tmp_path / "missing", tmp_path / "a.ndjson")

    assert (2, b"junk\n") == (ran.code, rejected.read_bytes())


def test_a_run_that_is_terminated_leaves_the_older_file(spawn: Run, rejected: Path, record: Run) -> None:
    """Nothing is beside it."""
    rejected.write_bytes(b"of an older run\n")
    ran = spawn(*DEMO, rejected, "-q", "-o", "leave=items, told to", stdin=b"junk\n" + record())

    assert (143, b"of an older run\n") == (ran.code, rejected.read_bytes())
    assert [rejected] == list(rejected.parent.iterdir())


def test_show_has_it_as_well(run: Run, record: Run, rejected: Path) -> None:
    """With what could not be read."""
    ran = run("show", "--rejected", rejected, stdin=record() + b"junk\n")

    assert (1, b"junk\n", True) == (ran.code, rejected.read_bytes(), "gen-1" in ran.page)
    assert f"note: {rejected}: 1 line to fix is in it" == ran.messages[-2]
