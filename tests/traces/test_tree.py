"""Trace trees merge by an associative, commutative, idempotent operation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import Content, Failure, Generation, Identity, Timing, TraceContext, TraceTree
from broadcast_core.testing.strategies import EPOCH, generations
from broadcast_core.traces.summary import Summary, Timestamped
from broadcast_core.traces.tree import assemble, grouped, tree_of

_IDS = st.sampled_from(["gen-1", "gen-2", "gen-3"])
SAME_TRACE = st.one_of(
    generations(ids=_IDS, trace_ids=st.just("ticket")),
    generations(ids=_IDS, trace_ids=st.just("ticket"), days=0),  # all at once, so that everything ties
)


def _merged(generations: list[Generation]) -> TraceTree:
    (tree,) = assemble(generations)
    return tree


@given(SAME_TRACE, SAME_TRACE)
def test_merging_is_commutative(one: Generation, other: Generation) -> None:
    """Who came first does not matter."""
    assert tree_of(one).merge(tree_of(other)) == tree_of(other).merge(tree_of(one))


@given(SAME_TRACE, SAME_TRACE, SAME_TRACE)
def test_merging_is_associative(one: Generation, two: Generation, three: Generation) -> None:
    """Nor how they were grouped."""
    a, b, c = tree_of(one), tree_of(two), tree_of(three)

    assert a.merge(b).merge(c) == a.merge(b.merge(c))


@given(st.lists(SAME_TRACE, min_size=1, max_size=4))
def test_merging_is_idempotent(generations: list[Generation]) -> None:
    """Nor what was sent again."""
    tree = _merged(generations)

    assert tree == tree.merge(tree) == _merged(generations + generations)


@given(st.lists(SAME_TRACE, min_size=2, max_size=4), st.data())
def test_the_version_of_a_row_grows_with_every_generation(
    generations: list[Generation], data: st.DataObject
) -> None:
    """So that the server keeps the fuller row, and never by more than microseconds."""
    some = data.draw(st.lists(st.sampled_from(generations), min_size=1, unique_by=lambda g: g.id))
    part, whole = _merged(some).summary, _merged(generations).summary
    assert part is not None
    assert whole is not None

    assert part.updated_at <= whole.updated_at
    if part.generation_ids < whole.generation_ids:
        assert part.updated_at < whole.updated_at
    assert whole.updated_at - whole.latest <= timedelta(microseconds=len(generations))


def _generation(number: int, start: float, end: float | None, **fields: object) -> Generation:
    trace = TraceContext(**{"trace_id": "ticket", **fields.pop("trace", {})})  # type: ignore[dict-item]
    at = [None if seconds is None else EPOCH + timedelta(seconds=seconds) for seconds in (start, end)]
    return Generation(id=f"gen-{number}", timing=Timing(start=at[0], end=at[1]), trace=trace, **fields)  # type: ignore[arg-type]


def test_a_trace_says_what_its_first_and_last_generation_say() -> None:
    """Name and input from the earliest that has one, output from the latest-ending, metadata by key."""
    first = _generation(
        1, 0, 9, content=Content(input="asked", output="late"), trace={"metadata": {"step": 1, "a": 1}}
    )
    second = _generation(
        2,
        1,
        5,
        content=Content(input="x", output="early"),
        trace={"trace_name": "T", "metadata": {"step": 2}},
    )

    summary = _merged([second, first]).summary
    assert summary is not None

    assert (EPOCH, EPOCH + timedelta(seconds=9)) == (summary.start, summary.end)
    assert tuple(pick.value for pick in (summary.name, summary.input, summary.output) if pick) == (
        "T",
        "asked",
        "late",
    )
    assert {"a": 1, "step": 1} == summary.custom


def test_a_trace_failed_when_its_last_generation_failed() -> None:
    """A retry that worked clears the error; a first try that worked does not."""
    failed, worked = _generation(1, 0, 1, failure=Failure(message="no")), _generation(2, 2, 3)
    later = _generation(3, 4, 5, failure=Failure(message="again"))

    assert _merged([failed, worked]).summary.failure is None  # type: ignore[union-attr]
    assert _merged([later, failed, worked]).summary.failure == Failure(message="again")  # type: ignore[union-attr]


def test_generations_without_a_trace_id_are_traces_of_their_own() -> None:
    """Keyed by the generation id."""
    trees = assemble([Generation(id=name, timing=Timing(start=EPOCH)) for name in ("gen-1", "gen-2")])

    assert [tree.key for tree in trees] == ["gen-1", "gen-2"]


def test_a_span_name_adds_one_span_for_all_that_have_it() -> None:
    """And none where it is absent or blank."""
    named = [_generation(n, n, n + 1, trace={"span_name": "Draft"}) for n in (1, 2)]
    blank = _generation(3, 3, 4, trace={"span_name": " "})

    tree = _merged([*named, blank])

    assert [("Draft", None)] == list(tree.spans)
    assert {"gen-1", "gen-2"} == tree.spans["Draft", None].generation_ids


def test_trees_of_two_traces_do_not_merge() -> None:
    """That would lose one of them."""
    trees = [tree_of(Generation(id=name, timing=Timing(start=EPOCH))) for name in ("gen-1", "gen-2")]

    with pytest.raises(ValueError, match="trees of two traces"):
        trees[0].merge(trees[1])


def _summary(*generations: Generation) -> Summary:
    summary = _merged(list(generations)).summary
    assert summary is not None
    return summary


FACTS: list[tuple[str, dict[str, Any], dict[str, Any], Any]] = [
    ("name", {"trace": {"trace_name": "a"}}, {"trace": {"trace_name": "b"}}, "a"),
    ("name", {}, {"trace": {"trace_name": "b"}}, "b"),
    ("input", {"content": Content(input="a")}, {"content": Content(input="b")}, "a"),
    ("output", {"content": Content(output="a")}, {"content": Content(output="b")}, "b"),
    ("output", {"content": Content(output="a")}, {}, "a"),
    ("user_id", {"identity": Identity(user_id="a")}, {"identity": Identity(user_id="b")}, "a"),
    ("user_id", {}, {"identity": Identity(user_id="b")}, "b"),
    ("name", {"trace": {"trace_name": " "}}, {"trace": {"trace_name": "b"}}, "b"),
    ("user_id", {"identity": Identity(user_id="")}, {"identity": Identity(user_id="b")}, "b"),
    ("session_id", {"identity": Identity(session_id="\n")}, {"identity": Identity(session_id="b")}, "b"),
    ("session_id", {"identity": Identity(session_id="\x00")}, {"identity": Identity(session_id="b")}, "b"),
    ("output", {"content": Content(output="a")}, {"content": Content(output={"choices": []})}, "a"),
    ("output", {"content": Content(output="a")}, {"content": Content(output={"text": " "})}, "a"),
    ("output", {"content": Content(output="a")}, {"content": Content(output=0)}, 0),
    ("input", {"content": Content(input={"messages": []})}, {"content": Content(input="b")}, "b"),
    ("user_id", {"identity": Identity(user_id="a")}, {}, "a"),
    ("session_id", {"identity": Identity(session_id="a")}, {"identity": Identity(session_id="b")}, "a"),
    ("session_id", {}, {"identity": Identity(session_id="b")}, "b"),
    ("session_id", {"identity": Identity(session_id="a")}, {}, "a"),
    ("result", {"failure": Failure(message="a")}, {"failure": Failure(message="b")}, Failure(message="b")),
    ("custom", {"trace": {"metadata": {"k": "a"}}}, {"trace": {"metadata": {"k": "b"}}}, {"k": "a"}),
    ("tags", {"trace": {"tags": ("x", "y")}}, {"trace": {"tags": ("y", "z")}}, {"x", "y", "z"}),
    ("withheld", {"content": Content(withheld="policy")}, {}, True),
    ("withheld", {}, {"content": Content(withheld="policy")}, True),
    ("withheld", {}, {}, False),
]


@pytest.mark.parametrize(
    ("fact", "first", "last", "expected"), FACTS, ids=[f"{fact}-{n}" for n, (fact, *_) in enumerate(FACTS)]
)
def test_a_fact_of_a_trace_is_that_of_its_first_or_last_generation(
    fact: str, first: dict[str, Any], last: dict[str, Any], expected: Any
) -> None:
    """Or of both together, in whatever order they come."""
    for number in (1, 3):
        one, other = _generation(number, 0, 1, **first), _generation(2, 2, 3, **last)
        for order in ([one, other], [other, one]):
            found = getattr(_summary(*order), fact)
            assert expected == (found.value if isinstance(found, Timestamped) else found)


AT_ONCE: list[tuple[str, dict[str, Any], dict[str, Any], Any]] = [
    ("name", {"trace": {"trace_name": "b"}}, {"trace": {"trace_name": "a"}}, "b"),
    ("output", {"content": Content(output="a")}, {"content": Content(output="b")}, "b"),
    ("result", {"failure": Failure(message="a")}, {"failure": Failure(message="b")}, Failure(message="b")),
    ("custom", {"trace": {"metadata": {"k": "b"}}}, {"trace": {"metadata": {"k": "a"}}}, {"k": "b"}),
]


@pytest.mark.parametrize(("fact", "one", "other", "expected"), AT_ONCE, ids=str)
def test_of_generations_at_once_the_id_says_which_is_first(
    fact: str, one: dict[str, Any], other: dict[str, Any], expected: Any
) -> None:
    """And which is last."""
    both = [_generation(number, 0, 1, **fields) for number, fields in ((1, one), (2, other))]
    found = [getattr(_summary(*order), fact) for order in (both, both[::-1])]

    assert [expected] * 2 == [each.value if isinstance(each, Timestamped) else each for each in found]


WAITS: list[tuple[tuple[float | None, float | None], float | None]] = [
    ((1500, 250), 1250),
    ((1500, None), 1500),
    ((None, 250), 1250),
    ((None, None), None),
    ((-1, None), None),
    ((0, None), 0),
    ((1e12, None), None),
    ((999_999_999_999, None), 999_999_999_999),
]


@pytest.mark.parametrize(("waits", "expected"), WAITS, ids=str)
def test_the_first_token_of_a_trace_is_the_earliest(
    waits: tuple[float | None, float | None], expected: float | None
) -> None:
    """In milliseconds from its start; a wait that no clock shows does not count."""
    one, other = (
        evolve(made, timing=evolve(made.timing, first_token_ms=wait))
        for made, wait in zip((_generation(1, 0, 3), _generation(2, 1, 4)), waits, strict=True)
    )

    assert expected == _summary(one, other).first_token_ms == _summary(other, one).first_token_ms


TIES: list[tuple[str, dict[str, Any], dict[str, Any], Any]] = [
    ("name", {"trace": {"trace_name": "a"}}, {"trace": {"trace_name": "b"}}, "a"),
    ("output", {"content": Content(output="a")}, {"content": Content(output="b")}, "a"),
    ("result", {"failure": Failure(type="a")}, {"failure": Failure(type="b")}, Failure(type="a")),
    ("result", {"failure": Failure(code="a")}, {"failure": Failure(code="b")}, Failure(code="a")),
    ("result", {"failure": Failure(message="a")}, {"failure": Failure(message="b")}, Failure(message="a")),
    (
        "result",
        {"failure": Failure(raw={"n": 1})},
        {"failure": Failure(raw={"n": 2})},
        Failure(raw={"n": 1}),
    ),
]


@pytest.mark.parametrize(("fact", "one", "other", "expected"), TIES, ids=str)
def test_where_two_versions_of_a_fact_tie_the_smaller_text_wins(
    fact: str, one: dict[str, Any], other: dict[str, Any], expected: Any
) -> None:
    """Who came first does not matter."""
    versions = [_generation(1, 0, 1, **fields) for fields in (one, other)]

    assert expected == getattr(_summary(*versions), fact).value
    assert expected == getattr(_summary(*reversed(versions)), fact).value


RICHER: list[tuple[str, Generation, Generation]] = [
    ("ends later", _generation(1, 0, 2), _generation(1, 0, 1, content=Content(input="more to say"))),
    ("starts later, no end", _generation(1, 3, None), _generation(1, 0, 2)),
    (
        "says more",
        _generation(1, 0, 1, content=Content(input="aaa")),
        _generation(1, 0, 1, content=Content(input="z")),
    ),
    (
        "says another thing",
        _generation(1, 0, 1, content=Content(input="b")),
        _generation(1, 0, 1, content=Content(input="a")),
    ),
]


@pytest.mark.parametrize(("expected", "other"), [c[1:] for c in RICHER], ids=[c[0] for c in RICHER])
def test_of_two_versions_of_a_generation_one_is_sent(expected: Generation, other: Generation) -> None:
    """The later-ending, then the one with more to say, in whatever order they come."""
    assert {"gen-1": expected} == _merged([expected, other]).generations
    assert {"gen-1": expected} == _merged([other, expected]).generations


@pytest.mark.parametrize("known", [(True, False), (False, True), (True, True)], ids=str)
def test_a_trace_that_one_tree_knows_is_known(known: tuple[bool, bool]) -> None:
    """Its row was planned before."""
    one, other = (evolve(tree_of(_generation(1, 0, 1)), is_known=each) for each in known)

    assert one.merge(other).is_known


def test_the_origin_of_a_trace_is_its_earliest_generation() -> None:
    """With the parent span that it hangs under."""
    first = _generation(1, 0, 1, trace={"parent_span_id": "a"})
    second = _generation(2, 1, 2, trace={"parent_span_id": "b"})

    assert (
        Timestamped(EPOCH, "gen-1", "a") == _merged([second, first]).origin == _merged([first, second]).origin
    )


def test_keys_that_are_no_text_have_an_order_too() -> None:
    """By the text of a key, then by what kind of key it is: a program may have given any."""
    one = _generation(1, 0, 1, trace={"metadata": {"b": 1, "1": 2, None: 3}})
    other = _generation(2, 0, 1, trace={"metadata": {1: 4, "None": 5}})

    for order in ([one, other], [other, one]):
        assert [1, "1", None, "None", "b"] == list(_summary(*order).custom)


def test_trees_keep_the_order_of_their_traces() -> None:
    """Also a trace of many generations, which is merged pair by pair."""
    some = [Generation(id=f"gen-{n}", timing=Timing(start=EPOCH)) for n in (1, 2)]
    long = [_generation(n, n, n + 1) for n in range(3, 10)]
    trees = assemble([some[0], *long, some[1]])

    assert ["gen-1", "ticket", "gen-2"] == [tree.key for tree in trees]
    assert [f"gen-{n}" for n in range(3, 10)] == list(trees[1].generations)


@pytest.mark.parametrize(
    "elsewhere",
    [{"trace_id": "other"}, {"span_name": "s"}, {"span_name": "t", "parent_span_id": "p"}],
    ids=str,
)
def test_of_versions_in_two_places_those_where_the_richest_is_remain(elsewhere: dict[str, Any]) -> None:
    """Other generations stay where they are, also two versions in one place."""
    rich = _generation(1, 0, 2)
    poor = _generation(1, 0, 1, trace=elsewhere)
    other, again = _generation(2, 5, 9, trace=elsewhere), _generation(2, 5, 8, trace=elsewhere)
    some = [poor, rich, other, again]

    assert [rich, other, again] == [one for same in grouped(some) for one in same]
    assert [rich, other] == [one for same in grouped([rich, other]) for one in same]


class _Endless(dict[str, Any]):
    """An object that holds itself, and fails soon when it is read without end."""

    def __init__(self) -> None:
        super().__init__(a=" ", b={"c": self, "d": self})
        self.times = 0

    def values(self) -> Any:
        self.times += 1
        assert self.times < 10_000
        return super().values()


SAYS_NOTHING: dict[str, Any] = {
    "null": None,
    "no text": "",
    "space": " \x00\n",
    "an empty array": [],
    "an empty object": {},
    "empty ones in an object": {"a": {"b": None, "c": []}, "d": ""},
    "an object that holds itself": _Endless(),
}


@pytest.mark.parametrize("blank", SAYS_NOTHING.values(), ids=SAYS_NOTHING)
def test_of_what_says_nothing_another_generation_speaks(blank: Any) -> None:
    """For the input of the trace and for its output."""
    first = _generation(1, 0, 2, content=Content(input=blank, output="first"))
    last = _generation(2, 1, 3, content=Content(input="last", output=blank))
    summary = _summary(first, last)

    assert ("last", "first") == tuple(pick.value for pick in (summary.input, summary.output) if pick)


SAYS_SOMETHING: list[Any] = [0, False, "x", [None], {"a": {"b": 0}}, {"a": "", "b": {"c": ["x"]}}]


@pytest.mark.parametrize("value", SAYS_SOMETHING, ids=str)
def test_whatever_is_not_blank_says_something(value: Any) -> None:
    """Zero and false too, at any depth."""
    first = _generation(1, 0, 2, content=Content(input=value))
    last = _generation(2, 1, 3, content=Content(input="last"))
    said = _summary(first, last).input

    assert said is not None
    assert value == said.value
