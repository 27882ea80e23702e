"""`broadcast routes`: routes kept in one file, added once their connection works; secrets are never shown."""

from __future__ import annotations

import io
import os
import pty
import stat
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

from broadcast_core.settings import load
from broadcast_opik.testing.loopback import served
from broadcast_opik.testing.server import OpikModel
from tests.cli.processes import start_command

Run = Callable[..., Any]
KEY = "opik-canary-4711"


@pytest.fixture(scope="module")
def opik() -> Iterator[str]:
    """Serve a model of Opik with one workspace, and yield its base URL."""
    with served(OpikModel(api_key=KEY, workspace="team")) as url:
        yield url


@pytest.fixture
def routes(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs a command of routes with a file of the test's own."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)

    def call(*arguments: object, **more: Any) -> Any:
        ran = run("routes", *arguments, BROADCAST_ROUTES=str(tmp_path / "kept" / "routes.toml"), **more)
        assert "canary" not in f"{ran.page}{ran.stderr}"
        return ran

    return call


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the file of routes."""
    return tmp_path / "kept" / "routes.toml"


def _to(url: str, **options: str) -> list[str]:
    texts = [f"{name}={value}" for name, value in {"base_url": url, "workspace": "team", **options}.items()]
    return ["--to", "opik", *(word for text in texts for word in ("-o", text))]


def _files(path: Path) -> dict[str, Any]:
    """Return what is in the files beside each other; the lock is empty."""
    texts = {one.name: one.read_text() for one in path.parent.iterdir()} if path.parent.exists() else {}
    assert not texts.pop("routes.toml.lock", "")
    return {name: tomllib.loads(text) for name, text in texts.items()}


def test_a_route_is_saved_once_its_connection_works(routes: Run, opik: str, path: Path) -> None:
    """With its policy; the secret of stdin goes into a file of its own, which only its owner can read."""
    policy = ["--privacy", "--cost", "--identity", "--request-context"]
    add = ["add", " support ", *_to(opik), *policy, "--secret-stdin", "api_key"]
    ran = routes(*add, stdin=f"{KEY}\n".encode())
    options = {"base_url": opik, "workspace": "team"}

    assert (0, f"saved 'support' in {path}; api_key in {path.parent}/routes.secrets.toml") == (
        ran.code,
        ran.summary,
    )
    assert "support: ok: Opik accepts the key for this workspace" == ran.page.splitlines()[-1]
    assert {
        "routes.toml": {
            "routes": [
                {
                    "name": "support",
                    "destination": "opik",
                    "privacy_mode": True,
                    "broadcast_generation_cost": True,
                    "broadcast_generation_identity": True,
                    "broadcast_generation_request_context": True,
                    "options": options,
                }
            ]
        },
        "routes.secrets.toml": {"support": {"api_key": KEY}},
    } == _files(path)
    assert {0o600} == {stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()}


def test_what_does_not_work_is_not_saved_without_force(routes: Run, opik: str, path: Path) -> None:
    """Code 1, with what to do; `--force` saves it without a test."""
    add = ["add", "support", *_to(opik), "--secret-stdin", "api_key"]
    ran = routes(*add, stdin=b"wrong-canary")

    assert (1, {}) == (ran.code, _files(path))
    assert ran.page.splitlines()[-2].startswith("support: failed: Opik refused the API key")
    assert "so nothing was saved; --force saves it without a test" in ran.errors[0]

    assert 0 == routes(*add, "--force", stdin=b"wrong-canary").code
    assert ["routes.secrets.toml", "routes.toml"] == sorted(_files(path))


def test_secrets_come_from_the_environment(routes: Run, opik: str, path: Path) -> None:
    """By the name of the route; headers of its own too. They are saved, so that the next run has them."""
    environment = {"BROADCAST_MY_ROUTE_API_KEY": KEY, "BROADCAST_MY_ROUTE_HEADER_X_TEAM": "team-canary"}
    ran = routes("add", "my route", *_to(opik), "--header", "X-Team", **environment)

    assert 0 == ran.code
    saved = {"my route": {"api_key": KEY, "header_x_team": "team-canary"}}
    assert saved == _files(path)["routes.secrets.toml"]
    assert routes("test").page.splitlines()[-1].startswith("my route: ok: ")


WRONG = {
    "no destination": (["add", "x"], 2, "give the destination: --to NAME"),
    "unknown": (["add", "x", "--to", "nowhere"], 3, "no destination 'nowhere'"),
    "option": (["add", "x", *_to("http://h/api"), "-o", "project=x"], 2, "-o project: unknown option"),
    "name": (["add", " ", *_to("http://h/api")], 2, "missing: a route needs a name"),
    "header": (["add", "x", *_to("http://h/api"), "--header", "Host"], 2, "x: "),
    "secret": (["add", "x", *_to("http://h/api"), "--secret-stdin", "token"], 2, "known: api_key"),
    "no stdin": (["add", "x", *_to("http://h/api"), "--secret-stdin", "api_key"], 2, "stdin is empty"),
    "no route": (["enable", "x"], 2, "there is no route 'x'"),
    "nobody": (["remove", "x"], 2, "there is no route 'x'"),
    "no file": (["test"], 2, "no such file or directory"),
}


@pytest.mark.parametrize(("arguments", "code", "words"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_done_is_told_and_changes_nothing(
    arguments: list[str], code: int, words: str, routes: Run, path: Path
) -> None:
    """Before anything goes out."""
    ran = routes(*arguments)

    assert (code, True, {}) == (ran.code, words in ran.stderr, _files(path))


FILE = """# mine

[[routes]]
name = "one" # the first
destination = "opik"
[routes.options]
workspace = "team"

# about two
[[routes]]
name = "two"
destination = "opik"
enabled = true  # for now
sampling_rate = 0.5
user_identity = "hash"
[routes.options]
workspace = "team"
[[routes.filter_rules.groups]]
rules = [{field = "model", operator = "equals", value = "[[routes]]"}]
"""


@pytest.fixture
def kept(path: Path) -> Path:
    """Write a file of two routes by hand, with secrets of both."""
    path.parent.mkdir()
    path.write_text(FILE)
    secrets = path.parent / "routes.secrets.toml"
    secrets.write_text(f'# keys\n[one]\napi_key = "{KEY}"\n[two]\nhash_key = "{KEY} and more"\n')
    secrets.chmod(0o600)
    return path


def test_routes_are_listed_without_their_secrets(routes: Run, kept: Path) -> None:
    """Where each sends, its policy in short, and where its secrets are."""
    ran = routes("list", BROADCAST_TWO_API_KEY=KEY)
    rows = routes("list", "--json", BROADCAST_TWO_API_KEY=KEY).rows

    start = ["opik", "https://www.comet.com/opik/api/v1/private", "workspace=team", "yes"]

    assert [
        ["name", "destination", "where", "enabled", "policy", "secrets"],
        ["one", *start, "-", "api_key:", "file"],
        ["two", *start, "filtered,", "users:", "hash,", "sampled:", "0.5", "api_key:", "environment"],
    ] == [line.split() for line in ran.page.splitlines()]
    assert (0, [{"api_key": "file"}, {"api_key": "environment"}]) == (
        ran.code,
        [row["secrets"] for row in rows],
    )


def test_what_is_wrong_with_a_route_is_listed(routes: Run, kept: Path) -> None:
    """Beside those that can be used: code 2."""
    kept.write_text(FILE.replace("0.5", "7"))
    ran = routes("list")

    assert (2, ["one"]) == (ran.code, [line.split()[0] for line in ran.page.splitlines()[1:]])
    assert ran.errors[0].startswith(f"error: {kept}: two: ")


def test_a_file_without_routes_is_told(routes: Run) -> None:
    """With how to add one."""
    assert (0, True) == (routes("list").code, "`broadcast routes add` adds one" in routes("list").stderr)


def test_a_route_is_disabled_and_enabled_in_place(routes: Run, kept: Path) -> None:
    """What people wrote stays."""
    assert [0, 0] == [routes("disable", name).code for name in ("one", "two")]
    assert FILE.replace("= true ", "= false ") == kept.read_text().replace(
        'destination = "opik"\nenabled = false\n\n[', 'destination = "opik"\n['
    )
    assert [False, False] == [one["enabled"] for one in _files(kept)["routes.toml"]["routes"]]

    assert 0 == routes("enable", "two").code
    assert [False, True] == [one["enabled"] for one in _files(kept)["routes.toml"]["routes"]]


def test_a_route_is_removed_with_its_secrets(routes: Run, kept: Path) -> None:
    """Its own comments go with it, and those of the next stay; `--yes` where nobody can be asked."""
    refused = routes("remove", "one")
    assert (2, FILE, True) == (refused.code, kept.read_text(), "give --yes" in refused.stderr)

    assert 0 == routes("remove", "one", "--yes").code
    assert "# mine\n\n" + FILE[FILE.index("# about two") :] == kept.read_text()
    assert ["two"] == list(_files(kept)["routes.secrets.toml"])
    assert "# keys\n" in (kept.parent / "routes.secrets.toml").read_text()

    assert 0 == routes("remove", "two", "--yes").code
    assert ("# mine\n\n", {}) == (kept.read_text(), _files(kept)["routes.secrets.toml"])


ADD = ["add", "new", "--to", "opik", "-o", "workspace=other", "--force"]
LEFT = {
    "no TOML": ("[[routes]\n", ADD, "no TOML"),
    "in a line": ("routes = [{name = 'one', destination = 'opik'}]\n", ADD, "change it by hand"),
    "no array": ("routes = 5\n", ADD, "change it by hand"),
    "another form": ("[[data]]\nname = 'one'\n", ["disable", "one"], "there is no route 'one'"),
    "no text": ("\xff", ["remove", "one", "--yes"], "no UTF-8 text"),
}


@pytest.mark.parametrize(("text", "command", "words"), LEFT.values(), ids=LEFT)
def test_a_file_that_cannot_be_changed_is_left(
    text: str, command: list[str], words: str, routes: Run, kept: Path
) -> None:
    """As it is, byte by byte."""
    kept.write_bytes(text.encode("latin-1"))
    ran = routes(*command)

    assert (2, text.encode("latin-1")) == (ran.code, kept.read_bytes())
    assert words in ran.stderr


def test_a_route_that_does_not_fit_beside_the_others_is_not_added(routes: Run, opik: str, kept: Path) -> None:
    """Its name, or its project; nothing is sent."""
    same = routes("add", "one", *_to(opik))
    alike = routes("add", "ONE", *_to(opik))
    project = routes("add", "three", "--to", "opik", "-o", "workspace=team", "-o", "project_name=p")

    assert [2, 2, 2] == [ran.code for ran in (same, alike, project)]
    assert "there is a route 'one' already" in same.stderr
    assert "another route is named 'one'" in alike.stderr
    assert "write the option id_scope into each of them" in project.stderr
    assert FILE == kept.read_text()


class Kept(KeyringBackend):
    """A keyring that lasts as long as a test."""

    priority = 5  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.passwords: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        """Return one."""
        return self.passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep one."""
        self.passwords[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Forget one."""
        if self.passwords.pop((service, username), None) is None:
            raise PasswordDeleteError("not found")


@pytest.fixture
def ring() -> Iterator[Kept]:
    """Put a keyring in place of the system's."""
    before = keyring.get_keyring()
    keyring.set_keyring(made := Kept())
    yield made
    keyring.set_keyring(before)


def test_secrets_are_kept_in_the_keyring(routes: Run, run: Run, opik: str, path: Path, ring: Kept) -> None:
    """The file beside says where; whatever reads the routes finds them, and `remove` takes them out."""
    service = f"broadcast {path} support"
    stdin = KEY.encode()
    ran = routes("add", "support", *_to(opik), "--keyring", "--secret-stdin", "api_key", stdin=stdin)

    assert (0, {(service, "api_key"): KEY}) == (ran.code, ring.passwords)
    assert {"support": {"api_key": {"keyring": service}}} == _files(path)["routes.secrets.toml"]
    assert {"api_key": "keyring"} == routes("list", "--json").rows[0]["secrets"]
    assert [0, 0] == [routes("test").code, run("check", "--routes", path).code]

    assert (0, {}) == (routes("remove", "support", "--yes").code, ring.passwords)


def test_a_keyring_that_has_lost_a_secret_is_told(routes: Run, opik: str, path: Path, ring: Kept) -> None:
    """With what to do."""
    routes("add", "support", *_to(opik), "--keyring", "--secret-stdin", "api_key", stdin=KEY.encode())
    ring.passwords.clear()
    ran = routes("test")

    assert (2, True) == (ran.code, "the keyring has no secret 'api_key'" in ran.stderr)
    assert 0 == routes("remove", "support", "--yes").code


def test_without_a_keyring_nothing_is_asked_or_saved(
    routes: Run, opik: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A system may have none, and the package may be missing."""
    add = ["add", "support", *_to(opik), "--keyring", "--secret-stdin", "api_key"]
    from keyring.backends import fail

    monkeypatch.setattr(keyring, "get_keyring", fail.Keyring)
    ran = routes(*add, stdin=KEY.encode())
    assert (2, True, {}) == (ran.code, "leave --keyring out" in ran.stderr, _files(path))

    monkeypatch.setitem(sys.modules, "keyring", None)
    ran = routes(*add, stdin=KEY.encode())
    assert (3, True, {}) == (ran.code, "broadcast-core[keyring]" in ran.stderr, _files(path))


def test_a_person_is_asked_and_nothing_is_shown(opik: str, path: Path, plugins: Path) -> None:
    """On a terminal; the secret is in no argument of the process, nor on the screen."""
    main, side = pty.openpty()
    words = ["routes", "add", "support", *_to(opik), "--file", str(path)]
    process = start_command(plugins, *words, stdin=side, stdout=subprocess.PIPE, stderr=side)
    os.close(side)
    screen = io.BytesIO()
    while b"Enter for none" not in screen.getvalue():
        screen.write(os.read(main, 1000))
    arguments = Path(f"/proc/{process.pid}/cmdline").read_bytes() if sys.platform == "linux" else b""
    os.write(main, f"{KEY}\n".encode())
    page, _ = process.communicate(timeout=30)
    while True:
        try:
            if not (more := os.read(main, 1000)):
                break
        except OSError:  # Linux ends a terminal that way
            break
        screen.write(more)
    os.close(main)

    assert (0, True) == (process.returncode, b"support: ok: " in page)
    assert b"canary" not in b"".join((arguments, page, screen.getvalue()))
    assert b"api_key: The API key of Comet's cloud" in screen.getvalue()
    assert {"support": {"api_key": KEY}} == _files(path)["routes.secrets.toml"]


def test_what_is_kept_is_what_settings_read(routes: Run, opik: str, path: Path, run: Run) -> None:
    """A plan for it, without a word about secrets."""
    routes("add", "support", *_to(opik), "--secret-stdin", "api_key", stdin=KEY.encode())
    settings = load(_files(path)["routes.toml"], secrets_file=_files(path)["routes.secrets.toml"])
    record = b'{"id":"gen-1","timing":{"start":"2026-11-23T10:00:00Z"}}\n'
    planned = run("plan", "--routes", path, stdin=record)

    assert ["support"] == [one.name for one in settings.routes]
    assert KEY == settings.secrets["support"]["api_key"]
    assert (0, {"support"}) == (planned.code, {request["route"] for request in planned.requests})


def test_json_is_listed_and_not_changed(routes: Run, tmp_path: Path) -> None:
    """As OpenRouter's API returns it."""
    path = tmp_path / "routes.json"
    text = '{"routes": [{"name": "one", "destination": "opik", "options": {"workspace": "w"}}]}'
    path.write_text(text)
    changed = [routes(*words, "--file", path) for words in (["disable", "one"], ["remove", "one", "--yes"])]

    assert ["one"] == [row["name"] for row in routes("list", "--json", "--file", path).rows]
    assert ([2, 2], text) == ([ran.code for ran in changed], path.read_text())
    assert all("only TOML is changed" in ran.stderr for ran in changed)
