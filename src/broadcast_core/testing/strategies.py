"""Hypothesis strategies for the record: `generations()` reaches every field, hostile texts included."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    """Amounts of US dollars, some with more decimals than a platform keeps."""
    return st.tuples(st.integers(0, 10**18), st.integers(0, 24)).map(
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


_counts = _maybe(st.one_of(st.integers(0, 200_000), st.just(2**40)))
_durations = _maybe(st.floats(-1, 1e7, allow_nan=False))
_amounts = _maybe(money())
_flags = _maybe(st.booleans())
_words = _maybe(texts())


def usages() -> st.SearchStrategy[Usage]:
    """Token counts, known and unknown."""
    counts = dict.fromkeys(_names(Usage, Count), _counts)
    basis = st.sampled_from(get_args(CacheBasis))
    return _sparse(Usage, {}, is_estimated=_flags, cache_basis=basis, **counts)


def costs() -> st.SearchStrategy[Cost]:
    """Costs, known and unknown, BYOK among them."""
    amounts = dict.fromkeys(_names(Cost, Money), _amounts)
    return _sparse(Cost, {}, source=st.sampled_from(get_args(CostSource)), is_byok=_flags, **amounts)


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
        {"index": st.just(0)},
        provider=_words,
        status_code=_maybe(st.sampled_from([200, 429, 502])),
        start=_maybe(st.just(start)),
        end=_maybe(st.just(start + timedelta(seconds=1))),
        latency_ms=_durations,
        is_byok=_flags,
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
    return _sparse(Content, input=asked, output=answered, request=json_values(3), withheld=_maybe(texts()))


def trace_contexts(trace_ids: st.SearchStrategy[str | None] | None = None) -> st.SearchStrategy[TraceContext]:
    """The caller's words on the trace."""
    return _sparse(
        TraceContext,
        {} if trace_ids is None else {"trace_id": trace_ids},
        trace_name=_words,
        span_name=_words,
        generation_name=_words,
        parent_span_id=_maybe(identifiers()),
        tags=st.lists(texts(), max_size=3).map(tuple),
        metadata=json_objects(),
        **({"trace_id": _maybe(identifiers())} if trace_ids is None else {}),
    )


def identities() -> st.SearchStrategy[Identity]:
    """Users, sessions, accounts."""
    words = dict.fromkeys(_names(Identity, str), _words)
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
        "streamed": _flags,
        "parameters": json_objects(),
        "usage": usages(),
        "cost": costs(),
        "identity": identities(),
        "attempts": attempts(timing.start),
        "failure": _maybe(failures()),
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
    """Choose about a quarter of some names; two numbers are drawn for all, which is faster than one each."""
    mask = st.integers(0, 2 ** len(names) - 1)
    masks = st.tuples(mask, mask).map(lambda pair: pair[0] & pair[1])
    return masks.map(lambda chosen: [name for n, name in enumerate(names) if chosen >> n & 1])
