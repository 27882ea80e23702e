"""The laws of reading: total, indifferent to order, and nothing is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadcast_core.jsontext import dumps_lossy
from broadcast_core.readers import DIALECTS, Read, Reading, read, read_text
from broadcast_core.readers.openrouter.delivery import read as read_delivery
from broadcast_core.readers.openrouter.usage_and_cost import MONEY, TOKENS
from broadcast_core.record.codec import decode, decode_line, encode, encode_line
from broadcast_core.record.generation import Generation
from tests.readers.deliveries import NAMES, attempt, child, delivery, example, pairs, root
from tests.readers.mutation import at, changed, hostile_values, json_values, places

MORE = settings(
    max_examples=max(120, settings().max_examples),  # documents have many places
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

CHATS = ("completion", "error", "stream", "stream-error", "timeout")
CASES = sorted((Path(__file__).parent / "exchange/cases").glob("*/*.json"))
DOCUMENTS: dict[str, tuple[str, Any]] = {
    **{name: ("broadcast", example(name)) for name in NAMES},
    **{f"exchange {name}": ("exchange", example(name, "exchange")) for name in CHATS},
    **{
        f"{path.parent.name} {path.stem}": ("exchange", json.loads(path.read_text("utf-8"))["document"])
        for path in CASES
    },
    **{name: ("generation-api", example(name, "generation_api")) for name in ("completion", "failed")},
}
RECORDS = {
    f"record of {name}": ("record", encode(generation))
    for name, (dialect, document) in DOCUMENTS.items()
    for generation in read(document, dialect).generations
}
KEYS = sorted(
    {
        step
        for _, document in DOCUMENTS.values()
        for path in places(document)
        for step in path
        if isinstance(step, str)
    }
)
ATTRIBUTES = sorted(
    {
        pair["key"]
        for name in NAMES
        for group in example(name)["resourceSpans"]
        for span in group["scopeSpans"][0]["spans"]
        for pair in span["attributes"]
    }
)


# Total -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECTS)
@MORE
@given(document=hostile_values(st.sampled_from(KEYS) | st.text(max_size=5)))
def test_reading_never_raises(dialect: str, document: Any) -> None:
    """Whatever a program passes for JSON."""
    assert isinstance(read(document, dialect), Reading)


@MORE
@given(text=st.binary(max_size=40) | hostile_values(st.sampled_from(KEYS)).map(lambda v: dumps_lossy(v)[0]))
def test_reading_a_text_never_raises(text: bytes) -> None:
    """Whatever comes over the wire."""
    assert isinstance(read_text(text), Reading)


@st.composite
def _deliveries(draw: st.DrawFn) -> Any:
    """Deliveries with known attributes of any value, and envelopes of any shape."""
    values = hostile_values(st.sampled_from(ATTRIBUTES), leaves=4)
    kinds = st.sampled_from(
        ["stringValue", "intValue", "doubleValue", "boolValue", "arrayValue", "kvlistValue"]
    )
    spelled = values | st.dictionaries(kinds, values, min_size=1, max_size=1)
    stated = draw(st.dictionaries(st.sampled_from(ATTRIBUTES), spelled, max_size=6))
    written = [{"key": key, "value": value} for key, value in stated.items()]
    names = st.sampled_from(
        ["startTimeUnixNano", "endTimeUnixNano", "status", "events", "name", "parentSpanId"]
    )
    above = {"attributes": pairs({"gen_ai.response.id": "gen-1"}) + written}
    below = draw(st.dictionaries(names | st.just("attributes"), values, max_size=2))
    return delivery(
        root(**{**above, **draw(st.dictionaries(names, values, max_size=2))}),
        {**attempt(), **below},
    )


@MORE
@given(document=_deliveries())
def test_reading_a_delivery_of_any_values_never_raises(document: Any) -> None:
    """Every reading ends in an outcome for the root."""
    assert 1 <= len(read_delivery(document).outcomes)


@st.composite
def _mutated(draw: st.DrawFn) -> tuple[str, Any]:
    """One of the examples with up to three places deleted, replaced, or copied from elsewhere."""
    everything = {**DOCUMENTS, **RECORDS}
    dialect, document = everything[draw(st.sampled_from(sorted(everything)))]
    for _ in range(draw(st.integers(1, 3))):
        paths = list(places(document))
        path = paths[draw(st.integers(0, len(paths) - 1))]
        value = draw(
            st.one_of(st.just(...), json_values(), st.integers(0, len(paths) - 1).map(paths.__getitem__))
        )
        if isinstance(value, tuple):
            value = at(document, value)
        if value is ... and not path:
            continue
        document = changed(document, path, lambda _, value=value: value)
    return dialect, document


@MORE
@given(mutated=_mutated())
def test_a_mutated_example_is_read_or_refused_and_what_is_read_can_be_written(
    mutated: tuple[str, Any],
) -> None:
    """As a document and as a line."""
    dialect, document = mutated

    for generation in read(document, dialect).generations:
        assert generation == decode(encode(generation))
        assert generation == decode_line(encode_line(generation))


@MORE
@given(mutated=_mutated())
def test_a_problem_and_a_diagnostic_have_words_and_a_path(mutated: tuple[str, Any]) -> None:
    """Every rejection has a reason."""
    dialect, document = mutated
    reading = read(document, dialect)

    for rejected in reading.rejected:
        assert rejected.problems
    for report in [*(p for one in reading.rejected for p in one.problems), *_diagnostics(reading)]:
        assert report.path.startswith("$")
        assert report.what


def _diagnostics(reading: Reading) -> list[Any]:
    return [report for one in reading.outcomes if isinstance(one, Read) for report in one.diagnostics]


@pytest.mark.parametrize("name", sorted({**DOCUMENTS, **RECORDS}))
def test_a_document_stays_as_it_was(name: str) -> None:
    """A host may use it for something else, or read it again."""
    dialect, document = {**DOCUMENTS, **RECORDS}[name]
    before = json.dumps(document)
    first = read(document, dialect)

    assert before == json.dumps(document)
    assert first == read(document, dialect)


# Order -----------------------------------------------------------------------------------------------


def _by_id(reading: Reading) -> dict[str, Generation]:
    return {generation.id: generation for generation in reading.generations}


@st.composite
def _shuffled(draw: st.DrawFn) -> tuple[Any, Any]:
    """A delivery of a few examples with children that look alike, and the same in another order."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))
    groups = [group for name in names for group in example(name)["resourceSpans"]]
    trace, span = (groups[0]["scopeSpans"][0]["spans"][0][key] for key in ("traceId", "spanId"))
    for number in range(draw(st.integers(0, 3))):
        more = child("search", {"n": number}, spanId=f"{number:016x}", traceId=trace, parentSpanId=span)
        groups += delivery(more)["resourceSpans"]
    order = draw(st.permutations(groups))
    dealt = draw(st.randoms(use_true_random=False))
    return {"resourceSpans": groups}, {"resourceSpans": [_dealt(group, dealt) for group in order]}


