"""The rules of the model server, each refused value with the nearest one that is taken.

A case is data: the section, the kind of row, what is changed, and the answer; 204 is taken, `...` left out.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from broadcast_core import Response
from broadcast_opik.testing import SOURCES
from broadcast_opik.testing.body import SELF_HOSTED, Sizes, depth_and_longest
from broadcast_opik.testing.rules import REQUIRED, RULES
from broadcast_opik.testing.server import OpikModel

ID, OTHER = "019aafe2-2b7b-7000-8000-000000000001", "019aafe2-2b7b-7000-8000-000000000002"
UUID4 = "919108f7-52d1-4320-9bac-f847db4148a8"
TRACE: dict[str, Any] = {
    "id": ID,
    "name": "x",
    "start_time": "2026-11-23T10:00:00Z",
    "last_updated_at": "2026-11-23T10:00:00Z",
    "source": "sdk",
    "metadata": {},
}
SPAN = {**TRACE, "trace_id": ID, "type": "llm"}
JSON = {"Content-Type": "application/json"}


def _send(model: OpikModel, kind: str, *rows: Any, **headers: str) -> Response:
    body = json.dumps({kind: rows}).encode()
    return model.answer("POST", f"/v1/private/{kind}/batch", {**JSON, **headers}, body)


BOTH = [
    ("1.2", {"project_name": None}, 204, ""),
    ("1.2", {"project_name": ""}, 422, "[0].projectName must not be blank"),
    ("1.2", {"project_name": " \n"}, 422, "[0].projectName must not be blank"),
    ("1.7", {"project_name": " demo "}, 204, ""),
    ("0", {"project_name": "\U0001f600" * 150}, 204, ""),
    ("1.7", {"project_name": "x" * 151}, 500, "There was an error processing your request"),
    ("1.2", {"name": "x" * 100_000}, 204, ""),
    ("1.2", {"name": ...}, 422, "[0].name must not be null"),
    ("1.2", {"name": " "}, 422, "[0].name must not be blank"),
    ("1.7", {"name": "tab\t"}, 204, ""),
    ("0", {"name": "a\x00"}, 204, ""),
    ("1.7", {"name": "\ud800"}, 400, "lone surrogate"),
    ("1.7", {"name": "\U0001f600"}, 204, ""),
    ("1.7", {"name": 7}, 400, "is no text"),
    ("1.2", {"start_time": ...}, 422, "[0].startTime must not be null"),
    ("1.2", {"start_time": None}, 422, "[0].startTime must not be null"),
    ("1.2", {"end_time": None}, 204, ""),
    ("1.2", {"start_time": "2026-11-23 10:00"}, 400, "Instant"),
    ("1.2", {"start_time": "2026-11-23T10:00:00"}, 400, "Instant"),
    ("1.2", {"start_time": "2026-13-23T10:00:00Z"}, 400, "Instant"),
    ("0", {"start_time": 1795428000}, 204, ""),
    ("0", {"start_time": 1795428000.123456789}, 204, ""),
    ("0", {"start_time": "2026-11-23T12:00:00+02:00"}, 204, ""),
    ("0", {"start_time": "2026-11-23T10:00:00.1234567890Z"}, 400, "Instant"),
    ("1.2", {"start_time": True}, 400, "Instant"),
    ("1.2", {"start_time": 10**20}, 400, "Instant"),
    ("1.3", {"start_time": "2026-11-23T10:00:00.123456789Z"}, 204, ""),
    ("1.3", {"start_time": "1970-01-01T00:00:00Z"}, 204, ""),
    (
        "1.3",
        {"start_time": "1969-12-31T23:59:59.999Z"},
        422,
        "[0].startTime must be after or equal 1970-01-01T00:00:00.000000Z and before "
        "2262-04-11T23:47:16.000000000Z",
    ),
    ("1.3", {"end_time": "2262-04-11T23:47:15.999Z"}, 204, ""),
    ("1.3", {"end_time": "2262-04-11T23:47:16Z"}, 422, "[0].endTime must be after or equal"),
    ("1.3", {"end_time": "2026-11-23T09:00:00Z"}, 204, ""),
    ("1.3", {"last_updated_at": "2299-12-31T23:59:59Z"}, 204, ""),
    ("1.3", {"last_updated_at": "2300-01-01T00:00:00Z"}, 422, "before 2300-01-01T00:00:00.000000Z"),
    ("3.4", {"last_updated_at": ...}, 422, "[0].lastUpdatedAt must not be null"),
    ("1.2", {"input": "text", "output": [{}]}, 204, ""),
    ("1.2", {"input": 3}, 400, "neither object"),
    ("1.2", {"output": [1]}, 400, "neither object"),
    ("1.7", {"input": None}, 400, "stored as the text 'null'"),
    ("1.7", {"input": {"a": "\x00", "b": None}}, 204, ""),
    ("1.7", {"input": {"a": [{"\ud800": 1}]}}, 400, "lone surrogate"),
    ("1.7", {"output": {"a": float("nan")}}, 400, "NaN is no JSON number"),
    ("1.7", {"output": {"a": float("inf")}}, 400, "Infinity is no JSON number"),
    ("1.7", {"output": {"a": 10**309}}, 400, "'Infinity'"),
    ("1.7", {"output": {"a": 10**308}}, 204, ""),
    ("5", {"metadata": ...}, 422, "[0].metadata must not be null"),
    ("5", {"metadata": None}, 400, "stored as the text 'null'"),
    ("5", {"metadata": []}, 400, "no object"),
    ("5", {"metadata": {"provider": 1}}, 400, "puts there itself"),
    ("5", {"metadata": {"providers": 1}}, 400, "puts there itself"),
    ("5", {"metadata": {"Provider": 1, "x": {"provider": 1}}}, 204, ""),
    ("1.5", {"tags": [str(n) for n in range(50)]}, 204, ""),
    ("1.5", {"tags": [str(n) for n in range(51)]}, 422, "Cannot have more than 50 tags"),
    ("1.5", {"tags": ["x" * 100]}, 204, ""),
    ("1.5", {"tags": ["x" * 101]}, 422, "Tag cannot exceed 100 characters"),
    ("1.5", {"tags": [" "]}, 422, "[0].tags[0] must not be blank"),
    ("1.7", {"tags": "x"}, 400, "Set"),
    ("1.7", {"tags": [None]}, 400, "is no text"),
    ("1.4", {"error_info": {"exception_type": "E", "traceback": "t"}}, 204, ""),
    (
        "1.4",
        {"error_info": {"exception_type": "E", "message": "m"}},
        422,
        "errorInfo.traceback must not be blank",
    ),
    ("1.4", {"error_info": {"traceback": "t"}}, 422, "errorInfo.exceptionType must not be blank"),
    (
        "1.4",
        {"error_info": {"exception_type": " ", "traceback": "t"}},
        422,
        "exceptionType must not be blank",
    ),
    ("1.4", {"error_info": "boom"}, 400, "ErrorInfo"),
    ("1.4", {"error_info": {"exception_type": "E", "traceback": "t", "code": "c"}}, 400, "unknown fields"),
    ("1.2", {"ttft": 0}, 204, ""),
    ("1.2", {"ttft": 1.5}, 204, ""),
    ("0", {"ttft": 0.0}, 204, ""),
    ("0", {"ttft": -0.0}, 422, "[0].ttft must be greater than or equal to 0"),
    ("1.2", {"ttft": -0.5}, 422, "[0].ttft must be greater than or equal to 0"),
    ("1.2", {"ttft": True}, 400, "Double"),
    ("1.2", {"ttft": "1"}, 400, "Double"),
    ("1.2", {"source": "experiment"}, 204, ""),
    ("1.2", {"source": "me"}, 400, "not one of"),
    ("0", {"source": "SDK"}, 204, ""),
    ("6", {"source": ...}, 422, "[0].source must not be null"),
    ("1.2", {"environment": "x" * 150}, 204, ""),
    ("1.2", {"environment": "x" * 151}, 422, "[0].environment cannot exceed 150 characters"),
    ("6", {"environment": "my prod"}, 400, "does not match"),
    ("1.7", {"unknown": 1}, 400, "unknown field"),
    ("1.7", {"id": ID.upper()}, 204, ""),
    ("1.7", {"id": ID.replace("-", "")}, 400, "standard 36-char representation"),
    ("1.7", {"id": ""}, 400, "standard 36-char representation"),
    ("1.2", {"id": ...}, 422, "[0].id must not be null"),
    ("1.2", {"id": None}, 422, "[0].id must not be null"),
]
TRACES = [
    ("1.2", {"thread_id": "any thing at all"}, 204, ""),
    ("0", {"thread_id": "\U0001f600" * 150}, 204, ""),
    ("0", {"thread_id": "x" * 151}, 400, "its thread would have no record"),
    ("6", {"thread_id": ""}, 422, "[0].threadId must not be blank"),
    ("0", {"thread_id": "a\x00"}, 204, ""),
    ("1.2", {"usage": {}}, 400, "unknown field"),
    ("1.2", {"total_estimated_cost": 1}, 400, "unknown field"),
    ("2.1", {"id": UUID4}, 400, "Trace id must be a version 7 UUID"),
    ("2.1", {"id": ID[:19] + "0" + ID[20:]}, 204, ""),
]
SPANS = [
    ("1.3", {"thread_id": "t"}, 400, "unknown field"),
    ("0", {"trace_id": ...}, 500, "There was an error processing your request"),
    ("1.3", {"trace_id": OTHER}, 204, ""),
    ("1.3", {"parent_span_id": None}, 204, ""),
    ("1.3", {"parent_span_id": OTHER}, 204, ""),
    ("1.7", {"parent_span_id": "00f067aa0ba902b7"}, 400, "36-char"),
    ("2.1", {"id": UUID4}, 400, "Span id must be a version 7 UUID"),
    ("2.1", {"trace_id": UUID4}, 400, "must be a version 7 UUID"),
    ("2.1", {"parent_span_id": UUID4}, 400, "must be a version 7 UUID"),
    ("1.3", {"type": "guardrail"}, 204, ""),
    ("1.3", {"type": ...}, 422, "[0].type must not be null"),
    ("0", {"type": "LLM"}, 204, ""),
    ("1.3", {"type": "me"}, 400, "not one of"),
    ("1.3", {"model": "m", "provider": "p"}, 204, ""),
    ("0", {"model": "\x00"}, 204, ""),
    ("1.7", {"model": 7}, 400, "is no text"),
    ("1.7", {"provider": "\ud800"}, 400, "lone surrogate"),
    ("1.3", {"usage": {"a": 2**31 - 1, "b": -1, "c": 0}}, 204, ""),
    ("1.7", {"usage": {"a": 2**31}}, 400, "coerce"),
    ("1.7", {"usage": {"a": "12", "b": 1.0}}, 204, ""),
    ("1.7", {"usage": {"a": 1.9}}, 400, "no whole number"),
    ("1.7", {"usage": {"a": "1.5"}}, 400, "coerce"),
    ("1.7", {"usage": {"a": "x"}}, 400, "coerce"),
    ("1.7", {"usage": {"a": True}}, 400, "coerce"),
    ("1.7", {"usage": {"a": {}}}, 400, "coerce"),
    ("1.7", {"usage": {"a": None}}, 400, "would be dropped"),
    ("1.7", {"usage": {"a": ""}}, 400, "would be dropped"),
    ("1.7", {"usage": {"a": float("nan")}}, 400, "NaN"),
    ("1.7", {"usage": [1]}, 400, "Map"),
    ("1.7", {"total_estimated_cost": 0}, 204, ""),
    ("1.7", {"total_estimated_cost": "0.1"}, 204, ""),
    ("1.7", {"total_estimated_cost": 0.123456789012}, 204, ""),
    ("1.7", {"total_estimated_cost": 0.1234567890123}, 400, "Decimal(38, 12)"),
    ("1.7", {"total_estimated_cost": 10**26 - 1}, 204, ""),
    ("0", {"total_estimated_cost": 10**26}, 500, "There was an error processing your request"),
    (
        "1.7",
        {"total_estimated_cost": -0.1},
        422,
        "[0].totalEstimatedCost must be greater than or equal to 0.0",
    ),
    ("1.7", {"total_estimated_cost": True}, 400, "BigDecimal"),
    ("1.7", {"total_estimated_cost": {}}, 400, "BigDecimal"),
    ("1.7", {"total_estimated_cost": "a lot"}, 400, "BigDecimal"),
    ("1.3", {"total_estimated_cost_version": "1"}, 400, "unknown field"),
]
CASES = [
    *(("traces", *case) for case in BOTH + TRACES),
    *(("spans", *case) for case in BOTH + SPANS),
]


@pytest.mark.parametrize(
    ("kind", "section", "change", "status", "words"), CASES, ids=[f"{c[0]}-{str(c[2])[:50]}" for c in CASES]
)
def test_a_row_is_taken_or_the_whole_batch_refused(
    kind: str, section: str, change: Mapping[str, Any], status: int, words: str
) -> None:
    """As the section says; a good row beside a bad one is not stored."""
    model = OpikModel()
    good = {**(TRACE if kind == "traces" else SPAN), "id": OTHER}
    row = {name: value for name, value in {**good, "id": ID, **change}.items() if value is not ...}

    answer = _send(model, kind, row, good)

    assert status == answer.status
    assert words in answer.body.decode()
    assert (2 if status == 204 else 0) == len(model.trace_rows() + model.spans())
    assert int(section.partition(".")[0]) in SOURCES


@pytest.mark.parametrize("kind", ["traces", "spans"])
def test_every_field_has_a_value_that_is_taken_and_one_that_is_refused(kind: str) -> None:
    """A new rule needs both; what is required is in every row."""
    about = [(name, case[3]) for case in CASES if case[0] == kind for name in case[2]]
    taken = {name for name, status in about if status == 204} | set(REQUIRED[kind])
    refused = {name for name, status in about if status != 204}

    assert RULES[kind].keys() == taken == refused & RULES[kind].keys()


def test_unreadable_comes_before_invalid_and_all_violations_are_told() -> None:
    """Jackson reads the batch before bean validation looks at it, and ids come last (section 1.6)."""
    model = OpikModel()
    blank, late, unreadable = {**TRACE, "name": " "}, {**TRACE, "ttft": -1}, {**TRACE, "tags": "x"}
    both = _send(model, "traces", blank, late, {**TRACE, "id": UUID4})

    assert 400 == _send(model, "traces", blank, unreadable).status
    assert 422 == both.status
    assert {
        "errors": [
            "traces[0].name must not be blank",
            "traces[1].ttft must be greater than or equal to 0",
        ]
    } == json.loads(both.body)


ENVELOPES = [
    ("0", b"", 422, '{"errors": ["The request body must not be null"]}'),
    ("0", b" null", 422, '{"errors": ["The request body must not be null"]}'),
    ("0", b'{"traces":[null]}', 500, "There was an error processing your request"),
    ("1.1", b'{"traces":[]}', 422, '{"errors": ["traces size must be between 1 and 1000"]}'),
    ("1.1", b'{"traces":null}', 422, '{"errors": ["traces must not be null"]}'),
    ("1.1", b"{}", 422, '{"errors": ["traces must not be null"]}'),
    ("1.1", b'{"traces":{}}', 400, "ArrayList"),
    ("1.1", b'{"traces":[1]}', 400, "traces[0]"),
    ("1.1", b"[]", 400, "Unable to process JSON"),
    ("1.6", b'{"traces":[', 400, '{"code": 400, "message": "Unable to process JSON. '),
    ("1.7", b'{"traces":["\n"]}', 400, "Unable to process JSON"),
    ("1.7", b'{"traces":["\xff"]}', 400, "Unable to process JSON"),
    ("1.7", b'{"traces":[{}],"more":1}', 400, "unknown fields"),
]


@pytest.mark.parametrize(
    ("section", "body", "status", "words"), ENVELOPES, ids=[str(c[1]) for c in ENVELOPES]
)
def test_a_body_that_is_no_batch_is_refused(section: str, body: bytes, status: int, words: str) -> None:
    """With the body that a server answers."""
    answer = OpikModel().answer("POST", "/v1/private/traces/batch", JSON, body)

    assert status == answer.status
    assert words in answer.body.decode()


@pytest.mark.parametrize(("count", "expected"), [(1, 204), (1000, 204), (1001, 422)])
def test_a_batch_has_at_most_a_thousand_rows(count: int, expected: int) -> None:
    """TraceBatch and SpanBatch."""
    rows = [{**TRACE, "id": ID[:-4] + f"{n:04x}"} for n in range(count)]

    assert expected == _send(OpikModel(), "traces", *rows).status


BODY = json.dumps({"traces": [{**TRACE, "input": {"text": "x" * 100, "zeros": [0] * 100}}]}).encode()
SIZES = [
    ("request", len(BODY), 413, "Request body exceeds the maximum allowed size of"),
    ("document", len(BODY), 400, "Document length"),
    ("string", 100, 400, "String value length (100) exceeds the maximum allowed (99)"),
    ("field", len(json.dumps({"text": "x" * 100, "zeros": [0] * 100}, separators=(",", ":"))), 413, "input"),
    ("depth", 5, 400, "Document nesting depth (5) exceeds the maximum allowed (4)"),
]


@pytest.mark.parametrize(("name", "max_size", "status", "words"), SIZES, ids=[case[0] for case in SIZES])
def test_a_size_is_a_limit_to_the_byte(name: str, max_size: int, status: int, words: str) -> None:
    """RequestSizeLimitFilter; limits are data, so that a test needs no hundred megabytes."""
    for limit, expected in ((max_size, 204), (max_size - 1, status)):
        model = OpikModel(sizes=Sizes(**{name: limit}))
        answer = model.answer("POST", "/v1/private/traces/batch", JSON, BODY)

        assert expected == answer.status
        assert (words if expected != 204 else "") in answer.body.decode()


def test_the_limits_are_those_of_the_cloud_unless_told() -> None:
    """RequestSizeLimitFilter: the cloud takes less than a server of one's own."""
    cloud = Sizes()

    assert (50_000_000, 256_000_000, 20_000_000) == (cloud.request, cloud.document, cloud.field)
    assert (536_870_912, 536_870_912, 104_857_600) == (
        SELF_HOSTED.request,
        SELF_HOSTED.document,
        SELF_HOSTED.string,
    )


