"""What is in a store's file: every value of it, bodies inflated, and the file and its log as they are."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path


def values_of(path: Path) -> Iterator[bytes]:
    """Yield every value of a store; what is compressed twice over comes in each form."""
    database = sqlite3.connect(path)
    for (table,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
        for row in database.execute(f"SELECT * FROM {table}"):
            for value in row:
                yield from _inflated(value if isinstance(value, bytes) else str(value).encode())
    database.close()
    for file in path.parent.glob(f"{path.name}*"):
        yield file.read_bytes()


def _inflated(data: bytes) -> Iterator[bytes]:
    yield data
    try:
        inner = zlib.decompressobj(wbits=47 if data[:1] in (b"\x1f", b"\x78") else -15).decompress(data)
    except zlib.error:
        return
    if inner:
        yield from _inflated(inner)
