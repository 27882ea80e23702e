"""What was measured on a real server, row by row: section 0 of the rules of the model."""

from __future__ import annotations

import base64
import json
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest

from broadcast_core import Response
from broadcast_opik.testing import SOURCES, server
from broadcast_opik.testing.access import Bucket
from broadcast_opik.testing.attachments import LEAST, Attachment
from broadcast_opik.testing.rulebook import RULEBOOK, Basis
from broadcast_opik.testing.server import OpikModel

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
ID, OTHER = "01a207d9-2100-7000-8000-000000000001", "01a207d9-2100-7000-8000-000000000002"
TRACE: dict[str, Any] = {
    "id": ID,
    "name": "x",
    "start_time": "2026-11-23T10:00:00Z",
    "last_updated_at": "2026-11-23T10:00:00Z",
    "source": "sdk",
    "metadata": {},
}
SPAN = {**TRACE, "id": OTHER, "trace_id": ID, "type": "llm"}
JSON = {"Content-Type": "application/json"}


def _post(model: OpikModel, kind: str, body: bytes, **headers: str) -> Response:
    return model.answer("POST", f"/v1/private/{kind}/batch", {**JSON, **headers}, body)


def _send(model: OpikModel, kind: str, *rows: Any) -> int:
    return _post(model, kind, json.dumps({kind: rows}).encode()).status


def _as_it_is() -> OpikModel:
    """Return a server as it was measured, without what the model insists on."""
    return OpikModel(strict=False)


def test_a_thread_id_over_150_characters_costs_the_records_of_its_whole_request() -> None:
    """Every thread of that batch is without one, and those of other requests are not."""
    model = _as_it_is()
    long = "x" * 151
    rows = [{**TRACE, "id": f"{ID[:-1]}{n}", "thread_id": name} for n, name in enumerate(["fine", long])]

    assert 204 == _send(model, "traces", *rows)
    assert {"fine", long} == model.threads().keys()
    assert [None, None] == [model.thread_record(name) for name in ("fine", long)]
    assert [500, 500] == [model.close_thread(name).status for name in ("fine", long)]

    assert 204 == _send(model, "traces", rows[0])
    assert (204, 500) == (model.close_thread("fine").status, model.close_thread(long).status)


@pytest.mark.parametrize("name", ["SESSION é", "session e", "session é  ", "Sessioń E\u0301"])
def test_thread_ids_that_differ_in_case_accents_or_trailing_spaces_share_a_record(name: str) -> None:
    """Though lists show them as two."""
    model = _as_it_is()
    _send(model, "traces", {**TRACE, "thread_id": "session é"})
    _send(model, "traces", {**TRACE, "id": OTHER, "thread_id": name})

    assert "session é" == model.thread_record(name)
    assert 2 == len(model.threads()) or name == "session é"


def test_the_page_of_a_trace_sums_over_the_projects_of_the_workspace() -> None:
    """Usage, cost and spans; lists are right."""
    model = OpikModel()
    value = {"usage": {"a": 1}, "total_estimated_cost": 0.5}
    for project in ("one", "two"):
        _send(model, "traces", {**TRACE, "project_name": project})
        _send(model, "spans", {**SPAN, **value, "project_name": project})
    page = model.trace_page(ID)
    assert page is not None

    assert ({"a": 2}, 1, 2) == (page["usage"], page["total_estimated_cost"], page["span_count"])
    assert [{"a": 1}] * 2 == [model.traces(project)[ID]["usage"] for project in ("one", "two")]
    assert model.trace_page(OTHER) is None


def test_without_a_workspace_the_key_is_not_looked_at() -> None:
    """Whatever is asked, and whether the key is right, wrong or missing."""
    model = OpikModel(api_key="k", workspace="team")
    for headers in ({}, {"Authorization": "k"}, {"Authorization": "wrong"}):
        for path in ("/v1/private/traces/batch", "/v1/private/auth"):
            answer = model.answer("POST", path, {**JSON, **headers}, b"no JSON")
            assert (403, "Workspace name should be provided") == (
                answer.status,
                json.loads(answer.body)["message"],
            )


@pytest.mark.parametrize("cost", [0, 0.0, "0"])
def test_an_explicit_cost_of_0_is_stored_and_absent_when_read(cost: Any) -> None:
    """And not estimated from the metadata."""
    model = OpikModel()
    _send(model, "traces", TRACE)
    priced = {"cost": {"currency": "USD", "total_cost": 3}}
    _send(model, "spans", {**SPAN, "total_estimated_cost": cost, "metadata": priced})
    (span,) = model.spans()

    assert "total_estimated_cost" not in span
    assert "total_estimated_cost" not in model.traces()[ID]


