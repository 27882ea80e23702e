"""A file that is no store of ours, or a damaged one, is refused and stays as it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from broadcast_core.sending.store import Store, StoreError
from broadcast_core.sending.store.database import FORMAT


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a store with some rows."""
    made = tmp_path / "store"
    with Store(str(made), kind="kind") as store:
        store.do(
            lambda db: db.executemany(
                "INSERT INTO about VALUES (?, ?)", ((str(n), "x" * 999) for n in range(200))
            )
        )
    return made


def _change(statement: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with closing(sqlite3.connect(path)) as plain:
            plain.execute(statement)
            plain.commit()

    return change


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: 3 * 16_384 + 100])


def _overwrite(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[:16_384] = b"\xff" * 16_384
    path.write_bytes(data)


def _text(path: Path) -> None:
    path.write_text("a file of somebody else\n" * 100)


def _foreign(path: Path) -> None:
    path.unlink()
    _change("CREATE TABLE theirs (a)")(path)


WRONG = {
    "newer": (_change(f"PRAGMA user_version = {FORMAT + 1}"), "written by a newer release"),
    "of another program": (_foreign, "a database of another program"),
    "no database": (_text, "damaged, or no store: keep a copy, take it away, and begin anew"),
    "its first page is overwritten": (_overwrite, "damaged, or no store"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_store_is_refused_and_left_as_it_is(name: str, path: Path) -> None:
    """To the byte, with what to do; nothing beside it is left."""
    change, message = WRONG[name]
    change(path)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=message) as caught:
        Store(str(path), kind="kind")

    assert before == path.read_bytes()
    assert str(path) in str(caught.value)
    assert [path] == list(path.parent.iterdir())


def test_a_store_of_another_kind_is_refused(path: Path) -> None:
    """And is free for its own."""
    before = path.read_bytes()
    with pytest.raises(StoreError, match="this is no spool: give another name"):
        Store(str(path), kind="spool")
    Store(str(path), kind="kind").close()

    assert before == path.read_bytes()


def test_a_file_that_was_cut_short_is_never_emptied(path: Path) -> None:
    """Its rows cannot be read: that is told by whatever needs them, and none is given up."""
    _cut(path)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=f"{path}: it is damaged, or no store"):
        with Store(str(path), kind="kind") as store:
            store.do(lambda db: db.execute("SELECT sum(length(value)) FROM about").fetchone())

    assert before[:16_384] == path.read_bytes()[:16_384]


@pytest.mark.parametrize("name", ["", "no such folder/store"])
def test_a_name_that_cannot_be_a_file_is_refused(name: str, tmp_path: Path) -> None:
    """A directory, and one in a folder that is not there."""
    with pytest.raises(StoreError, match="give a file in a directory that can be written"):
        Store(str(tmp_path / name))
