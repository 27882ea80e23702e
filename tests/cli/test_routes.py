"""Routes from a file: for `plan` and `explain`, with secrets from a file or the environment."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("plugins")

Run = Callable[..., Any]

TWO = """
[[routes]]
name = "open"
destination = "demo"
[[routes]]
name = "cheap"
destination = "demo"
[[routes.filter_rules.groups]]
rules = [{field = "total_cost", operator = "lt", value = 0.1}]
"""
WRONG = """
[[routes]]
name = "wrong"
destination = "demo"
sampling_rate = 7
"""


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, str], Path]:
    """Return a function that writes a file of settings."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return path

    return write


def _records(record: Run) -> bytes:
    costs = {"gen-1": "0.05", "gen-2": "0.5"}
    lines: list[bytes] = [record(name, cost={"total": cost}) for name, cost in costs.items()]
    return b"".join(lines)


def test_each_route_gets_what_it_lets_through(run: Run, record: Run, written: Any) -> None:
    """The counts of each route stand above those of the whole, which add up."""
    ran = run("plan", "--routes", written("routes.toml", TWO), stdin=_records(record))

    assert 0 == ran.code
    assert {"open": ["gen-1", "gen-2"], "cheap": ["gen-1"]} == {
        request["route"]: request["generations"] for request in ran.requests
    }
    assert [
        "skipped: <stdin>:2: cheap: gen-2: in group 1 this does not hold: total_cost lt 0.1",
        "open: planned 2, skipped 0, rejected 0",
        "cheap: planned 1, skipped 1, rejected 0",
        "read 2, planned 2, skipped 0, rejected 0",
    ] == ran.messages


def test_a_wrong_route_is_reported_and_does_not_stop_the_others(run: Run, record: Run, written: Any) -> None:
    """The exit code says that something has to be fixed."""
    path = written("routes.toml", TWO + WRONG)
    ran = run("plan", "--routes", path, "-q", stdin=_records(record))

    assert 2 == ran.code
    assert ["open", "cheap"] == [request["route"] for request in ran.requests]
    assert [
        f"error: {path}: wrong: expected a rate from 0.0001 to 1, got 7 @ $.routes[2].sampling_rate"
    ] == ran.errors


def test_with_strict_a_wrong_route_stops_everything(run: Run, record: Run, written: Any) -> None:
    """Nothing is planned."""
    path = written("routes.toml", TWO + WRONG)
    ran = run("plan", "--routes", path, "--strict", stdin=_records(record))

    assert (2, b"") == (ran.code, ran.stdout)


def test_a_policy_skip_is_reported_a_few_times_and_counted(run: Run, record: Run, written: Any) -> None:
    """Not a line for each of millions."""
    never = WRONG.replace("sampling_rate = 7", "enabled = false")
    lines = b"".join(record(f"gen-{n}") for n in range(9))
    ran = run("plan", "--routes", written("routes.toml", never), stdin=lines)

    assert 5 == sum("the route is not enabled" in line for line in ran.messages)
    assert "read 9, planned 0, skipped 9, rejected 0" == ran.summary


USES: dict[str, list[str]] = {
    "neither": [],
    "both": ["--to", "demo", "--routes", "routes.toml"],
    "a policy beside a file": ["--routes", "routes.toml", "--privacy"],
    "an option beside a file": ["--routes", "routes.toml", "-o", "a=b"],
}


@pytest.mark.parametrize("arguments", USES.values(), ids=USES)
@pytest.mark.parametrize("verb", ["plan", "explain"])
def test_one_destination_or_a_file(run: Run, verb: str, arguments: list[str]) -> None:
    """Never a mixture of both."""
    ran = run(verb, *arguments)

    assert 2 == ran.code
    assert "--routes" in ran.stderr


FILES: dict[str, tuple[str, str, str]] = {
    "no TOML": ("routes.toml", "[[routes", "no TOML: "),
    "JSON by another name": ("routes.toml", "{}", "(JSON needs a name that ends in .json)"),
    "no JSON": ("routes.json", "{", "malformed JSON"),
    "no routes": ("routes.toml", "routes = []", "there is no route in it"),
    "another shape": ("routes.json", "3", "expected an array of routes in 'routes'"),
}


