"""Hypothesis strategies for the record: `generations()` reaches every field, hostile texts included."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from string import ascii_letters, digits
from typing import Any, get_args

import attrs
from hypothesis import strategies as st

from broadcast_core.jsontext import Json
from broadcast_core.record.generation import (
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

EPOCH = datetime(2026, 11, 20, tzinfo=UTC)

_TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
_HOSTILE = st.sampled_from(
    ["", " ", "\x00", "a\x00b", "\ud800", "\u202e", "\U0001f600", "provider", "x" * 300]
)
_SCRIPTS = st.sampled_from(
    [
        "שלום עולם",
        "مرحبا",
        "नमस्ते",
        "你好，世界",
        "こんにちは",
        "สวัสดี",
        "Ελληνικά",
        "👩‍👩‍👧‍👦",
        "e\u0301",
        "\u2028",
        "\ufeffa",
        "ﷺ",
    ]
)
_MAX_USUAL = (9_999, 65_536)
"""Lengths of texts near limits that platforms commonly have."""
_MEANT_ELSEWHERE: dict[str, Json] = {"cost": {"currency": "USD", "total_cost": 5}, "model": "a/b"}
_OF_IDS = ascii_letters + digits + "_.:/-"
_KEYS = st.one_of(
    _TEXT, st.sampled_from(["provider", "providers", "openrouter_trace_id", "custom", "environment", ""])
)


def texts() -> st.SearchStrategy[str]:
    """Texts of any kind and script: blank, long, with NUL, with lone surrogates."""
    return st.one_of(_TEXT, _HOSTILE, _SCRIPTS)


def large_texts() -> st.SearchStrategy[str]:
    """Texts about as long as platforms commonly take, a byte or a character more or less."""
    lengths = st.tuples(st.sampled_from(_MAX_USUAL), st.integers(-1, 2)).map(sum)
    return st.tuples(lengths, st.sampled_from(["a", "\\", "é", "世", "😀"])).map(
        lambda drawn: drawn[1] * drawn[0]
    )


def json_values(leaves: int = 6) -> st.SearchStrategy[Json]:
    """JSON values as Python has them, with a few that JSON has trouble with."""
    scalars = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**64 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        st.just(-0.0),
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
    return st.tuples(_signs, st.integers(0, 10**18), st.integers(-4, 24)).map(
        lambda drawn: Decimal(drawn[0] * drawn[1]).scaleb(-drawn[2])
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


def _sparse(
    build: Callable[..., Any], required: Mapping[str, st.SearchStrategy[Any]] | None = None, /, **fields: Any
) -> st.SearchStrategy[Any]:
    """Build with the required fields and any choice of the others."""
    return _built(build, required or {}, fields, _choices(tuple(fields)))


@st.composite
def _built(
    draw: st.DrawFn,
    build: Callable[..., Any],
    required: Mapping[str, Any],
    fields: Mapping[str, Any],
    choices: st.SearchStrategy[list[str]],
) -> Any:
    values = {name: draw(strategy) for name, strategy in required.items()}
    return build(**values, **{name: draw(fields[name]) for name in draw(choices)})


def _choices(names: Sequence[str], halvings: int = 1) -> st.SearchStrategy[list[str]]:
    """Choose half of some names, or a quarter, each as often as another; large integers favour the first."""
    size = (len(names) + 7) // 8
    return st.binary(min_size=halvings * size, max_size=halvings * size).map(
        lambda drawn: [
            name
            for n, name in enumerate(names)
            if all(drawn[start + n // 8] >> n % 8 & 1 for start in range(0, len(drawn), size))
        ]
    )


_signs = st.sampled_from([1] * 15 + [-1])
_counts = st.one_of(st.integers(0, 200_000), st.integers(0, 200_000), st.just(2**40))
_durations = st.one_of(st.floats(-1, 1e7, allow_nan=False), st.just(-0.0))
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


def timings(around: datetime = EPOCH, days: float = 1) -> st.SearchStrategy[Timing]:
    """Times in order; the end may be unknown."""
    waits = dict.fromkeys(_names(Timing, Milliseconds), _durations)
    lasting = _maybe(st.integers(0, 10**9).map(lambda us: timedelta(microseconds=us)))
    return _sparse(_timing, {"start": instants(around, days), "lasting": lasting}, **waits)


def _timing(start: datetime, lasting: timedelta | None, **waits: float) -> Timing:
    return Timing(start=start, end=None if lasting is None else start + lasting, **waits)


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


def _messages() -> st.SearchStrategy[Json]:
    """Chat messages, well-formed and not: without content, with content of wrong types, or no objects."""
    role = st.sampled_from(["system", "developer", "user", "assistant", "tool", "other"])
    usual = st.fixed_dictionaries({"role": role, "content": st.one_of(texts(), st.none())})
    part = st.fixed_dictionaries(
        {"type": st.sampled_from(["text", "image_url", "input_audio"])}, optional=_PARTS
    )
    parts = st.fixed_dictionaries(
        {"role": role, "content": st.lists(st.one_of(part, json_values(2)), max_size=2)}
    )
    odd = st.fixed_dictionaries({}, optional=_ODD_MESSAGE)
    return st.one_of(usual, usual, usual, parts, odd, json_values(2))


_PARTS = {"text": st.one_of(texts(), json_values(2)), "image_url": json_values(2)}
_CALLS = st.lists(st.one_of(json_values(2), st.fixed_dictionaries({"function": json_values(2)})), max_size=2)
_ODD_MESSAGE = {
    "role": st.one_of(texts(), json_values(1)),
    "content": json_values(3),
    "reasoning": json_values(2),
    "tool_calls": st.one_of(_CALLS, json_values(1)),
}


def contents() -> st.SearchStrategy[Content]:
    """Chat messages, prompts, and any other JSON; some malformed, now and then one that is large."""
    message = _messages()
    asked = st.one_of(
        st.fixed_dictionaries({"messages": st.lists(message, max_size=3)}),
        st.fixed_dictionaries({"messages": json_values(3)}),
        st.fixed_dictionaries({"prompt": st.one_of(texts(), json_values(2))}),
        st.fixed_dictionaries({"input": st.one_of(texts(), st.lists(message, max_size=2))}),
        json_values(),
    )
    choice = st.one_of(
        st.fixed_dictionaries({"index": st.just(0), "message": message}),
        st.fixed_dictionaries({}, optional={"text": json_values(1), "message": json_values(2)}),
        json_values(2),
    )
    answered = st.one_of(
        st.fixed_dictionaries({"choices": st.lists(choice, max_size=2)}),
        st.fixed_dictionaries({"choices": json_values(2)}),
        json_values(),
    )
    usual = _sparse(Content, input=asked, output=answered, request=json_values(3), withheld=_words)
    large = large_texts().map(
        lambda text: Content(input={"prompt": text}, output={"choices": [{"text": text}]})
    )
    return st.integers(0, 31).flatmap(lambda n: large if n == 17 else usual)


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


def generations(
    ids: st.SearchStrategy[str] | None = None,
    trace_ids: st.SearchStrategy[str | None] | None = None,
    around: datetime = EPOCH,
    days: float = 1,
) -> st.SearchStrategy[Generation]:
    """Valid generations that reach every field of the record, starting within some days."""
    times = timings(around, days)
    return _generation(generation_ids() if ids is None else ids, times, trace_contexts(trace_ids))


_COMMON: dict[str, st.SearchStrategy[Any]] = {
    "content": contents(),
    "cost": costs(),
    "identity": identities(),
    "usage": usages(),
}
_RARE: dict[str, st.SearchStrategy[Any]] = {
    "status": st.sampled_from(get_args(Status)),
    "operation": st.sampled_from(["chat", "completions", "embeddings", "image"]),
    "source": _words,
    "model": _words,
    "served_model": _words,
    "author": _words,
    "provider": _words,
    "provider_slug": _words,
    "streamed": st.booleans(),
    "finish_reason": _words,
    "native_finish_reason": _words,
    "parameters": json_objects(),
    "attempts": attempts(EPOCH),
    "failure": failures(),
    "generation_cost": json_objects(),
    "generation_identity": json_objects(),
    "generation_request_context": json_objects(),
    "truncated": st.lists(_words, max_size=2).map(tuple),
    "extra": json_objects(),
}
_commonly, _rarely = _choices(tuple(_COMMON)), _choices(tuple(_RARE), halvings=2)


@st.composite
def _generation(
    draw: st.DrawFn,
    ids: st.SearchStrategy[str],
    times: st.SearchStrategy[Timing],
    contexts: st.SearchStrategy[TraceContext],
) -> Generation:
    timing = draw(times)
    fields = {name: draw(_COMMON[name]) for name in draw(_commonly)}
    fields |= {name: draw(_RARE[name]) for name in draw(_rarely)}
    if "attempts" in fields:
        fields["attempts"] = tuple(_moved(one, timing.start - EPOCH) for one in fields["attempts"])
    return Generation(id=draw(ids), timing=timing, trace=draw(contexts), **fields)


def _moved(attempt: Attempt, distance: timedelta) -> Attempt:
    start, end = (moment and moment + distance for moment in (attempt.start, attempt.end))
    return attrs.evolve(attempt, start=start, end=end)


@st.composite
def batches(draw: st.DrawFn, one: st.SearchStrategy[Generation], max_size: int = 6) -> list[Generation]:
    """Generations with ids of their own; some have names, a session, counts or a cost like the first."""
    some = draw(st.lists(one, min_size=1, max_size=max_size, unique_by=lambda each: each.id))
    alike = draw(_alike)
    first, trace = some[0], some[0].trace
    for n in range(1, len(some)):
        same = {name: getattr(first, name) for name in alike if name in _COMMON}
        if "trace" in alike:
            same["trace"] = attrs.evolve(
                some[n].trace, span_name=trace.span_name, parent_span_id=trace.parent_span_id
            )
        some[n] = attrs.evolve(some[n], **same)
    return some


_alike = _choices(("cost", "identity", "trace", "usage"))
