"""Reading a payload is total: whatever stands in it, nothing raises, and what is read can be written."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadcast_core.readers import Reading
from broadcast_core.readers.litellm.payload import from_payload, read
from broadcast_core.record.codec import decode_line, encode_line
from tests.readers.litellm.test_payload import FAILED, PAYLOAD
from tests.readers.mutation import changed, hostile_values, places

PAYLOADS = {"answered": PAYLOAD, "failed": {**PAYLOAD, **FAILED}}
PLACES = [(name, place) for name, payload in PAYLOADS.items() for place in places(payload) if place]
KEYS = sorted({step for _, place in PLACES for step in place if isinstance(step, str)})
ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    0.5,
    1e30,
    "",
    "x",
    "\x00",
    "1" * 400,
    [],
    [1],
    {},
    {"a": [{}]},
    2**63,
)


def test_a_payload_with_anything_anywhere_is_read_or_rejected() -> None:
    """What is read survives its own form."""
    for name, path in PLACES:
        for value in ODD:
            (outcome,) = read(changed(PAYLOADS[name], path, lambda _, value=value: value)).outcomes

            for found in Reading((outcome,)).generations:
                assert found == decode_line(encode_line(found))


def test_a_payload_that_lacks_anything_is_read() -> None:
    """Releases of LiteLLM differ in their keys; only without its start there is no generation."""
    rejected = [path for name, path in PLACES if read(changed(PAYLOADS[name], path, lambda _: ...)).rejected]

    assert [("startTime",), ("startTime",)] == rejected


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(document=hostile_values(st.sampled_from(KEYS) | st.text(max_size=5)))
def test_whatever_a_program_passes_nothing_raises(document: Any) -> None:
    """By either function."""
    assert isinstance(read(document), Reading)
    if isinstance(document, dict):
        assert isinstance(from_payload(document), Reading)
