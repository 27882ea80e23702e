"""One generation that several sources tell of: nothing that one of them knew is lost without a word."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import (
    ArgumentError,
    Content,
    Cost,
    Failure,
    Generation,
    Identity,
    Timing,
    TraceContext,
    Usage,
)
from broadcast_core.record.codec import encode
from broadcast_core.record.generation import Attempt, CostSource
from broadcast_core.record.joining import _ASSUMED, Joined, join_versions, joined
from broadcast_core.testing.strategies import EPOCH, generations

SECOND = timedelta(seconds=1)


def _version(end: float | None = 1, **fields: Any) -> Generation:
    stop = None if end is None else EPOCH + end * SECOND
    return Generation(**{"id": "gen-a", "timing": Timing(start=EPOCH, end=stop), **fields})


def _versions() -> st.SearchStrategy[list[Generation]]:
    """Draw versions of one generation, which may end together, and be equal."""
    return st.lists(generations().map(lambda one: evolve(one, id="gen-a")), min_size=1, max_size=4)


def _leaves(value: Any, path: str = "$") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}")
    elif value not in (None, {}, [], ""):
        yield path, value


def _notes(found: Joined) -> list[str]:
    return [note.path for note in found.notes]


@given(_versions(), st.randoms(use_true_random=False))
def test_the_result_hangs_on_the_set_alone(versions: list[Generation], dice: Any) -> None:
    """Not on the order, nor on how often one came."""
    first = joined(versions)
    other = [*versions, dice.choice(versions)]
    dice.shuffle(other)
    again = joined(other)

    assert (first.generation, set(_notes(first))) == (again.generation, set(_notes(again)))
    assert encode(first.generation) == encode(again.generation)


GROUPED = {
    "status": "status", "failure": "status", "finish_reason": "status", "native_finish_reason": "status",
}  # fmt: skip


@given(_versions())
def test_nothing_that_a_version_knew_is_lost_without_a_word(versions: list[Generation]) -> None:
    """Each leaf of each version is there, or a note names what it belongs to."""
    found = joined(versions)
    there = dict(_leaves(encode(found.generation)))
    told = tuple(_notes(found))
    for version in versions:
        for path, value in _leaves(encode(version)):
            name = path.removeprefix("$.")
            top = GROUPED.get(name.split(".")[0], name.split(".")[0])
            assert (
                there.get(path) == value
                or _ASSUMED.get(name) == value
                or f"$.{top}" in told
                or path.startswith(told or ("-",))
                or path in ("$.trace.tags", "$.truncated", "$.content.withheld")
            ), path


@given(_versions())
def test_what_belongs_together_comes_from_one_version(versions: list[Generation]) -> None:
    """How it ended, tokens, costs, times, attempts: each is that of one of them."""
    found = joined(versions).generation
    ends = [(one.status, one.failure, one.finish_reason, one.native_finish_reason) for one in versions]

    assert (found.status, found.failure, found.finish_reason, found.native_finish_reason) in ends
    for name in ("usage", "cost", "timing", "attempts"):
        assert getattr(found, name) in [getattr(one, name) for one in versions]


@given(generations())
def test_one_version_is_itself(generation: Generation) -> None:
    """Also where it came twice."""
    assert Joined(generation, (generation,)) == joined([generation]) == joined([generation, generation])


EXCHANGE = _version(
    end=4,
    finish_reason="stop",
    operation="responses",
    content=Content(input={"messages": ["q"]}, output={"choices": ["a"]}),
    identity=Identity(session_id="s"),
    parameters={"temperature": 1},
)
LOOKUP = _version(
    end=3.6,
    finish_reason="stop",
    native_finish_reason="STOP",
    usage=Usage(input_tokens=12, output_tokens=74, reasoning_tokens=60),
    cost=Cost(total=Decimal("0.0000831"), source="billed", is_byok=False),
    attempts=(
        Attempt(index=0, provider="A", status_code=503),
        Attempt(index=1, provider="B", status_code=200),
    ),
    generation_cost={"usage": 1},
    provider="B",
)


def test_words_of_one_and_figures_of_the_other_are_one_generation() -> None:
    """An exchange and its lookup: all of both, and the times of the one that ended later."""
    found = joined([LOOKUP, EXCHANGE])

    assert (
        evolve(
            EXCHANGE,
            native_finish_reason="STOP",
            usage=LOOKUP.usage,
            cost=LOOKUP.cost,
            attempts=LOOKUP.attempts,
            generation_cost={"usage": 1},
            provider="B",
        )
        == found.generation
    )
    assert (2, ["$.timing"]) == (len(found.versions), _notes(found))


RIVALS: dict[str, tuple[Generation, Generation, str]] = {
    "tokens": (
        _version(end=2, usage=Usage(input_tokens=3)), _version(end=9, usage=Usage(input_tokens=4)), "$.usage",
    ),
    "costs": (
        _version(end=2, cost=Cost(total=Decimal(1), source="billed")),
        _version(end=9, cost=Cost(total=Decimal(2), source="estimated")), "$.cost",
    ),
    "an end": (
        _version(end=2, status="error", failure=Failure(type="Timeout")),
        _version(end=9, finish_reason="stop"), "$.status",
    ),
    "words": (_version(end=2, content=Content(output="a")), _version(end=9, content=Content(output="b")),
              "$.content.output"),
    "a user": (
        _version(end=2, identity=Identity(user_id="a")), _version(end=9, identity=Identity(user_id="b")),
        "$.identity.user_id",
    ),
    "a model": (_version(end=2, model="a/b"), _version(end=9, model="a/c"), "$.model"),
    "a key": (_version(end=2, extra={"x": 1, "y": 2}), _version(end=9, extra={"x": 3}), "$.extra"),
    "metadata": (_version(end=2, trace=TraceContext(metadata={"x": 1})),
                 _version(end=9, trace=TraceContext(metadata={"x": True})), "$.trace.metadata"),
}  # fmt: skip


@pytest.mark.parametrize(("earlier", "later", "path"), RIVALS.values(), ids=RIVALS)
def test_of_rivals_the_one_that_ends_later_counts_and_that_is_told(
    earlier: Generation, later: Generation, path: str
) -> None:
    """Wherever they stand in the list."""
    found = joined([later, earlier])

    assert path in _notes(found)
    assert found.generation == joined([earlier, later]).generation
    kept = dict(_leaves(encode(found.generation)))
    assert dict(_leaves(encode(later))).items() <= kept.items()


def test_a_key_that_only_the_earlier_has_is_kept() -> None:
    """Mappings are joined key by key."""
    found = joined([_version(end=2, extra={"x": 1, "y": 2}), _version(end=9, extra={"x": 1, "z": 3})])

    assert ({"x": 1, "y": 2, "z": 3}, ["$.timing"]) == (found.generation.extra, _notes(found))


def test_a_version_that_knows_less_of_the_same_is_no_rival() -> None:
    """Though it ends later: the fuller telling counts, and nothing is said to be lost."""
    fuller = Usage(input_tokens=3, output_tokens=4, cache_read_tokens=1)
    found = joined([_version(end=2, usage=fuller), _version(end=2, usage=Usage(input_tokens=3))])

    assert (fuller, []) == (found.generation.usage, _notes(found))


@pytest.mark.parametrize("n", range(3))
def test_of_those_that_end_together_the_one_nearer_to_the_bill_counts(n: int) -> None:
    """A gateway before a provider, a provider before a library, a library before a client."""
    sources: tuple[CostSource, ...] = ("unknown", "estimated", "upstream", "billed")
    far, near = (
        _version(model=name, usage=Usage(input_tokens=tokens), cost=Cost(total=Decimal(1), source=source))
        for name, tokens, source in (("a/far", 10_000, sources[n]), ("a/near", 1, sources[n + 1]))
    )

    for order in ([far, near], [near, far]):
        assert ("a/near", 1) == (joined(order).generation.model, joined(order).generation.usage.input_tokens)


def test_of_those_that_end_together_figures_count_before_words() -> None:
    """No policy takes figures out, so that the order is the same behind each."""
    figures = _version(usage=Usage(input_tokens=12), model="a/figures")
    words = _version(content=Content(output="x" * 500), model="a/words")

    assert "a/figures" == joined([words, figures]).generation.model


def test_a_failure_of_which_nothing_is_known_is_one_still() -> None:
    """Though its JSON is empty."""
    found = joined(
        [_version(end=2, status="error", failure=Failure()), _version(end=2, usage=Usage(input_tokens=3))]
    )

    assert ("error", Failure()) == (found.generation.status, found.generation.failure)
    only = joined([_version(end=2, failure=Failure()), _version(end=2, usage=Usage(input_tokens=3))])
    assert Failure() == only.generation.failure


def test_other_generations_are_left_alone() -> None:
    """And stand where they stood, each version with what all of them make up."""
    other = evolve(_version(), id="gen-b")
    found = join_versions([LOOKUP, other, EXCHANGE])

    assert found[0] is found[2]
    assert (other, (other,)) == (found[1].generation, found[1].versions)


@pytest.mark.parametrize("versions", [[], [_version(), evolve(_version(), id="gen-b")]], ids=["none", "two"])
def test_versions_are_of_one_generation(versions: list[Generation]) -> None:
    """Anything else is a mistake of the program."""
    with pytest.raises(ArgumentError, match="expected versions of one generation"):
        joined(versions)
