"""What a relay could not deliver is written to files, taken from the spool, and sent again."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from apps.relay.tests.running import wait_until
from attrs import define, field
from click.testing import CliRunner, Result

from broadcast_core import plan
from broadcast_core.cli.app import broadcast
from broadcast_core.destinations import Response
from broadcast_core.readers import read_text
from broadcast_core.record.messages import text_of
from broadcast_core.sending.spool.dead_letters import DeadLetters
from broadcast_core.sending.spool.engine import KIND
from broadcast_core.sending.store import Store
from broadcast_core.testing.loopback import serve
from broadcast_opik.testing.server import OpikModel
from broadcast_relay.commands.letters import letters
from broadcast_relay.serving.metrics import Metrics
from broadcast_relay.settings.file import Configuration, Source, load_configuration
from broadcast_relay.spool.spooling import FILE, RelayEngine

DELIVERIES = Path(__file__).parents[3] / "examples" / "deliveries"
SECRET, CANARY = "opik-key-of-the-tests", "geheim-of-the-tests"
UNREADABLE = b'{"resourceSpans":\n"' + CANARY.encode() + b'"}'
NO_JSON = CANARY.encode() + b"\xff"


@define(eq=False)
class Server:
    """The model of Opik, and whether it refuses everything."""

    model: OpikModel = field(factory=OpikModel)
    refuses: bool = True

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Return its answer."""
        if self.refuses:
            return Response(status=400, body=b"{}")
        return self.model.answer(method, path.removeprefix("/api"), dict(headers), body)


@define(eq=False)
class Spooled:
    """A relay without its intake, whose server refused what is in its spool."""

    folder: Path
    server: Server
    configuration: Configuration
    planned: set[str]
    reports: list[str] = field(factory=list)
    engine: RelayEngine | None = None

    @property
    def file(self) -> str:
        """The file of its settings."""
        return str(self.folder / "relay.toml")

    def start(self) -> RelayEngine:
        """Open the spool."""
        self.engine = RelayEngine(self.configuration, Metrics(), self.reports.append)
        return self.engine

    def stop(self) -> None:
        """Close the spool."""
        if self.engine is not None:
            self.engine.close()
            self.engine = None

    def letters(self, *arguments: str) -> Result:
        """Run the command."""
        output = str(self.folder / "dead.ndjson")
        return CliRunner().invoke(
            broadcast, ["letters", "--config", self.file, "--output", output, *arguments]
        )

    def send(self) -> Result:
        """Send the requests that were written."""
        arguments = ["send", "--from", "requests", str(self.folder / "dead.ndjson"), "--routes", self.file]
        return CliRunner().invoke(broadcast, arguments)


@pytest.fixture(scope="module", autouse=True)
def _command() -> Iterator[None]:
    """Give the command of this wheel as its entry point does."""
    broadcast.add_command(letters)
    yield
    del broadcast.commands["letters"]


@contextmanager
def spooled(folder: Path, some: str = "1*.json") -> Iterator[Spooled]:
    """Have some deliveries refused, and two that cannot be read."""
    server = Server()
    with serve(server.answer) as url:
        (folder / "relay.toml").write_text(
            '[relay]\nspool = "spool"\n[[routes]]\nname = "opik"\ndestination = "opik"\n[routes.options]\n'
            f'base_url = "{url}/api"\nproject_name = "demo"\n',
            encoding="utf-8",
        )
        (folder / "relay.secrets.toml").write_text(f'[opik]\napi_key = "{SECRET}"\n', encoding="utf-8")
        (folder / "relay.secrets.toml").chmod(0o600)
        configuration = load_configuration(Source(file=str(folder / "relay.toml")))
        bodies = [path.read_bytes() for path in sorted(DELIVERIES.glob(some))]
        generations = [one for body in bodies for one in read_text(body).generations]
        requests = plan(generations, configuration.routes.routes).requests
        one = Spooled(folder, server, configuration, {name for each in requests for name in each.generations})
        engine = one.start()
        for body in (*bodies, UNREADABLE, NO_JSON):
            engine.accept(body, encoding="identity", at=datetime.now(UTC)).result(5)
        yield one
        one.stop()


def count(one: Spooled) -> int:
    """Return how many dead letters its state tells of."""
    assert one.engine is not None
    return one.engine.state().letters


def is_refused(one: Spooled) -> bool:
    """Tell whether all has ended."""
    assert one.engine is not None
    state = one.engine.state()
    return state.letters > 2 and not state.deliveries and not any(state.requests.values())


