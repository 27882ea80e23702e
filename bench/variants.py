"""What is timed: the floors, the hand mapper, and our ways from lines to Opik's batch bodies, by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import orjson
from attrs import frozen

from bench import hand
from bench.peers import installed
from broadcast_core import Generation, Plan, Policy, Route, jsontext, plan
from broadcast_core.delivery.stored.requests import request_rows
from broadcast_core.readers import read_text
from broadcast_core.record.codec import decode_line
from broadcast_opik import destination
from broadcast_opik.config import LOCAL

Dialect = Literal["record", "delivery"]
Engine = Literal["orjson", "stdlib"]
Work = Callable[[list[Any]], int]
"""Takes some lines, or what was made of them, and returns how many bytes it made."""


HAND = "hand mapper: orjson and plain dicts"
BASES = ("hand", "floor", "stdlib floor")
"""What a variant is divided by: the same bodies made by hand, and two ways to read and write the lines."""


def _as_they_are(lines: list[bytes]) -> list[Any]:
    return lines


@frozen(kw_only=True)
class Variant:
    """One thing to time; what `prepare` makes of some lines is not timed."""

    name: str
    dialect: Dialect
    work: Work
    engine: Engine = "orjson"
    prepare: Callable[[list[bytes]], list[Any]] = _as_they_are

    @property
    def bases(self) -> dict[str, str]:
        """The names of the variants that this one is divided by."""
        hand = {"hand": HAND} if self.dialect == "record" else {}
        floors = {
            "floor": floor_name(self.dialect, "orjson"),
            "stdlib floor": floor_name(self.dialect, "stdlib"),
        }
        return hand | floors


@contextmanager
def using(engine: Engine) -> Iterator[None]:
    """Let the library read and write JSON with one of its engines for a while."""
    before = jsontext.engine()
    jsontext.use_engine(engine)
    try:
        yield
    finally:
        jsontext.use_engine(before)


def floor_name(dialect: Dialect, engine: Engine) -> str:
    """Return what a floor is called in the report."""
    return f"floor: {engine} loads + dumps, {dialect}"


def variants() -> list[Variant]:
    """Return everything that is timed, in the order of the report."""
    dialects: tuple[Dialect, ...] = ("record", "delivery")
    floors = [
        Variant(name=floor_name(dialect, engine), dialect=dialect, work=work, engine=engine)
        for dialect in dialects
        for engine, work in _FLOORS.items()
    ]
    return [
        *floors,
        Variant(name=HAND, dialect="record", work=_by_hand),
        Variant(name="record, plan per batch", dialect="record", work=_batched(ROUTE)),
        Variant(name="record, in process", dialect="record", work=_planned, prepare=_generations),
        Variant(name="record, plan per record", dialect="record", work=_one_by_one),
        Variant(name="record, stored lines", dialect="record", work=_stored),
        Variant(name="record, privacy mode", dialect="record", work=_batched(_PRIVATE)),
        Variant(name="record, stdlib engine", dialect="record", work=_batched(ROUTE), engine="stdlib"),
        Variant(name="delivery, plan per batch", dialect="delivery", work=_deliveries),
        Variant(name="delivery, stdlib engine", dialect="delivery", work=_deliveries, engine="stdlib"),
        *(
            Variant(name=what, dialect="record", work=work, prepare=prepare)
            for what, (prepare, work) in installed()
        ),
    ]


def _floor_orjson(lines: list[bytes]) -> int:
    return sum(len(orjson.dumps(orjson.loads(line))) for line in lines)


def _floor_stdlib(lines: list[bytes]) -> int:
    return sum(
        len(json.dumps(json.loads(line), ensure_ascii=False, separators=(",", ":")).encode())
        for line in lines
    )


_FLOORS: dict[Engine, Work] = {"orjson": _floor_orjson, "stdlib": _floor_stdlib}
PROJECT = "bench"
ROUTE = Route.to(destination, {"base_url": LOCAL, "project_name": PROJECT})
_PRIVATE = Route.to(
    destination, {"base_url": LOCAL, "project_name": PROJECT}, policy=Policy(privacy_mode=True)
)


def _batched(route: Route) -> Work:
    return lambda lines: _bodies(plan([decode_line(line) for line in lines], route), len(lines))


def _generations(lines: list[bytes]) -> list[Generation]:
    return [decode_line(line) for line in lines]


def _planned(generations: list[Generation]) -> int:
    return _bodies(plan(generations, ROUTE), len(generations))


def _by_hand(lines: list[bytes]) -> int:
    return sum(map(len, hand.bodies(lines, PROJECT)))


def differs_by_hand(lines: list[bytes]) -> bool:
    """Tell whether the library makes other bodies of some lines than those that are made by hand."""
    planned = plan(_generations(lines), ROUTE)
    return [request.body for request in planned.requests] != hand.bodies(lines, PROJECT)


def _stored(lines: list[bytes]) -> int:
    """Build the lines that `broadcast plan` writes and a store keeps, in place of the bodies alone."""
    result = plan([decode_line(line) for line in lines], ROUTE)
    _bodies(result, len(lines))
    return sum(map(len, request_rows(result.requests, [ROUTE])))


def _one_by_one(lines: list[bytes]) -> int:
    return sum(_bodies(plan([decode_line(line)], ROUTE), 1) for line in lines)


def _deliveries(lines: list[bytes]) -> int:
    return _bodies(plan([_only(read_text(line).generations) for line in lines], ROUTE), len(lines))


def _only(generations: tuple[Generation, ...]) -> Generation:
    (generation,) = generations
    return generation


def _bodies(result: Plan, expected: int) -> int:
    """Build every body; a generation that is not planned would make us look fast, so it raises."""
    if sum(outcome.status == "planned" for outcome in result.outcomes) != expected:
        raise AssertionError("a generation of the corpus was not planned")
    return sum(len(request.body) for request in result.requests)
