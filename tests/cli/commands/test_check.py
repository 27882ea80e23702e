"""`broadcast check`: the connections of routes, tested against a model of Opik behind a socket, and told."""

from __future__ import annotations

import builtins
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from broadcast_opik.testing.loopback import served
from broadcast_opik.testing.server import OpikModel
from tests.sending.wire import listening, once, read_request

Run = Callable[..., Any]
KEY = "opik-canary-4711"
ROUTE = """
[[routes]]
name = "{}"
destination = "opik"
{}
[routes.options]
base_url = "{}"
workspace = "team"
"""


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def opik() -> Iterator[str]:
    """Serve a model of Opik with one workspace, and yield its base URL."""
    with served(OpikModel(api_key=KEY, workspace="team")) as url:
        yield url


def _to(url: str, **options: str) -> list[str]:
    texts = [f"{name}={value}" for name, value in {"base_url": url, "workspace": "team", **options}.items()]
    return ["--to", "opik", *(word for text in texts for word in ("-o", text))]


def test_a_connection_that_works_is_told_step_by_step(
    run: Run, opik: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Code 0; the key comes from the environment and is shown nowhere."""
    with caplog.at_level(logging.DEBUG):
        ran = run("check", *_to(opik, project_name="support"), BROADCAST_OPIK_API_KEY=KEY)

    assert [
        f"opik: server: GET {opik}/is-alive/ping: answered 200",
        f"opik: key and workspace: POST {opik}/v1/private/auth: answered 204",
        f"opik: project: POST {opik}/v1/private/projects/retrieve: answered 404",
        "opik: ok: Opik accepts the key for this workspace; the project 'support' is not there yet: Opik "
        "creates it with the first trace",
    ] == ran.page.splitlines()
    assert (0, "") == (ran.code, ran.stderr)
    assert KEY not in f"{ran.page}{caplog.text}"


@pytest.mark.parametrize(
    ("key", "what", "step"),
    [
        ("wrong-canary", "Opik refused the API key", "copy the API key again from Opik"),
        ("", "the server asks for an API key, and there is none", "give the secret api_key"),
    ],
    ids=["wrong", "missing"],
)
def test_a_connection_that_does_not_work_is_code_1(
    key: str, what: str, step: str, run: Run, opik: str
) -> None:
    """With what happened, and what to do next."""
    ran = run("check", *_to(opik), BROADCAST_OPIK_API_KEY=key)
    failed, next_step, *notes = ran.page.splitlines()[2:]

    assert (1, True, True) == (
        ran.code,
        failed.startswith(f"opik: failed: {what}"),
        next_step.startswith(f"opik: next: {step}"),
    )
    place = "BROADCAST_OPIK_API_KEY of the environment, or a secrets file, as api_key under [opik]"
    assert notes == [] if key else [f"opik: note: the secret 'api_key' is not set; its place is {place}"]
    assert "canary" not in f"{ran.page}{ran.stderr}"


def test_what_answers_and_is_no_opik_is_told(run: Run) -> None:
    """HTML, silence, and nobody; the time limit is an option."""
    html = once(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>")

    def silent(connection: Any, wire: Any) -> None:
        read_request(connection, wire)
        wire.ended.wait(5)

    told = []
    for behave in (html, silent):
        with listening(behave) as wire:
            told.append(run("check", *_to(wire.url), "--timeout", "0.2"))
    told.append(run("check", *_to(wire.url)))  # it is closed

    assert [1, 1, 1] == [ran.code for ran in told]
    assert [
        "a web page or another program answers there, and not Opik's API",
        "no answer within 0.2 s",
        "the server refused the connection",
    ] == [ran.page.partition("opik: failed: ")[2].splitlines()[0] for ran in told]
    assert all("opik: next: " in ran.page for ran in told)


def test_a_wrong_clock_is_a_note(run: Run) -> None:
    """It may be the reason, whatever the server says."""
    answer = b"HTTP/1.1 503 No\r\nDate: Mon, 23 Nov 2020 10:00:00 GMT\r\nContent-Length: 0\r\n\r\n"
    with listening(once(answer)) as wire:
        ran = run("check", *_to(wire.url))

    assert ran.page.splitlines()[-1].startswith("opik: note: the clock of this machine is ")


@pytest.fixture
def file(tmp_path: Path, opik: str) -> Path:
    """Write two routes that can be used, one that is off, and one that is wrong."""
    texts = [ROUTE.format(*one, opik) for one in (("one", ""), ("two", ""), ("off", "enabled = false"))]
    path = tmp_path / "routes.toml"
    path.write_text("\n".join(texts))
    secrets = tmp_path / "mine.toml"
    secrets.write_text(
        f'[one]\napi_key = "{KEY}"\n[two]\napi_key = "wrong-canary"\n[off]\napi_key = "{KEY}"\n'
    )
    secrets.chmod(0o600)
    return path


def _outcomes(ran: Any) -> list[str]:
    words = [line.split(": ")[:2] for line in ran.page.splitlines()]
    return [": ".join(two) for two in words if two[1] in ("ok", "failed")]


def test_routes_of_a_file_are_tested(run: Run, file: Path) -> None:
    """All that are enabled, or those named; one that fails does not stop the others."""
    every = ["check", "--routes", file, "--secrets", file.parent / "mine.toml"]

    assert (1, ["one: ok", "two: failed"]) == (run(*every).code, _outcomes(run(*every)))
    assert (0, ["one: ok"]) == (run(*every, "one").code, _outcomes(run(*every, "one")))
    assert ["off: ok"] == _outcomes(run(*every, "off", "off"))


def test_where_no_route_is_enabled_nothing_is_tested(run: Run, file: Path) -> None:
    """And that is told."""
    file.write_text(ROUTE.format("off", "enabled = false", "http://127.0.0.1:1"))
    ran = run("check", "--routes", file)

    assert (0, "", True) == (ran.code, ran.page, ran.summary.startswith("nothing was tested"))


def test_a_wrong_route_is_told_and_the_others_are_tested(run: Run, file: Path) -> None:
    """Code 2, as elsewhere; with --strict nothing is tested."""
    with file.open("a") as stream:
        stream.write('\n[[routes]]\nname = "bad"\ndestination = "opik"\n')
    secrets = ["--secrets", file.parent / "mine.toml"]
    ran = run("check", "--routes", file, *secrets)

    assert (2, ["one: ok", "two: failed"], 1) == (ran.code, _outcomes(ran), len(ran.errors))
    assert ran.errors[0].startswith(f"error: {file}: bad: missing: Comet's cloud takes nothing without")
    assert (2, ran.errors) == (
        run("check", "--routes", file, *secrets, "bad").code,
        run("check", "--routes", file, *secrets, "bad").errors,
    )
    assert 0 == run("check", "--routes", file, *secrets, "one").code


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], 2, "give either --to NAME, or --routes FILE"),
        (["one", "--to", "opik"], 2, "names are those of routes in a file"),
        (["--to", "nowhere"], 3, "no destination 'nowhere'"),
        (["--to", "opik"], 2, "Comet's cloud takes nothing without a workspace"),
        (["--routes", "nowhere.toml"], 2, "nowhere.toml: no such file or directory"),
    ],
    ids=str,
)
def test_what_cannot_be_tested_is_told(arguments: list[str], code: int, words: str, run: Run) -> None:
    """With the codes of the other commands."""
    ran = run("check", *arguments)

    assert (code, True) == (ran.code, words in ran.stderr)


def test_a_name_that_no_route_has_is_told_with_the_nearest(run: Run, file: Path) -> None:
    """And nothing is tested."""
    ran = run("check", "--routes", file, "onee")

    assert (2, [f"error: {file}: there is no route 'onee'; did you mean 'one'?"], "") == (
        ran.code,
        ran.errors,
        ran.page,
    )


def test_without_the_client_it_says_what_to_install(
    run: Run, monkeypatch: pytest.MonkeyPatch, opik: str
) -> None:
    """Code 3."""
    real = builtins.__import__

    def without(name: str, *arguments: Any) -> Any:
        if name == "httpx2":
            raise ImportError(name)
        return real(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", without)
    ran = run("check", *_to(opik))

    assert (3, True) == (ran.code, "Install: pip install 'broadcast-core[send]'" in ran.stderr)
