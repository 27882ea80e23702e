"""Every plan is taken by the strict model of the server, and shows there what it should."""

from __future__ import annotations

import http.client
import json
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import Generation, Request, Route, plan
from broadcast_core.readers import read_text
from broadcast_core.testing.strategies import generations
from broadcast_opik import destination
from broadcast_opik.testing.loopback import served
from broadcast_opik.testing.server import OpikModel

EXAMPLES = Path(__file__).parents[3] / "examples"
ROUTE = Route.to(destination, {"project_name": "demo", "attempts": True})
BATCHES = st.lists(
    generations(trace_ids=st.one_of(st.none(), st.sampled_from(["a", "b"]))),
    max_size=4,
    unique_by=lambda g: g.id,
)


def _examples() -> list[Generation]:
    files = sorted(EXAMPLES.glob("deliveries/*.json"))
    return [one for path in files for one in read_text(path.read_bytes()).generations]


def _sent(batch: list[Generation], model: OpikModel) -> list[Request]:
    requests = list(plan(batch, ROUTE).requests)
    for request in requests:
        answer = model.handle(request)
        assert (204, b"") == (answer.status, answer.body)
    return requests


@given(BATCHES)
def test_any_plan_is_taken_whole(batch: list[Generation]) -> None:
    """One refused row would lose a thousand; no two rows of one id tie."""
    model = OpikModel()
    _sent(batch, model)

    assert [] == model.undefined


@given(BATCHES)
def test_sending_again_changes_nothing(batch: list[Generation]) -> None:
    """Retries are harmless."""
    once, twice = OpikModel(), OpikModel()
    _sent(batch, once)
    _sent(batch, twice)
    _sent(batch, twice)

    assert (once.traces(), once.spans(), once.threads()) == (twice.traces(), twice.spans(), twice.threads())
    assert [] == twice.undefined


def test_the_cost_of_a_trace_is_the_sum_of_its_generations() -> None:
    """To the last decimal, and the tokens too."""
    model = OpikModel()
    _sent(_examples(), model)
    (ticket,) = (row for row in model.traces().values() if row["name"] == "Support ticket 4711")

    assert Decimal("0.001068") == ticket["total_estimated_cost"]
    assert 176 == ticket["usage"]["total_tokens"]


def test_a_session_is_a_thread() -> None:
    """Of four turns: four questions, four answers."""
    model = OpikModel()
    _sent(_examples(), model)

    assert 8 in {thread["number_of_messages"] for thread in model.threads().values()}


def test_the_examples_arrive_through_a_real_socket() -> None:
    """As a sender would post them."""
    model = OpikModel()
    with served(model) as base_url:
        requests = plan(_examples(), Route.to(destination, {"base_url": base_url})).requests
        for request in requests:
            url = urlsplit(request.url)
            connection = http.client.HTTPConnection(str(url.hostname), url.port, timeout=10)
            connection.request(request.method, url.path, request.body, dict(request.headers))
            assert 204 == connection.getresponse().status
            connection.close()

    assert 23 == len(model.traces())


TRACE = {
    "id": "019aafe2-2b7b-7000-8000-000000000001",
    "name": "x",
    "start_time": "2026-11-23T10:00:00Z",
    "last_updated_at": "2026-11-23T10:00:00Z",
    "source": "sdk",
    "metadata": {},
}
SPAN = {**TRACE, "trace_id": TRACE["id"], "type": "llm"}

