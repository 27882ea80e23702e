"""Any text can be an id or a key of a state: also one that is no UTF-8."""

from __future__ import annotations

from pathlib import Path

import pytest

from broadcast_core.delivery.job import EndedItem
from broadcast_core import Item
from broadcast_core.sending.store import Store
from broadcast_core.sending.store.generations import counters, expect, fold, waiting_generations
from broadcast_core.sending.store.progress import put_state

TEXTS = ("gen-1", "\ud800", "a\udfffb", "\udfff\ud800", "\x00", "é", "e\u0301", "🐤", "")


def _ended(generation: str) -> EndedItem:
    item = Item(endpoint="rows", body=b"{}", generations=(generation,))
    return EndedItem(item=item, status="refused", why="it answered 422")


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_a_generation_of_any_name_has_its_outcome(text: str, tmp_path: Path) -> None:
    """After the store was opened again too."""
    path = str(tmp_path / "store")
    with Store(path) as store:
        store.do(lambda db: db.execute("INSERT INTO batch (id, route, at) VALUES (1, 'r', 0)"))
        store.do(lambda db: expect(db, "r", 1, [(text,), ("other", text)]))
    with Store(path) as store:
        waiting = store.do(lambda db: list(waiting_generations(db, "r")))
        first = store.do(lambda db: fold(db, "r", 1, [_ended(text)]))
        outcomes = store.do(lambda db: fold(db, "r", 1, [_ended(text)]))
        counts = store.do(counters)

    assert sorted({text, "other"}) == sorted(waiting)
    assert ([], [(text, "refused")]) == (first, [(one.generation, one.status) for one in outcomes])
    assert {"r": {"planned": 2, "refused": 1, "waiting": 1}} == counts


def test_texts_that_look_alike_are_not_one(tmp_path: Path) -> None:
    """Each has its own row, in the state too."""
    with Store(str(tmp_path / "store")) as store:
        store.do(lambda db: db.execute("INSERT INTO batch (id, route, at) VALUES (1, 'r', 0)"))
        store.do(lambda db: expect(db, "r", 1, [(text,) for text in TEXTS]))
        store.do(lambda db: put_state(db, "r", {text: ascii(text).encode() for text in TEXTS}))
        waiting = store.do(lambda db: list(waiting_generations(db, "r")))
        store.do(lambda db: put_state(db, "r", {}, TEXTS[1:]))
        left = store.do(lambda db: db.execute("SELECT value FROM state").fetchall())

    assert sorted(TEXTS) == sorted(waiting)
    assert [(b"'gen-1'",)] == left