@pytest.mark.parametrize(("name", "text", "message"), FILES.values(), ids=FILES)
def test_a_file_that_cannot_be_used(run: Run, written: Any, name: str, text: str, message: str) -> None:
    """Says what and where."""
    path = written(name, text)
    ran = run("plan", "--routes", path)

    assert 2 == ran.code
    assert message in ran.stderr
    assert str(path) in ran.stderr


def test_a_missing_file_is_reported(run: Run, tmp_path: Path) -> None:
    """With its name."""
    ran = run("plan", "--routes", tmp_path / "none.toml")

    assert (2, [f"error: {tmp_path / 'none.toml'}: no such file or directory"]) == (ran.code, ran.errors)


HASHING = """
[[routes]]
name = "hashed"
destination = "demo"
user_identity = "hash"
"""


def test_secrets_come_from_the_environment_or_a_file(run: Run, record: Run, written: Any) -> None:
    """Both give the same bytes, and neither shows the secret."""
    path, key = written("routes.toml", HASHING), "a key of many characters"
    line = record("gen-1", identity={"user_id": "alice"})
    secrets = written("secrets.toml", f'[hashed]\nhash_key = "{key}"\n')
    by_environment = run("plan", "--routes", path, stdin=line, BROADCAST_HASHED_HASH_KEY=key)
    by_file = run("plan", "--routes", path, "--secrets", secrets, stdin=line)

    assert (0, 0) == (by_environment.code, by_file.code)
    assert by_environment.stdout == by_file.stdout != b""
    for ran in (by_environment, by_file):
        assert b"alice" not in ran.stdout
        assert key not in ran.stderr + ran.stdout.decode()


@pytest.mark.skipif(os.name != "posix", reason="permissions are told apart on POSIX only")
def test_a_secrets_file_that_others_can_read_is_refused(run: Run, written: Any) -> None:
    """With the command that fixes it."""
    path, secrets = written("routes.toml", HASHING), written("secrets.toml", "")
    secrets.chmod(0o644)
    ran = run("plan", "--routes", path, "--secrets", secrets)

    assert (2, True) == (ran.code, f"run: chmod 600 {secrets}" in ran.stderr)


def test_a_secrets_file_of_another_shape_is_refused(run: Run, written: Any) -> None:
    """Without quoting any of it."""
    path = written("routes.toml", HASHING)
    ran = run("plan", "--routes", path, "--secrets", written("secrets.toml", 'hash_key = "top secret"'))

    assert 2 == ran.code
    assert "expected texts under [hash_key], the name of a route" in ran.stderr
    assert "top secret" not in ran.stderr


def test_explain_tells_every_decision_and_every_field(run: Run, record: Run, written: Any) -> None:
    """For a person: the outcome first, then why, then where."""
    path = written("routes.toml", TWO)
    ran = run("explain", "--routes", path, "--route", "cheap", "--id", "gen-2", stdin=_records(record))
    page = ran.page.splitlines()

    assert 0 == ran.code
    assert "gen-2 on the route cheap: skipped: in group 1 this does not hold: total_cost lt 0.1" == page[0]
    assert ["check", "enabled", "api_keys", "filter_rules"] == [line.split()[0] for line in page[2:6]]
    assert any(line.startswith("$.cost.total") for line in page)


def test_explain_as_json(run: Run, record: Run) -> None:
    """For machines: the same, whole."""
    ran = run("explain", "--to", "demo", "--json", stdin=record("gen-1"))
    told = json.loads(ran.page)

    assert ("demo", "gen-1", "planned") == (told["route"], told["generation"], told["outcome"])
    assert [True] * 4 == [check["passed"] for check in told["checks"]]
    assert "$.id" == told["fields"][0]["path"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--id", "gen-9"], "the input has no generation with the id 'gen-9'"),
        (["--route", "other"], "there is no route 'other' that can be used; known: demo"),
    ],
)
def test_explain_of_what_is_not_there(run: Run, record: Run, arguments: list[str], message: str) -> None:
    """Says what there is."""
    ran = run("explain", "--to", "demo", *arguments, stdin=record("gen-1"))

    assert (2, [f"error: {message}"]) == (ran.code, ran.errors)


def test_explain_shows_no_content(run: Run, record: Run) -> None:
    """Paths and reasons only."""
    line = record("gen-1", content={"input": "my secret"}, trace={"metadata": {"k": "my secret"}})
    ran = run("explain", "--to", "demo", stdin=line)

    assert "my secret" not in ran.page + ran.stderr
