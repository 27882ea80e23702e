"""UUIDv7 of a seed and a time, and the time that an original id carries."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core.destinations import as_uuid7, carried_time, milliseconds, uuid7_of
from broadcast_core.testing.strategies import instants

OWN = "01890a5d-ac96-774b-bcce-b302099a8057"


@given(st.binary(), instants())
def test_a_uuid_is_of_its_time(seed: bytes, moment: datetime) -> None:
    """48 bits of milliseconds, version 7, the usual variant, and read back as it is."""
    text = uuid7_of(seed, moment)
    value = uuid.UUID(text)

    assert (7, uuid.RFC_4122, text) == (value.version, value.variant, as_uuid7(text))
    assert milliseconds(moment) == value.int >> 80
    assert carried_time(text) == moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def test_a_published_vector() -> None:
    """Forever: the low 74 bits are those of the SHA-256 of the seed."""
    moment = datetime(2026, 11, 23, 10, 0, 0, 123_456, tzinfo=UTC)

    assert "01a207d9-217b-79bc-a794-d718adfc689c" == uuid7_of(
        b"broadcast-opik/1\x00trace\x00support-ticket-4711", moment
    )


@given(st.sets(st.binary(), min_size=2), instants())
def test_different_seeds_have_different_ids(seeds: set[bytes], moment: datetime) -> None:
    """74 bits tell them apart."""
    assert len(seeds) == len({uuid7_of(seed, moment) for seed in seeds})


def test_a_uuid7_of_the_callers_is_used_as_it_is() -> None:
    """In the usual spelling."""
    assert OWN == as_uuid7(OWN)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        OWN.replace("-", ""),
        OWN[:-1],
        OWN[:14] + "4" + OWN[15:],
        "{" + OWN + "}",
        OWN + "\n",
        OWN.upper(),
    ],
)
def test_anything_else_is_no_uuid7(text: str | None) -> None:
    """Opik refuses other versions and other spellings."""
    assert as_uuid7(text) is None


CARRIED = [
    ("01ARZ3NDEKTSV4RRFFQ69G5FAV", datetime(2016, 7, 30, 23, 54, 10, 259_000, tzinfo=UTC)),
    ("017f22e2-79b0-7cc3-98c4-dc0c0c07398f", datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)),
    ("c232ab00-9414-11ec-b3c8-9f6bdeced846", datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)),
    ("1ec9414c-232a-6b00-b3c8-9f6bdeced846", datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)),
    ("gen-1795415412-OSTtEnvWslDFcd7eQlkW", datetime(2026, 11, 23, 6, 30, 12, tzinfo=UTC)),
    ("a52d2693-e724-11f1-8000-000000000000", datetime(2026, 11, 23, 10, 0, 0, 123_457, tzinfo=UTC)),
    ("7zzzzzzzzzzzzzzzzzzzzzzzzz", None),
    ("support-ticket-4711", None),
    ("919108f7-52d1-4320-9bac-f847db4148a8", None),
    ("gen-", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "expected"), CARRIED, ids=[text[:20] or "blank" for text, _ in CARRIED])
def test_the_time_that_an_id_carries(text: str, expected: datetime | None) -> None:
    """ULID, UUIDv1, v6, v7 (the vectors of RFC 9562) and OpenRouter's own ids."""
    assert expected == carried_time(text)
