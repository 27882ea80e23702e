"""`broadcast plan` writes requests, says what became of every generation, and ends with the right code."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from broadcast_core.cli import chunks

pytestmark = pytest.mark.usefixtures("plugins")
Run = Callable[..., Any]


def test_a_request_is_one_line_with_its_body_as_json(run: Run, record: Run) -> None:
    """All that a sender needs, except secrets."""
    ran = run("plan", "--to", "demo", stdin=record("gen-1") + record("gen-2"))

    rows = [
        {"trace": "gen-1", "row": True},
        {"generation": "gen-1", "content": None},
        {"trace": "gen-2", "row": True},
        {"generation": "gen-2", "content": None},
    ]
    ids = ("gen-1", "gen-1", "gen-2", "gen-2")
    assert [
        {
            "route": "demo",
            "method": "POST",
            "url": "https://demo.example/rows",
            "headers": {"Content-Type": "application/json"},
            "endpoint": "rows",
            "generations": ["gen-1", "gen-2"],
            "destination": "demo",
            "contract": 1,
            "plugin": "broadcast-demo 1.2.3",
            "place": "demo demo.example/rows",
            "version": 1,
            "packing": {},
            "items": [
                {"bytes": len(_compact(row)), "generations": [one]}
                for row, one in zip(rows, ids, strict=True)
            ],
            "digest": hashlib.sha256(_compact(rows)).hexdigest(),
            "body": rows,
        }
    ] == ran.requests
    assert (0, ["read 2, planned 2, skipped 0, rejected 0"]) == (ran.code, ran.messages)


def _compact(rows: Any) -> bytes:
    return json.dumps(rows, separators=(",", ":")).encode()


ROWS = b'{"trace":"gen-1","row":true}', b'{"generation":"gen-1","content":null}'


def test_the_body_is_spliced_in_as_it_is(run: Run, record: Run) -> None:
    """Byte by byte, so that a number keeps its spelling."""
    ran = run("plan", "--to", "demo", stdin=record())

    assert ran.stdout.endswith(b'"body":[%b,%b]}\n' % ROWS)


BODIES: dict[str, tuple[str, bytes]] = {
    "pretty": ("body_text", b"[\n%b,\r\n%b\n]\n" % ROWS),
    "lines": ("body_text", b"%b\n%b\n" % ROWS),
    "cut": ("body_text", b"[%b,%b" % ROWS),
    "twofold": ("body_text", b"%b\n%b" % ROWS),
    "constants": ("body_text", b"[NaN,%b,%b]" % ROWS),
    "bytes_of_json": ("body_base64", b'["\xff",%b,%b]' % ROWS),
    "binary": ("body_base64", b"\xff%b%b" % ROWS),
}
"""Kinds of the demo destination, with the key of their body and its bytes."""


@pytest.mark.parametrize(("kind", "key", "body"), [(kind, *one) for kind, one in BODIES.items()], ids=BODIES)
def test_a_body_that_is_not_one_line_of_json_is_text_or_base64(
    run: Run, record: Run, kind: str, key: str, body: bytes
) -> None:
    """Each byte of it, whatever its content type says, and no plugin breaks the line."""
    ran = run("plan", "--to", kind, stdin=record())
    (request,) = ran.requests
    read = base64.b64decode if key == "body_base64" else str.encode

    assert (body, {key}) == (read(request[key]), request.keys() & {"body", "body_text", "body_base64"})
    assert 1 == ran.stdout.count(b"\n")


def test_the_same_input_gives_the_same_bytes(run: Run, examples: Path) -> None:
    """Run after run."""
    one, other = (run("plan", "--to", "demo", examples / "deliveries") for _ in range(2))

    assert one.stdout == other.stdout


def test_chunks_carry_traces_on(run: Run, record: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The row of a trace is written again when a later chunk completes it."""
    monkeypatch.setattr(chunks, "CHUNK_GENERATIONS", 2)
    lines = b"".join(record(f"gen-{n}", trace={"trace_id": "one"}) for n in range(5))
    ran = run("plan", "--to", "demo", stdin=lines)

    assert [2, 2, 1] == [len(request["generations"]) for request in ran.requests]
    assert [{"trace": "one", "row": True}] * 3 == [request["body"][0] for request in ran.requests]
    assert "read 5, planned 5, skipped 0, rejected 0" == ran.summary


