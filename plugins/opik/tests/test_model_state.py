"""What the model server stores and shows: which row stays, sums, threads; and whom it lets in."""

from __future__ import annotations

import http.client
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest

from broadcast_core import Response
from broadcast_opik.testing.access import Bucket
from broadcast_opik.testing.loopback import served
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


def _send(model: OpikModel, kind: str, *rows: Any) -> Response:
    body = json.dumps({kind: rows}).encode()
    return model.answer("POST", f"/v1/private/{kind}/batch", JSON, body)


def _names(model: OpikModel) -> list[str]:
    return [row["name"] for row in model.traces().values()]


def _version(name: str, second: str) -> dict[str, Any]:
    return {**TRACE, "name": name, "last_updated_at": f"2026-11-23T10:00:{second}Z"}


@pytest.mark.parametrize(
    ("older", "newer"), [("00", "01"), ("00", "00.000001"), ("00.9", "01"), ("09", "10")]
)
def test_the_newest_row_stays_whatever_the_order(older: str, newer: str) -> None:
    """TraceDAO, by time and not by its spelling; the row is replaced whole."""
    for order in ((older, newer), (newer, older)):
        model = OpikModel()
        for second in order:
            row = _version("newer" if second == newer else "older", second)
            _send(model, "traces", row if second == newer else {**row, "input": "x", "tags": ["a"]})

        assert ["newer"] == _names(model)
        assert not {"input", "tags"} & model.traces()[ID].keys()


def test_equal_versions_have_no_defined_winner() -> None:
    """TraceDAO; the same row again is nothing new."""
    model = OpikModel()
    for name in ("a", "a", "b"):
        _send(model, "traces", _version(name, "00"))

    assert [ID] == model.undefined


def test_of_equal_versions_in_one_batch_the_later_stays() -> None:
    """dedupTraces: and of others the newest, wherever it stands."""
    tie, apart = OpikModel(), OpikModel()
    _send(tie, "traces", _version("a", "00"), _version("b", "00"))
    _send(apart, "traces", _version("a", "01"), _version("b", "00"))

    assert (["b"], ["a"]) == (_names(tie), _names(apart))
    assert ([], [ID]) == (tie.undefined, tie.repeated)


def test_a_row_without_version_gets_the_servers_time() -> None:
    """TraceDAO: it replaces all older ones, and two of them in one batch have no defined winner."""
    model = OpikModel(now=NOW + timedelta(hours=1))
    _send(model, "traces", _version("old", "00"))
    plain = {name: value for name, value in TRACE.items() if name != "last_updated_at"}
    _send(model, "traces", {**plain, "name": "new"})
    _send(model, "traces", _version("late", "30"))

    assert ["new"] == _names(model)
    assert "2026-11-23T11:00:00Z" == model.traces()[ID]["last_updated_at"]

    _send(model, "traces", {**plain, "name": "one"}, {**plain, "name": "two", "last_updated_at": None})

    assert [ID, ID] == model.undefined


def test_another_project_makes_a_second_row() -> None:
    """TraceDAO: the project is part of the key; its name is, but for outer space and letter case."""
    model = OpikModel()
    for project in ("Demo", " demo ", "other"):
        _send(model, "traces", {**TRACE, "project_name": project})
    _send(model, "traces", TRACE)

    assert 3 == len(model.trace_rows())
    assert 1 == len(model.traces("DEMO")) == len(model.traces("Default Project"))
    assert 0 == len(model.traces("nothing"))


@pytest.mark.parametrize("change", [{"parent_span_id": ID}, {"trace_id": OTHER}], ids=["parent", "trace"])
def test_a_changed_parent_or_trace_makes_a_second_span(change: dict[str, str]) -> None:
    """TraceDAO, measured: both are part of the key, so lists show one, and usage and cost count twice."""
    model = OpikModel()
    told = {"usage": {"a": 1}, "total_estimated_cost": 0.5}
    _send(model, "traces", TRACE, {**TRACE, "id": OTHER})
    _send(model, "spans", {**SPAN, **told})
    _send(model, "spans", {**SPAN, **told, **change, "last_updated_at": "2026-11-23T11:00:00Z"})
    sums = [
        (row["usage"]["a"], row["total_estimated_cost"]) for row in model.traces().values() if "usage" in row
    ]

    assert (1, 2) == (len(model.spans()), len(model.span_rows()))
    assert [(2, 1)] == sums if "parent_span_id" in change else [(1, Decimal("0.5"))] * 2


def test_a_span_with_two_parents_in_one_batch_is_stored_once() -> None:
    """dedupTraces: within a batch, rows are told apart by id alone."""
    model = OpikModel()
    _send(model, "spans", SPAN, {**SPAN, "parent_span_id": ID})

    assert [ID] == [row["parent_span_id"] for row in model.spans()]