@pytest.mark.parametrize(("levels", "expected"), [(400, 204), (996, 204), (997, 400), (100_000, 400)])
def test_depth_1000_of_the_document_and_997_inside_input(levels: int, expected: int) -> None:
    """Section 0: the batch, its rows and a row are the other three; here an object is one of the 997."""
    deep = b"[" * levels + b"]" * levels
    body = json.dumps({"traces": [{**TRACE, "input": {"a": 0}}]}).encode().replace(b'"a": 0', b'"a":' + deep)

    assert expected == OpikModel().answer("POST", "/v1/private/traces/batch", JSON, body).status


def test_brackets_in_texts_are_no_depth() -> None:
    """Nor are escaped quotes ends."""
    assert (2, 6) == depth_and_longest(rb'{"a\"[":["[[[]]]"]}')
    assert (900, 0) == depth_and_longest(b"[" * 900 + b"]" * 900)


def test_the_body_may_be_gzip() -> None:
    """RequestSizeLimitFilter: the length as sent is that of the request, the unpacked one the document's."""
    packed = gzip.compress(BODY)
    headers = {**JSON, "Content-Encoding": "gzip"}

    def status(body: bytes, **sizes: int) -> int:
        model = OpikModel(sizes=Sizes(**sizes))
        return model.answer("POST", "/v1/private/traces/batch", headers, body).status

    assert 204 == status(packed, request=len(packed))
    assert 400 == status(packed, document=len(BODY) - 1)
    assert 400 == status(b"not gzip")


