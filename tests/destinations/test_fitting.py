"""Values made to fit: what gives way is cut, marked and told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from broadcast_core.destinations import fit_json, fit_tags, fit_text

TAKEN_OUT = "NUL was taken out, and lone surrogates became U+FFFD"
TAGS = "truncated $.trace.tags: Opik keeps 50 tags of 100 characters; all of them are in the metadata"


TEXTS: list[tuple[str | None, str | None, list[str]]] = [
    (None, None, []),
    (" \x00 ", None, [f"coerced $.x: {TAKEN_OUT}"]),
    (" abc ", "abc", []),
    ("x" * 70, "x" * 70, []),
    ("x" * 71, "x" * 59 + "[truncated]", ["truncated $.x: cut to 70 of 71 bytes"]),
    ("\x01" * 12, "\x01" * 9 + "[truncated]", ["truncated $.x: cut to 70 of 72 bytes"]),
    ("\u20ac" * 24, "\u20ac" * 19 + "[truncated]", ["truncated $.x: cut to 70 of 72 bytes"]),
]


@pytest.mark.parametrize(("text", "expected", "diagnostics"), TEXTS, ids=[repr(text) for text, *_ in TEXTS])
def test_a_text_is_clean_and_within_its_length(
    text: str | None, expected: str | None, diagnostics: list[str]
) -> None:
    """In bytes of JSON."""
    fitted = fit_text(text, "$.x", max_bytes=70)

    assert expected == fitted.value
    assert diagnostics == [str(one) for one in fitted.diagnostics]


FIELDS: list[tuple[int, Any, list[str]]] = [
    (96, "x" * 96, []),
    (
        97,
        "x" * 85 + "[truncated]",
        [
            "truncated $.x: 99 bytes, and Opik takes about 98 a field: the longest parts were cut, "
            "each with the mark [truncated] or openrouter_truncated"
        ],
    ),
]


@pytest.mark.parametrize(
    ("length", "expected", "diagnostics"), FIELDS, ids=[str(length) for length, *_ in FIELDS]
)
def test_a_field_is_cut_to_what_a_platform_takes(length: int, expected: str, diagnostics: list[str]) -> None:
    """And shown as it would be without the cut."""
    fitted = fit_json("x" * length, "$.x", 98, "Opik")

    assert expected == json.loads(fitted.value)
    assert diagnostics == [str(one) for one in fitted.diagnostics]


def test_the_shape_of_a_field_is_given_before_and_after_a_cut() -> None:
    """A chat that is too large is still a chat, and has room for its shape."""
    fitted = [fit_json("x" * n, "$.x", 98, "Opik", lambda text: {"shown": text}) for n in (10, 1000)]
    shown = [json.loads(one.value) for one in fitted]

    assert [{"shown": "x" * 10}, {"shown": "x" * 75 + "[truncated]"}] == shown


EMOJI = "\U0001f600"
TAGGED: list[tuple[tuple[str, ...], list[str], int]] = [
    (("x" * 100,), ["x" * 100], 0),
    (("x" * 101,), ["x" * 100], 1),
    ((EMOJI * 50,), [EMOJI * 50], 0),
    ((EMOJI * 51,), [EMOJI * 50], 1),
    (("x" + EMOJI * 50,), ["x" + EMOJI * 49], 1),
    (("x" * 100 + "a", "x" * 100 + "b", "y"), ["x" * 100, "y"], 1),
    (("x" * 99 + " b", "x" * 99), ["x" * 99], 1),
    (tuple(f"{n:0101}" for n in range(60)), [f"{n:0100}" for n in range(6)], 1),
]


@pytest.mark.parametrize(
    ("given", "expected", "diagnostics"), TAGGED, ids=[str(n) for n in range(len(TAGGED))]
)
def test_tags_as_java_counts_them(given: tuple[str, ...], expected: list[str], diagnostics: int) -> None:
    """In UTF-16 units, no character halved, and no tag twice."""
    fitted = fit_tags(given, "$.trace.tags", 50, 100, "Opik")

    assert expected == fitted.value
    assert [TAGS] * diagnostics == [str(one) for one in fitted.diagnostics]


@pytest.mark.parametrize(
    ("given", "expected", "diagnostics"),
    [
        (("b\ud800", "b", "c\x00"), ["b", "b\ufffd", "c"], [f"coerced $.trace.tags: {TAKEN_OUT}"]),
        ((" b ", "b", " "), ["b"], []),
        (("\x00",), None, [f"coerced $.trace.tags: {TAKEN_OUT}"]),
        (("\x00", "x" * 101), ["x" * 100], [f"coerced $.trace.tags: {TAKEN_OUT}", TAGS]),
    ],
    ids=["mended", "space", "nothing left", "both"],
)
def test_tags_that_no_column_holds_are_mended_and_told(
    given: tuple[str, ...], expected: list[str] | None, diagnostics: list[str]
) -> None:
    """Beside those that are cut."""
    fitted = fit_tags(given, "$.trace.tags", 50, 100, "Opik")

    assert (expected, diagnostics) == (fitted.value, [str(one) for one in fitted.diagnostics])
