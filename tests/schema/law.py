"""What must hold of every exchange, drawn or not.

Nothing is lost without a word; the same body read as text, as bytes and as the lines of a stream is the same
generation; a stream is read like the answer that it tells; and what was read can be planned.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from broadcast_core import Route, plan
from broadcast_core.readers import Read
from broadcast_core.readers.exchange import from_exchange, read
from broadcast_core.record.codec import encode
from broadcast_core.testing.lineage import EVERYTHING
from broadcast_ndjson import destination as ndjson
from broadcast_opik import destination as opik
from tests.schema.documents import WHOLE
from tests.schema.losses import Loss, facts, leaves, losses

_ROUTES = {
    "ndjson": Route.to(ndjson, {"url": "https://collector.example/ingest"}, policy=EVERYTHING),
    "opik": Route.to(opik, {"workspace": "demo", "project_name": "demo"}, policy=EVERYTHING),
}
_ARGUMENTS = ("started_at", "ended_at", "path", "status_code", "headers")


def faults(drawn: dict[str, Any]) -> Iterator[Loss]:
    """Yield what does not hold of an exchange."""
    document = {key: value for key, value in drawn.items() if key != WHOLE}
    if WHOLE in drawn:
        yield from _differences(document, drawn[WHOLE])
    else:
        yield from losses(document)
    yield from _other_bodies(document)
    yield from _not_planned(document)


def _differences(document: dict[str, Any], whole: dict[str, Any]) -> Iterator[Loss]:
    """Yield where a stream is read otherwise than the answer that it tells."""
    answer = {**{key: value for key, value in document.items() if key != "chunks"}, "response": whole}
    first, second = _flat(answer), _flat(document)
    for path in sorted(first.keys() | second.keys()):
        if first.get(path) != second.get(path):
            value = first.get(path), second.get(path)
            yield Loss(re.sub(r"\[\d+\]", "[]", path), value, "the stream and the whole answer differ")


def _flat(document: dict[str, Any]) -> dict[str, Any]:
    (outcome,) = read(document).outcomes
    if not isinstance(outcome, Read):
        return {"$": "rejected"}
    found = leaves(encode(outcome.generation))
    return {
        "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path): value
        for path, value in found
    }


def _other_bodies(document: dict[str, Any]) -> Iterator[Loss]:
    """Yield where the same body in another form is read otherwise."""
    (expected,) = read(document).outcomes
    arguments = {key: document[key] for key in _ARGUMENTS if key in document}
    if "id" in document:
        arguments["generation_id"] = document["id"]
    for form, body in _forms(document):
        (outcome,) = from_exchange(document["request"], **body, **arguments).outcomes
        if facts(outcome) != facts(expected):
            yield Loss("$", None, f"{form} are read otherwise")


def _forms(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if "response" in document:
        text = json.dumps(document["response"], ensure_ascii=False)
        yield "text after blank lines", {"response": "\n \n" + text}
        yield "bytes", {"response": text.encode()}
    if "chunks" in document:
        texts = [json.dumps(chunk, ensure_ascii=False) for chunk in document["chunks"]]
        yield "lines", {"chunks": [f"data: {text}" for text in texts]}
        stream = "".join(f"event: x\r\ndata: {text}\r\n\r\n" for text in [*texts, "[DONE]"])
        if not any(diagnostic.kind == "truncated" for diagnostic in _diagnostics(document)):
            yield "bytes of a stream", {"response": stream.encode()}


def _diagnostics(document: dict[str, Any]) -> tuple[Any, ...]:
    (outcome,) = read(document).outcomes
    return outcome.diagnostics if isinstance(outcome, Read) else ()


def _not_planned(document: dict[str, Any]) -> Iterator[Loss]:
    """Yield where a generation cannot be planned."""
    for generation in read(document).generations:
        for name, route in _ROUTES.items():
            for outcome in plan([generation], route).outcomes:
                if outcome.status != "planned":
                    yield Loss("$", None, f"{outcome.status} on the route {name}: {outcome.reason}")