def mode(path: Path) -> int:
    """Return the permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def names(rows: list[bytes]) -> set[str]:
    """Return the generations of requests."""
    return {name for row in rows for name in json.loads(row)["generations"]}


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spooled]:
    """Return a relay that runs, all of whose deliveries were refused."""
    with spooled(tmp_path_factory.mktemp("relay")) as one:
        wait_until(lambda: is_refused(one), 20)
        yield one


def test_what_was_refused_is_written_taken_and_sent_again(refused: Spooled) -> None:
    """By a relay that runs: nothing is lost on the way, and all of it arrives once the server takes it."""
    ran = refused.letters("--take", "--wait", "20")
    requests, whole = refused.folder / "dead.ndjson", refused.folder / "dead.ndjson.deliveries"
    rows, deliveries = requests.read_bytes().splitlines(), whole.read_bytes().splitlines()

    assert 0 == ran.exit_code, ran.output
    assert refused.planned == names(rows)
    assert UNREADABLE.replace(b"\n", b" ") in deliveries
    assert [True, False] == sorted((b"body_base64" in one for one in deliveries), reverse=True)
    assert [0o600, 0o600] == [mode(requests), mode(whole)]
    assert f"  {len(rows)} opik: it answered 400" in ran.output
    wait_until(lambda: count(refused) == 0)
    assert [] == [one for one in os.listdir(refused.folder / "spool") if not one.startswith(FILE)]
    assert any(line.startswith("new dead letters: ") for line in refused.reports)
    for text in (SECRET, CANARY):
        assert text not in ran.output + "\n".join(refused.reports)
    assert SECRET.encode() not in b"".join(rows)

    refused.server.refuses = False
    sent = refused.send()

    assert 0 == sent.exit_code, sent.output
    assert "refused 0, undelivered 0" in sent.output
    expected = {row["id"] for each in map(json.loads, rows) if each["endpoint"] == "traces" for row in
                each["body"]["traces"]}  # fmt: skip
    assert (set(), True) == (expected ^ set(refused.server.model.traces()), len(expected) > 1)


def test_a_spool_without_a_relay_is_written_and_kept_without_take(tmp_path: Path) -> None:
    """Twice the same, until they are taken; a file that holds something is never replaced."""
    with spooled(tmp_path, "13*.json") as one:
        wait_until(lambda: is_refused(one), 20)
        one.stop()
        (tmp_path / "spool" / "letters-1.requests").write_bytes(b"left behind")
        first = one.letters("--deliveries", str(tmp_path / "whole"))
        written = (tmp_path / "dead.ndjson").read_bytes()
        again = one.letters()
        (tmp_path / "dead.ndjson").unlink()
        (tmp_path / "whole").unlink()
        taken = one.letters("--take", "--deliveries", str(tmp_path / "whole"))
        with Store(str(tmp_path / "spool" / FILE), kind=KIND) as store:
            left = DeadLetters(store).newest()

    assert (0, 2, 0, 0) == (first.exit_code, again.exit_code, taken.exit_code, left), taken.output
    assert "there is something already: give another name" in again.output + str(again.exception)
    assert written == (tmp_path / "dead.ndjson").read_bytes()
    assert ["spool.sqlite"] == [name for name in os.listdir(tmp_path / "spool") if not name.endswith("-wal")]
    for text in ("geheim", "opik-key"):
        assert text.encode() not in (tmp_path / "spool" / FILE).read_bytes()


def test_a_relay_says_nothing_of_what_it_refused_or_sent(refused: Spooled) -> None:
    """Readable deliveries too: no text of their questions and answers is in its words."""
    said = "\n".join(refused.reports)
    texts = {text for path in DELIVERIES.glob("1*.json") for text in _texts_in(path)}

    assert len(texts) > 20
    assert said
    assert [] == [text for text in texts if text in said]


def _texts_in(path: Path) -> Iterator[str]:
    """Yield the lines of what was asked and answered in a delivery."""
    for one in read_text(path.read_bytes()).generations:
        for side in (one.content.input, one.content.output):
            yield from (line for line in (text_of(side) or "").splitlines() if len(line) > 12)


def test_where_there_is_nothing_no_file_is_made(tmp_path: Path) -> None:
    """And that is said."""
    (tmp_path / "spool").mkdir()
    Store(str(tmp_path / "spool" / FILE), kind=KIND).close()
    arguments = ["--spool", str(tmp_path / "spool"), "--output", str(tmp_path / "none"), "--take"]
    ran = CliRunner().invoke(letters, arguments)

    assert (0, "there are no dead letters\n", ["spool"]) == (ran.exit_code, ran.output, os.listdir(tmp_path))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--output", "{folder}/a"], "give either --config FILE, or --spool PATH"),
        (["--spool", "{folder}", "--output", "{folder}/a"], "there is no spool in it"),
        (["--spool", "{folder}", "--output", "{folder}/no/a"], "there is no such directory"),
        (["--spool", "{folder}", "--output", "{folder}"], "there is something already"),
        (["--spool", "{folder}", "--output", "{folder}/a", "--deliveries", "{folder}/a"], "the same file"),
    ],
)
def test_wrong_arguments_say_what_to_do(tmp_path: Path, arguments: list[str], message: str) -> None:
    """Before anything is written."""
    ran = CliRunner().invoke(broadcast, ["letters", *(one.format(folder=tmp_path) for one in arguments)])

    assert (2, True) == (ran.exit_code, message in ran.output + str(ran.exception))
    assert [] == os.listdir(tmp_path)