HEADERS = [
    ({}, 415),
    ({"Content-Type": "text/plain"}, 415),
    ({"content-type": "application/json; charset=utf-8"}, 204),
    ({**JSON, "x": "y" * 16_000}, 204),
    ({**JSON, "x": "y" * 16_400}, 431),
]


@pytest.mark.parametrize(("headers", "expected"), HEADERS, ids=lambda value: str(value)[:40])
def test_the_headers_say_json_and_are_short(headers: dict[str, str], expected: int) -> None:
    """TraceBatch and RequestSizeLimitFilter."""
    assert expected == OpikModel().answer("POST", "/v1/private/traces/batch", headers, BODY).status


NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


def _at(moment: datetime, version: int = 7) -> str:
    number = f"{int(moment.timestamp() * 1000):012x}"
    return f"{number[:8]}-{number[8:]}-{version}000-8000-000000000001"


HOUR, MS = timedelta(hours=1), timedelta(milliseconds=1)
WINDOWS = [
    ("id", -24 * HOUR, 204, ""),
    (
        "id",
        -24 * HOUR - MS,
        400,
        "'2026-11-22T09:59:59.999Z' must be in the allowed ingestion window of 'PT24H'",
    ),
    ("id", 24 * HOUR, 204, ""),
    ("id", 24 * HOUR + MS, 400, "reason 'too_far_future'"),
    ("trace_id", -1000 * HOUR, 204, ""),
    ("trace_id", 24 * HOUR, 204, ""),
    ("trace_id", 24 * HOUR + MS, 400, "reason 'too_far_future'"),
    ("parent_span_id", -1000 * HOUR, 204, ""),
    ("parent_span_id", 24 * HOUR + MS, 400, "reason 'too_far_future'"),
]


