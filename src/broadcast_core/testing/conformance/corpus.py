"""Fixed generations: with every field, with many of each thing, and with content that is malformed."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Literal, get_args, get_origin

from attrs import evolve, fields, has, resolve_types

from broadcast_core.jsontext import Json
from broadcast_core.record.generation import Content, Cost, Generation, Identifier, Identity, Timing, Usage
from broadcast_core.testing.lineage import EPOCH, Filler

_ODD: tuple[Json, ...] = (
    None, "", 0, [], {}, [None], "text", {"messages": None}, {"messages": "x"}, {"messages": [{}]},
    {"messages": [None, 1, "x", []]}, {"messages": [{"role": "user"}]},
    {"messages": [{"role": 1, "content": 2}]},
    {"messages": [{"role": "user", "content": [{"type": "text"}, {"text": 1}, 3, None]}]},
    {"messages": [{"role": "assistant", "content": None, "tool_calls": [None, {}, {"function": 1}]}]},
    {"choices": None}, {"choices": [None, {}, {"message": None}, {"message": {"content": 1}}]},
    {"prompt": None}, {"prompt": [1]}, {"input": {"a": 1}},
    {"choices": [{"message": {"content": "\ud800\x00"}}]},
)  # fmt: skip


def full(twist: str | None = None) -> Generation:
    """Return a generation with every field; `twist` is the path of one that has another value."""
    made: Generation = pickle.loads(_pickled(twist))  # noqa: S301  # our own bytes
    return made


@cache
def _pickled(twist: str | None) -> bytes:
    """Return a full generation as bytes: each caller gets one of its own, which a wrong plugin may change."""
    return pickle.dumps(Filler(twist).record(Generation))


VARIANTS: Mapping[str, Callable[[Generation], Generation]] = {
    "an error": lambda made: evolve(made, status="error"),
    "an answer": lambda made: evolve(made, status="ok", failure=None),
    "one cancelled": lambda made: evolve(made, status="cancelled", failure=None),
    "one without a trace id": lambda made: evolve(made, trace=evolve(made.trace, trace_id=None)),
    "one without a named span": lambda made: evolve(made, trace=evolve(made.trace, span_name=None)),
    "one without attempts": lambda made: evolve(made, attempts=()),
    "one without an end": lambda made: evolve(made, timing=evolve(made.timing, end=None)),
    "one without a cost": lambda made: evolve(made, cost=Cost()),
    "one without usage": lambda made: evolve(made, usage=Usage()),
    "one without content": lambda made: evolve(made, content=Content()),
    "one of nobody": lambda made: evolve(made, identity=Identity()),
    "one without a model": lambda made: evolve(made, model=None, served_model=None, provider=None),
    "one with a parent": lambda made: evolve(made, trace=evolve(made.trace, parent_span_id="parent")),
    "one without a parent": lambda made: evolve(made, trace=evolve(made.trace, parent_span_id=None)),
}
"""What a generation with every field may be beside."""


def odd_generations() -> list[Generation]:
    """Return generations with content of wrong shapes, odd words and numbers everywhere, and bare ones."""
    made = VARIANTS["one without a trace id"](full())
    contents = [Content(input=value, output=value, request=value) for value in _ODD]
    odd = [evolve(made, content=content) for content in contents]
    odd += [_replaced(made, {str: text, dict: {text: text}, tuple: (text, text)}) for text in _WORDS]
    odd += [_replaced(made, {int: one, float: float(one), Decimal: Decimal(one)}) for one in _NUMBERS]
    odd += [_replaced(made, {float: -1.5, Decimal: Decimal("-1e-30")})]
    bare = Generation(id="bare", timing=Timing(start=EPOCH))
    odd += [bare, evolve(bare, status="error"), evolve(bare, status="cancelled", attempts=made.attempts)]
    return [evolve(one, id=f"odd-{n}") for n, one in enumerate(odd)]


def deep_generations() -> list[Generation]:
    """Return generations whose content, metadata or parameters nest deeper than the stack."""
    made = VARIANTS["one without a trace id"](full())
    deep = _nested(_DEEP)
    return [
        evolve(made, id="deep-content", content=Content(input=deep, output=deep, request=deep)),
        evolve(made, id="deep-rest", extra={"deep": deep}, parameters={"deep": deep}),
        evolve(made, id="deep-metadata", trace=evolve(made.trace, metadata={"deep": deep})),
    ]


_WORDS = (
    "",
    " ",
    "\x00",
    "\ud800",
    "a\nb\r\n",
    "\u202e\u2028",
    "x" * 300,
    "😀" * 40,
    "\"\\'</script>",
    "0",
    "null",
)
_DEEP = 5000
"""Levels: more than the stack has."""
_NUMBERS = (0, 1, 2**31, 2**53 + 1, 2**63 - 1)


def _nested(levels: int) -> Json:
    """Return content that nests so deep, lists and objects by turns."""
    value: Json = "end"
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


def _replaced(record: Any, values: Mapping[type, Any]) -> Any:
    """Return a record with other values in every field of some plain kinds; ids stay."""
    changes: dict[str, Any] = {}
    for one in fields(resolve_types(type(record))):
        held = getattr(record, one.name)
        if has(type(held)):
            changes[one.name] = _replaced(held, values)
        elif isinstance(held, tuple) and held and has(type(held[0])):
            changes[one.name] = tuple(_replaced(each, values) for each in held)
        elif type(held) in values and _is_free(one.type) and one.name != "schema_version":
            changes[one.name] = values[type(held)]
    return evolve(record, **changes)


def _is_free(kind: Any) -> bool:
    """Tell whether a field takes any value of its kind: it is none of some words, and no identifier."""
    kinds = (kind, *get_args(kind))
    return not any(get_origin(one) is Literal or one == Identifier for one in kinds) and kind != Identifier


def many(trace_id: str, count: int = 12) -> list[Generation]:
    """Return generations of one trace with many names, tags, keys and parameters."""
    return [_one_of_many(trace_id, n, count) for n in range(count)]


def other(generation: Generation) -> Generation:
    """Return a generation that differs in every field, and is of the same trace."""
    made = VARIANTS["an answer"](full()) if generation.failure else full()
    start, later = generation.timing.start - timedelta(hours=1), timedelta(days=1)
    timing = evolve(made.timing, start=start, end=start + later)
    changed: Generation = evolve(
        _replaced(made, {str: "other", int: 77_777, float: 7.5, Decimal: Decimal("7.7")}),
        id=f"other-{generation.id}",
        timing=timing,
        trace=evolve(
            made.trace,
            trace_id=generation.trace.trace_id,
            span_name="other",
            metadata={"other": 1},
            tags=("other",),
        ),
        content=Content(input=["other"], output=["other"], request=["other"]),
    )
    return changed


def _one_of_many(trace_id: str, n: int, count: int) -> Generation:
    made = full()
    words = [
        f"{word}-{n % 5}" for word in ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta")
    ]
    keys: dict[str, Any] = {word: dict.fromkeys(words, n) for word in words}
    start = EPOCH + timedelta(seconds=n)
    span = f"span-{n % 4}"
    return evolve(
        made,
        id=f"{trace_id}-{n}",
        status=("ok", "error", "cancelled")[n % 3],
        failure=made.failure if n % 3 == 1 else None,
        timing=evolve(made.timing, start=start, end=start + timedelta(seconds=count)),
        trace=evolve(
            made.trace,
            trace_id=trace_id,
            span_name=span,
            tags=tuple(f"{n}-{w}" for w in words),
            metadata=keys,
        ),
        identity=evolve(made.identity, session_id=f"session-{n % 2}", user_id=f"user-{n}"),
        model=f"model/{n}",
        served_model=f"model/{n}-served",
        provider=f"Provider {n}",
        parameters=keys,
        content=Content(
            input={"messages": [{"role": "user", "content": word} for word in words]}, output=keys
        ),
        extra=keys,
    )


def corpus() -> list[Generation]:
    """Return all of it: the same in any process. Each caller has one of its own."""
    made: list[Generation] = pickle.loads(_pickled_corpus())  # noqa: S301  # our own bytes
    return made


@cache
def _pickled_corpus() -> bytes:
    variants = [
        evolve(change(full()), id=f"variant-{n}", trace=evolve(change(full()).trace, trace_id=f"variant-{n}"))
        for n, change in enumerate(VARIANTS.values())
    ]
    return pickle.dumps([*variants, *many("many"), *many("other", 5), *odd_generations()])
