"""What Opik shows of a failure: a type to group by, what was said, and which providers failed."""

from __future__ import annotations

from typing import Any

import pytest

from broadcast_core import Attempt, Failure
from broadcast_core.destinations import FailureText, Fitted, failure_text

MAX_TYPE, MAX_TEXT = 10_000, 500_000
TRIED = (
    Attempt(index=0, provider="DeepInfra", status_code=502),
    Attempt(index=1, provider="Novita", status_code=429, message="slow\x00 down"),
    Attempt(index=2, status_code=500),
    Attempt(index=3, provider="Groq", status_code=200),
)

CASES: list[tuple[Failure, tuple[Attempt, ...], dict[str, Any]]] = [
    (Failure(), (), {"exception_type": "Error", "traceback": "Error"}),
    (Failure(code="429"), (), {"exception_type": "Error 429", "traceback": "Error 429"}),
    (Failure(type=" ", code=" "), (), {"exception_type": "Error", "traceback": "Error"}),
    (
        Failure(type="Timeout", code="504", message="late"),
        (),
        {"exception_type": "Timeout", "message": "late", "traceback": "late"},
    ),
    (
        Failure(code="429", message="no", raw={"metadata": {"provider_name": "Mistral", "raw": '{"a": 1}'}}),
        TRIED[2:],
        {
            "exception_type": "Error 429",
            "message": "no",
            "traceback": 'no\nMistral: {"a": 1}\na provider: HTTP 500',
        },
    ),
    (
        Failure(message="no", raw={"metadata": {"raw": {"a": 1}}}),
        (),
        {"exception_type": "Error", "message": "no", "traceback": 'no\nthe provider: {"a":1}'},
    ),
    *(
        (
            Failure(message="no", raw={"metadata": {"provider_name": name, "raw": "x"}}),
            (),
            {"exception_type": "Error", "message": "no", "traceback": "no\nthe provider: x"},
        )
        for name in (None, 10**5000, {"a": 1}, "\x00")
    ),
    *(
        (
            Failure(message="no", raw=raw),
            (),
            {"exception_type": "Error", "message": "no", "traceback": "no"},
        )
        for raw in (
            None,
            "x",
            {},
            {"metadata": "x"},
            {"metadata": {"raw": None}},
            {"metadata": {"raw": " \x00"}},
        )
    ),
    (
        Failure(message="no", raw={"metadata": {"raw": "x" * 20_000}}),
        (Attempt(index=0, provider="Groq", status_code=500, message="y" * 20_000),),
        {
            "exception_type": "Error",
            "message": "no",
            "traceback": f"no\nthe provider: {'x' * 20_000}\nGroq: HTTP 500, {'y' * 20_000}",
        },
    ),
    (
        Failure(message="no answer", stacktrace="at a\nat b"),
        TRIED,
        {"exception_type": "Error", "message": "no answer", "traceback": "at a\nat b"},
    ),
    (
        Failure(code="502", message="no answer"),
        TRIED,
        {
            "exception_type": "Error 502",
            "message": "no answer",
            "traceback": "no answer\nDeepInfra: HTTP 502\nNovita: HTTP 429, slow down\na provider: HTTP 500",
        },
    ),
]


def _texts(fitted: Fitted[FailureText] | None) -> dict[str, Any]:
    assert fitted is not None
    return fitted.value.named("exception_type", "message", "traceback")


@pytest.mark.parametrize(("failure", "attempts", "expected"), CASES, ids=[str(c[2])[:60] for c in CASES])
def test_a_failure_says_what_failed(
    failure: Failure, attempts: tuple[Attempt, ...], expected: dict[str, Any]
) -> None:
    """Type and traceback are never blank; nothing is invented."""
    assert expected == _texts(failure_text(failure, MAX_TYPE, MAX_TEXT, attempts))


HUGE = "z" * (MAX_TEXT + 1)
TOO_LONG: list[tuple[Failure, tuple[Attempt, ...], list[str]]] = [
    (Failure(stacktrace="at a", message=HUGE), (), ["$.failure.message"]),
    (Failure(stacktrace=HUGE), (), ["$.failure.stacktrace"]),
    (Failure(raw={"metadata": {"raw": HUGE}}), (), ["$.failure.raw", "$.failure"]),
    (Failure(), (Attempt(index=0, status_code=500, message=HUGE),), ["$.attempts", "$.failure"]),
]


@pytest.mark.parametrize(("failure", "attempts", "expected"), TOO_LONG, ids=[c[2][0] for c in TOO_LONG])
def test_what_is_too_long_of_a_failure_is_cut_and_told(
    failure: Failure, attempts: tuple[Attempt, ...], expected: list[str]
) -> None:
    """Each text by itself, and all that the traceback has of them."""
    fitted = failure_text(failure, MAX_TYPE, MAX_TEXT, attempts)
    lengths = [len(str(text)) for text in _texts(fitted).values()]

    assert fitted is not None
    assert [("truncated", path) for path in expected] == [(one.kind, one.path) for one in fitted.diagnostics]
    assert MAX_TEXT - 2 < max(lengths) <= MAX_TEXT


def test_no_failure_is_no_text() -> None:
    """Providers that failed before one that answered are in the metadata."""
    assert failure_text(None, MAX_TYPE, MAX_TEXT, TRIED) is None


@pytest.mark.parametrize(
    ("failure", "path"),
    [
        (Failure(type="x" * 10_001, message="no"), "$.failure.type"),
        (Failure(type="Error", code="é" * 5_000, message="no"), "$.failure.code"),
    ],
    ids=["type", "code"],
)
def test_the_type_of_a_failure_is_a_label_and_has_a_limit_of_its_own(failure: Failure, path: str) -> None:
    """At the limit nothing is cut."""
    fitted = failure_text(failure, MAX_TYPE, MAX_TEXT)
    at_limit = failure_text(Failure(type="x" * MAX_TYPE), MAX_TYPE, MAX_TEXT)

    assert fitted is not None
    assert at_limit is not None
    assert MAX_TYPE - 2 < len(fitted.value.type.encode()) <= MAX_TYPE
    assert [("truncated", path)] == [(one.kind, one.path) for one in fitted.diagnostics]
    assert (MAX_TYPE, ()) == (len(at_limit.value.type), at_limit.diagnostics)
