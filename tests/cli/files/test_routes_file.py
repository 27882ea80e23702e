"""The file of routes: changed in one place at a time, by one run at a time, whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core.cli.errors import CommandError
from broadcast_core.cli.files import routes_file
from broadcast_core.cli.files.routes_file import RoutesFile, default_file
from broadcast_core.cli.files.toml_text import appended, edited, without_entry

COMMENTS = st.sampled_from(["", "# about it\n", "\n# [[routes]]\n", "\n\n", "# a\n# b\n"])
VALUES = st.sampled_from(
    ['"x"', '"""\n[[routes]]\n"""', "[\n  1, # one\n  [2],\n]", "{a = 1}", "1979-05-27", "'[routes.options]'"]
)
KEYS = st.sampled_from(["a", '"a b"', "long-name"])


@st.composite
def _documents(draw: Any) -> str:
    """Draw a file of one to four routes, written as people may."""
    text = draw(COMMENTS)
    for n in range(draw(st.integers(1, 4))):
        text += f'{draw(COMMENTS)}[[ routes ]] # {n}\nname = "r{n}"\n'
        text += "".join(f"{key} = {draw(VALUES)}\n" for key in draw(st.sets(KEYS)))
        if draw(st.booleans()):
            text += f"{draw(COMMENTS)}[routes.options]\nx = {draw(VALUES)}\n"
        if draw(st.booleans()):
            text += "[[routes.groups]]\ny = 1\n[[routes.groups]]\n"
    return text + draw(COMMENTS)


@given(_documents(), st.data())
def test_a_change_changes_nothing_else(text: str, data: st.DataObject) -> None:
    """As plain values, whatever else stands there: it is made, or refused."""
    before = tomllib.loads(text)["routes"]
    index = data.draw(st.integers(0, len(before) - 1))
    added, removed = appended(text, "routes", {"name": "new"}), without_entry(text, "routes", index)

    def disable(document: Any) -> None:
        document["routes"][index]["enabled"] = False

    disabled = edited(text, disable)

    assert [*before, {"name": "new"}] == tomllib.loads(added or "")["routes"]
    assert before[:index] + before[index + 1 :] == tomllib.loads(removed or "").get("routes", [])
    assert {**before[index], "enabled": False} == tomllib.loads(disabled or "")["routes"][index]


@given(_documents().filter(lambda text: '"""' not in text))
def test_a_route_that_was_added_is_taken_out_again(text: str) -> None:
    """What stood there before is as it was, to the letter; of texts of several lines, in meaning."""
    added = appended(text, "routes", {"name": "new", "options": {"a": 1}}) or ""
    count = len(tomllib.loads(text)["routes"])

    assert text.strip() == (without_entry(added, "routes", count) or "").strip()


def test_the_file_is_that_of_the_environment_or_among_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the system has it."""
    monkeypatch.setenv("BROADCAST_ROUTES", "/somewhere/r.toml")
    named = default_file()
    monkeypatch.delenv("BROADCAST_ROUTES")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/home/me/.config")

    assert "/somewhere/r.toml" == named
    if sys.platform == "linux":
        assert "/home/me/.config/broadcast/routes.toml" == default_file()


def test_one_run_at_a_time_changes_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another one waits, and says so when it has waited long."""
    monkeypatch.setattr(routes_file, "_WAIT", 0.05)
    first, second = (RoutesFile(str(tmp_path / "routes.toml")) for _ in range(2))
    with first.locked(), pytest.raises(CommandError, match="another run is changing it"), second.locked():
        pass
    with second.locked():
        second.add({"name": "one"})

    assert ["one"] == first.names()


def test_a_file_of_somebody_with_the_name_of_the_lock_is_left(tmp_path: Path) -> None:
    """Locking would empty it."""
    lock = tmp_path / "routes.toml.lock"
    lock.write_text("mine")
    kept = RoutesFile(str(tmp_path / "routes.toml"))
    with pytest.raises(CommandError, match="is no lock of ours"), kept.locked():
        pass

    assert "mine" == lock.read_text()