REFUSED = [
    ("traces", {"id": "919108f7-52d1-4320-9bac-f847db4148a8"}, 400, "must be a version 7 UUID"),
    ("traces", {"id": "019aafe22b7b70008000000000000001"}, 400, "standard 36-char representation"),
    ("traces", {"start_time": None}, 400, "is null"),
    ("traces", {"start_time": "2026-11-23 10:00"}, 400, "Instant"),
    ("traces", {"start_time": "2300-11-23T10:00:00Z"}, 422, "traces[0].startTime must be after"),
    ("traces", {"name": " "}, 422, "traces[0].name must not be blank"),
    ("traces", {"thread_id": "a\x00"}, 400, "NUL"),
    ("traces", {"metadata": []}, 400, "no object"),
    ("traces", {"metadata": {"providers": 1}}, 400, "puts there itself"),
    ("traces", {"input": 3}, 400, "neither object"),
    ("traces", {"ttft": -1}, 422, "greater than or equal"),
    ("traces", {"ttft": True}, 400, "Double"),
    ("traces", {"source": "me"}, 400, "not one of"),
    ("traces", {"tags": [str(n) for n in range(51)]}, 422, "more than 50 tags"),
    ("traces", {"tags": ["x" * 101]}, 422, "exceed 100 characters"),
    ("traces", {"environment": "my prod"}, 422, "150 characters"),
    ("traces", {"error_info": {"exception_type": "E"}}, 422, "traceback"),
    ("traces", {"project_name": "x" * 151}, 500, "error processing"),
    ("traces", {"usage": {}}, 400, "unknown field"),
    ("spans", {"usage": {"a": True}}, 400, "coerce"),
    ("spans", {"usage": {"a": 2**31}}, 400, "coerce"),
    ("spans", {"total_estimated_cost": -1}, 422, "greater than or equal"),
    ("spans", {"total_estimated_cost": 0.1234567890123}, 400, "Decimal(38, 12)"),
    ("spans", {"type": "LLM"}, 400, "not one of"),
    ("spans", {"parent_span_id": "00f067aa0ba902b7"}, 400, "36-char"),
]


@pytest.mark.parametrize(
    ("kind", "change", "status", "words"), REFUSED, ids=[str(r[1])[:50] for r in REFUSED]
)
def test_the_model_refuses_what_opik_refuses(
    kind: str, change: dict[str, object], status: int, words: str
) -> None:
    """And with it the whole batch: nothing is stored."""
    model = OpikModel()
    good = TRACE if kind == "traces" else SPAN
    body = json.dumps({kind: [{**good, **change}, good]}).encode()

    answer = model.answer("POST", f"/v1/private/{kind}/batch", {}, body)

    assert status == answer.status
    assert words in answer.body.decode()
    assert ({}, []) == (model.traces(), model.spans())


def test_a_changed_parent_makes_a_second_row() -> None:
    """The parent is part of the key, so usage would count twice."""
    model = OpikModel()
    parent = "019aafe2-2b7b-7000-8000-000000000009"
    for row in ({**SPAN, "usage": {"a": 1}}, {**SPAN, "usage": {"a": 1}, "parent_span_id": parent}):
        model.answer("POST", "/v1/private/spans/batch", {}, json.dumps({"spans": [row]}).encode())
    model.answer("POST", "/v1/private/traces/batch", {}, json.dumps({"traces": [TRACE]}).encode())

    assert 2 == len(model.spans())
    assert {"a": 2} == model.traces()[str(TRACE["id"])]["usage"]


def test_an_older_row_does_not_replace_a_newer_one() -> None:
    """Full-row replace by newest `last_updated_at`."""
    model = OpikModel()
    for second, name in ((5, "newer"), (1, "older")):
        row = {**TRACE, "name": name, "last_updated_at": f"2026-11-23T10:00:0{second}Z"}
        model.answer("POST", "/v1/private/traces/batch", {}, json.dumps({"traces": [row]}).encode())

    assert ["newer"] == [row["name"] for row in model.traces().values()]


def test_a_server_with_accounts_asks_for_key_and_workspace() -> None:
    """In the order and the words of Opik's."""
    model = OpikModel(api_key="k", workspace="team")
    ask = "/v1/private/auth"

    assert 403 == model.answer("POST", ask, {}, b"{}").status
    assert 401 == model.answer("POST", ask, {"Comet-Workspace": "team"}, b"{}").status
    assert (
        401
        == model.answer("POST", ask, {"Comet-Workspace": "team", "Authorization": "Bearer k"}, b"{}").status
    )
    assert 204 == model.answer("POST", ask, {"Comet-Workspace": "team", "Authorization": "k"}, b"{}").status
    assert 404 == OpikModel().answer("POST", ask, {"Comet-Workspace": "team"}, b"{}").status