def test_ids_are_the_same_in_upper_case() -> None:
    """dedupTraces."""
    model = OpikModel()
    _send(model, "traces", TRACE)
    _send(model, "traces", {**TRACE, "id": ID.upper()})

    assert 1 == len(model.trace_rows())


def test_a_trace_shows_the_sums_of_its_spans() -> None:
    """Section 5: of any type, exact, by key; providers sorted and in front of the metadata."""
    model = OpikModel()
    spans = [
        {"usage": {"prompt_tokens": 3, "x": "2"}, "total_estimated_cost": "0.1", "provider": "b"},
        {"usage": {"prompt_tokens": 4}, "total_estimated_cost": 0.2, "provider": "a", "type": "general"},
        {"provider": "a"},
    ]
    _send(model, "traces", {**TRACE, "end_time": "2026-11-23T10:00:01.500Z", "metadata": {"k": 1}})
    _send(model, "spans", *({**SPAN, "id": f"{OTHER[:-1]}{n}", **span} for n, span in enumerate(spans)))
    shown = model.traces()[ID]

    assert {"prompt_tokens": 7, "x": 2} == shown["usage"]
    assert Decimal("0.3") == shown["total_estimated_cost"]
    assert (1500, 3, 2) == (shown["duration"], shown["span_count"], shown["llm_span_count"])
    assert [("providers", ["a", "b"]), ("k", 1)] == list(shown["metadata"].items())
    assert [{"provider": "b"}, {"provider": "a"}, {"provider": "a"}] == [r["metadata"] for r in model.spans()]


COSTS = [
    ({"total_estimated_cost": 0}, None),
    ({"total_estimated_cost": 0, "metadata": {"cost": {"currency": "USD", "total_cost": 3}}}, None),
    ({"metadata": {"cost": {"currency": "USD", "total_cost": 3}}}, 3),
    ({"metadata": {"cost": {"currency": "EUR", "total_cost": 3}}}, None),
    ({"metadata": {"cost": {"total": 3}}}, None),
    ({}, None),
]


@pytest.mark.parametrize(("columns", "expected"), COSTS, ids=str)
def test_the_cost_of_a_trace_is_that_of_its_spans(columns: dict[str, Any], expected: int | None) -> None:
    """Section 5: what was told, 0 too, else the metadata's; no sum that is not above zero."""
    model = OpikModel()
    _send(model, "traces", TRACE)
    _send(model, "spans", {**SPAN, **columns})

    assert expected == model.traces()[ID].get("total_estimated_cost")


def test_spans_need_no_trace_and_count_in_their_project_alone() -> None:
    """TraceDAO."""
    model = OpikModel()
    _send(model, "spans", {**SPAN, "project_name": "other", "usage": {"a": 1}})
    _send(model, "traces", TRACE)

    assert 0 == model.traces()[ID]["span_count"]
    assert 1 == len(model.spans("other"))


def test_a_thread_is_the_traces_of_a_session() -> None:
    """Section 6: two messages a trace, from the earliest start to the latest end, sums of both."""
    model = OpikModel()
    turns = [("10:00:00", "10:00:09", "1"), ("10:00:00.5", "10:00:10", "2"), ("10:00:01", None, "3")]
    for n, (start, end, word) in enumerate(turns):
        trace = {
            **TRACE,
            "id": f"{ID[:-1]}{n}",
            "thread_id": "s",
            "start_time": f"2026-11-23T{start}Z",
            "input": "q" + word,
            "output": "a" + word,
        }
        _send(model, "traces", {**trace, "end_time": f"2026-11-23T{end}Z"} if end else trace)
        span = {**SPAN, "id": f"{OTHER[:-2]}a{n}", "trace_id": trace["id"]}
        _send(model, "spans", {**span, "usage": {"t": n + 1}, "total_estimated_cost": 0.25})
    _send(model, "traces", {**TRACE, "id": f"{ID[:-1]}9"})
    expected = {
        "number_of_messages": 6,
        "start_time": "2026-11-23T10:00:00Z",
        "end_time": "2026-11-23T10:00:10Z",
        "first_message": "q1",
        "last_message": "a2",
        "usage": {"t": 6},
        "total_estimated_cost": Decimal("0.75"),
    }

    assert {"s": expected} == model.threads()


def test_an_environment_is_created_by_its_name() -> None:
    """Section 6."""
    model = OpikModel()
    _send(model, "traces", {**TRACE, "environment": "staging"}, {**TRACE, "id": OTHER})

    assert ["staging"] == model.environments()