@pytest.mark.parametrize(
    ("name", "distance", "status", "words"), WINDOWS, ids=[f"{c[0]} {c[1]}" for c in WINDOWS]
)
def test_ids_lie_in_a_window_around_now(name: str, distance: timedelta, status: int, words: str) -> None:
    """UuidV7TimestampValidator: old references are fine, for the row's own id nothing older is."""
    row = {**SPAN, "id": _at(NOW), "trace_id": _at(NOW), name: _at(NOW + distance)}
    answer = _send(OpikModel(now=NOW), "spans", row)

    assert status == answer.status
    assert words in answer.body.decode()


def test_the_window_may_be_off_or_of_another_width() -> None:
    """UuidV7TimestampValidator: 12 hours to 45 days, and off on a server of one's own; version 7 always."""
    old = {**TRACE, "id": _at(NOW - 13 * HOUR)}

    assert 400 == _send(OpikModel(now=NOW, window=12 * HOUR), "traces", old).status
    assert 204 == _send(OpikModel(now=NOW, window=14 * HOUR), "traces", old).status
    assert 204 == _send(OpikModel(), "traces", {**TRACE, "id": "00000000-0000-7000-8000-000000000001"}).status
    assert 204 == _send(OpikModel(), "traces", {**TRACE, "id": "ffffffff-ffff-7000-8000-000000000001"}).status
    assert 400 == _send(OpikModel(), "traces", {**TRACE, "id": _at(NOW, version=4)}).status


@pytest.mark.parametrize("bits", ["33b9c8f0-1f2a", "ffffffff-ffff"])
def test_a_hash_in_the_time_of_an_id_is_refused(bits: str) -> None:
    """UuidV7TimestampValidator: the year 3774 was seen, and more than a calendar has is possible."""
    far = {**TRACE, "id": f"{bits}-7000-8000-000000000001"}
    answer = _send(OpikModel(now=NOW), "traces", far)

    assert {"code": 400, "message": "Invalid UUID for id"}.items() <= json.loads(answer.body).items()
    assert "too_far_future" in json.loads(answer.body)["details"]


def test_a_version_in_the_future_is_refused() -> None:
    """TraceDAO: later edits on the page would lose."""
    row = {**TRACE, "id": _at(NOW)}
    model = OpikModel(now=NOW)

    assert 204 == _send(model, "traces", {**row, "last_updated_at": "2026-11-23T10:00:00Z"}).status
    assert 400 == _send(model, "traces", {**row, "last_updated_at": "2026-11-23T10:00:00.000001Z"}).status