def _dealt(group: Any, dealt: Any) -> Any:
    """Return a group with the attributes of its span and its resource in another order."""
    (scope,) = group["scopeSpans"]
    (span,) = scope["spans"]
    resource = group["resource"]
    return {
        "resource": {"attributes": dealt.sample(resource["attributes"], len(resource["attributes"]))},
        "scopeSpans": [
            {
                **scope,
                "spans": [{**span, "attributes": dealt.sample(span["attributes"], len(span["attributes"]))}],
            }
        ],
    }


@given(orders=_shuffled())
def test_the_order_of_spans_and_attributes_says_nothing(orders: tuple[Any, Any]) -> None:
    """The same generations, and nothing else is told of them."""
    first, second = (read_delivery(document) for document in orders)

    assert _by_id(first) == _by_id(second)
    assert (len(first.ignored), len(first.rejected)) == (len(second.ignored), len(second.rejected))


# Nothing is lost -------------------------------------------------------------------------------------


def _all_output(reading: Reading) -> str:
    """Return all that came of a document, as one text."""
    generations = [encode(generation) for generation in reading.generations]
    problems = [str(problem) for one in reading.rejected for problem in one.problems]
    return json.dumps(
        [generations, problems, [str(report) for report in _diagnostics(reading)]], ensure_ascii=False
    )


