"""Compression: every body comes back as it was, with either library, and again as the same bytes."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core.delivery import compression
from broadcast_core.delivery.compression import gzipped

BODIES = st.binary(max_size=2000) | st.builds(
    lambda part, times: part * times, st.binary(max_size=40), st.integers(0, 40_000)
)


@pytest.fixture(params=["isal", "zlib"], scope="module")
def library(request: pytest.FixtureRequest) -> Iterator[str]:
    """Return the name of the library in use; zlib is there without the other."""
    if request.param == "isal":
        pytest.importorskip("isal")
    compression._compress.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "zlib":
            patch.setitem(sys.modules, "isal", None)
        yield request.param
    compression._compress.cache_clear()


@given(body=BODIES)
def test_a_body_comes_back_as_it_was(library: str, body: bytes) -> None:
    """And compressed again it is the same, at whatever time: the header of gzip has none."""
    packed = gzipped(body)

    assert body == gzip.decompress(packed)
    assert packed == gzipped(body)
    assert b"\0\0\0\0" == packed[4:8]


def test_the_library_is_the_one_that_is_there(library: str) -> None:
    """isal is four times faster."""
    gzipped(b"")

    assert {"isal": "isal.isal_zlib", "zlib": "zlib"}[library] == compression._compress().__module__


def test_rows_get_much_smaller(library: str) -> None:
    """As JSON does."""
    rows = b",".join(b'{"id":"%d","model":"openai/gpt-4o","tokens":%d}' % (n, n * 7) for n in range(1000))

    assert len(gzipped(rows)) < len(rows) / 4