def test_a_model_only_in_the_metadata_is_not_shown() -> None:
    """It is used for the price."""
    model = OpikModel()
    _send(model, "spans", {**SPAN, "metadata": {"model": "m"}})
    (span,) = model.spans()

    assert "model" not in span
    assert {"model": "m"} == span["metadata"]


def test_one_span_under_two_parents_is_listed_once_and_counted_twice() -> None:
    """In two requests; both rows are there."""
    model = OpikModel()
    _send(model, "traces", TRACE)
    for parent in ({}, {"parent_span_id": ID}):
        _send(model, "spans", {**SPAN, **parent, "total_estimated_cost": 1})

    assert (1, 2) == (len(model.spans()), len(model.span_rows()))
    assert (2, 2) == (model.traces()[ID]["total_estimated_cost"], model.traces()[ID]["span_count"])


def test_a_span_without_trace_id_is_a_500() -> None:
    """After all that is validated."""
    row = {name: value for name, value in SPAN.items() if name != "trace_id"}

    assert 500 == _send(_as_it_is(), "spans", row)
    assert 422 == _send(_as_it_is(), "spans", {**row, "ttft": -1})


@pytest.mark.parametrize("rows", [[None], [TRACE, None]], ids=["alone", "beside"])
def test_a_null_row_is_a_500(rows: list[Any]) -> None:
    """And nothing of the batch is stored."""
    model = _as_it_is()

    assert 500 == _send(model, "traces", *rows)
    assert [] == model.trace_rows()


@pytest.mark.parametrize(("cost", "expected"), [("99999999999999999999999999", 204), ("1e26", 500)])
def test_a_cost_of_1e26_and_more_is_a_500(cost: str, expected: int) -> None:
    """The column has 26 digits before the point."""
    assert expected == _send(_as_it_is(), "spans", {**SPAN, "total_estimated_cost": cost})


@pytest.mark.parametrize("body", [b"", b"\n", b"null"])
def test_an_empty_body_is_a_422(body: bytes) -> None:
    """With these words."""
    answer = _post(_as_it_is(), "spans", body)

    assert (422, {"errors": ["The request body must not be null"]}) == (
        answer.status,
        json.loads(answer.body),
    )


def test_base64_of_256_000_characters_is_an_attachment_and_put_back_when_read() -> None:
    """Of a kind of file that is known; one character less stays a text."""
    model = OpikModel()
    picture = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"x" * 192_000).decode().rstrip("=")
    url = f"data:image/png;base64,{picture[:LEAST]}"
    _send(model, "traces", {**TRACE, "input": {"images": [{"url": url}, picture[: LEAST - 4], "x" * LEAST]}})

    assert [Attachment(ID, "input", "png", LEAST)] == model.attachments()
    assert url == model.traces()[ID]["input"]["images"][0]["url"]


@pytest.mark.parametrize("value", [{}, {"exception_type": "", "traceback": " "}, {"message": None}], ids=str)
def test_blank_or_missing_error_texts_are_accepted(value: dict[str, Any]) -> None:
    """By a server; the model insists on them, since the page would show nothing."""
    assert 204 == _send(_as_it_is(), "traces", {**TRACE, "error_info": value})
    assert 204 != _send(OpikModel(), "traces", {**TRACE, "error_info": value})


def test_enums_are_taken_in_any_letter_case() -> None:
    """And stored in one."""
    model = _as_it_is()

    assert 204 == _send(model, "spans", {**SPAN, "type": "LLM", "source": "Sdk"})
    assert [("llm", "sdk")] == [(row["type"], row["source"]) for row in model.spans()]


def test_nul_anywhere_is_stored_and_returned() -> None:
    """In names, tags and JSON."""
    model = _as_it_is()
    row = {**TRACE, "name": "a\x00b", "tags": ["\x00t"], "input": {"\x00": "\x00"}, "thread_id": "t\x00"}

    assert 204 == _send(model, "traces", row)
    assert row == {name: model.traces()[ID][name] for name in row}


def test_lone_surrogates_become_question_marks() -> None:
    """In keys as well."""
    model = _as_it_is()

    assert 204 == _send(model, "traces", {**TRACE, "name": "a\ud800", "input": {"\udfff": ["\ud800b"]}})
    assert ("a?", {"?": ["?b"]}) == (model.traces()[ID]["name"], model.traces()[ID]["input"])
    assert 400 == _send(OpikModel(), "traces", {**TRACE, "name": "a\ud800"})