ASK = "/v1/private/auth"
WHO = [
    ({}, 403, "Workspace name should be provided"),
    ({"Authorization": "k"}, 403, "Workspace name should be provided"),
    ({"Comet-Workspace": "team"}, 401, "API key should be provided"),
    ({"Comet-Workspace": "team", "Authorization": "Bearer k"}, 401, ""),
    ({"Comet-Workspace": "other", "Authorization": "k"}, 403, "User is not allowed to access workspace"),
    ({"comet-workspace": "team", "AUTHORIZATION": "k"}, 204, ""),
]


@pytest.mark.parametrize(("headers", "status", "words"), WHO, ids=str)
def test_a_server_with_accounts_asks_for_workspace_and_key(
    headers: dict[str, str], status: int, words: str
) -> None:
    """Section 4, in the order and the words of Opik's; the key stands alone."""
    answer = OpikModel(api_key="k", workspace="team").answer("POST", ASK, headers, b"{}")

    assert status == answer.status
    assert words in answer.body.decode()


@pytest.mark.parametrize(("workspace", "expected"), [("", 204), ("default", 204), ("team", 404)])
def test_a_server_without_accounts_has_one_workspace(workspace: str, expected: int) -> None:
    """Section 4; any key is fine."""
    headers = {"Comet-Workspace": workspace, "Authorization": "any"}

    assert expected == OpikModel().answer("POST", ASK, headers, b"{}").status


def test_who_may_not_write_is_not_read() -> None:
    """Section 4, also for batches; nothing else is there."""
    model = OpikModel(api_key="k")

    assert 403 == model.answer("POST", "/v1/private/traces/batch", JSON, b"no JSON").status
    assert 404 == OpikModel().answer("POST", "/v1/private/nothing", JSON, b"").status
    assert 404 == OpikModel().answer("GET", "/v1/private/traces/batch", JSON, b"").status


@pytest.mark.parametrize(("healthy", "expected"), [(True, 200), (False, 500)])
def test_a_server_says_whether_it_is_alive(healthy: bool, expected: int) -> None:
    """Section 4; no account needed."""
    answer = OpikModel(api_key="k", healthy=healthy).answer("GET", "/is-alive/ping", {}, b"")

    assert (expected, healthy) == (answer.status, json.loads(answer.body)["healthy"])


def test_a_server_says_its_version() -> None:
    """Section 4."""
    assert {"version": "2.1.23"} == json.loads(OpikModel().answer("GET", "/is-alive/ver", {}, b"").body)


def test_a_used_up_quota_refuses_whole_batches() -> None:
    """UsageLimitInterceptor: 402, and nothing is stored or counted."""
    model = OpikModel(quota=2)
    answer = _send(model, "traces", *({**TRACE, "id": f"{ID[:-1]}{n}"} for n in range(3)))

    assert 402 == answer.status
    assert {
        "code": 402,
        "message": "You have exceeded the usage limit for this operation.",
    } == json.loads(answer.body)
    assert [204, 204, 402] == [_send(model, "traces", TRACE).status for _ in range(3)]


def test_a_rate_limit_says_when_it_ends() -> None:
    """Section 4: events are rows; the header is in whole seconds, at least one."""
    model = OpikModel(now=NOW, rate=Bucket(limit=2))
    both = (TRACE, {**TRACE, "id": OTHER})
    assert 204 == _send(model, "traces", *both).status
    model.now = NOW + timedelta(seconds=20, milliseconds=500)
    refused = _send(model, "traces", TRACE)

    assert (429, "40") == (refused.status, refused.headers["RateLimit-Reset"])
    assert {
        "Opik-User-Limit": "User",
        "Opik-User-Remaining-Limit": "0",
        "Opik-User-Remaining-Limit-TTL-Millis": "39500",
    }.items() <= refused.headers.items()

    model.now = NOW + timedelta(seconds=59, milliseconds=900)
    assert "1" == _send(model, "traces", TRACE).headers["RateLimit-Reset"]

    model.now = NOW + timedelta(seconds=60)
    assert 204 == _send(model, "traces", *both).status


def test_a_rate_limit_without_a_clock_never_ends_by_itself() -> None:
    """Until the test that uses it says so."""
    model = OpikModel(rate=Bucket(limit=1))

    assert [204, 429] == [_send(model, "traces", TRACE).status for _ in range(2)]

    model.rate = None
    assert 204 == _send(model, "traces", TRACE).status


def test_beside_the_api_stands_a_page_that_answers_to_any_path() -> None:
    """Section 4: 200 alone says nothing."""
    with served(OpikModel()) as base_url:
        url = urlsplit(base_url)
        found = []
        for path in ("/is-alive/ping", "/api/is-alive/ping"):
            connection = http.client.HTTPConnection(str(url.hostname), url.port, timeout=10)
            connection.request("GET", path)
            answer = connection.getresponse()
            found.append((answer.status, answer.headers["Content-Type"]))
            connection.close()

    assert [(200, "text/html"), (200, "application/json")] == found
