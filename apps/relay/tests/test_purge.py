"""What a spool holds of someone is erased: from the file too, and also while a relay has it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from apps.relay.tests.running import settings_text, wait_until
from apps.relay.tests.wire import SECRET, exchange, request
from attrs import frozen
from click.testing import CliRunner

from broadcast_core import Route
from broadcast_core.delivery.limits import Limits
from broadcast_core.delivery.outcomes import DeliveryOutcome
from broadcast_core.plugins import destination
from broadcast_core.secrets import HashKeys
from broadcast_core.sending.client import Client
from broadcast_core.sending.spool import Spool
from broadcast_core.sending.spool.engine import SpoolRoutes
from broadcast_core.sending.spool.purging import Purge
from broadcast_core.sending.store.values import unpacked
from broadcast_opik.testing.loopback import served
from broadcast_opik.testing.server import OpikModel
from broadcast_relay.commands.purge import purge

CANARIES = {"ann": "geheim-\u00e4\u6f22\U0001f511-ann", "bob": "confidential-bob"}


def record(name: str, **more: Any) -> bytes:
    """Return a generation of a user, with a text that is found nowhere else."""
    content = {"messages": [{"role": "user", "content": CANARIES[name]}]}
    return json.dumps(
        {
            "id": f"gen-{name}",
            "timing": {"start": "2026-11-23T10:00:00Z", "end": "2026-11-23T10:00:01Z"},
            "input": {"value": content},
            "identity": {"user_id": name},
            "trace": {"trace_id": f"trace-{name}"},
            **more,
        },
        ensure_ascii=False,
    ).encode()


@frozen
class Nobody:
    """A client of a server that is not there."""

    def exchange(self, outgoing: Any) -> Any:
        """Never an answer."""
        from broadcast_core.delivery.failure import Failure

        return Failure(kind="connect", why="nobody is there", may_have_arrived=False)


def routes() -> SpoolRoutes:
    """Return one route to Opik."""
    route = Route.to(destination("opik"), {"base_url": "http://127.0.0.1:9/api"})
    return SpoolRoutes(routes=(route,), secrets={}, hash_keys=HashKeys(None), limits=Limits(tries=None))


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    """Return a spool with two deliveries, planned and not delivered."""
    spool = Spool(str(tmp_path / "spool.sqlite"), routes(), Nobody(), plan_in="thread")
    for name in CANARIES:
        spool.accept(record(name), encoding="identity", at=datetime.now(UTC)).result()
    wait_until(lambda: spool.counters().get("opik", {}).get("planned") == 2)
    yield spool
    spool.close()


RELAY = [sys.executable, "-m", "broadcast_core.cli", "relay", "--config"]
ENVIRONMENT = {**os.environ, "BROADCAST_RELAY_SECRET": SECRET}


@contextmanager
def relay_process(file: Path) -> Iterator[int]:
    """Run a relay in a process of its own; yield its port."""
    with subprocess.Popen([*RELAY, str(file)], stderr=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
        assert process.stderr is not None
        try:
            line = process.stderr.readline()
            yield int(line.partition("127.0.0.1:")[2].partition("/")[0])
        finally:
            process.terminate()
            process.wait(10)


def bodies(spool: Spool) -> bytes:
    """Return all that the spool holds, as text."""

    def work(db: Any) -> bytes:
        packed = [row[0] for row in db.execute("SELECT body FROM request UNION ALL SELECT body FROM letter")]
        states = [row[0] for row in db.execute("SELECT value FROM state UNION ALL SELECT body FROM inbox")]
        return b"".join([*map(unpacked, packed), *states])

    return spool._store.do(work)


OF_ANN = [Purge(users=("ann",)), Purge(traces=("trace-ann",)), Purge(traces=("gen-ann",))]


@pytest.mark.parametrize("what", OF_ANN)
def test_what_is_erased_is_gone_and_the_rest_is_there(spool: Spool, what: Purge) -> None:
    """By the user, the trace or the generation; the request that both are in goes whole, and that is told."""
    assert CANARIES["ann"].encode() in bodies(spool)

    purged = spool.purge(what)

    assert "gen-ann" in purged.generations
    assert CANARIES["ann"].encode() not in bodies(spool)


def test_what_is_old_is_erased(spool: Spool) -> None:
    """And nothing of it is in the file any more, nor in its log."""
    purged = spool.purge(Purge(before=datetime.now(UTC) + timedelta(seconds=1)))

    assert {"gen-ann", "gen-bob"} == set(purged.generations)
    assert spool.path is not None
    for path in Path(spool.path).parent.iterdir():
        for text in (*CANARIES.values(), "gen-ann", "trace-bob"):
            assert text.encode() not in path.read_bytes()
    assert 2 == spool.counters()["opik"]["undelivered"]


def test_nothing_of_others_is_erased(spool: Spool) -> None:
    """Nobody of that name."""
    purged = spool.purge(Purge(users=("an", "geheim"), traces=("trace",)))

    assert (0, 0, ()) == (purged.deliveries, purged.requests, purged.generations)
    assert CANARIES["ann"].encode() in bodies(spool)


def test_a_relay_that_runs_purges_what_it_is_asked_to(tmp_path: Path) -> None:
    """One process has the spool: it is asked by a file, and answers."""
    file = tmp_path / "relay.toml"
    file.write_text(settings_text("dead", port=0, spool="spool"), encoding="utf-8")
    with relay_process(file) as port:
        sent = exchange(port, request(record("ann"), {"Authorization": f"Bearer {SECRET}"}))
        ran = CliRunner().invoke(purge, ["--config", str(file), "--user", "ann", "--wait", "20"])

    assert 200 == sent.status
    assert (0, True) == (ran.exit_code, ran.output.startswith("purged: ")), ran.output
    assert "1 generations were not delivered" in ran.output or "1 deliveries" in ran.output
    kept = b"".join(path.read_bytes() for path in (tmp_path / "spool").iterdir())
    assert b"gen-ann" not in kept


def test_a_spool_without_a_relay_is_purged_at_once(spool: Spool, tmp_path: Path) -> None:
    """By the command itself."""
    spool.close()

    ran = CliRunner().invoke(purge, ["--spool", str(tmp_path), "--all"])

    assert (0, "") == (ran.exit_code, ran.output.partition("purged: ")[0]), ran.output


def test_what_was_delivered_is_overwritten_while_the_spool_is_open(tmp_path: Path) -> None:
    """In the file and in its log, when the spool is cleaned next."""
    with served(OpikModel()) as url, Client() as client:
        route = Route.to(destination("opik"), {"base_url": url})
        spool = Spool(
            str(tmp_path / "spool.sqlite"),
            SpoolRoutes(routes=(route,), secrets={}, hash_keys=HashKeys(None), limits=Limits(tries=None)),
            client,
            plan_in="thread",
        )
        for n in range(40):
            body = record("ann", id=f"gen-ann-{n}", trace={})
            spool.accept(body, encoding="identity", at=datetime.now(UTC)).result(5)
        assert spool.drain(10)
        before = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        spool._clean()
        after = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        spool.close()

    assert (True, False) == (b"gen-ann-1" in before, b"gen-ann" in after)


def test_a_purge_during_traffic_loses_nothing_else(tmp_path: Path) -> None:
    """Whatever is accepted meanwhile is delivered, or is one of the generations that the purge tells of."""
    model = OpikModel()
    ended: list[DeliveryOutcome] = []
    with served(model) as url, Client() as client:
        route = Route.to(destination("opik"), {"base_url": url})
        spool = Spool(
            str(tmp_path / "spool.sqlite"),
            SpoolRoutes(routes=(route,), secrets={}, hash_keys=HashKeys(None), limits=Limits(tries=None)),
            client,
            plan_in="thread",
            ended=ended.extend,
        )
        purged: list[str] = []

        def purge_again_and_again() -> None:
            for _ in range(4):
                purged.extend(spool.purge(Purge(users=("ann",))).generations)

        purging = Thread(target=purge_again_and_again)
        purging.start()
        kept = [
            spool.accept(record(name, id=f"gen-{name}-{n}"), encoding="identity", at=datetime.now(UTC))
            for n in range(60)
            for name in CANARIES
        ]
        for one in kept:
            one.result(5)
        purging.join()
        assert spool.drain(10)
        spool.close()

    delivered = {one.generation for one in ended if one.status == "delivered"}
    bobs = {f"gen-bob-{n}" for n in range(60)}
    assert set() == bobs - delivered - set(purged)
    assert set() == delivered & set(purged)


@pytest.mark.parametrize(
    "arguments", [["--all", "--user", ""], [], ["--user", "x"], ["--all", "--config", "a", "--spool", "b"]]
)
def test_what_to_erase_and_where_must_be_said(arguments: list[str]) -> None:
    """Nothing is erased by mistake."""
    assert 2 == CliRunner().invoke(purge, arguments).exit_code


def test_a_second_relay_on_one_spool_is_refused(tmp_path: Path) -> None:
    """It ends at once and says who has it; the first goes on."""
    file = tmp_path / "relay.toml"
    file.write_text(settings_text("dead", port=0, spool="spool"), encoding="utf-8")
    with relay_process(file) as port:
        second = subprocess.run(
            [*RELAY, str(file)], capture_output=True, text=True, timeout=60, check=False, env=ENVIRONMENT
        )
        sent = exchange(port, request(record("ann"), {"Authorization": f"Bearer {SECRET}"}))

    assert (2, 200) == (second.returncode, sent.status)
    assert "another process uses it" in second.stderr