DEEP = {
    "997 arrays": (b"[" * 997 + b"]" * 997, 204),
    "998 arrays": (b"[" * 998 + b"]" * 998, 400),
    "997 objects": (b'{"a":' * 997 + b"0" + b"}" * 997, 204),
    "998 objects": (b'{"a":' * 998 + b"0" + b"}" * 998, 400),
    "both, with spaces": (b'[ {"a" : "]", "b": ' * 498 + b"-1.5" + b"} , null ]" * 498, 204),
    "not closed": (b"[" * 400 + b"]" * 399, 400),
    "a comma too many": (b"[" * 400 + b"0," + b"]" * 400, 400),
    "no comma": (b"[" * 400 + b"0 0" + b"]" * 400, 400),
    "no colon": (b'{"a":' * 400 + b'{"b" 0}' + b"}" * 400, 400),
    "no text as a key": (b'{"a":' * 400 + b"{0: 0}" + b"}" * 400, 400),
    "a word": (b"[" * 400 + b"nothing" + b"]" * 400, 400),
}


@pytest.mark.parametrize(("nest", "expected"), DEEP.values(), ids=DEEP)
def test_depth_1000_of_the_document_and_997_inside_input(nest: bytes, expected: int) -> None:
    """Whatever they are made of; malformed ones are told as at any depth."""
    body = json.dumps({"traces": [{**TRACE, "input": 1}]}).encode().replace(b'"input": 1', b'"input":' + nest)

    assert expected == _post(_as_it_is(), "traces", body).status


def test_deep_input_is_read_back() -> None:
    """Level by level."""
    body = json.dumps({"traces": [{**TRACE, "input": 1}]}).encode()
    nest = b'{"a":[' * 300 + b'1.5, "x"' + b"]}" * 300
    model = _as_it_is()
    assert 204 == _post(model, "traces", body.replace(b'"input": 1', b'"input":' + nest)).status
    found = model.traces()[ID]["input"]
    for _ in range(299):
        (found,) = found["a"]

    assert {"a": [Decimal("1.5"), "x"]} == found


def test_the_name_of_a_project_counts_whole_characters() -> None:
    """150, whatever they are; a longer one is a 500."""
    statuses = [_send(_as_it_is(), "traces", {**TRACE, "project_name": "\U0001f600" * n}) for n in (150, 151)]

    assert [204, 500] == statuses


TIMES = [
    (1795428000, "2026-11-23T10:00:00Z"),
    (1795428000.25, "2026-11-23T10:00:00.250000Z"),
    ("2026-11-23T12:00:00+02:00", "2026-11-23T10:00:00Z"),
    ("2026-11-23T10:00:00.123456789Z", "2026-11-23T10:00:00.123456789Z"),
    ("2026-11-23T10:00:00.1234567891Z", None),
    ("2026-11-23T10:00:00", None),
]


@pytest.mark.parametrize(("value", "expected"), TIMES, ids=[str(value) for value, _ in TIMES])
def test_times_may_be_numbers_or_have_an_offset_and_9_decimals(value: Any, expected: str | None) -> None:
    """More decimals are a 400, and so is a time without a zone."""
    model = _as_it_is()

    assert (400 if expected is None else 204) == _send(model, "traces", {**TRACE, "start_time": value})
    assert expected == model.traces().get(ID, {}).get("start_time")


def test_a_batch_larger_than_the_rate_limit_is_a_500_and_never_passes() -> None:
    """Also with nothing used; one as large as the limit passes."""
    model = OpikModel(rate=Bucket(limit=2))
    rows = [{**TRACE, "id": f"{ID[:-1]}{n}"} for n in range(3)]

    assert [500, 500, 204] == [_send(model, "traces", *rows[:n]) for n in (3, 3, 2)]


def test_the_headers_of_a_rate_limit_hold_a_name_and_the_reset_comes_with_the_429() -> None:
    """Not with what was taken."""
    model = OpikModel(now=NOW, rate=Bucket(limit=1, name="Workspace"))
    body = json.dumps({"traces": [TRACE]}).encode()
    taken, refused = _post(model, "traces", body), _post(model, "traces", body)

    assert (204, 429) == (taken.status, refused.status)
    assert "Workspace" == taken.headers["Opik-Workspace-Limit"] == refused.headers["Opik-Workspace-Limit"]
    assert (None, "60") == (taken.headers.get("RateLimit-Reset"), refused.headers["RateLimit-Reset"])


