"""The law of reading an exchange, for every kind of exchange with a small API of our own."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.schema.api import API, SCHEMAS
from tests.schema.documents import WHOLE, endpoints, exchanges
from tests.schema.law import faults
from tests.schema.values import Schemas

ALL = Schemas(SCHEMAS)
SEEN: dict[str, set[str]] = {}
KINDS = {
    f"{endpoint.path} {kind}": exchanges(
        endpoint, kind, ALL, SEEN.setdefault(f"{endpoint.path} {kind}", set())
    )
    for endpoint in endpoints(API, ALL)
    for kind in endpoint.kinds
}


@pytest.mark.parametrize("name", KINDS)
@given(data=st.data())
def test_nothing_of_an_exchange_is_lost_without_a_word(name: str, data: st.DataObject) -> None:
    """In whatever form its body is given; a stream is read like its answer, and what was read is planned."""
    assert [] == list(faults(data.draw(KINDS[name])))


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "a stream that tells another answer": (
        {"chunks": [{"choices": [{"delta": {"content": "hi"}}]}], WHOLE: {"choices": []}},
        "the stream and the whole answer differ",
    ),
    "a body that is no object": ({"response": ["x"]}, "rejected: expected an object, got an array"),
}


@pytest.mark.parametrize(("came", "how"), BROKEN.values(), ids=BROKEN)
def test_what_breaks_the_law_is_found(came: dict[str, Any], how: str) -> None:
    """So that the test above can fail."""
    document = {"request": {"model": "a/b"}, "started_at": "2026-11-23T10:00:00Z", **came}

    assert any(fault.how.startswith(how) for fault in faults(document))


def test_every_kind_of_exchange_is_drawn() -> None:
    """With each endpoint that makes a generation."""
    assert {name.rpartition(" ")[2] for name in KINDS} == {
        "request", "answer", "apart", "retold", "recording", "error",
    }  # fmt: skip
    assert "/models request" not in KINDS
