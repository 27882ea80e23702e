"""Hypothesis strategies for the record: `generations()` reaches every field, hostile texts included."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from string import ascii_letters, digits
from typing import Any, get_args

import attrs
from hypothesis import strategies as st

from broadcast_core.generation import (
    Attempt,
    CacheBasis,
    Content,
    Cost,
    CostSource,
    Count,
    Failure,
    Generation,
    Identity,
    Milliseconds,
    Money,
    Status,
    Timing,
    TraceContext,
    Usage,
)
from broadcast_core.jsontext import Json

EPOCH = datetime(2026, 11, 20, tzinfo=UTC)

_TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
_HOSTILE = st.sampled_from(
    ["", " ", "\x00", "a\x00b", "\ud800", "\u202e", "\U0001f600", "provider", "x" * 300]
)
_MEANT_ELSEWHERE: dict[str, Json] = {"cost": {"currency": "USD", "total_cost": 5}, "model": "a/b"}
_OF_IDS = ascii_letters + digits + "_.:/-"
_KEYS = st.one_of(
    _TEXT, st.sampled_from(["provider", "providers", "openrouter_trace_id", "custom", "environment", ""])
)


def texts() -> st.SearchStrategy[str]:
    """Texts of any kind: blank, long, with NUL, with lone surrogates."""
    return st.one_of(_TEXT, _HOSTILE)


def json_values(leaves: int = 6) -> st.SearchStrategy[Json]:
    """JSON values as Python has them, with a few that JSON has trouble with."""
    scalars = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**64 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        texts(),
    )
    return st.recursive(
        scalars,
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_KEYS, inner, max_size=3)),
        max_leaves=leaves,
    )


def json_objects() -> st.SearchStrategy[dict[str, Json]]:
    """JSON objects, as custom metadata may be; some speak of a cost and a model."""
    plain = st.dictionaries(_KEYS, json_values(3), max_size=4)
    return st.one_of(plain, plain.map(lambda given: {**given, **_MEANT_ELSEWHERE}))


def instants(around: datetime = EPOCH, days: float = 1) -> st.SearchStrategy[datetime]:
    """Times with microseconds, from a moment on."""
    whole = int(days * 86_400_000_000)
    return st.integers(0, whole).map(lambda microseconds: around + timedelta(microseconds=microseconds))


def money() -> st.SearchStrategy[Decimal]:
    """Amounts of US dollars: some with more decimals than a platform keeps, some below zero or absurd."""
    return st.tuples(st.integers(-(10**3), 10**18), st.integers(-4, 24)).map(
        lambda pair: Decimal(pair[0]).scaleb(-pair[1])
    )


def identifiers() -> st.SearchStrategy[str]:
    """Ids as callers choose them: words, UUIDs, ULIDs, generation ids."""
    return st.one_of(
        st.text(_OF_IDS, min_size=1, max_size=24),
        st.uuids().map(str),
        st.just("01890a5d-ac96-774b-bcce-b302099a8057"),
        st.just("01ARZ3NDEKTSV4RRFFQ69G5FAV"),
    )


def generation_ids() -> st.SearchStrategy[str]:
    """Ids as OpenRouter makes them, and a few others."""
    second, name = st.integers(1_795_400_000, 1_795_499_999), st.text(_OF_IDS[:62], min_size=1, max_size=8)
    return st.one_of(st.tuples(second, name).map(lambda pair: f"gen-{pair[0]}-{pair[1]}"), identifiers())


def _names(cls: type, kind: Any) -> list[str]:
    """Return the fields of a record class that hold one kind of value."""
    fields: Any = attrs.fields(attrs.resolve_types(cls))
    return [field.name for field in fields if kind in get_args(field.type)]


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), strategy)


_counts = st.one_of(st.integers(0, 200_000), st.integers(0, 200_000), st.just(2**40))
_durations = st.floats(-1, 1e7, allow_nan=False)
_words = texts()
_span_names = st.one_of(st.sampled_from(["Draft", "Check"]), _words)
_sessions = st.one_of(st.sampled_from(["s-1", "s-2"]), _words)


def usages() -> st.SearchStrategy[Usage]:
    """Token counts, known and unknown."""
    counts = dict.fromkeys(_names(Usage, Count), _counts)
    basis = st.sampled_from(get_args(CacheBasis))
    return _sparse(Usage, {}, is_estimated=st.booleans(), cache_basis=basis, **counts)


def costs() -> st.SearchStrategy[Cost]:
    """Costs, known and unknown, BYOK among them."""
    amounts = dict.fromkeys(_names(Cost, Money), money())
    return _sparse(Cost, {}, source=st.sampled_from(get_args(CostSource)), is_byok=st.booleans(), **amounts)


@st.composite
def timings(draw: st.DrawFn, around: datetime = EPOCH, days: float = 1) -> Timing:
    """Times in order; the end may be unknown."""
    names = _names(Timing, Milliseconds)
    start = draw(instants(around, days))
    end = draw(_maybe(st.integers(0, 10**9).map(lambda us: start + timedelta(microseconds=us))))
    return Timing(start=start, end=end, **{name: draw(_durations) for name in draw(_choices(names))})


def attempts(start: datetime) -> st.SearchStrategy[tuple[Attempt, ...]]:
    """Provider attempts in order."""
    one = _sparse(
        Attempt,
        {"index": st.integers(0, 2)},
        provider=_words,
        status_code=st.sampled_from([200, 429, 502]),
        start=st.just(start),
        end=st.just(start + timedelta(seconds=1)),
        latency_ms=_durations,
        is_byok=st.booleans(),
        id=_words,
        endpoint_id=_words,
        model=_words,
        message=_words,
    )
    return st.lists(one, max_size=2).map(tuple)


def failures() -> st.SearchStrategy[Failure]:
    """Failures with and without words."""
    return _sparse(Failure, type=texts(), code=_words, message=_words, stacktrace=_words, raw=json_values(3))


def contents() -> st.SearchStrategy[Content]:
    """Chat messages, prompts, and any other JSON."""
    role = st.sampled_from(["system", "developer", "user", "assistant", "tool", "other"])
    message = st.fixed_dictionaries({"role": role, "content": st.one_of(texts(), st.none(), json_values(2))})
    asked = st.one_of(
        st.fixed_dictionaries({"messages": st.lists(message, max_size=3)}),
        st.fixed_dictionaries({"prompt": texts()}),
        json_values(),
    )
    choice = st.fixed_dictionaries({"index": st.just(0), "message": message})
    answered = st.one_of(st.fixed_dictionaries({"choices": st.lists(choice, max_size=2)}), json_values())
    return _sparse(Content, input=asked, output=answered, request=json_values(3), withheld=_words)


def trace_contexts(trace_ids: st.SearchStrategy[str | None] | None = None) -> st.SearchStrategy[TraceContext]:
    """The caller's words on the trace."""
    return _sparse(
        TraceContext,
        {} if trace_ids is None else {"trace_id": trace_ids},
        trace_name=_words,
        span_name=_span_names,
        generation_name=_words,
        parent_span_id=identifiers(),
        tags=st.lists(texts(), max_size=3).map(tuple),
        metadata=json_objects(),
        **({"trace_id": identifiers()} if trace_ids is None else {}),
    )


