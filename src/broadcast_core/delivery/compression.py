"""Bodies in gzip, as fast as it goes: with isal where the `fast` extra is installed, else with zlib.

The bytes differ between the two and between their versions, and decompress to the same: what recognizes a
body looks at the plain one.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import lru_cache

_LEVEL = 1  # higher ones take twice as long, for a body that is a sixth smaller
_GZIP = 31  # of zlib's `wbits`: the largest window, in the format of gzip, with no time in it


def gzipped(body: bytes) -> bytes:
    """Return a body in gzip; the same bytes give the same."""
    return _compress()(body, _LEVEL, _GZIP)


@lru_cache(maxsize=1)
def _compress() -> Callable[[bytes, int, int], bytes]:
    """Return what compresses here: looked for when first needed, since many never send."""
    try:
        from isal import isal_zlib
    except ImportError:
        return zlib.compress
    return isal_zlib.compress