def test_a_chunk_is_bounded_in_bytes(run: Run, record: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large records are planned sooner."""
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 1000)
    lines = b"".join(record(f"gen-{n}", extra={"x": "y" * 600}) for n in range(4))

    assert [2, 2] == [len(one["generations"]) for one in run("plan", "--to", "demo", stdin=lines).requests]


def test_a_generation_that_appears_twice_counts_twice(run: Run, record: Run) -> None:
    """It is planned once, since its id is the same."""
    ran = run("plan", "--to", "demo", stdin=record() * 2)

    assert "read 2, planned 2, skipped 0, rejected 0" == ran.summary
    assert ["gen-1"] == ran.generations


def test_test_deliveries_are_skipped(run: Run, examples: Path) -> None:
    """They are reported, counted, and no reason to fail."""
    path = examples / "deliveries" / "25-connection-test.json"
    ran = run("plan", "--to", "demo", path)

    assert [
        f"skipped: {path}: OpenRouter's Test Connection",
        "read 1, planned 0, skipped 1, rejected 0",
    ] == ran.messages
    assert (0, b"") == (ran.code, ran.stdout)


def test_a_directory_of_examples_is_planned(run: Run, examples: Path) -> None:
    """24 generations and two tests."""
    ran = run("plan", "--to", "demo", examples / "deliveries")

    assert (0, "read 26, planned 24, skipped 2, rejected 0") == (ran.code, ran.summary)


def test_every_dialect_is_recognised(run: Run, examples: Path) -> None:
    """Also several in one run."""
    ran = run(
        "plan", "--to", "demo", *(examples / name for name in ("deliveries", "exchange", "generation_api"))
    )

    assert (0, "read 33, planned 31, skipped 2, rejected 0") == (ran.code, ran.summary)


def test_a_dialect_can_be_named(run: Run, record: Run) -> None:
    """Then nothing else is tried."""
    ran = run("plan", "--to", "demo", "--from", "exchange", stdin=record())

    assert [
        "error: <stdin>:1: gen-1: this looks like a record, and was read as 'exchange': name 'record', or no"
        " dialect @ $",
        "error: <stdin>:1: gen-1: missing: the record needs the time of the request @ $.started_at",
    ] == ran.errors


def test_gzip_on_stdin(spawn: Run, record: Run) -> None:
    """By its magic bytes."""
    ran = spawn("plan", "--to", "demo", "-", stdin=gzip.compress(record() * 3))

    assert (0, "read 3, planned 3, skipped 0, rejected 0") == (ran.code, ran.summary)


def test_gzip_that_is_cut_off_is_reported(spawn: Run, record: Run) -> None:
    """What was read is planned; the command says that the input could not be used."""
    ran = spawn("plan", "--to", "demo", stdin=gzip.compress(record() * 3)[:-4])

    assert [
        "error: <stdin>:3: after this line, the gzip data ends too early: the file is cut off;"
        " copy it again, or test it: gzip -t FILE"
    ] == ran.errors
    assert (2, "read 3, planned 3, skipped 0, rejected 0") == (ran.code, ran.summary)


def test_a_missing_file_does_not_stop_the_others(run: Run, record: Run, tmp_path: Path) -> None:
    """The code at the end is 2."""
    (tmp_path / "a.ndjson").write_bytes(record())
    ran = run("plan", "--to", "demo", tmp_path / "no.ndjson", tmp_path / "a.ndjson")

    assert [f"error: {tmp_path}/no.ndjson: no such file or directory"] == ran.errors
    assert (2, "read 1, planned 1, skipped 0, rejected 0") == (ran.code, ran.summary)


def test_privacy_takes_content_out(run: Run, record: Run) -> None:
    """A note says so."""
    line = record(content={"input": {"prompt": "secret"}})
    ran = run("plan", "--to", "demo", "--privacy", stdin=line)

    assert b"secret" in run("plan", "--to", "demo", stdin=line).stdout
    assert b"secret" not in ran.stdout
    assert "note: <stdin>:1: gen-1: withheld $.content: privacy mode is on for this route" == ran.messages[0]


@pytest.mark.parametrize(
    ("switch", "group"),
    [
        ("--cost", "generation_cost"),
        ("--identity", "generation_identity"),
        ("--request-context", "generation_request_context"),
    ],
)
def test_opt_in_groups_are_off_until_asked_for(switch: str, group: str, run: Run, record: Run) -> None:
    """Each by its own switch."""
    line = record(**{group: {"x": 1}})

    assert f"withheld $.{group}" in run("plan", "--to", "demo", stdin=line).stderr
    assert "withheld" not in run("plan", "--to", "demo", switch, stdin=line).stderr


def test_a_note_is_repeated_five_times_and_counted(run: Run, record: Run) -> None:
    """Notes that differ in an index only are the same."""
    lines = b"".join(record(f"gen-{n}") for n in range(12))
    ran = run("plan", "--to", "demo", "-o", "note=too much", stdin=lines)

    assert [
        f"note: <stdin>:{n + 1}: gen-{n}: dropped $.extra[0].x: too much" for n in range(5)
    ] == ran.messages[:5]
    assert [
        "notes: 12 dropped",
        "of messages that repeat themselves, 5 of each kind are shown",
        "read 12, planned 12, skipped 0, rejected 0",
    ] == ran.messages[5:]


def test_notes_that_were_all_shown_are_only_counted(run: Run, record: Run) -> None:
    """Nothing was left out, so there is no message about it."""
    assert "notes: 1 dropped" == run("plan", "--to", "demo", "-o", "note=x", stdin=record()).messages[-2]


def test_quiet_leaves_errors_and_the_summary(run: Run, record: Run, examples: Path) -> None:
    """No notes and no skips."""
    test = examples / "deliveries" / "25-connection-test.json"
    ran = run("plan", "--to", "demo", "-q", "-o", "note=x", "-", test, stdin=record() + b"junk\n")

    assert ["error: <stdin>:2: malformed JSON", "read 3, planned 1, skipped 1, rejected 1"] == [
        line.split(",")[0] if "malformed" in line else line for line in ran.messages
    ]


def test_messages_hold_no_control_characters(run: Run, record: Run) -> None:
    """A text of a stranger cannot rewrite the screen."""
    ran = run("plan", "--to", "demo", "-o", "note=\x1b[2J\x07\u202eevil\nline\r\x9b1m", stdin=record())

    assert (
        r"note: <stdin>:1: gen-1: dropped $.extra[0].x: \x1b[2J\x07\u202eevil line \x9b1m" == ran.messages[0]
    )


def test_messages_are_cut(run: Run, record: Run) -> None:
    """At a few hundred characters."""
    ran = run("plan", "--to", "demo", "-o", "note=" + "x" * 5000, stdin=record("gen-" + "1" * 500))

    assert len(ran.messages[0]) < 500


def test_what_a_destination_cannot_carry_is_rejected(run: Run, record: Run) -> None:
    """With its reason; the others go on."""
    lines = record("gen-1") + record("gen-2")
    ran = run("plan", "--to", "demo", "-o", "refuse=gen-1", stdin=lines)

    assert ["error: <stdin>:1: gen-1: the demo refuses it"] == ran.errors
    assert (1, "read 2, planned 1, skipped 0, rejected 1") == (ran.code, ran.summary)


def test_what_is_too_large_for_any_request_is_rejected(run: Run, record: Run) -> None:
    """By the limits of the endpoint."""
    ran = run("plan", "--to", "tiny", stdin=record(content={"input": "x" * 100}))

    assert "bytes are more than the endpoint 'rows' takes at once" in ran.errors[0]
    assert "read 1, planned 0, skipped 0, rejected 1" == ran.summary


def test_a_destination_that_raises_costs_one_generation(run: Run, record: Run) -> None:
    """The message names the line in the plugin and quotes nothing; the others are planned."""
    lines = b"".join(record(f"gen-{n}") for n in range(9))
    ran = run("plan", "--to", "demo", "-o", "crash=gen-4", stdin=lines)

    what = "its items raised RuntimeError at broadcast_demo"
    assert [f"error: <stdin>:5: gen-4: the destination 'demo' failed: {what}"] == [
        line.rpartition(":")[0] for line in ran.errors
    ]
    assert ["gen-0", "gen-1", "gen-2", "gen-3", "gen-5", "gen-6", "gen-7", "gen-8"] == ran.generations
    assert (1, "read 9, planned 8, skipped 0, rejected 1") == (ran.code, ran.summary)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("base_url=https://x.example/a=b", None),
        ("number=5", None),
        ('nested={"a": [1]}', None),
        ("project=null", None),
        ("project=", "-o project: expected text that is not blank"),
        ("project=plain text", None),
        ('project="2024"', None),
        ("project=2024", '-o project: expected text; write it in quotes: "2024"'),
        ("project=true", '-o project: expected text; write it in quotes: "true"'),
        ("number=NaN", "-o number: expected a whole number"),
    ],
)
def test_an_option_is_json_where_it_is_json(text: str, expected: str | None, run: Run) -> None:
    """Else it is text; a text that would be a number is put in quotes."""
    ran = run("plan", "--to", "demo", "-o", text)

    assert ([] if expected is None else [f"error: {expected}"]) == ran.errors
    assert (0 if expected is None else 2) == ran.code


def test_every_wrong_option_is_reported(run: Run) -> None:
    """With what the destination knows."""
    ran = run("plan", "--to", "demo", "-o", "projct=x", "-o", "number=x")

    assert [
        "error: -o projct: unknown option; did you mean 'project'?",
        "error: -o number: expected a whole number",
    ] == ran.messages
    assert 2 == ran.code


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["x"], "expected KEY=VALUE, got 'x'"),
        (["=x"], "expected KEY=VALUE"),
        (["a=1", "a=2"], "'a' is given twice"),
    ],
)
def test_an_option_that_is_no_option_is_wrong_usage(texts: list[str], expected: str, run: Run) -> None:
    """Click says so, with code 2."""
    ran = run("plan", "--to", "demo", *(part for text in texts for part in ("-o", text)))

    assert 2 == ran.code
    assert expected in ran.stderr


def test_a_destination_is_needed(run: Run) -> None:
    """Without --to it is wrong usage."""
    assert 2 == run("plan").code


def test_a_destination_that_is_not_installed(run: Run) -> None:
    """What is installed, how one is written, and the nearest name; no package of that name is advised."""
    ran = run("plan", "--to", "dem")

    assert 3 == ran.code
    assert "no destination 'dem'" in ran.messages[0]
    assert "docs/new-destination.md" in ran.messages[0]
    assert "pip install" not in ran.stderr
    assert "error: did you mean --to demo?" == ran.messages[1]


def test_a_broken_destination(run: Run, install: Run) -> None:
    """Its reason, and what to do about it."""
    install("broadcast-broken", broken="broadcast_nowhere:destination")
    ran = run("plan", "--to", "broken")

    assert 3 == ran.code
    assert (
        "the destination 'broken' of broadcast-broken 1.2.3 is broken: ModuleNotFoundError" in ran.messages[0]
    )


def test_a_destination_that_raises_on_its_options(run: Run) -> None:
    """It is broken, and no traceback is shown."""
    ran = run("plan", "--to", "demo", "-o", "explode=now")

    (message,) = ran.messages
    why = "error: the destination 'demo' failed: its check of options raised KeyError at broadcast_demo:"
    assert (3, why) == (ran.code, message.rstrip("0123456789"))


def test_output_goes_to_a_file(run: Run, record: Run, tmp_path: Path) -> None:
    """The same bytes as on stdout, and nothing beside it."""
    target = tmp_path / "out" / "requests.ndjson"
    target.parent.mkdir()
    ran = run("plan", "--to", "demo", "--output", target, stdin=record())

    assert (0, b"") == (ran.code, ran.stdout)
    assert run("plan", "--to", "demo", stdin=record()).stdout == target.read_bytes()
    assert [target] == list(target.parent.iterdir())


def test_output_to_a_dash_is_stdout(run: Run, record: Run) -> None:
    """As without the option."""
    ran = run("plan", "--to", "demo", "--output", "-", stdin=record())

    assert ["gen-1"] == ran.generations


def test_output_replaces_a_file_and_keeps_its_mode(run: Run, record: Run, tmp_path: Path) -> None:
    """A link stays a link."""
    target, link = tmp_path / "real", tmp_path / "link"
    target.write_bytes(b"old")
    target.chmod(0o600)
    link.symlink_to(target)
    run("plan", "--to", "demo", "--output", link, stdin=record())

    assert link.is_symlink()
    assert 0o600 == target.stat().st_mode & 0o777
    assert b'{"route":"demo"' == target.read_bytes()[:15]


def test_a_new_output_may_be_read_as_any_new_file(run: Run, record: Run, tmp_path: Path) -> None:
    """As the umask says; until it is complete, by its owner alone."""
    before = os.umask(0o027)
    try:
        run("plan", "--to", "demo", "--output", tmp_path / "new", stdin=record())
    finally:
        os.umask(before)

    assert 0o640 == (tmp_path / "new").stat().st_mode & 0o777


def test_output_to_a_device_is_written_in_place(run: Run, record: Run) -> None:
    """Nothing is renamed over /dev/null."""
    ran = run("plan", "--to", "demo", "--output", os.devnull, stdin=record())

    assert 0 == ran.code
    assert Path(os.devnull).is_char_device()


def test_output_that_cannot_be_written(run: Run, record: Run, tmp_path: Path) -> None:
    """An error, code 2, and the counts."""
    target = tmp_path / "missing" / "out"
    ran = run("plan", "--to", "demo", "--output", target, stdin=record())

    assert [f"error: {target}: cannot be written: no such file or directory"] == ran.errors
    assert (2, "read 0, planned 0, skipped 0, rejected 0") == (ran.code, ran.summary)


def test_a_full_disk_is_reported(run: Run, record: Run) -> None:
    """Whatever the output is."""
    ran = run("plan", "--to", "demo", "--output", "/dev/full", stdin=record())

    assert ["error: /dev/full: cannot be written: no space left on device"] == ran.errors
    assert 2 == ran.code


def test_output_is_never_one_of_the_inputs(run: Run, record: Run, tmp_path: Path) -> None:
    """Not even one that a directory stands for."""
    target = tmp_path / "a.ndjson"
    target.write_bytes(record())
    ran = run("plan", "--to", "demo", "--output", target, tmp_path)

    assert (2, record()) == (ran.code, target.read_bytes())
    assert [f"error: --output {target}: the file is one of the inputs"] == ran.errors


def test_output_is_never_the_file_of_routes(run: Run, tmp_path: Path) -> None:
    """It would be replaced by what was made with it."""
    routes = tmp_path / "routes.toml"
    routes.write_text('[[routes]]\nname = "a"\ndestination = "demo"\n')
    ran = run("plan", "--routes", routes, "--output", routes)

    assert (2, True) == (ran.code, routes.read_text().startswith("[[routes]]"))
    assert [f"error: --output {routes}: the file is one of the inputs"] == ran.errors


def test_prompts_are_never_in_messages(run: Run, examples: Path) -> None:
    """Nothing that a user or a model said in the examples."""
    ran = run("plan", "--to", "demo", "--privacy", "-o", "note=x", examples / "deliveries")
    said = [
        message["content"]
        for path in sorted((examples / "deliveries").iterdir())
        for message in messages_in(path.read_text())
        if isinstance(message.get("content"), str)
    ]

    assert 20 < len(said)
    assert [] == [text for text in said if text in ran.stderr or text in ran.page]


def messages_in(text: str) -> list[dict[str, Any]]:
    """Return the messages of the prompt in a delivery."""
    for group in json.loads(text)["resourceSpans"]:
        for span in group["scopeSpans"][0]["spans"]:
            for attribute in span.get("attributes", []):
                if attribute["key"] == "gen_ai.prompt":
                    prompt = json.loads(attribute["value"]["stringValue"])
                    return list(prompt.get("messages", []))
    return []


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "out"])
def test_an_output_that_is_stdout_is_appended_to_as_the_shell_says(
    name: str, spawn: Run, record: Run, tmp_path: Path
) -> None:
    """What the file of `>>` has stays, and the file is not replaced."""
    out = tmp_path / "out"
    out.write_bytes(b"precious\n")
    before = out.stat().st_ino
    lines = (
        f"import os; os.dup2(os.open({str(out)!r}, os.O_WRONLY | os.O_APPEND), 1)",
        "from broadcast_core.cli import main",
        "main()",
    )
    path = out if name == "out" else name
    ran = spawn("plan", "--to", "demo", "--output", path, stdin=record(), before=("-c", "\n".join(lines)))

    assert (0, before, b"precious") == (ran.code, out.stat().st_ino, out.read_bytes().splitlines()[0])
    assert 2 == len(out.read_bytes().splitlines())


def test_an_output_that_is_stdout_and_an_input_is_refused(spawn: Run, record: Run, tmp_path: Path) -> None:
    """It would read what it writes."""
    out = tmp_path / "out.ndjson"
    out.write_bytes(record())
    lines = (
        f"import os; os.dup2(os.open({str(out)!r}, os.O_WRONLY | os.O_APPEND), 1)",
        "from broadcast_core.cli import main",
        "main()",
    )
    ran = spawn("plan", "--to", "demo", "--output", out, out, before=("-c", "\n".join(lines)))

    assert [f"error: --output {out}: the file is one of the inputs"] == ran.messages
    assert record() == out.read_bytes()


def test_an_output_that_is_the_pipe_of_stdout_is_written_to(spawn: Run, record: Run) -> None:
    """As stdout itself."""
    ran = spawn("plan", "--to", "demo", "--output", "/dev/stdout", stdin=record())

    assert (0, 1) == (ran.code, len(ran.stdout.splitlines()))
