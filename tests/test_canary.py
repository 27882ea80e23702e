"""No canary leaves with privacy mode on, for every installed plugin; with everything allowed all arrive."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadcast_core import Item, Route, TraceTree, Unmapped, plan
from broadcast_core.jsontext import dumps
from broadcast_core.pipeline.explanation import explain
from broadcast_core.plugins import destinations
from broadcast_core.readers import read
from broadcast_core.testing.canaries import KINDS, PREFIX, Canaries, documents
from broadcast_core.testing.lineage import EVERYTHING
from broadcast_opik import destination as opik
from broadcast_opik.config import LOCAL
from tests.fake import Lines

PRIVATE = evolve(EVERYTHING, privacy_mode=True)


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


def _of_every_kind(examples: int) -> Callable[[Any], Any]:
    """Draw some documents of each kind: of a draw among all of them some kinds are never part."""

    def decorate(test: Any) -> Any:
        return pytest.mark.parametrize("kind", KINDS)(_FEW(max_examples=examples)(given(st.data())(test)))

    return decorate


_FEW = partial(settings, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@_of_every_kind(8)
def test_no_canary_leaves_in_privacy_mode(kind: str, data: st.DataObject) -> None:
    """Not in bodies, accounts, diagnostics, errors, explanations, state or reprs."""
    canaries = data.draw(documents(kind))

    assert [] == canaries.found_in(_traces_of(canaries))


@_of_every_kind(8)
def test_every_canary_arrives_when_everything_is_allowed(kind: str, data: st.DataObject) -> None:
    """So that the test above can fail: at Opik, each marker is in a row."""
    canaries = data.draw(documents(kind))
    (generation,) = read(canaries.document, canaries.dialect).generations
    result = plan([generation], Route.to(opik, {"base_url": LOCAL}, policy=EVERYTHING))
    sent = "".join(request.body.decode() for request in result.requests)

    assert set(canaries.markers) == set(canaries.found_in(sent))


@_of_every_kind(4)
def test_no_canary_is_in_an_explanation_even_of_an_open_route(kind: str, data: st.DataObject) -> None:
    """It names fields and places, and of the keys of a caller only those of its metadata."""
    canaries = data.draw(documents(kind))
    (generation,) = read(canaries.document, canaries.dialect).generations
    told = explain(generation, Route.to(opik, {"base_url": LOCAL}, policy=EVERYTHING)).as_json()

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
    canaries = Canaries("exchange", document, (SENT,))
    without_input = [
        Route.to(one, OPTIONS.get(one.name), policy=evolve(EVERYTHING, drop_input=True))
        for one in (opik, Lines())
    ]

    assert [] == canaries.found_in(_traces_of(canaries, without_input))
    assert SENT in _traces_of(canaries, [Route.to(opik, {"base_url": LOCAL}, policy=EVERYTHING)])


@pytest.mark.usefixtures("plugins")
@_of_every_kind(1)
def test_no_canary_is_on_the_screen_or_in_a_log(
    kind: str, run: Callable[..., Any], caplog: Any, data: st.DataObject
) -> None:
    """The command with --privacy, on a plugin that works and on one that does not."""
    canaries = data.draw(documents(kind))
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
