"""Values as they lie in a store: bodies compressed, since they are prompts in JSON; any text at all."""

from __future__ import annotations

import zlib
from typing import Any

_LEVEL = 1


def packed(body: bytes) -> bytes:
    """Return a body compressed, by isal where it is installed."""
    fast: Any = _isal()
    return bytes(fast.compress(body, 0) if fast is not None else zlib.compress(body, _LEVEL))


def unpacked(data: bytes) -> bytes:
    """Return the body of packed data."""
    fast: Any = _isal()
    return bytes(fast.decompress(data) if fast is not None else zlib.decompress(data))


def _isal() -> Any:
    try:
        from isal import isal_zlib
    except ImportError:
        return None
    return isal_zlib


def writable(text: str) -> str | bytes:
    """Return a text as SQLite takes it: one with halves of surrogate pairs as bytes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
    return text


def text_of(value: str | bytes) -> str:
    """Return the text that `writable` was given."""
    return value if isinstance(value, str) else value.decode("utf-8", "surrogatepass")
