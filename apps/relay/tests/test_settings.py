"""The file of settings: every mistake at once, each with its path, and no secret in any message."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import pytest
from apps.relay.tests.running import settings_text
from apps.relay.tests.wire import SECRET

from broadcast_core.cli.errors import UNUSABLE, CommandError
from broadcast_core.errors import BroadcastError
from broadcast_core.secrets import Secrets
from broadcast_relay.running import run
from broadcast_relay.serving.listening import host_of, listen
from broadcast_relay.serving.metrics import Metrics
from broadcast_relay.settings.file import Configuration, Source, load_configuration
from broadcast_relay.settings.table import RANGES, RelaySettings, changed_settings, read_settings

OTHER = "another-secret-of-the-tests"
ENVIRONMENT = Secrets({"BROADCAST_RELAY_SECRET": SECRET})


def _load(file: Path, text: str, environment: Secrets = ENVIRONMENT, **stated: Any) -> Configuration:
    file.write_text(text, encoding="utf-8")
    return load_configuration(Source(file=str(file), environment=environment, stated=stated))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the place of a file of settings."""
    return tmp_path / "relay.toml"


def test_a_file_without_a_table_has_the_defaults(file: Path) -> None:
    """But for the spool, which the command line may give."""
    found = _load(file, settings_text("a").replace("[relay]", ""), spool="/spool")

    assert RelaySettings(spool="/spool") == found.settings
    assert ["a"] == [route.name for route in found.routes.routes]
    assert {str(file): True, str(file.with_name("relay.secrets.toml")): False} == {
        name: there is not None for name, there in found.files.items()
    }


@pytest.mark.parametrize("name", ["relay.secrets.toml", "other.toml"])
def test_secrets_of_routes_are_in_a_file(file: Path, name: str) -> None:
    """In the one that is given, else in the one beside the settings, where `broadcast routes` puts them."""
    beside = file.with_name(name)
    beside.write_text('[a]\ntoken = "the-token"\n')
    beside.chmod(0o600)
    file.write_text(settings_text("a", spool="s"))
    given = None if name == "relay.secrets.toml" else str(beside)
    found = load_configuration(Source(file=str(file), secrets_file=given))

    assert "the-token" == found.routes.secrets["a"]["token"]
    assert str(beside) in found.files


def test_a_file_of_secrets_that_is_given_must_be_there(file: Path) -> None:
    """Else routes would be without them."""
    file.write_text(settings_text("a", spool="s"))
    with pytest.raises(CommandError, match="no such file"):
        load_configuration(Source(file=str(file), secrets_file=str(file.with_name("none.toml"))))


def test_the_command_line_wins(file: Path) -> None:
    """Over what stands in the file."""
    found = _load(file, settings_text("a", spool="spool", port=1, host="::1"), port=2, spool="/other")

    assert (2, "::1", "/other") == (found.settings.port, found.settings.host, found.settings.spool)


def test_paths_are_seen_from_the_file(file: Path) -> None:
    """Not from where the relay is started."""
    (file.parent / "secret").write_text(OTHER)
    (file.parent / "secret").chmod(0o600)
    found = _load(file, settings_text("a", spool="s", secret_file="secret"))

    assert (str(file.parent / "s"), str(file.parent / "secret")) == (
        found.settings.spool,
        found.settings.secret_file,
    )


MISTAKES = """
[relay]
max_boddy_bytes = 1
port = 65536
host = 7
path = "v1/traces"
secret_header = "X Secret"
secret = "canary-5f1c"
max_spool_bytes = 1

[[routes]]
name = "a"
destination = "ndjson"
options = {url = "nope"}

[[routes]]
name = "b"
destination = "opikk"
"""


def test_every_mistake_is_reported_at_once(file: Path) -> None:
    """Of the table and of the routes, with paths and near names."""
    with pytest.raises(CommandError) as caught:
        _load(file, MISTAKES)

    place = "BROADCAST_RELAY_SECRET of the environment, or into the file that secret_file names"
    expected = [
        f"a secret has no place in settings: put it into {place} @ $.relay.secret",
        "expected a number from 0 to 65,535 @ $.relay.port",
        "expected a number from 16,777,216 to 1,125,899,906,842,624 @ $.relay.max_spool_bytes",
        "unknown option; did you mean 'max_body_bytes'? @ $.relay.max_boddy_bytes",
        'expected text; write it in quotes: "7" @ $.relay.host',
        "expected the path of a URL, as /v1/traces @ $.relay.path",
        "expected the name of a header, as X-Relay-Secret @ $.relay.secret_header",
        "missing: the directory of the spool; or give --spool DIR @ $.relay.spool",
    ]
    assert UNUSABLE == caught.value.code
    assert [f"{file}: {one}" for one in expected] == list(caught.value.lines[:8])
    assert ["a", "b"] == [line.removeprefix(f"{file}: ").partition(":")[0] for line in caught.value.lines[8:]]
    assert "did you mean 'opik'?" in caught.value.lines[9]
    assert "canary" not in str(caught.value)


def test_a_range_is_that_of_a_setting() -> None:
    """And its default is within it."""
    defaults = RelaySettings(spool="s")

    assert {} == {
        name: (low, high)
        for name, (low, high) in RANGES.items()
        if not low <= getattr(defaults, name) <= high
    }


@pytest.mark.parametrize("path", ["/healthz", "/metrics/", "/a?b", "/a b", "/\xe4"])
def test_a_path_that_cannot_be_one_is_wrong(path: str) -> None:
    """Those of the relay's own pages too."""
    with pytest.raises(ValueError, match=r"@ \$\.relay\.path"):
        read_settings({"spool": "s", "path": path})


