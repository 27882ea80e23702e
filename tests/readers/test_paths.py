"""What is said of a document names the place that it is about."""

from __future__ import annotations

import re
from typing import Any

import pytest

from broadcast_core.readers import Read, Reading, read
from tests.readers.litellm.test_laws import PAYLOADS
from tests.readers.mutation import INSIDE, Path, at, changed, places
from tests.readers.test_laws import DOCUMENTS, RECORDS

ALL: dict[str, tuple[str, Any]] = {
    **{name: found for name, found in DOCUMENTS.items() if found[0] != "broadcast"},
    **{name: DOCUMENTS[name] for name in ("01-plain", "02-streamed", "03-tool-calls", "17-custom-metadata")},
    **{f"payload that is {name}": ("litellm", payload) for name, payload in PAYLOADS.items()},
    **RECORDS,
}
ODD: tuple[Any, ...] = ({"yykey": "yyword"}, "yyword", ...)
FAR = (
    "no id in the response",
    "no answer of a known shape",
    "came without the root span",
    "missing: the data of the generation",
)
"""What another place than the one named may be the reason of."""

_STEP = re.compile(r'\.([^.\[]+)|\[(\d+)\]|\["([^"]*)"\]')


def _reports(reading: Reading) -> set[tuple[str, str]]:
    found = [
        one.diagnostics if isinstance(one, Read) else getattr(one, "problems", ()) for one in reading.outcomes
    ]
    return {(report.path, report.what) for one in found for report in one}


def _steps(path: str) -> Path:
    return tuple(
        int(match[2]) if match[2] else next(filter(None, (match[1], match[3])))
        for match in _STEP.finditer(path)
    )


def _spelled(document: Any, place: Path) -> Path:
    """Return a place as messages spell it: an attribute by its key, without what its value is wrapped in."""
    spelled: list[Any] = []
    for n, step in enumerate(place):
        if n and place[n - 1] == "attributes":
            spelled.append(at(document, place[: n + 1])["key"])
        elif step not in _WRAPS:
            spelled.append(step)
    return tuple(spelled)


_WRAPS = (
    "key", "value", "values", "stringValue", "intValue", "doubleValue", "boolValue", "arrayValue",
    "kvlistValue", INSIDE,
)  # fmt: skip


def _is_about(report: Path, place: Path) -> bool:
    """Tell whether one is the place of the other, or stands in it."""
    least = min(len(report), len(place))
    return report[:least] == place[:least]


def _is_about_stream(report: Path, place: Path) -> bool:
    """Of the chunks of a stream a message names the place in the answer that they add up to."""
    named = [step for step in report[1:] if isinstance(step, str)]
    return not named or named[-1] in place or place[-1] in named


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_place_that_is_wrong_is_named(name: str) -> None:
    """Whatever stands there: all that is said beside what was said before is about it."""
    dialect, document = ALL[name]
    before = _reports(read(document, dialect))

    for place in places(document):
        for value in ODD if place else ():
            said = _reports(read(changed(document, place, lambda _, value=value: value), dialect)) - before
            far = [(path, what) for path, what in said if not _names(path, _spelled(document, place))]
            assert [] == [one for one in far if not any(words in one[1] for words in FAR)], (place, value)


def _names(path: str, place: Path) -> bool:
    is_about = _is_about_stream if path.startswith("$.chunks") else _is_about
    return is_about(_steps(path), place)
