"""Every plan is taken by the strict model of the server, and shows there what it should."""

from __future__ import annotations

import http.client
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

from broadcast_core import Generation, Request, Route, plan
from broadcast_core.readers import read_text
from broadcast_opik import destination
from broadcast_opik.config import LOCAL
from broadcast_opik.testing.loopback import served
from broadcast_opik.testing.server import OpikModel

EXAMPLES = Path(__file__).parents[3] / "examples"
ROUTE = Route.to(destination, {"base_url": LOCAL, "project_name": "demo", "attempts": True})


def _examples() -> list[Generation]:
    files = sorted(EXAMPLES.glob("deliveries/*.json"))
    return [one for path in files for one in read_text(path.read_bytes()).generations]


def _sent(batch: list[Generation], model: OpikModel) -> list[Request]:
    requests = list(plan(batch, ROUTE).requests)
    for request in requests:
        answer = model.handle(request)
        assert (204, b"") == (answer.status, answer.body)
    return requests


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
