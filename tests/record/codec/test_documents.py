"""Our own JSON: strict, every mistake at once, nothing lost."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given

from broadcast_core import Content, Generation, Identity, RecordError, Timing
from broadcast_core.jsontext import without_lone_surrogates
from broadcast_core.record.codec import decode, decode_line, encode, encode_line
from broadcast_core.testing.strategies import EPOCH, generations
from tests.paths import ROOT

MINIMAL: dict[str, Any] = {"id": "gen-1", "timing": {"start": "2026-11-23T10:00:00Z"}}


def _problems(document: Any) -> list[str]:
    with pytest.raises(RecordError) as caught:
        decode(document)
    return [str(problem) for problem in caught.value.problems]


@given(generations())
def test_what_is_written_is_read_back(generation: Generation) -> None:
    """Every field of the record, through JSON text; what is half a character is read back as none."""
    line = encode_line(generation)
    mended = without_lone_surrogates(encode(generation))

    assert mended == encode(decode_line(line))
    assert line == encode_line(decode_line(line))


def test_whatever_a_constructor_takes_is_written_as_a_line() -> None:
    """As in a request: what JSON cannot carry, as half a character, becomes the nearest that it can."""
    odd = {"text": "a\ud800b", "n": 2**70, "nan": float("nan"), "bytes": b"x", 5: {1}}
    generation = Generation(
        id="a",
        timing=Timing(start=EPOCH),
        identity=Identity(session_id="s\udfff"),
        content=Content(input=odd),
    )
    read = decode_line(encode_line(generation))

    assert "s\ufffd" == read.identity.session_id
    assert {"text": "a\ufffdb", "n": str(2**70), "nan": None, "bytes": "[bytes]", "5": "[set]"} == (
        read.content.input
    )


def test_every_mistake_of_a_record_is_reported_at_once() -> None:
    """With its path, so that a person mends them in one go."""
    document = {
        "id": 3,
        "timing": {"start": "yesterday"},
        "status": "done",
        "usage": {"input_tokens": -1, "output_tokens": 3.7},
        "cost": {"total": 0.1},
        "trace": {"tags": "abc", "metadata": [1]},
        "attempts": [{"index": True}],
    }

    assert _problems(document) == [
        "expected text, got number 3 @ $.id",
        "expected a time such as 2026-11-23T10:00:00.000Z, got text @ $.timing.start",
        "expected one of ok, error, cancelled, got text @ $.status",
        "expected at least 0, got -1 @ $.usage.input_tokens",
        "expected a whole number, got number 3.7 @ $.usage.output_tokens",
        'expected a decimal number as text, for example "0.0125", got number 0.1 @ $.cost.total',
        "expected an array, got text @ $.trace.tags",
        "expected an object, got an array @ $.trace.metadata",
        "expected a whole number, got true or false @ $.attempts[0].index",
    ]


NO_TIMES = [
    "20261123T100000Z",
    "2026-W48-1T10:00:00Z",
    "2026-11-23 10:00:00Z",
    "2026-11-23x10:00:00Z",
    "2026-11-23T10:00:00,5Z",
    "2026-11-23T10Z",
    "2026-11-23T24:00:00Z",
    "2026-11-23T10:00:00+0100",
    "2026-11-23T10:00:00+01",
    "2026-11-23",
    "2026-02-30T10:00:00Z",
    "２026-11-23T10:00:00Z",
]
TIMES = {
    "2026-11-23T10:00Z": "2026-11-23T10:00:00Z",
    "2026-11-23T10:00:00.1234567Z": "2026-11-23T10:00:00.123456Z",
    "2026-11-23T10:00:00+01:00": "2026-11-23T09:00:00Z",
}


@pytest.mark.parametrize(("text", "expected"), TIMES.items())
def test_a_time_is_a_date_and_a_time_of_day_with_a_zone(text: str, expected: str) -> None:
    """Written again in UTC."""
    assert expected == encode(decode({**MINIMAL, "timing": {"start": text}}))["timing"]["start"]


@pytest.mark.parametrize("text", ["my secret prompt", "my secret prompt " * 50])
def test_a_mistake_does_not_quote_what_a_user_may_have_said(text: str) -> None:
    """Where a time, an amount or a word of ours should stand."""
    wrong = {"timing": {"start": text}, "status": text, "cost": {"total": text}}

    assert "secret" not in " ".join(_problems({**MINIMAL, **wrong}))


def test_a_mistake_quotes_figures() -> None:
    """They help to find it."""
    (problem,) = _problems({**MINIMAL, "timing": {"start": "2026-11-23 10:00"}})

    assert "got text '2026-11-23 10:00' @ $.timing.start" in problem


NOT_COERCED = [
    ({"model": 4}, "$.model"),
    ({"model": None}, None),
    ({"streamed": "true"}, "$.streamed"),
    ({"streamed": 1}, "$.streamed"),
    ({"usage": {"input_tokens": "12"}}, "$.usage.input_tokens"),
    ({"usage": {"input_tokens": 12.0}}, "$.usage.input_tokens"),
    ({"usage": {"input_tokens": True}}, "$.usage.input_tokens"),
    ({"usage": {"output_tokens": False}}, "$.usage.output_tokens"),
    ({"timing": {"start": "2026-11-23T10:00:00Z", "first_token_ms": True}}, "$.timing.first_token_ms"),
    ({"timing": {"start": "2026-11-23T10:00:00Z", "first_token_ms": False}}, "$.timing.first_token_ms"),
    ({"timing": {"start": True}}, "$.timing.start"),
    ({"timing": {"start": "2026-11-23T10:00:00Z", "end": True}}, "$.timing.end"),
    ({"attempts": [{"index": 0, "latency_ms": True}]}, "$.attempts[0].latency_ms"),
    ({"attempts": [{"index": 0, "status_code": True}]}, "$.attempts[0].status_code"),
    ({"cost": {"total": True}}, "$.cost.total"),
    ({"cost": {"upstream": False}}, "$.cost.upstream"),
    ({"id": True}, "$.id"),
    ({"status": True}, "$.status"),
    ({"schema_version": True}, "$.schema_version"),
    ({"cost": {"total": "NaN"}}, "$.cost.total"),
    ({"cost": {"total": "a lot"}}, "$.cost.total"),
    ({"cost": {"total": "1_0"}}, "$.cost.total"),
    ({"cost": {"total": " 1 "}}, "$.cost.total"),
    ({"cost": {"total": "\uff11"}}, "$.cost.total"),
    ({"cost": {"total": "sNaN"}}, "$.cost.total"),
    ({"cost": {"total": "1e9999"}}, "$.cost.total"),
    ({"timing": {"start": "2026-11-23T10:00:00"}}, "$.timing.start"),
    ({"timing": {"start": 1795000000}}, "$.timing.start"),
    ({"timing": {"start": "2026-11-23T10:00:00Z", "first_token_ms": "12"}}, "$.timing.first_token_ms"),
    *(({"timing": {"start": text}}, "$.timing.start") for text in NO_TIMES),
    ({"usage": None}, "$.usage"),
    ({"attempts": {}}, "$.attempts"),
    ({"id": "  "}, "$.id"),
    ({"schema_version": "1"}, "$.schema_version"),
    ({"schema_version": 0}, "$.schema_version"),
    ({"schema_version": -1}, "$.schema_version"),
]


@pytest.mark.parametrize(("change", "path"), NOT_COERCED, ids=[str(change) for change, _ in NOT_COERCED])
def test_nothing_is_coerced(change: dict[str, Any], path: str | None) -> None:
    """A value of another type is a mistake at its path; null is unknown where a field may be unknown."""
    document = {**MINIMAL, **change}
    if path is None:
        assert decode(document).model is None
    else:
        assert [path] == [problem.rpartition(" @ ")[2] for problem in _problems(document)]


OUT_OF_BOUNDS = [
    ({"id": "a\n"}, "expected an id without control characters @ $.id"),
    ({"usage": {"input_tokens": 2**63}}, "expected a count of at most 64 bits @ $.usage.input_tokens"),
    (
        {"timing": {"start": "2026-11-23T10:00:00Z", "first_token_ms": 10**400}},
        "expected a number that a double can hold @ $.timing.first_token_ms",
    ),
    (
        {"timing": {"start": "1969-12-31T23:59:59Z"}},
        "expected a time between 1970 and 2262, got 1969-12-31T23:59:59+00:00 @ $.timing.start",
    ),
    (
        {"timing": {"start": "2026-11-23T10:00:01Z", "end": "2026-11-23T10:00:00Z"}},
        "end: 2026-11-23T10:00:00+00:00 lies before the start 2026-11-23T10:00:01+00:00 @ $.timing",
    ),
]


@pytest.mark.parametrize(("change", "problem"), OUT_OF_BOUNDS)
def test_what_a_constructor_refuses_is_no_record_either(change: dict[str, Any], problem: str) -> None:
    """Though each value is of the right type."""
    assert [problem] == _problems({**MINIMAL, **change})


def test_a_missing_field_is_named() -> None:
    """Both of the two that a record needs."""
    assert _problems({}) == [
        "missing: the record needs 'id' @ $.id",
        "missing: the record needs 'timing' @ $.timing",
    ]


def test_unknown_fields_are_kept_under_their_path() -> None:
    """A newer writer loses nothing through an older reader."""
    document = {**MINIMAL, "new": [1], "usage": {"bits": 8}, "attempts": [{"index": 0, "zone": "eu"}]}

    generation = decode(document)

    assert {"new": [1], "usage.bits": 8, "attempts[0].zone": "eu"} == generation.extra
    assert generation == decode(encode(generation))


def test_a_record_of_a_newer_schema_says_to_upgrade() -> None:
    """Reading it half would lose what is new."""
    (problem,) = _problems({**MINIMAL, "schema_version": 99})

    assert problem.startswith("written by a newer release (schema 99, this one reads 1): upgrade")


@pytest.mark.parametrize("document", [[], 3, None, "text"])
def test_what_is_no_object_is_one_mistake(document: Any) -> None:
    """Not a crash."""
    assert 1 == len(_problems(document))


def test_what_is_unknown_is_left_out() -> None:
    """Absent means unknown; status and version are always said."""
    assert {**MINIMAL, "status": "ok", "schema_version": 1} == encode(decode(MINIMAL))


@given(generations())
def test_every_record_satisfies_the_schema(generation: Generation) -> None:
    """What we write is what we publish."""
    VALIDATOR.validate(json.loads(encode_line(generation)))


BEYOND_JSON_SCHEMA: list[dict[str, Any]] = [
    {"id": "  "},
    {"timing": {"start": "2026-11-23T10:00:00"}},
    {"usage": {"input_tokens": 12.0}},
    *({"timing": {"start": text}} for text in NO_TIMES),
    {"schema_version": 0},
    {"schema_version": -1},
]


@pytest.mark.parametrize(
    "change", [change for change, path in NOT_COERCED if path and change not in BEYOND_JSON_SCHEMA], ids=str
)
def test_what_the_codec_refuses_the_schema_refuses(change: dict[str, Any]) -> None:
    """But for what JSON Schema cannot say: blank ids, forms of times, versions, and that 12.0 is no count."""
    assert not VALIDATOR.is_valid({**MINIMAL, **change})


SCHEMA = json.loads((ROOT / "docs/generation.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_the_published_schema_is_the_one_of_the_code() -> None:
    """`make schema` writes it again."""
    pytest.importorskip("msgspec")
    from broadcast_core.record.json_schema import json_schema

    assert SCHEMA == json_schema()


def test_unknown_fields_that_meet_are_all_kept() -> None:
    """Under the next free name."""
    document = {**MINIMAL, "extra": {"new": 1}, "new": 2, "usage.bits": 3, "usage": {"bits": 4}}

    assert {"new": 1, "new_": 2, "usage.bits": 3, "usage.bits_": 4} == decode(document).extra
