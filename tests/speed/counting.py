"""What the stages of a plan cost, counted: function calls, and bytes that the JSON engine reads or writes.

Counts are the same in every run on one version of Python, however busy a machine is.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from typing import Any

import orjson
from attrs import frozen
from bench.corpus import CLASSES, build
from bench.variants import ROUTE

from broadcast_core import plan
from broadcast_core.jsontext import reading, writing
from broadcast_core.policy import Policy, evaluate
from broadcast_core.readers import read_text
from broadcast_core.record.codec import decode_line, encode_line
from broadcast_core.traces import TraceTree, assemble

_POLICY, _PRIVATE = Policy(), Policy(privacy_mode=True)
RECORDS = 60
"""Of the corpus: 30 small ones, 24 medium, 6 large."""


@frozen
class Cost:
    """Calls of functions, and bytes through the JSON engine, of one record on average."""

    calls: float
    json_bytes: float


class _CountingEngine:
    """orjson, with the bytes that went through it."""

    OPT_PASSTHROUGH_DATACLASS = orjson.OPT_PASSTHROUGH_DATACLASS
    OPT_PASSTHROUGH_DATETIME = orjson.OPT_PASSTHROUGH_DATETIME
    OPT_PASSTHROUGH_SUBCLASS = orjson.OPT_PASSTHROUGH_SUBCLASS
    JSONDecodeError = orjson.JSONDecodeError
    Fragment = orjson.Fragment

    def __init__(self) -> None:
        self.bytes = 0

    def loads(self, data: bytes) -> Any:
        self.bytes += len(data)
        return orjson.loads(data)

    def dumps(self, value: Any, default: Any = None, option: int = 0) -> bytes:
        data = orjson.dumps(value, default, option)
        self.bytes += len(data)
        return data


Stage = Callable[[Any], object]


@frozen(kw_only=True)
class Staged:
    """A stage: what it does with one of its inputs, and these, by size class."""

    work: Stage
    inputs: dict[str, Sequence[Any]]


def stages() -> dict[str, Staged]:
    """Return the stages of a plan by name, with what each gets for records of the corpus."""
    corpus = build(RECORDS, 1)
    lines = {size: corpus.of(size, "record") for size in CLASSES}
    deliveries = {size: corpus.of(size, "delivery") for size in CLASSES}
    records = {size: [decode_line(line) for line in some] for size, some in lines.items()}
    trees = {size: assemble(some) for size, some in records.items()}
    requests = {size: plan(some, ROUTE).requests for size, some in records.items()}
    return {
        "read a record": Staged(work=decode_line, inputs=lines),
        "read a delivery": Staged(work=read_text, inputs=deliveries),
        "apply a policy": Staged(work=lambda one: evaluate(_POLICY, one, route="r"), inputs=records),
        "hold content back": Staged(work=lambda one: evaluate(_PRIVATE, one, route="r"), inputs=records),
        "build a tree": Staged(work=lambda one: assemble([one]), inputs=records),
        "map a tree": Staged(work=_items, inputs=trees),
        "plan a record": Staged(work=lambda one: plan([one], ROUTE), inputs=records),
        "join a body": Staged(work=lambda request: request.body, inputs=requests),
        "write a record": Staged(work=encode_line, inputs=records),
    }


def _items(tree: TraceTree) -> list[object]:
    return list(ROUTE.destination.items(tree, ROUTE.config))


def cost(work: Stage, inputs: Sequence[Any]) -> Cost:
    """Return what a stage costs for one of its inputs, once everything that is made once has been made."""
    for one in inputs:
        work(one)
    engine, calls, modules = _CountingEngine(), 0, (reading, writing)

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before, collects = sys.getprofile(), gc.isenabled()
    for module in modules:
        vars(module)["orjson"] = engine
    gc.disable()  # whoever listens to the collector would be counted
    sys.setprofile(count)
    try:
        for one in inputs:
            work(one)
    finally:
        sys.setprofile(before)
        if collects:
            gc.enable()
        for module in modules:
            vars(module)["orjson"] = orjson
    return Cost(calls / len(inputs), engine.bytes / len(inputs))


def slower(work: Stage, share: float) -> Stage:
    """Return a stage that does a share of its work twice."""
    due = 0.0

    def slow(one: Any) -> object:
        nonlocal due
        due += share
        while due >= 1:
            work(one)
            due -= 1
        return work(one)

    return slow