def identities() -> st.SearchStrategy[Identity]:
    """Users, sessions, accounts."""
    words = {**dict.fromkeys(_names(Identity, str), _words), "session_id": _sessions}
    return _sparse(Identity, {}, **words)


@st.composite
def generations(
    draw: st.DrawFn,
    ids: st.SearchStrategy[str] | None = None,
    trace_ids: st.SearchStrategy[str | None] | None = None,
    around: datetime = EPOCH,
    days: float = 1,
) -> Generation:
    """Valid generations that reach every field of the record, starting within some days."""
    timing = draw(timings(around, days))
    fields: dict[str, st.SearchStrategy[Any]] = {
        "status": st.sampled_from(get_args(Status)),
        "operation": st.sampled_from(["chat", "completions", "embeddings", "image"]),
        "source": texts(),
        "streamed": st.booleans(),
        "parameters": json_objects(),
        "usage": usages(),
        "cost": costs(),
        "identity": identities(),
        "attempts": attempts(timing.start),
        "failure": failures(),
        "generation_cost": json_objects(),
        "generation_identity": json_objects(),
        "generation_request_context": json_objects(),
        "truncated": st.lists(texts(), max_size=2).map(tuple),
        "content": contents(),
        "extra": json_objects(),
    }
    names = ("model", "served_model", "author", "provider", "provider_slug", "finish_reason")
    for name in (*names, "native_finish_reason"):
        fields[name] = _words
    chosen = draw(_choices(sorted(fields)))
    return Generation(
        id=draw(generation_ids() if ids is None else ids),
        timing=timing,
        trace=draw(trace_contexts(trace_ids)),
        **{name: draw(fields[name]) for name in chosen},
    )


def _sparse(
    build: Callable[..., Any], required: Mapping[str, st.SearchStrategy[Any]] | None = None, /, **fields: Any
) -> st.SearchStrategy[Any]:
    """Build with the required fields and any choice of the others."""
    return _built(build, required or {}, fields)


@st.composite
def _built(
    draw: st.DrawFn, build: Callable[..., Any], required: Mapping[str, Any], fields: Mapping[str, Any]
) -> Any:
    values = {name: draw(strategy) for name, strategy in required.items()}
    return build(**values, **{name: draw(fields[name]) for name in draw(_choices(tuple(fields)))})


def _choices(names: Sequence[str]) -> st.SearchStrategy[list[str]]:
    """Choose about a quarter of some names, each as often as another; large integers favour the first."""
    size = (len(names) + 7) // 8
    return st.binary(min_size=2 * size, max_size=2 * size).map(
        lambda bits: [n for n, bit in zip(names, _bits(bits[:size], bits[size:]), strict=False) if bit]
    )


def _bits(one: bytes, other: bytes) -> Iterator[int]:
    """Yield the bits that both have, from the lowest of the first byte on."""
    for pair in zip(one, other, strict=True):
        for n in range(8):
            yield pair[0] & pair[1] & 1 << n
