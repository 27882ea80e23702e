"""What is deleted is gone from the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from broadcast_core.sending.store import Store

CANARIES = ("canary-7f3a-latin", "канарейка-7f3a", "カナリア7f3a", "金丝雀7f3a", "🐤7f3a🐤", "קנרית7f3a")


def _found(folder: Path, encodings: tuple[str, ...] = ("utf-8",)) -> list[str]:
    data = b"".join(path.read_bytes() for path in folder.iterdir())
    return [one for one in CANARIES if any(one.encode(encoding) in data for encoding in encodings)]


def _fill(store: Store) -> None:
    for n, one in enumerate(CANARIES):
        body = (one * 400).encode()
        store.do(
            lambda db, n=n, body=body: db.execute(
                "INSERT INTO letter VALUES (?, 'r', x'', ?, 0, 0)", (n + 1, body)
            )
        )  # type: ignore[misc]
        store.do(lambda db, one=one: db.execute("INSERT INTO about VALUES (?, 1)", (one,)))  # type: ignore[misc]


def _delete(store: Store) -> None:
    store.do(lambda db: db.execute("DELETE FROM letter"))
    store.do(lambda db: db.execute("DELETE FROM about WHERE name != 'kind'"))


@pytest.mark.parametrize("how", ["closed", "its log is cut"])
def test_nothing_of_what_was_deleted_is_left_in_any_file(how: str, tmp_path: Path) -> None:
    """Once the store is closed, or its log is cut while it goes on; before, it is there."""
    with Store(str(tmp_path / "store")) as store:
        _fill(store)
        before = _found(tmp_path)
        _delete(store)
        if how != "closed":
            store.empty_log()
            assert [] == _found(tmp_path)

    assert list(CANARIES) == before
    assert [] == _found(tmp_path)


def test_without_secure_delete_it_would_be_left(tmp_path: Path) -> None:
    """So the test above can fail."""
    with Store(str(tmp_path / "store")) as store:
        store._connection.execute("PRAGMA secure_delete = OFF")
        _fill(store)
        _delete(store)

    assert [] != _found(tmp_path)
