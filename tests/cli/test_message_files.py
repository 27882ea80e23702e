"""What a collector's file exporter writes is read in each of its forms, as the same deliveries in JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from broadcast_core.destinations import Response
from broadcast_core.readers.openrouter.otlp import OTHER_SIGNALS
from broadcast_core.readers.openrouter.protobuf import NO_TRACES, UNREADABLE
from tests.cli.messages import FORMS, as_json, deliveries, packed, with_length
from tests.cli.served import Opik
from tests.readers.deliveries import delivery, root
from tests.readers.messages import logs, message, metrics

pytest.importorskip("opentelemetry.proto")
pytestmark = pytest.mark.usefixtures("plugins")

Run = Callable[..., Any]
File = Callable[..., Path]
NAMES = ["gen-1", "gen-2", "gen-3"]
DELIVERIES = deliveries(*NAMES)
BAD = delivery(root(id="gen-bad", endTimeUnixNano="1"))


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_planned_and_shown_as_the_same_deliveries(form: str, run: Run, file: File) -> None:
    """To the byte, from a file and from stdin."""
    expected = run("plan", "--to", "demo", stdin=FORMS["json"](DELIVERIES))
    path = file("traces", FORMS[form](DELIVERIES))
    planned = run("plan", "--to", "demo", path)

    assert NAMES == expected.generations
    assert (0, expected.stdout, expected.messages) == (planned.code, planned.stdout, planned.messages)
    assert expected.stdout == run("plan", "--to", "demo", stdin=path.read_bytes()).stdout
    assert [3] * 2 == [
        run("show", one).page.count("LLM Generation") for one in (path, file("a.json", path.read_bytes()))
    ]


@pytest.mark.parametrize("dialect", ["otlp-proto", "broadcast"])
def test_the_format_may_be_named(dialect: str, run: Run, file: File) -> None:
    """That of the file, or that of the deliveries in it."""
    path = file("traces", FORMS["proto"](DELIVERIES))

    assert NAMES == run("plan", "--to", "demo", "--from", dialect, path).generations


def test_another_format_is_told(run: Run, file: File) -> None:
    """What it looks like, and what is no message."""
    path = file("traces", FORMS["proto"](DELIVERIES[:1]))
    ran = run("plan", "--to", "demo", "--from", "exchange", path)
    hint = "this looks like an OpenRouter Broadcast delivery, and was read as 'exchange'"

    assert f"error: {path}:1: {hint}: name 'broadcast', or no dialect @ $" == ran.errors[0]
    path.write_bytes(FORMS["json"](DELIVERIES))
    ran = run("plan", "--to", "demo", "--from", "otlp-proto", path)
    assert [
        f"error: {path}: this is JSON text, not messages with their lengths; leave --from out"
    ] == ran.errors
    assert 2 == ran.code


def test_what_is_wrong_has_its_message_and_the_rest_is_planned(run: Run, file: File) -> None:
    """Metrics beside the traces, bytes that are no message, a generation that cannot be, a cut-off end."""
    first, *_, last = map(message, DELIVERIES)
    messages = [first, metrics(), b"junk", message(BAD), logs("what a user said", time_unix_nano=1), last]
    data = b"".join(map(with_length, messages))
    at = [sum(4 + len(one) for one in messages[:n]) for n in range(len(messages) + 1)]
    path = file("traces.pb", data + b"\x00\x00\x01\x00half")
    ran = run("plan", "--to", "demo", path)

    assert (2, ["gen-1", "gen-3"]) == (ran.code, ran.generations)
    assert [
        f"error: {path}:2: at byte {at[1]}, {NO_TRACES}",
        f"error: {path}:3: at byte {at[2]}, {UNREADABLE}",
        f"error: {path}:5: at byte {at[4]}, {NO_TRACES}",
    ] == [ran.errors[0], ran.errors[1], ran.errors[3]]
    assert ran.errors[2].startswith(f"error: {path}:4: gen-bad: the end ")
    assert ran.errors[4].startswith(
        f"error: {path}:6: after this message, at byte {at[6]}, 4 of the 256 bytes"
    )
    assert "read 6, planned 2, skipped 0, rejected 4" == ran.summary


def test_metrics_and_logs_in_json_are_told_too(run: Run) -> None:
    """One exporter of several pipelines writes them into one file."""
    lines = b'{"resourceMetrics":[]}\n{"resourceLogs":[{}]}\n' + as_json(DELIVERIES[0])
    ran = run("plan", "--to", "demo", stdin=lines)

    assert [f"error: <stdin>:{n}: no known dialect: {OTHER_SIGNALS} @ $" for n in (1, 2)] == ran.errors
    assert ["gen-1"] == ran.generations


def test_what_is_rejected_is_kept_as_json_and_read_again(run: Run, file: File, tmp_path: Path) -> None:
    """So that it can be mended; what is no message is not, and that is told."""
    rejected = tmp_path / "rejected.ndjson"
    messages = [
        message(BAD),
        packed(as_json(BAD)),
        b"junk",
        json.dumps(BAD, indent=1).encode(),
        message(DELIVERIES[0]),
    ]
    path = file("traces.pb", b"".join(map(with_length, messages)))
    ran = run("plan", "--to", "demo", path, "--rejected", rejected)

    assert f"{UNREADABLE}; it is not in {rejected}" in ran.errors[2]
    assert f"note: {rejected}: 3 lines to fix are in it" in ran.messages
    assert [BAD] * 3 == list(map(json.loads, rejected.read_bytes().splitlines()))
    rejected.write_bytes(
        rejected.read_bytes().replace(b'"endTimeUnixNano":"1"', b'"endTimeUnixNano":"1995255202000000000"')
    )
    assert ["gen-bad"] == run("plan", "--to", "demo", rejected).generations


def test_files_of_messages_in_a_directory_are_read(run: Run, tmp_path: Path) -> None:
    """By the usual names."""
    for name, one in zip(
        ("a.pb", "b.binpb.gz", "c.json", "d.proto"), deliveries(*NAMES, "gen-4"), strict=True
    ):
        (tmp_path / name).write_bytes(with_length(message(one)))
    ran = run("plan", "--to", "demo", tmp_path)

    assert (0, NAMES) == (ran.code, ran.generations)


@pytest.mark.parametrize("module", ["opentelemetry.proto.trace.v1.trace_pb2", "google.protobuf.message"])
def test_without_its_package_it_says_what_to_install(module: str, spawn: Run, tmp_path: Path) -> None:
    """Other files are read, and messages in JSON."""
    (tmp_path / "a.pb").write_bytes(FORMS["proto"](DELIVERIES))
    (tmp_path / "b.pb").write_bytes(FORMS["json and zstd"](DELIVERIES))
    missing = f"import sys; sys.modules[{module!r}] = None"
    ran = spawn(
        *("plan", "--to", "demo", tmp_path),
        before=("-c", f"{missing}\nfrom broadcast_core.cli import main; main()"),
    )

    what = "reading protobuf needs the package opentelemetry-proto: pip install 'broadcast-core[protobuf]'"
    assert [f"error: {tmp_path}/a.pb: {what}"] == ran.errors
    assert (2, NAMES) == (ran.code, ran.generations)


def test_without_zstd_messages_say_it_once(spawn: Run, tmp_path: Path) -> None:
    """As of a file that is compressed as a whole."""
    (tmp_path / "a.pb").write_bytes(FORMS["proto and zstd"](DELIVERIES))
    names = ("compression.zstd", "backports.zstd")
    without = "".join(f"import sys; sys.modules[{name!r}] = None\n" for name in names)
    ran = spawn(
        *("plan", "--to", "demo", tmp_path),
        before=("-c", f"{without}from broadcast_core.cli import main; main()"),
    )

    (error,) = ran.errors
    assert error.startswith(
        f"error: {tmp_path}/a.pb: zstd data needs backports-zstd, not installed here. Install: "
    )


# Sending ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_a_run_that_stopped_goes_on_where_it_was(form: str, run: Run, server: Opik, file: File) -> None:
    """Nothing is sent twice, whatever the form."""
    path = file("traces", FORMS[form](DELIVERIES))
    server.refusal = lambda _path, _body: Response(status=502)
    assert 4 == run("send", *server.to(), path, "--tries", 1).code

    server.refusal = lambda _path, _body: None
    server.sent.clear()
    ran = run("send", *server.to(), path)

    assert (0, NAMES) == (ran.code, server.names)
    assert [
        "read 3, planned 3, skipped 0, rejected 0",
        "opik: delivered 3, refused 0, undelivered 0",
    ] == ran.messages
    assert 1 == sum(body.count(b'"gen-1"') > 0 for path, body in server.sent if path.endswith("spans/batch"))
    assert [path] == list(path.parent.glob("traces*"))


def test_a_run_whose_file_was_cut_off_goes_on_when_it_is_whole(
    run: Run, server: Opik, file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What its collector wrote meanwhile is sent with the rest."""
    monkeypatch.setattr("broadcast_core.cli.chunks.CHUNK_GENERATIONS", 1)
    whole = FORMS["proto"](DELIVERIES)
    path = file("traces", whole[:-5])
    server.refusal = lambda _path, _body: Response(status=502)
    ran = run("send", *server.to(), path, "--tries", 1)
    assert "read 2, planned 2, skipped 0, rejected 0" in ran.messages
    assert f"{path}:2: after this message, at byte " in ran.errors[0]

    path.write_bytes(whole)
    server.refusal = lambda _path, _body: None
    ran = run("send", *server.to(), path)

    assert (0, NAMES, []) == (ran.code, server.names, ran.errors)


def test_a_run_on_a_file_with_another_message_is_refused(run: Run, server: Opik, file: File) -> None:
    """Before anything is sent."""
    path = file("traces", FORMS["proto"](DELIVERIES))
    server.refusal = lambda _path, _body: Response(status=502)
    run("send", *server.to(), path, "--tries", 1)
    path.write_bytes(FORMS["proto"](deliveries("gen-1", "gen-9", "gen-3")))
    ran = run("send", *server.to(), path)

    assert (2, True) == (ran.code, "this is of another input" in ran.errors[0])
