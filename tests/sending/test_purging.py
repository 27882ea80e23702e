"""What a store holds of someone is found: escaped, nested, compressed, cut short; and nothing of others."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from broadcast_core import Route, plan
from broadcast_core.delivery.job import Step
from broadcast_core.delivery.steps import stopped
from broadcast_core.readers import read_text
from broadcast_core.sending.spool import inbox
from broadcast_core.sending.spool.matching import Ids
from broadcast_core.sending.spool.purging import Purge, purge
from broadcast_core.sending.store import Store, jobs, letters
from broadcast_core.sending.store.jobs import Target
from tests.fake import Lines

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
ODD_IDS = ['an"n', "an\\n", "j\u00e4n", "\u6f22\u5b57", "a b\tc", "\U0001f511", "a/b", "<a&b>", "*", "'; --"]
"""Ids that JSON writes in more than one way, or that have no plain letter."""


@pytest.fixture
def store() -> Iterator[Store]:
    """Return a store in memory."""
    with Store() as one:
        one.do(letters.keep_letters)
        yield one


def record(user: str, name: str = "x") -> bytes:
    """Return a generation of a user."""
    return json.dumps(
        {
            "id": f"gen-{name}",
            "model": "a-model",
            "timing": {"start": "2026-11-23T10:00:00Z"},
            "identity": {"user_id": user},
            "trace": {"trace_id": f"trace-{name}"},
        }
    ).encode()


def delivery(*attributes: tuple[str, str], is_ascii: bool = True) -> bytes:
    """Return a delivery of OTLP with attributes of its resource."""
    found = [{"key": key, "value": {"stringValue": value}} for key, value in attributes]
    document = {"resourceSpans": [{"resource": {"attributes": found}, "scopeSpans": []}]}
    return json.dumps(document, ensure_ascii=is_ascii).encode()


def accept(store: Store, body: bytes, encoding: str = "identity") -> int:
    """Accept a delivery."""
    return store.do(lambda db: inbox.accept(db, [(NOW.timestamp(), encoding, body)]))


def waiting(store: Store) -> list[int]:
    """Return the numbers of the deliveries that are left."""
    return [row[0] for row in store.do(lambda db: db.execute("SELECT id FROM inbox ORDER BY id").fetchall())]


@pytest.mark.parametrize("user", ODD_IDS)
def test_an_id_is_found_however_it_is_written(store: Store, user: str) -> None:
    """As the id of a user, nested in a text that is JSON, twice nested, as a key, and by other escapes."""
    nested = json.dumps({"user": user})
    accept(store, record(user))
    for is_ascii in (True, False):
        accept(store, delivery(("metadata", nested), is_ascii=is_ascii))
        accept(
            store, delivery(("metadata", json.dumps({"user": user}, ensure_ascii=False)), is_ascii=is_ascii)
        )
        accept(store, delivery(("metadata", json.dumps({"more": nested})), is_ascii=is_ascii))
        accept(store, delivery((user, "1"), is_ascii=is_ascii))
    escaped = "".join(f"\\u{ord(one):04x}" for one in user if ord(one) < 0x10000) or json.dumps(user)[1:-1]
    accept(store, b'{"user": "' + escaped.encode() + b'"}')
    other = accept(store, record("somebody else", "y"))

    purged = purge(store, Purge(users=(user,)))

    assert (10, [other]) == (purged.deliveries, waiting(store))


@pytest.mark.parametrize("text", ["anna", "Ann", "my name is ann", "ann ", '{"user": "anna"}', '["ann'])
def test_a_part_of_another_id_is_no_id(store: Store, text: str) -> None:
    """Nor is a word of what somebody said."""
    accept(store, delivery(("user.id", text)))

    assert 0 == purge(store, Purge(users=("ann",))).deliveries


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32-be"])
@pytest.mark.parametrize(
    "text",
    [
        '{"user": 777}',
        '{"attributes": [{"key": "user.id", "value": {"intValue": 777}}]}',
        json.dumps({"metadata": '{"user_id": 777}'}),
        json.dumps({"metadata": '{"user_id":"777","messages":[{"con'}),
        json.dumps({"metadata": json.dumps({"more": '{"user_id": 777, "text": "a'})}),
    ],
)
def test_an_id_is_found_as_a_number_and_in_what_was_cut_off(store: Store, text: str, encoding: str) -> None:
    """Also nested in a text, and in another encoding; a longer one, and one at the very end, are others."""
    accept(store, text.encode(encoding))
    others = [
        accept(store, one.encode(encoding)) for one in (text.replace("777", "7771"), '["{\\"a\\": 777"]')
    ]

    assert 1 == purge(store, Purge(users=("777",))).deliveries
    assert others == waiting(store)


@pytest.mark.parametrize("size", [None, -1, -9])
def test_what_is_compressed_is_read(store: Store, size: int | None) -> None:
    """Also where it is cut short: what can be inflated of it counts."""
    filler = delivery(*(("user.id", f"u{n}") for n in range(400)))
    accept(store, gzip.compress(delivery(("user.id", "ann")) + b"\n" + filler)[:size], "gzip")
    accept(store, gzip.compress(filler)[:size], "gzip")

    assert 1 == purge(store, Purge(users=("ann",))).deliveries


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_dead_letter_that_is_a_delivery_is_read_as_one(store: Store, encoding: str) -> None:
    """In its own encoding."""
    for user in ("ann", "bob"):
        body = delivery(("user.id", user))
        body = gzip.compress(body) if encoding == "gzip" else body
        store.do(lambda db, body=body: letters.add_delivery(db, 1, body, encoding, user, NOW))  # type: ignore[misc]  # noqa: B023

    assert 1 == purge(store, Purge(users=("ann",))).letters


def test_text_that_is_no_json_names_someone_by_a_whole_word(store: Store) -> None:
    """A line that is cut short, or never was JSON."""
    accept(store, delivery(("user.id", "ann"))[:-20])
    accept(store, b"user,ann,12\nuser,bob,3")
    accept(store, b"user,anna,12")

    assert 2 == purge(store, Purge(users=("ann",))).deliveries


def test_what_cannot_be_read_is_found_by_its_age(store: Store) -> None:
    """An encoding that nobody knows."""
    accept(store, b"\x8b\x05\x80ann", "br")

    assert 1 == purge(store, Purge(before=NOW + timedelta(seconds=1))).deliveries


@pytest.mark.parametrize(
    "data", [b"[" * 100_000, b'{"a": ' * 5000 + b'"ann"', b"\xff\xfe\x00a", b"", b'"\\', b"9" * 5000]
)
def test_no_bytes_end_a_purge(data: bytes) -> None:
    """Deep, endless or broken: at worst it is searched as text."""
    assert (b'"ann"' in data) == Ids(["ann"]).are_in(data)


def test_a_request_that_is_erased_while_it_is_sent_comes_back_in_no_form(store: Store) -> None:
    """Its answer changes nothing any more: no half of it goes on, and none is a dead letter."""
    route = Route.to(Lines(), {"dataset": "d"})
    target = Target(route=route)
    requests = plan(read_text(record("ann")).generations, route).requests
    store.do(lambda db: jobs.add_batch(db, target, requests, NOW))
    job = store.do(lambda db: jobs.load_jobs(db, target, (0, 0, 0), 9, 10**6)).jobs[0][0]
    assert ("gen-x",) == purge(store, Purge(traces=("gen-x",))).generations

    for step in (stopped(job, "why"), Step(job=job, parts=(job,)), Step(job=job, kept=job)):
        assert ((), []) == store.do(lambda db, step=step: jobs.settle(db, target, step, NOW))  # type: ignore[misc]
    assert (0, 0) == store.do(
        lambda db: db.execute(
            "SELECT (SELECT count(*) FROM request), (SELECT count(*) FROM letter)"
        ).fetchone()
    )


def test_a_store_of_many_is_purged_a_few_at_a_time(store: Store) -> None:
    """What is accepted meanwhile goes in between."""
    for n in range(100):
        accept(store, record("ann" if n % 2 else "bob", str(n)))

    assert (50, 50) == (purge(store, Purge(users=("ann",))).deliveries, len(waiting(store)))