def test_settings_that_differ_are_named() -> None:
    """For who has to restart."""
    assert ("port", "spool") == changed_settings(RelaySettings(spool="a"), RelaySettings(spool="b", port=1))


@pytest.mark.parametrize("text", ["relay = 7\n", "relay = []\n"])
def test_what_is_no_table_is_wrong(file: Path, text: str) -> None:
    """With the line to write."""
    with pytest.raises(CommandError, match=r"expected a table @ \$\.relay; write \[relay\]"):
        _load(file, text + settings_text("a").replace("[relay]", ""))


WRONG_SECRETS = {
    "short": "fifteen-letters",
    "of two words": "two words are no secret",
    "no ASCII": "sixteen-l\xe4tters-",
}


@pytest.mark.parametrize("secret", WRONG_SECRETS.values(), ids=WRONG_SECRETS)
def test_a_secret_that_cannot_be_one_is_wrong(file: Path, secret: str) -> None:
    """It is named by its place and not quoted."""
    with pytest.raises(CommandError) as caught:
        _load(file, settings_text("a", spool="s"), Secrets({"BROADCAST_RELAY_SECRET": secret}))

    assert str(caught.value).startswith(f"{file}: BROADCAST_RELAY_SECRET: ")
    assert secret not in str(caught.value)


FILES = {
    "readable by others": ("secret", 0o604, f"{OTHER}\n", "run: chmod 600"),
    "changed by its group": ("secret", 0o620, f"{OTHER}\n", "run: chmod 600"),
    "empty": ("secret", 0o600, "\n \n", "no secret in it"),
    "not there": ("other", 0o600, "", "no such file"),
    "with a short one": ("secret", 0o600, f"{OTHER}\nshort\n", "secret:2: a secret of fewer than 16"),
}


@pytest.mark.parametrize(("name", "mode", "content", "expected"), FILES.values(), ids=FILES)
def test_a_file_of_secrets_that_cannot_be_used_is_wrong(
    file: Path, name: str, mode: int, content: str, expected: str
) -> None:
    """With what to do."""
    (file.parent / "secret").write_text(content)
    (file.parent / "secret").chmod(mode)
    with pytest.raises(CommandError, match=expected) as caught:
        _load(file, settings_text("a", spool="s", secret_file=name))

    assert OTHER not in str(caught.value)


def test_secrets_of_the_file_and_of_the_environment_are_all_valid(file: Path) -> None:
    """And none is shown."""
    (file.parent / "secret").write_text(f"\n{OTHER}\n\n{OTHER}2  \n")
    (file.parent / "secret").chmod(0o640)
    found = _load(file, settings_text("a", spool="s", secret_file="secret", secret_header="X-Team"))
    given = [SECRET, OTHER, f"{OTHER}2"]

    assert [True, True, True, False] == [
        found.access.allows([(b"x-team", one.encode())]) for one in (*given, "third-secret-of-tests")
    ]
    assert not found.access.allows([(b"authorization", f"Bearer {SECRET}".encode())])
    assert "of-the-tests" not in repr(found)


@pytest.mark.parametrize(
    ("host", "secret", "expected"),
    [
        ("127.0.0.1", None, "127.0.0.1"),
        ("127.8.8.8", None, "127.8.8.8"),
        ("::1", None, "::1"),
        ("localhost", None, "localhost"),
        ("0.0.0.0", SECRET, "0.0.0.0"),
        ("0.0.0.0", None, "127.0.0.1"),
        ("::", None, "127.0.0.1"),
        ("relay.example", None, "127.0.0.1"),
    ],
)
def test_without_a_secret_the_address_is_that_of_this_host(
    file: Path, host: str, secret: str | None, expected: str
) -> None:
    """With a warning where it is not the one that was asked for."""
    found = _load(file, settings_text("a", spool="s", host=host), Secrets({"BROADCAST_RELAY_SECRET": secret}))
    listened, warning = host_of(found)

    assert (expected, expected == host) == (listened, warning is None)


@pytest.mark.parametrize("host", ["a..b", "a" * 70, ".", "a" * 300])
def test_a_name_that_no_host_has_is_told(host: str) -> None:
    """As one that is not known."""
    with pytest.raises(CommandError, match="cannot listen on") as told:
        listen(host, 0)

    assert "--host" in str(told.value)


@pytest.mark.parametrize("path", ["/a\nb", "/a\x7f", "/\u202e", "a", "/a b"])
def test_a_path_that_would_break_a_line_is_refused(file: Path, path: str) -> None:
    """It is told at the start."""
    with pytest.raises(CommandError, match="expected the path of a URL"):
        _load(file, settings_text("a", spool="s", path=path))


def test_an_engine_that_cannot_start_is_reported(file: Path) -> None:
    """As another relay on the same spool; in its own words, and the address is free again."""

    def start(configuration: Configuration, metrics: Metrics) -> NoReturn:
        raise BroadcastError("another relay has the spool")

    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    file.write_text(settings_text("a", spool="s", port=port))
    with pytest.raises(CommandError, match="another relay has the spool") as caught:
        run(Source(file=str(file)), start, lambda _line: None)

    assert UNUSABLE == caught.value.code
    listen("127.0.0.1", port).close()


def test_an_address_that_is_taken_is_reported() -> None:
    """With what to do; a socket is known as one of TCP, else asyncio would hold answers back."""
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]

        assert 6 == taken.proto
        with pytest.raises(
            CommandError, match=f"cannot listen on 127.0.0.1:{port}: address already in use; take"
        ):
            listen("127.0.0.1", port)