@st.composite
def _with_unknown_keys(draw: st.DrawFn) -> tuple[Any, set[str]]:
    """A delivery with unknown keys in each place that has attributes, and those keys with their values."""
    numbers = iter(range(100))

    def some(prefix: str = "") -> dict[str, str]:
        chosen = [next(numbers) for _ in range(draw(st.integers(0, 2)))]
        return {f"{prefix}zz{number:02}": f"yy{number:02}" for number in chosen}

    prefixes = ("", "trace.metadata.", "span.metadata.", "gen_ai.request.", "trace.metadata.openrouter.")
    in_root = {key: value for prefix in prefixes for key, value in some(prefix).items()}
    in_root |= some("trace.metadata.openrouter_generation.")
    in_resource, in_event, in_exception, in_attempt, in_stream, in_child = (some() for _ in range(6))
    events = [
        {"name": "e", "attributes": pairs(in_event)},
        {"name": "exception", "attributes": pairs(in_exception)},
    ]
    document = delivery(
        root(in_root, events=events, status={"code": draw(st.sampled_from([0, 1, 2]))}),
        attempt(attributes=pairs(in_attempt)),
        child("generation", in_stream),
        child("moderation", in_child),
        resource=in_resource,
    )
    every = {**in_root, **in_resource, **in_event, **in_exception, **in_attempt, **in_stream, **in_child}
    return document, {key.rpartition(".")[2] for key in every} | set(every.values())


@MORE
@given(sent=_with_unknown_keys())
def test_every_unknown_key_of_a_delivery_is_found_again(sent: tuple[Any, set[str]]) -> None:
    """With its value."""
    document, words = sent
    reading = read_delivery(document)

    output = _all_output(reading)
    assert 1 == len(reading.generations)
    assert set() == {word for word in words if word not in output}


@pytest.mark.parametrize("key", ATTRIBUTES)
def test_every_value_of_a_known_attribute_is_found_again(key: str) -> None:
    """As a word where a number is expected, as an object where a word is, and in a copy that differs."""
    must = {"gen_ai.response.id", *(name for names in (*TOKENS.values(), *MONEY.values()) for name in names)}
    for value in ("yyword", {"yykey": "yyword"}, ["yyword"]):
        output = _all_output(read_delivery(delivery(root({key: value}, id="gen-1"), attempt())))

        assert "yyword" in output or (key in must and key in output)


@st.composite
def _with_one_unknown_key(draw: st.DrawFn) -> tuple[str, Any]:
    """One of the examples with an unknown key in one of its objects, also inside JSON text.

    Other headers than those that are read are left out: they may hold secrets.
    """
    name = draw(st.sampled_from([name for name in sorted(DOCUMENTS) if name[:2] not in ("25", "26")]))
    dialect, document = DOCUMENTS[name]
    objects = [
        path
        for path in places(document)
        if isinstance(at(document, path), dict) and path[:1] not in (("headers",), ("request_headers",))
    ]
    path = objects[draw(st.integers(0, len(objects) - 1))]
    return dialect, changed(document, path, lambda found: {**found, "zzkey": "yyword"})


@MORE
@given(changed_example=_with_one_unknown_key())
def test_an_unknown_key_anywhere_is_found_again(changed_example: tuple[str, Any]) -> None:
    """At every level of every dialect; a generation that is rejected says why."""
    dialect, document = changed_example
    reading = read(document, dialect)

    output = _all_output(reading)
    assert ("zzkey" in output and "yyword" in output) or reading.rejected


def test_the_strategies_reach_what_they_are_for() -> None:
    """Places inside JSON text, and keys of every dialect."""
    paths = set(places(example("17-custom-metadata")))

    assert any("rawRequest" in path and "experiment" in path for path in paths)
    assert {"resourceSpans", "choices", "native_tokens_prompt", "toolCalls", "output_index"} <= set(KEYS)
