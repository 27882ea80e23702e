"""What is in examples/relay: read by the relay, by systemd, and by the schema of Compose; nothing is run."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from apps.relay.tests.engines import ListEngine
from ruamel.yaml import YAML
from tests.paths import EXAMPLES, ROOT

from broadcast_core.secrets import Secrets
from broadcast_relay.commands.relay import relay_command
from broadcast_relay.settings.file import Source, load_configuration

FOLDER = EXAMPLES / "relay"
SETTINGS = "/etc/broadcast-relay/relay.toml"
SPOOL = "/var/lib/broadcast-relay"


def _parsed(arguments: list[str]) -> dict[str, Any]:
    """Return what the command understands of arguments."""
    command = relay_command(ListEngine().start)
    return command.make_context("relay", arguments, parent=click.Context(command)).params


@pytest.fixture(scope="module")
def compose() -> Any:
    """Return the Compose file."""
    return YAML(typ="safe").load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))


def _check(file: Path) -> tuple[int, str]:
    """Return what the Compose specification's own schema says of a file."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_the_settings_can_be_used() -> None:
    """By a relay, as they are."""
    environment = Secrets({"BROADCAST_RELAY_SECRET": "secret-of-the-example"})
    found = load_configuration(Source(file=str(FOLDER / "relay.toml"), environment=environment))

    assert (SPOOL, "127.0.0.1", ["opik"]) == (
        found.settings.spool,
        found.settings.host,
        [route.name for route in found.routes.routes],
    )


def test_the_compose_file_keeps_to_the_specification(compose: Any) -> None:
    """And what it names is there."""
    relay = compose["services"]["relay"]
    context = (FOLDER / relay["build"]["context"]).resolve()

    assert 0 == _check(FOLDER / "compose.yaml")[0]
    assert ROOT.resolve() == context
    assert (context / relay["build"]["dockerfile"]).is_file()
    assert ["spool"] == list(compose["volumes"])
    assert f"spool:{SPOOL}" in relay["volumes"]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("ports:", "port:"), ("read_only: true", "read_only: [1]"), ("command:", "command: 7\n    init:")],
)
def test_a_mistake_in_a_compose_file_is_found(right: str, wrong: str, tmp_path: Path) -> None:
    """So that the test above can fail."""
    text = (FOLDER / "compose.yaml").read_text(encoding="utf-8")
    (tmp_path / "compose.yaml").write_text(text.replace(right, wrong, 1), encoding="utf-8")
    code, told = _check(tmp_path / "compose.yaml")

    assert right in text
    assert (1, True) == (code, "compose.yaml::$.services.relay" in told)


def test_the_compose_file_starts_the_relay(compose: Any) -> None:
    """With arguments that it has, on the port that is published and asked for its health."""
    relay = compose["services"]["relay"]
    port = load_configuration(Source(file=str(FOLDER / "relay.toml"))).settings.port

    assert {"file": SETTINGS, "host": "0.0.0.0"}.items() <= _parsed(relay["command"]).items()
    assert [f"127.0.0.1:{port}:{port}"] == relay["ports"]
    assert f"http://127.0.0.1:{port}/healthz" in relay["healthcheck"]["test"][-1]


def test_the_image_is_made_of_what_is_there() -> None:
    """It copies what `pip` then installs, and starts the command as the Compose file does."""
    text = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
    copied = [line.split()[1:-1] for line in text.splitlines() if line.startswith("COPY ")]
    arguments = re.search(r"^CMD \[(.*)\]$", text, re.MULTILINE)

    missing = {path for paths in copied for path in paths if not (ROOT / path).exists()}

    assert missing <= {"src"}  # it is not there where the wheels are tested
    assert {"pyproject.toml", "src", "plugins/opik", "apps/relay"} <= {
        one for paths in copied for one in paths
    }
    assert arguments is not None
    assert SETTINGS == _parsed([one.strip('" ') for one in arguments[1].split(",")])["file"]
    assert SPOOL in text


def test_the_unit_is_one_of_systemd(tmp_path: Path) -> None:
    """With another program in place of the relay, since that is not installed where the unit says."""
    verifier = shutil.which("systemd-analyze")
    if verifier is None:
        pytest.skip("systemd-analyze is not here")
    text = (FOLDER / "broadcast-relay.service").read_text(encoding="utf-8")
    unit = tmp_path / "broadcast-relay.service"
    unit.write_text(text.replace("/opt/broadcast/bin/broadcast", "/bin/true"))
    done = subprocess.run([verifier, "verify", str(unit)], capture_output=True, text=True)
    unit.write_text(text.replace("/opt/broadcast/bin/broadcast", "/bin/true").replace("UMask", "Umask"))
    wrong = subprocess.run([verifier, "verify", str(unit)], capture_output=True, text=True)

    assert (0, "") == (done.returncode, done.stdout + done.stderr)
    assert "Unknown key" in wrong.stderr


def test_the_unit_starts_the_relay() -> None:
    """With arguments that it has, and its spool where systemd makes the directory."""
    text = (FOLDER / "broadcast-relay.service").read_text(encoding="utf-8")
    started = re.search(r"^ExecStart=\S+/broadcast relay (.*)$", text, re.MULTILINE)
    directory = re.search(r"^StateDirectory=(.*)$", text, re.MULTILINE)

    assert started is not None
    assert directory is not None
    assert {"file": SETTINGS, "spool": f"/var/lib/{directory[1]}"}.items() <= _parsed(
        started[1].split()
    ).items()


@pytest.mark.parametrize("file", ["Dockerfile", "compose.yaml", "broadcast-relay.service"])
def test_what_was_not_run_says_so(file: str) -> None:
    """At its beginning."""
    begin = (FOLDER / file).read_text(encoding="utf-8")[:300].replace("\n# ", " ")

    assert re.search(r"Parsed by .*(and )?not (built or )?run", begin)
