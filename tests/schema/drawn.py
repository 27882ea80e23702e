"""What a run over the endpoints of an API found: each fault once, with the smallest exchange that has it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from attrs import define, evolve, field, frozen
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.schema.documents import Endpoint, endpoints, exchanges
from tests.schema.law import faults
from tests.schema.losses import Loss
from tests.schema.values import Schemas

Law = Callable[[dict[str, Any]], Iterator[Loss]]


@frozen
class Finding:
    """A fault: in how many exchanges it is, and the smallest of them."""

    times: int
    loss: Loss
    document: dict[str, Any]
    size: int

    __hash__ = None  # type: ignore[assignment]


@define
class Drawn:
    """The exchanges of one kind with one endpoint: how many, what was found, and which places were drawn."""

    endpoint: Endpoint
    kind: str
    count: int = 0
    findings: dict[tuple[str, str], Finding] = field(factory=dict)
    seen: set[str] = field(factory=set)
    places: set[str] = field(factory=set)

    @property
    def missing(self) -> list[str]:
        """The places in the schemas that no exchange had."""
        return sorted(self.places - self.seen)

    def note(self, document: dict[str, Any], law: Law) -> None:
        """Look at one exchange."""
        self.count += 1
        size = len(json.dumps(document))
        for loss in law(document):
            found = Finding(1, loss, document, size)
            known = self.findings.get((loss.how, loss.path), found)
            smallest = known if known.size <= size else found
            times = 1 if known is found else known.times + 1
            self.findings[loss.how, loss.path] = evolve(smallest, times=times)


def draw_exchanges(
    api: Mapping[str, Any], draws: int, *, start: int = 0, only: str = "", law: Law = faults
) -> Iterator[Drawn]:
    """Yield what was found for each endpoint and kind of exchange; `start` is the seed of chance."""
    schemas = Schemas(api["components"]["schemas"])
    for endpoint in endpoints(api, schemas):
        for kind in endpoint.kinds if only in ("", endpoint.path) else ():
            drawn = Drawn(endpoint, kind, places=endpoint.places(kind, schemas))
            _draw(drawn, schemas, draws, start, law)
            yield drawn


def _draw(drawn: Drawn, schemas: Schemas, draws: int, start: int, law: Law) -> None:
    @seed(start)
    @settings(
        max_examples=draws,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(exchanges(drawn.endpoint, drawn.kind, schemas, drawn.seen, shrinks=False))
    def look(document: dict[str, Any]) -> None:
        drawn.note(document, law)

    look()