KILLING = """
import os, signal, sys, time, tomllib
from itertools import count
from pathlib import Path
import filelock, tomlkit
from broadcast_core.cli.files.routes_file import RoutesFile

kept = RoutesFile(sys.argv[1])
kept.add({"name": "one", "enabled": True})
kept.keep_secrets("one", {"api_key": ""})
for kill in range(300):
    changer = os.fork()
    if not changer:
        for n in count():
            with kept.locked():
                kept.keep_secrets("one", {"api_key": str(n % 10) * 5_000})
                kept.enable("one", n % 2 == 0)
    time.sleep(0.001 * kill)
    os.kill(changer, signal.SIGKILL)
    os.waitpid(changer, 0)
    routes, secrets = (tomllib.loads(Path(one).read_text()) for one in (kept.path, kept.secrets_path))
    assert [{"name", "enabled"}] == [set(one) for one in routes["routes"]], routes
    assert len(secrets["one"]["api_key"]) in (0, 5_000)
    with kept.locked():
        kept.enable("one", True)
    if kill > 25 and secrets["one"]["api_key"]:
        break
print(len(secrets["one"]["api_key"]), len(os.listdir(os.path.dirname(kept.path))))
"""


def test_a_run_that_is_killed_leaves_the_old_files_or_the_new_ones(tmp_path: Path) -> None:
    """At any moment; the next run goes on, and removes what was half written."""
    command = [sys.executable, "-c", KILLING, str(tmp_path / "routes.toml")]
    done = subprocess.run(command, capture_output=True, env=os.environ, timeout=60)

    assert (b"5000 3\n", b"") == (done.stdout, done.stderr)


def test_secrets_are_replaced_and_taken_out_alone(tmp_path: Path) -> None:
    """Those of other routes stay; without any there is nothing to keep."""
    kept = RoutesFile(str(tmp_path / "routes.toml"))
    kept.keep_secrets("a.b", {"api_key": "1"})
    kept.keep_secrets("c", {"api_key": "2", "hash_key": {"keyring": "service"}})
    kept.keep_secrets("a.b", {"token": "3"})
    read = tomllib.loads(Path(kept.secrets_path).read_text())
    kept.keep_secrets("a.b", {})
    kept.forget_secrets("nobody")

    assert {"a.b": {"token": "3"}, "c": {"api_key": "2", "hash_key": {"keyring": "service"}}} == read
    assert ["c"] == list(tomllib.loads(Path(kept.secrets_path).read_text()))


@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [
        ('[one]\napi_key = "canary\n', 0o600, "wrong at line 2"),
        ("[one]\napi_key = 5\n", 0o600, "expected texts under [one]"),
        ('[one]\napi_key = {vault = "canary"}\n', 0o600, "expected texts under [one]"),
        ('[one]\napi_key = "canary"\n', 0o644, "others may read or change the secrets file"),
    ],
    ids=["no TOML", "a number", "another place", "readable"],
)
def test_a_file_of_secrets_that_cannot_be_used_is_left(
    text: str, mode: int, words: str, tmp_path: Path
) -> None:
    """Nothing of it is quoted."""
    kept = RoutesFile(str(tmp_path / "routes.toml"))
    path = Path(kept.secrets_path)
    path.write_text(text)
    path.chmod(mode)
    with pytest.raises(CommandError) as caught:
        kept.keep_secrets("two", {"api_key": "other"})

    assert (text, True, False) == (
        path.read_text(),
        words in str(caught.value),
        "canary" in str(caught.value),
    )


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """With its name."""
    (tmp_path / "file").write_text("")
    kept = RoutesFile(str(tmp_path / "file" / "routes.toml"))
    with pytest.raises(CommandError, match="cannot be locked"), kept.locked():
        pass
