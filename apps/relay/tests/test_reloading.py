"""A file that changes while deliveries come: exchanged whole, or not at all, and no delivery is lost."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from apps.relay.tests.running import Running, replace, running, settings_text, wait_until
from apps.relay.tests.wire import AUTHORIZED, DELIVERY, SECRET, answer, connect, exchange, request

from broadcast_core.secrets import Secrets
from broadcast_relay.settings.file import Configuration, Source, load_configuration
from broadcast_relay.settings.reloading import Changes, Reloader

NEW_SECRET = "another-secret-of-the-tests"


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Running]:
    """Return a relay with a file of one secret."""
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    (tmp_path / "secret").chmod(0o600)
    with running(tmp_path, "first", environment={}, secret_file="secret") as one:
        yield one


def _text(*routes: str, **settings: object) -> str:
    return settings_text(*routes, **{"spool": "spool", "secret_file": "secret", **settings})


def test_a_changed_file_is_used(relay: Running) -> None:
    """Its routes go to the engine."""
    replace(relay.file, _text("second", "third"))
    wait_until(lambda: relay.reports != [])

    assert [["second", "third"]] == relay.engine.reloads
    assert ["reloaded, routes: second, third"] == relay.reports
    assert 1.0 == relay.counted('broadcast_relay_reloads_total{outcome="used"}')
    assert 0.0 == relay.counted('broadcast_relay_generations_total{outcome="delivered",route="third"}')


BAD = {
    "no TOML": ("[relay", "no TOML"),
    "an unknown setting": (
        _text("a", max_body=1),
        "did you mean 'max_body_bytes'? @ $.relay.max_body",
    ),
    "a wrong route": (_text("a").replace('url = "http', 'url = "nope'), "a: "),
    "no route": (_text(), "there is no route in it"),
    "no secret": (_text("a", secret_file="none"), "no such file"),
}


@pytest.mark.parametrize(("text", "expected"), BAD.values(), ids=BAD)
def test_a_bad_file_changes_nothing(relay: Running, text: str, expected: str) -> None:
    """It is reported, and a good one after it is used."""
    replace(relay.file, text)
    wait_until(lambda: "the relay goes on with the settings that it had" in relay.reports)

    assert expected in relay.reports[0]
    assert relay.reports[0].startswith(f"not reloaded: {relay.file}: ")
    assert ([], 200) == (relay.engine.reloads, relay.post(DELIVERY).status)
    assert 1.0 == relay.counted('broadcast_relay_reloads_total{outcome="refused"}')
    replace(relay.file, _text("second"))
    wait_until(lambda: relay.engine.reloads == [["second"]])


def test_what_the_engine_refuses_changes_nothing(relay: Running) -> None:
    """Not who may deliver either."""
    relay.engine.failure = RuntimeError("canary")
    replace(relay.file.parent / "secret", NEW_SECRET)
    (relay.file.parent / "secret").chmod(0o600)
    wait_until(lambda: "the relay goes on with the settings that it had" in relay.reports)
    relay.engine.failure = None

    assert 200 == relay.post(DELIVERY).status
    assert "RuntimeError at " in relay.reports[0]
    assert "canary" not in "".join(relay.reports)


def test_secrets_are_exchanged_while_both_are_valid(relay: Running) -> None:
    """Put the new one beside the old, change it at the sender, take the old one out."""
    new = {"Authorization": f"Bearer {NEW_SECRET}"}
    (relay.file.parent / "secret").write_text(f"{SECRET}\n{NEW_SECRET}\n")
    wait_until(lambda: exchange(relay.port, request(DELIVERY, new)).status == 200)

    assert 200 == relay.post(DELIVERY).status
    (relay.file.parent / "secret").write_text(f"{NEW_SECRET}\n")
    wait_until(lambda: relay.post(DELIVERY).status == 401)
    assert 200 == exchange(relay.port, request(DELIVERY, new)).status
    assert SECRET not in "".join(relay.reports)
    assert NEW_SECRET not in "".join(relay.reports)


def test_a_relay_that_others_reach_does_not_lose_its_last_secret(relay: Running) -> None:
    """It would take deliveries of anybody; the old secret stays valid."""
    source = Source(file=str(relay.file), stated={"host": "0.0.0.0"}, environment=Secrets(None))
    counted: list[bool] = []
    used: list[Configuration] = []
    reports: list[str] = []
    reloader = Reloader(
        load_configuration(source),
        load=lambda: load_configuration(source),
        use=used.append,
        report=reports.append,
        count=counted.append,
        host="0.0.0.0",
    )
    relay.file.write_text(settings_text("second", spool="spool"))

    assert (False, [], [False]) == (reloader.reload(), used, counted)
    assert reports[0].startswith("not reloaded: no shared secret is left while the relay listens on 0.0.0.0")


def test_a_change_counts_once_it_is_written() -> None:
    """At two looks in a row it is the same; half a file can be TOML too."""
    old, half, whole = ({"relay.toml": (n, n, 1)} for n in range(3))
    changes = Changes(old)

    assert [False, False, False, True] == [changes.have_settled(one) for one in (old, half, whole, whole)]
    assert [False, False] == [changes.have_settled(one) for one in (old, old)]


def test_what_needs_a_restart_is_named(relay: Running) -> None:
    """Routes and secrets are exchanged all the same."""
    replace(relay.file, _text("second", port=1, max_body_bytes=2_048, max_age_hours=5))
    wait_until(lambda: len(relay.reports) == 2)

    assert [["second"]] == relay.engine.reloads
    assert relay.reports[1].startswith("restart the relay for port, max_body_bytes: ")


def test_no_delivery_fails_while_files_are_exchanged(relay: Running) -> None:
    """On kept connections and on new ones, with good files and bad ones in turn."""
    statuses: list[int] = []
    ended = threading.Event()

    def deliver(*, keeps: bool) -> None:
        connection: socket.socket | None = None
        while not ended.is_set():
            connection = connection or connect(relay.port)
            connection.sendall(request(DELIVERY, AUTHORIZED))
            statuses.append(answer(connection).status)
            if not keeps:
                connection.close()
                connection = None
        if connection is not None:
            connection.close()

    threads = [threading.Thread(target=deliver, kwargs={"keeps": keeps}) for keeps in (True, False)]
    for thread in threads:
        thread.start()
    try:
        for name in ("second", "third"):
            replace(relay.file, _text(name))
            wait_until(lambda name=name: relay.engine.reloads[-1:] == [[name]])
            before = len(relay.reports)
            replace(relay.file, "nonsense")
            wait_until(lambda before=before: len(relay.reports) == before + 2)
    finally:
        ended.set()
        for thread in threads:
            thread.join(5)

    assert {200} == set(statuses)
    assert len(statuses) == len(relay.engine.kept) > 50
