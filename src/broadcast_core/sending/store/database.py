"""The file behind a store: private, synced, of one process at a time, and erased when rows are deleted."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

from broadcast_core.errors import BroadcastError

APPLICATION = 0x42724373  # "BrCs": tells our files from other databases
FORMAT = 1
_PAGE = 16_384
_WAL_PAGES = 500  # written back in milliseconds: a log of 4,000 pages held everything up for 25 of them
LOG_BYTES = 64 * 1024 * 1024
"""How large the log stays; a large transaction makes it larger, until it is written back."""
_TABLES = """
CREATE TABLE about (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE batch (id INTEGER PRIMARY KEY AUTOINCREMENT, route TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE request (
  number INTEGER PRIMARY KEY AUTOINCREMENT, route TEXT NOT NULL, batch INTEGER NOT NULL,
  position INTEGER NOT NULL, head BLOB NOT NULL, body BLOB NOT NULL, size INTEGER NOT NULL,
  since REAL NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0, not_before REAL, follow_up BLOB, is_unknown INTEGER NOT NULL DEFAULT 0,
  is_last INTEGER NOT NULL DEFAULT 0, is_sent INTEGER NOT NULL DEFAULT 0, split_by INTEGER
);
CREATE INDEX request_order ON request (route, batch, position, number);
CREATE TABLE generation (
  batch INTEGER NOT NULL, id TEXT NOT NULL, items INTEGER NOT NULL, worst TEXT NOT NULL DEFAULT 'delivered',
  why TEXT NOT NULL DEFAULT '', may_be_there INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (batch, id)
) WITHOUT ROWID;
CREATE TABLE counter (
  route TEXT NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL, PRIMARY KEY (route, name)
) WITHOUT ROWID;
CREATE TABLE state (
  route TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (route, key)
);
CREATE TABLE letter (
  id INTEGER PRIMARY KEY AUTOINCREMENT, route TEXT NOT NULL, head BLOB NOT NULL, body BLOB NOT NULL,
  size INTEGER NOT NULL, at REAL NOT NULL
);
CREATE INDEX letter_at ON letter (at);
CREATE INDEX letter_delivery ON letter (head) WHERE route = '';
CREATE TABLE inbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, encoding TEXT NOT NULL, size INTEGER NOT NULL,
  body BLOB NOT NULL
);
CREATE TABLE seen (
  route TEXT NOT NULL, generation TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (route, generation)
) WITHOUT ROWID;
CREATE INDEX seen_at ON seen (at);
CREATE TABLE cursor (route TEXT PRIMARY KEY, inbox INTEGER NOT NULL) WITHOUT ROWID;
"""
_TALLY = """
CREATE TEMP TABLE tally AS SELECT count(*) AS deliveries FROM inbox;
CREATE TEMP TRIGGER came AFTER INSERT ON inbox BEGIN UPDATE tally SET deliveries = deliveries + 1; END;
CREATE TEMP TRIGGER went AFTER DELETE ON inbox BEGIN UPDATE tally SET deliveries = deliveries - 1; END;
"""
"""How many deliveries wait, in memory and in step with transactions: SQLite counts rows by reading all."""


class StoreError(BroadcastError, RuntimeError):
    """A store that cannot be used: another process has it, it is of another form, or it is damaged."""


class StoreBusy(StoreError):
    """Another process uses the store. Wait until it has ended, or give another file."""


class StoreFull(StoreError):
    """The disk or the store has no space left. Free some; nothing that was kept is lost."""


def connect(path: str | None, *, kind: str, max_bytes: int | None = None) -> sqlite3.Connection:
    """Return the one connection to a store of a kind, which is made where there is none; None: in memory.

    The file and what SQLite puts beside it are for their owner alone. A row that is deleted is overwritten.
    A commit is on the disk when it returns. Raise `StoreError` for a file that cannot be used.
    """
    if path is not None:
        _make_private(path)
    try:
        connection = sqlite3.connect(
            path or ":memory:", isolation_level=None, check_same_thread=False, timeout=0
        )
        try:
            _set_up(connection, kind, max_bytes, is_file=path is not None)
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        raise explain(error, path) from None
    except StoreError as error:
        raise StoreError(f"{path}: {error}") from None
    return connection


def _make_private(path: str) -> None:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        if os.name == "posix" and stat.S_IMODE(os.stat(path).st_mode) & 0o077:
            os.chmod(path, 0o600)
        folder = os.open(Path(path).absolute().parent, os.O_RDONLY) if os.name == "posix" else None
        if folder is not None:
            os.fsync(folder)
            os.close(folder)
    except OSError as error:
        what = (error.strerror or str(error)).lower()
        raise StoreError(f"{path}: {what}: give a file in a directory that can be written") from None


def _set_up(connection: sqlite3.Connection, kind: str, max_bytes: int | None, *, is_file: bool) -> None:
    run = connection.execute
    run("PRAGMA locking_mode = EXCLUSIVE")
    run(f"PRAGMA page_size = {_PAGE}")
    run("PRAGMA secure_delete = ON")
    run("PRAGMA temp_store = MEMORY")
    _check_form(connection)  # before the first change
    if is_file:
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = FULL")
        run(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
        run(f"PRAGMA journal_size_limit = {LOG_BYTES}")
    run("BEGIN EXCLUSIVE")  # the second process ends here
    if _check_form(connection):
        _run_all(run, _TABLES)
        run(f"PRAGMA application_id = {APPLICATION}")
        run(f"PRAGMA user_version = {FORMAT}")
        run("INSERT INTO about VALUES ('kind', ?)", (kind,))
    _run_all(run, _TALLY)
    run("COMMIT")
    found = run("SELECT value FROM about WHERE name = 'kind'").fetchone()
    if found is None or found[0] != kind:
        raise StoreError(f"this is no {kind}: give another name")
    if max_bytes is not None:
        run(f"PRAGMA max_page_count = {max(64, max_bytes // _PAGE)}")


def pages(db: sqlite3.Connection) -> tuple[int, int]:
    """Return the bytes of a store that hold something, and those of its file that hold nothing any more."""
    count, free, size = (_pragma(db, name) for name in ("page_count", "freelist_count", "page_size"))
    return (count - free) * size, free * size


def _run_all(run: Callable[[str], object], statements: str) -> None:
    for statement in statements.split(";\n"):
        run(statement)


def _check_form(connection: sqlite3.Connection) -> bool:
    """Tell whether a database is empty; raise `StoreError` for one that is no store of this form."""
    application, version = (_pragma(connection, name) for name in ("application_id", "user_version"))
    if application == APPLICATION:
        if version > FORMAT:
            what = f"written by a newer release, this one reads form {FORMAT}: upgrade broadcast-core"
            raise StoreError(what)
        return False
    if version or application or connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
        raise StoreError("this is a database of another program: give another name")
    return True


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def explain(error: sqlite3.Error, path: str | None) -> StoreError:
    """Return what an error of SQLite means for whoever uses the store."""
    where, text = (f"{path}: " if path else ""), str(error)
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith("SQLITE_FULL"):
        return StoreFull(f"{where}the disk or the store is full: free space, nothing that was kept is lost")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreBusy(f"{where}another process uses it: wait until that has ended, or give another file")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        what = "it is damaged, or no store: keep a copy, take it away, and begin anew"
        return StoreError(f"{where}{what}")
    if name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY")):
        return StoreError(
            f"{where}it cannot be read or written ({text}): look at the disk and the permissions"
        )
    return StoreError(f"{where}{text}")
