"""No canary leaves with privacy mode on, for every installed plugin; with everything allowed all arrive."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from broadcast_core import Item, Policy, Route, TraceTree, Unmapped, plan
from broadcast_core.jsontext import dumps
from broadcast_core.pipeline.explanation import explain
from broadcast_core.plugins import destinations
from broadcast_core.readers import read
from broadcast_core.testing.canaries import PREFIX, Canaries, documents
from broadcast_opik import destination as opik
from broadcast_opik.config import LOCAL
from tests.fake import Lines

GROUPS = {
    "broadcast_generation_cost": True,
    "broadcast_generation_identity": True,
    "broadcast_generation_request_context": True,
}
PRIVATE = Policy(privacy_mode=True, **GROUPS)
OPEN = Policy(**GROUPS)


class Quotes(Lines):
    """Fails, and quotes the whole trace in its error."""

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """Raises."""
        raise RuntimeError(repr(tree))


INSTALLED = [found.destination for found in destinations() if found.destination is not None]
OPTIONS = {"opik": {"base_url": LOCAL}, "ndjson": {"url": "https://collector.example"}}
ROUTES = [
    Route.to(one, OPTIONS.get(one.name), name=f"route {n}", policy=PRIVATE)
    for n, one in enumerate((*INSTALLED, Lines(), Quotes()))
]


def _traces_of(canaries: Canaries, routes: Sequence[Route] = ROUTES) -> str:
    """Return everything that leaves, or is told, of a document on every route."""
    reading = read(canaries.document, canaries.dialect)
    result = plan(reading.generations, routes)
    told = [explain(one, route).as_json() for one in reading.generations for route in routes]
    bodies = [request.body.decode() for request in result.requests]
    notes = [outcome.diagnostics for outcome in reading.outcomes if hasattr(outcome, "diagnostics")]
    words = json.dumps(told, ensure_ascii=False)
    return "\n".join((*bodies, repr(result), words, repr(notes), repr(reading.rejected)))


@given(documents())
def test_no_canary_leaves_in_privacy_mode(canaries: Canaries) -> None:
    """Not in bodies, accounts, diagnostics, errors, explanations, state or reprs."""
    assert [] == canaries.found_in(_traces_of(canaries))


@given(documents())
def test_every_canary_arrives_when_everything_is_allowed(canaries: Canaries) -> None:
    """So that the test above can fail: at Opik, each marker is in a row."""
    (generation,) = read(canaries.document, canaries.dialect).generations
    result = plan([generation], Route.to(opik, {"base_url": LOCAL}, policy=OPEN))
    sent = "".join(request.body.decode() for request in result.requests)

    assert set(canaries.markers) == set(canaries.found_in(sent))


@given(documents())
def test_no_canary_is_in_an_explanation_even_of_an_open_route(canaries: Canaries) -> None:
    """It names fields and places, and of the keys of a caller only those of its metadata."""
    (generation,) = read(canaries.document, canaries.dialect).generations
    told = explain(generation, Route.to(opik, {"base_url": LOCAL}, policy=OPEN)).as_json()

    assert [] == canaries.found_in(json.dumps(told, ensure_ascii=False))


SENT = f"{PREFIX}-0-{PREFIX}"
ECHOES: dict[str, dict[str, Any]] = {
    "a ranking": {"results": [{"index": 0, "document": {"text": SENT}}]},
    "a ranking of another name": {"data": [{"index": 0, "document": SENT}]},
    "a format": {"output": [{"type": "message"}], "text": {"format": {"schema": SENT}}},
    "an unknown shape": {"content": SENT, "completion": SENT, "candidates": [SENT], "embedding": SENT},
    "a message": {"message": {"role": "user", "content": SENT}},
    "an error": {"error": {"message": SENT}},
    "an error without the key": {"detail": SENT},
    "an error in a choice": {"choices": [{"index": 0, "error": {"message": SENT}}]},
}


@pytest.mark.parametrize("response", ECHOES.values(), ids=ECHOES)
def test_what_a_response_repeats_of_its_input_stays_with_the_input(response: dict[str, Any]) -> None:
    """Also where the output may leave; with everything allowed it arrives."""
    document = {"request": {}, "response": {"id": "r", **response}, "started_at": "2026-11-23T10:00:00Z"}
    canaries = Canaries("chat", document, (SENT,))
    without_input = [
        Route.to(one, OPTIONS.get(one.name), policy=Policy(drop_input=True, **GROUPS))
        for one in (opik, Lines())
    ]

    assert [] == canaries.found_in(_traces_of(canaries, without_input))
    assert SENT in _traces_of(canaries, [Route.to(opik, {"base_url": LOCAL}, policy=OPEN)])


@pytest.mark.usefixtures("plugins")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(documents())
def test_no_canary_is_on_the_screen_or_in_a_log(
    run: Callable[..., Any], caplog: Any, canaries: Canaries
) -> None:
    """The command with --privacy, on a plugin that works and on one that does not."""
    caplog.set_level(logging.DEBUG)
    line = dumps(canaries.document)
    for arguments in (
        ["plan", "--to", "opik", "-o", "workspace=team", "--privacy"],
        ["plan", "--to", "demo", "-o", "crash=gen-1795400000-a", "--privacy"],
        ["explain", "--to", "opik", "-o", "workspace=team"],
        ["show"],
    ):
        ran = run(*arguments, "--from", canaries.dialect, stdin=line)
        assert [] == canaries.found_in(ran.page + ran.stderr)
    assert [] == canaries.found_in(caplog.text)
