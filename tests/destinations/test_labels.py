"""Labels within limits: ids of the caller's own, and names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core.destinations import clean, fit_id, fit_name
from broadcast_core.destinations.fitting import MENDED
from broadcast_core.testing.strategies import texts

ENDS = texts() | st.sampled_from(["", " ", "  ", "\x00", "\ud800", "\ufffd", "-"])


@given(
    st.sets(st.tuples(ENDS, st.integers(0, 80), ENDS).map(lambda one: one[0] + "x" * one[1] + one[2])),
    st.sampled_from([16, 20, 32, 33, 34, 50]),
)
def test_ids_that_differ_stay_apart_within_their_length(ids: set[str], length: int) -> None:
    """Also where they differ behind the cut, in the space around them, or in what no column holds."""
    different = {text for text in ids if clean(text)}
    fitted = {fit_id(text, "$", length, "too long").value for text in different}

    assert len(different) == len(fitted)
    assert all(one is not None and len(one) <= length and one.strip() == clean(one) for one in fitted)


IDS = [
    (None, None, []),
    (" ", None, []),
    ("\x00", None, [f"coerced $.id: {MENDED}"]),
    (" g1", " g1", []),
    ("g1\n", "g1\n", []),
    ("g\x001", "g1-a98f79c43e06af171f6df0638720eccf", [f"coerced $.id: {MENDED}"]),
]


@pytest.mark.parametrize(("text", "expected", "diagnostics"), IDS, ids=[repr(text) for text, *_ in IDS])
def test_an_id_stays_as_it_is_where_it_can(
    text: str | None, expected: str | None, diagnostics: list[str]
) -> None:
    """A blank one is none; one without what no column holds is told from one that never had it."""
    fitted = fit_id(text, "$.id", 50, "too long")

    assert (expected, diagnostics) == (fitted.value, [str(one) for one in fitted.diagnostics])


@pytest.mark.parametrize(("length", "diagnostics"), [(50, []), (51, ["too long"])])
def test_only_what_is_too_long_is_cut_and_told(length: int, diagnostics: list[str]) -> None:
    """A character less stays as it is."""
    fitted = fit_id("x" * length, "$.id", 50, "too long")

    assert diagnostics == [one.what for one in fitted.diagnostics]
    assert (fitted.value == "x" * length) == (not diagnostics)


NAMES = [
    (None, None, []),
    (5, None, []),
    (" ", None, []),
    ("prod", "prod", []),
    ("my prod!", "my-prod", ["Names take letters, digits, _ and -: 'my-prod'"]),
    ("\u00e9\u00e9", None, ["Names take letters, digits, _ and -: ''"]),
    ("x" * 11, "x" * 10, [f"Names take letters, digits, _ and -: '{'x' * 10}'"]),
]


@pytest.mark.parametrize(
    ("value", "expected", "diagnostics"), NAMES, ids=[repr(value) for value, *_ in NAMES]
)
def test_a_name_has_plain_letters(value: object, expected: str | None, diagnostics: list[str]) -> None:
    """What is no text is no name; what was changed is told."""
    fitted = fit_name(value, "$", 10, "Names")

    assert (expected, diagnostics) == (fitted.value, [one.what for one in fitted.diagnostics])
