"""What tells whether a file has changed, without reading it."""

from __future__ import annotations

import os
from typing import TypeAlias

Stamp: TypeAlias = tuple[int, int, int] | None


def stamp(file: str) -> Stamp:
    """Return the time, the size and the place of a file; None when it is not there."""
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
