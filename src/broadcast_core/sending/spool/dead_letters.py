"""The dead letters of a spool as lines of JSON: requests that can be sent again, and whole deliveries.

A delivery that is JSON is a line as it was sent; any other is an object that says what it is, with the body
in base64. Each letter is read in a transaction of its own, so that deliveries are accepted meanwhile.
"""

from __future__ import annotations

import json
import sqlite3
from base64 import b64encode
from collections.abc import Iterator
from typing import NoReturn

from attrs import frozen

from broadcast_core.delivery.stored.requests import StoredRequest
from broadcast_core.jsontext import JsonError
from broadcast_core.sending.spool.inbox import PLAIN, Delivery
from broadcast_core.sending.spool.planning import decoded
from broadcast_core.sending.store import Store
from broadcast_core.sending.store.values import unpacked

_MARK = b"\xef\xbb\xbf"
_LONGEST_REASON = 160


@frozen(kw_only=True)
class Letter:
    """One dead letter: its line without a newline, and why it is one, without content."""

    number: int
    is_request: bool
    why: str
    line: bytes

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Letter({self.number}, {len(self.line)} bytes)"


class DeadLetters:
    """The dead letters of a store, the oldest first; their numbers grow and are never given twice."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def newest(self) -> int:
        """Return the number of the newest, 0 where there is none."""
        return self._store.do(newest_letter)

    def until(self, newest: int) -> Iterator[Letter]:
        """Yield those up to a number."""
        number = 0
        while (found := self._store.do(lambda db, after=number: _next(db, after, newest))) is not None:  # type: ignore[misc]
            number, route, head, body = found
            yield _request(number, head, body) if route else _whole_delivery(number, head, body)

    def forget(self, newest: int) -> int:
        """Erase those up to a number, and return how many there were."""
        gone = self._store.do(lambda db: db.execute("DELETE FROM letter WHERE id <= ?", (newest,)).rowcount)
        self._store.empty_log()
        return gone


def newest_letter(db: sqlite3.Connection) -> int:
    """Return the number of the newest dead letter, 0 where there is none."""
    return int(db.execute("SELECT coalesce(max(id), 0) FROM letter").fetchone()[0])


def delivery_in(head: bytes, body: bytes) -> Delivery:
    """Return the delivery of a dead letter."""
    fields = json.loads(head)
    encoding = str(fields["encoding"])
    data = body if encoding == PLAIN else unpacked(body)
    return Delivery(number=int(fields["delivery"]), encoding=encoding, data=data)


def _next(db: sqlite3.Connection, after: int, newest: int) -> tuple[int, str, bytes, bytes] | None:
    found: tuple[int, str, bytes, bytes] | None = db.execute(
        "SELECT id, route, head, body FROM letter WHERE id > ? AND id <= ? ORDER BY id LIMIT 1",
        (after, newest),
    ).fetchone()
    return found


def reason(route: str, why: str) -> str:
    """Return why something is a dead letter, as one short line."""
    text = "".join(one if one.isprintable() else " " for one in (f"{route}: {why}" if route else why))
    return text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}..."


def _request(number: int, head: bytes, body: bytes) -> Letter:
    fields = json.loads(head)
    line = StoredRequest(head=head, body=unpacked(body)).line
    return Letter(number=number, is_request=True, why=reason(fields["route"], fields["why"]), line=line)


def _whole_delivery(number: int, head: bytes, body: bytes) -> Letter:
    delivery, why = delivery_in(head, body), str(json.loads(head)["why"])
    text, _ = decoded(delivery)
    line = None if text is None else _as_line(text)
    if line is None:
        fields = {"delivery": delivery.number, "encoding": delivery.encoding, "why": why}
        line = json.dumps({**fields, "body_base64": b64encode(delivery.body).decode()}).encode()
    return Letter(number=number, is_request=False, why=reason("", why), line=line)


def _as_line(text: bytes) -> bytes | None:
    """Return a document of JSON as one line, its bytes otherwise as they are; None for anything else."""
    text = text.removeprefix(_MARK)
    try:
        json.loads(text.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, JsonError, RecursionError):
        return None
    return text.replace(b"\r", b" ").replace(b"\n", b" ").strip()  # in JSON they stand between values alone


def _refuse(name: str) -> NoReturn:
    raise JsonError(f"{name} is no JSON")
