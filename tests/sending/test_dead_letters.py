"""Dead letters as lines: whole deliveries as they were sent, and news of them that quote nobody."""

from __future__ import annotations

import gzip
import json
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from broadcast_core.sending.spool.dead_letters import DeadLetters
from broadcast_core.sending.spool.holding import state_of
from broadcast_core.sending.spool.letter_news import LetterNews
from broadcast_core.sending.store import Store, letters

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
SAID = "geheim-\u6f22"


@pytest.fixture
def store() -> Iterator[Store]:
    """Return a store in memory."""
    with Store() as one:
        yield one


def add(store: Store, body: bytes, encoding: str = "identity", why: str = "it cannot be read") -> None:
    """Keep a delivery as a dead letter; each has a number of its own."""
    number = DeadLetters(store).newest() + 1
    store.do(lambda db: letters.add_delivery(db, number, body, encoding, why, NOW))


def lines(store: Store) -> list[bytes]:
    """Return the lines of all dead letters."""
    dead = DeadLetters(store)
    return [letter.line for letter in dead.until(dead.newest())]


JSON = [
    b'{"a": 1}',
    b'{\r\n  "a":\t1.50e3,\n  "a": 2 }\n',
    '{"said": "\u6f22\u2028\\n"}'.encode(),
    b'\xef\xbb\xbf{"a": 1}',
    b'"\\ud800"',
]


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize("body", JSON)
def test_a_delivery_of_json_is_a_line_of_the_same_json(store: Store, body: bytes, encoding: str) -> None:
    """Its numbers, escapes and repeated keys as they were sent."""
    add(store, gzip.compress(body, mtime=0) if encoding == "gzip" else body, encoding)

    (line,) = lines(store)

    assert b"\n" not in line
    assert b"\r" not in line
    assert json.loads(line, object_pairs_hook=list) == json.loads(body, object_pairs_hook=list)
    assert line.translate(None, b" ") == body.removeprefix(b"\xef\xbb\xbf").translate(None, b" \r\n")


BROKEN = [
    (b'{"a": 1', "identity"),
    (b'{"a": "\n"}', "identity"),
    (b"{} {}", "identity"),
    (b'{"a": NaN}', "identity"),
    ('{"a": 1}'.encode("utf-16"), "identity"),
    (b"", "identity"),
    (gzip.compress(b'{"a": 1}', mtime=0)[:-2], "gzip"),
    (b'{"a": 1}', "br"),
    (b"[" * 100_000, "identity"),
]


@pytest.mark.parametrize(("body", "encoding"), BROKEN)
def test_any_other_delivery_says_what_it_is(store: Store, body: bytes, encoding: str) -> None:
    """Its body is there to the byte, in the encoding that it came in."""
    add(store, body, encoding)

    found = json.loads(*lines(store))

    assert (1, encoding, "it cannot be read") == (found["delivery"], found["encoding"], found["why"])
    assert body == b64decode(found["body_base64"])


def test_only_what_was_read_is_forgotten(store: Store) -> None:
    """What came since then stays."""
    add(store, b"1")
    dead = DeadLetters(store)
    newest = dead.newest()
    add(store, b"2")

    assert [b"1"] == [letter.line for letter in dead.until(newest)]
    assert (1, [b"2"]) == (dead.forget(newest), lines(store))


def test_a_letter_that_is_gone_meanwhile_is_left_out(store: Store) -> None:
    """Others are read all the same."""
    for body in (b"1", b"2", b"3"):
        add(store, body)
    found = DeadLetters(store).until(3)
    first = next(found)
    store.do(lambda db: db.execute("DELETE FROM letter WHERE id = 2"))

    assert [b"1", b"3"] == [first.line, *(letter.line for letter in found)]


def test_the_state_of_a_spool_counts_dead_letters(store: Store) -> None:
    """All of them."""
    for body in (b"1", b"2"):
        add(store, body)

    assert 2 == store.do(lambda db: state_of(db, None, None, NOW)).letters


def test_news_name_reasons_once_a_minute(store: Store) -> None:
    """Those that were there before are no news; what was said is in none."""
    add(store, SAID.encode(), why="old")
    clock, said = [NOW], list[str]()
    news = LetterNews(store, lambda: clock[0], said.append)
    news.look()
    for n in range(7):
        add(store, SAID.encode(), why=f"reason {n % 5} " + "x\n" * 400)
    for seconds in (0, 1, 59, 61, 200):
        clock[0] = NOW + timedelta(seconds=seconds)
        news.look()
        if seconds == 1:
            add(store, b"more", why="another")

    assert ["7", "1"] == [line.split(" (")[0].rpartition(" ")[2] for line in said]
    assert ["and 2 more reasons", "another"] == [
        line.split("); `")[0].split("; ")[-1].split("(")[-1] for line in said
    ]
    assert [True, True] == [len(line) < 700 and "\n" not in line and SAID not in line for line in said]