def test_the_order_of_the_checks() -> None:
    """Account (workspace, then key), content type, JSON, validation, rate, quota, ids."""
    account = {"api_key": "k", "workspace": "team"}
    good = {"Comet-Workspace": "team", "Authorization": "k", **JSON}
    uuid4 = "919108f7-52d1-4320-9bac-f847db4148a8"
    wrong_id = json.dumps({"traces": [{**TRACE, "id": uuid4}]}).encode()
    invalid = json.dumps({"traces": [{**TRACE, "id": uuid4, "ttft": -1}]}).encode()
    used_up = Bucket(limit=1, used=1)
    path = "/v1/private/traces/batch"
    steps: list[tuple[dict[str, Any], dict[str, str], bytes]] = [
        ({}, {"Content-Type": "text/plain"}, b"{"),
        ({}, {"Content-Type": "text/plain", "Comet-Workspace": "team"}, b"{"),
        ({}, {**good, "Content-Type": "text/plain"}, b"{"),
        ({}, good, b"{"),
        ({}, good, invalid),
        ({"rate": used_up}, good, wrong_id),
        ({}, good, wrong_id),
        ({"quota": 5}, good, wrong_id),
    ]
    found = []
    for more, headers, body in steps:
        model = OpikModel(**{**account, "quota": 0, **more})
        found.append(model.answer("POST", path, headers, body).status)

    assert [403, 401, 415, 400, 422, 429, 402, 400] == found


def test_a_request_that_the_quota_refuses_uses_rate_events() -> None:
    """So that the next one may be refused for the rate."""
    model = OpikModel(quota=0, rate=Bucket(limit=1))

    assert [402, 429] == [_send(model, "traces", TRACE) for _ in range(2)]


@pytest.mark.parametrize(
    ("moment", "expected"), [("2038-01-19T03:14:07Z", []), ("2038-01-19T03:14:08Z", [ID])]
)
def test_a_version_after_january_2038_fails_in_the_background_only(moment: str, expected: list[str]) -> None:
    """The row is stored."""
    model = OpikModel()

    assert 204 == _send(model, "traces", {**TRACE, "last_updated_at": moment})
    assert expected == model.failed_in_background
    assert [ID] == list(model.traces())


def test_a_trace_whose_spans_were_refused_stands_without_tokens_and_cost() -> None:
    """It was accepted in a request of its own."""
    model = OpikModel()
    span = {**SPAN, "usage": {"a": 1}, "total_estimated_cost": 1, "ttft": -0.0}

    assert (204, 422) == (_send(model, "traces", TRACE), _send(model, "spans", span))
    assert 0 == model.traces()[ID]["span_count"]
    assert not {"usage", "total_estimated_cost"} & model.traces()[ID].keys()


ALTERED = [
    ("traces", {"name": 7, "tags": [True], "more": 1}, {"name": "7", "tags": ["true"]}),
    ("traces", {"input": None, "name": None}, {}),
    ("spans", {"usage": {"a": 1.9, "b": None, "c": "12", "d": ""}}, {"usage": {"a": 1, "c": 12}}),
    ("spans", {"total_estimated_cost": 0.12345678949999}, {"total_estimated_cost": Decimal("0.123456789")}),
]


@pytest.mark.parametrize(("kind", "value", "expected"), ALTERED, ids=[str(value) for _, value, _ in ALTERED])
def test_without_strictness_a_server_takes_and_alters(kind: str, value: Any, expected: Any) -> None:
    """What the strict model refuses, so that a mapping finds out."""
    model, row = _as_it_is(), {**(TRACE if kind == "traces" else SPAN), **value}

    assert 204 != _send(OpikModel(), kind, row)
    assert 204 == _send(model, kind, row)
    shown = (model.trace_rows() or model.span_rows())[0]
    assert expected == {name: shown[name] for name in value if name in shown}


def test_every_rule_says_how_it_is_known() -> None:
    """Once, with a section that is listed; strict ones of values stand in a module of their own."""
    kept = Counter(rule.basis for rule in RULEBOOK)
    values = {rule.kept_by for rule in RULEBOOK if rule.basis == "strict" and "stricter." in rule.kept_by}

    assert server.OpikModel is OpikModel
    assert set(get_args(Basis)) == kept.keys()
    assert len(RULEBOOK) == len({rule.what for rule in RULEBOOK})
    assert {rule.section for rule in RULEBOOK} <= SOURCES.keys()
    assert {0} == {rule.section for rule in RULEBOOK if rule.basis == "measured"}
    assert len(values) > 8


def test_every_file_of_the_model_is_on_its_map() -> None:
    """In the docstring of the package."""
    import broadcast_opik.testing as package

    files = {path.name for path in Path(str(package.__file__)).parent.glob("*.py")} - {"__init__.py"}

    assert files == {word for word in str(package.__doc__).split() if word.endswith(".py")}
