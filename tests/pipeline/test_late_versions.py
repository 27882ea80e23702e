"""One generation told over several calls: the result hangs on the set of what was told, and policy holds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import (
    ArgumentError,
    Attempt,
    Content,
    Cost,
    Failure,
    Generation,
    Identity,
    Join,
    Outcome,
    Plan,
    Policy,
    Route,
    State,
    Timing,
    TraceContext,
    Usage,
    dump_state,
    load_state,
    plan,
)
from broadcast_core.policy import FilterRules, Group, Rule
from broadcast_core.record.codec import decode, encode
from broadcast_core.testing.canaries import Canaries, documents
from broadcast_core.testing.lineage import EVERYTHING
from broadcast_core.testing.strategies import EPOCH, generations
from broadcast_ndjson import destination
from tests.pipeline.versions import CAPTURED, read_canaries

SECOND = timedelta(seconds=1)
POLICIES: dict[str, Policy] = {
    "everything": EVERYTHING,
    "usual": Policy(),
    "private": evolve(EVERYTHING, privacy_mode=True),
    "no input": evolve(EVERYTHING, drop_input=True),
    "no output": Policy(drop_output=True, broadcast_generation_cost=True),
    "hashed users": evolve(EVERYTHING, user_identity="hash"),
    "no metadata": evolve(EVERYTHING, drop_custom_metadata=True),
}
JOIN = Join()
KEYS = {"ndjson": "k" * 32}


def _route(policy: Policy | None = None) -> Route:
    return Route.to(
        destination, {"url": "https://collector.example/in"}, policy=policy or POLICIES["everything"]
    )


def _plan(
    batch: Sequence[Generation],
    state: dict[str, State],
    route: Route | None = None,
    join: Join | None = JOIN,
) -> tuple[Plan, dict[str, State]]:
    result = plan(batch, route or _route(), state=state, hash_keys=KEYS, join=join)
    return result, dict(result.state)


def _version(end: float | None = 1, start: float = 0, **fields: Any) -> Generation:
    begin = EPOCH + start * SECOND
    stop = None if end is None else EPOCH + end * SECOND
    return Generation(**{"id": "gen-a", "timing": Timing(start=begin, end=stop), **fields})


def _records(result: Plan) -> list[dict[str, Any]]:
    """Return the records of all lines, without the mark of what is not there."""
    lines = [json.loads(line) for request in result.requests for line in request.body.splitlines()]
    for line in lines:
        line.get("content", {}).pop("withheld", None)
    return lines


def _outcome(result: Plan) -> Outcome:
    (outcome,) = result.outcomes
    return outcome


def _at_one_place(versions: list[Generation]) -> list[Generation]:
    """Return the versions of one generation that all hang where the first does."""
    first = versions[0].trace
    place = {"trace_id": first.trace_id, "span_name": first.span_name, "parent_span_id": first.parent_span_id}
    return [
        evolve(one, id="gen-a", trace=evolve(one.trace, **place), timing=_later(one.timing, n))
        for n, one in enumerate(versions)
    ]


def _later(timing: Timing, n: int) -> Timing:
    """Return a timing that is n microseconds later, so that no two versions end together."""
    end = timing.end or timing.start
    to_end = timedelta(microseconds=end.microsecond // 8 * 8 + n - end.microsecond)
    return evolve(timing, start=min(timing.start, end + to_end), end=timing.end and end + to_end)


VERSIONS = st.lists(generations(), min_size=1, max_size=5).map(_at_one_place)


@given(VERSIONS, st.sampled_from(sorted(POLICIES)), st.data())
def test_any_calls_in_any_order_end_as_one(
    versions: list[Generation], policy: str, data: st.DataObject
) -> None:
    """What is sent last is what one call sends that is told everything at once, for every policy."""
    route = _route(POLICIES[policy])
    once, _ = _plan(versions, {}, route)
    state: dict[str, State] = {}
    left = data.draw(st.permutations([*versions, data.draw(st.sampled_from(versions))]))
    while left:
        n = data.draw(st.integers(1, len(left)))
        result, state = _plan(left[:n], state, route)
        state = load_state(dump_state(state))
        left = left[n:]

    assert _records(once) == _records(result)


@given(VERSIONS, st.sampled_from(sorted(POLICIES)))
def test_one_call_sends_the_same_whether_it_joins_or_not(versions: list[Generation], policy: str) -> None:
    """What is kept for later changes nothing of now."""
    route = _route(POLICIES[policy])

    assert _records(_plan(versions, {}, route, None)[0]) == _records(_plan(versions, {}, route)[0])


@given(VERSIONS, st.data())
def test_the_state_is_stored_without_loss(versions: list[Generation], data: st.DataObject) -> None:
    """And the same bytes come of it."""
    _, state = _plan(versions, {}, _route(POLICIES[data.draw(st.sampled_from(sorted(POLICIES)))]))
    text = dump_state(state)

    assert text == dump_state(load_state(text))
    kept = load_state(text)["ndjson"].let_out
    assert {name: one.versions for name, one in state["ndjson"].let_out.items()} == {
        name: one.versions for name, one in kept.items()
    }


EXCHANGE = _version(
    end=4, finish_reason="stop", operation="responses", content=Content(input={"messages": ["q"]}, output="a")
)
LOOKUP = _version(
    start=0.25,
    end=3.6,
    usage=Usage(input_tokens=12, output_tokens=74),
    cost=Cost(total=Decimal("0.0000831"), source="billed"),
    provider="B",
)


@pytest.mark.parametrize(
    "order", [(EXCHANGE, LOOKUP), (LOOKUP, EXCHANGE)], ids=["lookup last", "lookup first"]
)
def test_a_lookup_that_comes_later_completes_what_went(order: tuple[Generation, Generation]) -> None:
    """The line has the words of one and the figures of the other; the outcome says that they were joined."""
    _, state = _plan([order[0]], {})
    result, _ = _plan([order[1]], state)
    (line,) = _records(result)

    assert ("a", "0.0000831", 12, "responses") == (
        line["content"]["output"], line["cost"]["total"], line["usage"]["input_tokens"], line["operation"],
    )  # fmt: skip
    told = [str(one) for one in _outcome(result).diagnostics]
    assert "merged $.id: joined with what was let out of it before" in told
    assert any(one.startswith("merged $.timing: another source tells it differently") for one in told)


def test_without_join_nothing_is_kept() -> None:
    """And what was kept is forgotten, with its content."""
    _, off = _plan([EXCHANGE], {}, join=None)
    _, on = _plan([EXCHANGE], {})
    _, off_again = _plan([LOOKUP], on, join=None)

    assert [{}, ["gen-a"], {}] == [
        off["ndjson"].let_out, list(on["ndjson"].let_out), off_again["ndjson"].let_out,
    ]  # fmt: skip


RARE = evolve(EVERYTHING, sampling_rate=Decimal("0.0001"))
IS_STOPPED = Rule(field="finish_reason", operator="equals", value="stop")
ONLY_OK = evolve(EVERYTHING, filter_rules=FilterRules(groups=(Group(rules=(IS_STOPPED,)),)))


@pytest.mark.parametrize("later", [ONLY_OK, RARE], ids=["a rule", "a sample"])
def test_what_was_let_out_is_not_asked_again(later: Policy) -> None:
    """A lookup without the finish reason that a rule wants completes what the rule let out."""
    _, state = _plan([EXCHANGE], {}, _route(ONLY_OK))
    assert "skipped" == _outcome(_plan([LOOKUP], {}, _route(later))[0]).status
    result, _ = _plan([LOOKUP], state, _route(later))

    assert ("planned", "stop") == (_outcome(result).status, _records(result)[0]["finish_reason"])


def test_a_version_that_was_skipped_is_not_kept_and_that_is_told() -> None:
    """What comes later is judged without it."""
    route = _route(ONLY_OK)
    result, state = _plan([LOOKUP], {}, route)
    later, _ = _plan([EXCHANGE], state, route)

    assert ("skipped", "filter_rules") == (_outcome(result).status, _outcome(result).stopped_by)
    assert ["dropped $: not kept to be joined: a later version is judged without this one"] == [
        str(one) for one in _outcome(result).diagnostics
    ]
    assert {} == state["ndjson"].let_out
    assert "cost" not in _records(later)[0]


def test_a_route_that_was_disabled_lets_nothing_out() -> None:
    """Also of what it let out before."""
    _, state = _plan([EXCHANGE], {})
    result, _ = _plan([LOOKUP], state, _route(Policy(enabled=False)))

    assert ("skipped", "enabled", []) == (
        _outcome(result).status, _outcome(result).stopped_by, list(result.requests),
    )  # fmt: skip


def _only_short(content: Content) -> Content:
    return content if len(str(content.output)) < 5 else evolve(content, output=None)


def test_what_a_route_withheld_stays_withheld() -> None:
    """Though the hook would let another telling of it pass."""
    route = _route(Policy(content_hook=_only_short))
    _, state = _plan([_version(content=Content(input="q", output="a secret"))], {}, route)
    result, again = _plan([_version(end=9, content=Content(output="a"))], state, route)
    (line,) = _records(result)

    assert ({"input": "q"}, frozenset({"output"})) == (line["content"], again["ndjson"].let_out["gen-a"].held)
    later, _ = _plan([_version(end=12, content=Content(output="b"))], again, route)
    assert {"input": "q"} == _records(later)[0]["content"]
    assert "withheld $.content: this route withheld some of it before, and does still" in [
        str(one) for one in _outcome(result).diagnostics
    ]


def test_a_hook_is_asked_once_of_what_all_versions_of_a_call_say() -> None:
    """As it may decide on one side by the other."""
    asked: list[Content] = []

    def hook(content: Content) -> Content:
        asked.append(content)
        return evolve(content, output="masked")

    route = _route(evolve(EVERYTHING, content_hook=hook))
    versions = [_version(content=Content(input="q")), _version(end=3, content=Content(output="a"))]
    result, state = _plan(versions, {}, route)

    assert [Content(input="q", output="a")] == asked
    assert {"input": "q", "output": "masked"} == _records(result)[0]["content"]
    assert {(None, "masked"), ("q", None)} == {
        (one.content.input, one.content.output) for one in state["ndjson"].let_out["gen-a"].versions
    }


def _nothing(_content: Content) -> Content:
    return Content()


HELD = {**POLICIES, "a hook": evolve(EVERYTHING, content_hook=_nothing)}


@given(documents(), documents(), st.sampled_from(["private", "no input", "no output", "a hook"]))
def test_the_state_holds_nothing_that_the_route_did_not_let_out(
    first: Canaries, second: Canaries, policy: str
) -> None:
    """No marker is in the state that a request of its source alone has not, whatever the two tell."""
    state: dict[str, State] = {}
    let_out = ""
    for canaries in (first, second):
        told = read_canaries(canaries)
        sent, state = _plan([*told, *told[:1]], state, _route(HELD[policy]))
        if policy in ("private", "a hook"):
            assert [] == canaries.found_in("".join(request.body.decode() for request in sent.requests))
        for one in told:
            alone = _plan([one], {}, _route(HELD[policy]), None)[0]
            let_out += "".join(request.body.decode() for request in alone.requests)
    text = dump_state(state).decode()
    markers = {*first.markers, *second.markers}

    assert {one for one in markers if one in text} <= {one for one in markers if one in let_out}
    if policy in ("private", "a hook"):
        assert [] == [*first.found_in(text), *second.found_in(text)]


def test_the_place_that_was_planned_first_stays_and_that_is_told() -> None:
    """Rows at a platform do not move."""
    _, state = _plan([_version(trace=TraceContext(trace_id="t", span_name="s"))], {})
    result, _ = _plan([_version(end=5, trace=TraceContext(trace_id="u", trace_name="n"))], state)

    assert {"trace_id": "t", "span_name": "s", "trace_name": "n"} == _records(result)[0]["trace"]
    assert "merged $.trace: planned at another place of the traces before: it stays there" in [
        str(one) for one in _outcome(result).diagnostics
    ]


def _named(n: int, **fields: Any) -> Generation:
    timing = Timing(start=EPOCH + n * SECOND, end=EPOCH + n * SECOND)
    return Generation(**{"id": f"gen-{n}", "timing": timing, **fields})


BOUNDS: dict[str, tuple[Join, list[str]]] = {
    "all": (Join(), ["gen-0", "gen-1", "gen-2"]),
    "count": (Join(max_generations=2), ["gen-1", "gen-2"]),
    "none": (Join(max_generations=0), []),
    "age": (Join(max_age=SECOND), ["gen-1", "gen-2"]),
    "no age": (Join(max_age=0 * SECOND), ["gen-2"]),
    "a hair less": (Join(max_age=timedelta(microseconds=999_999)), ["gen-2"]),
}


@pytest.mark.parametrize(("join", "expected"), BOUNDS.values(), ids=BOUNDS)
@pytest.mark.parametrize("calls", [[[0, 1, 2]], [[2], [0, 1]], [[0], [1], [2]]], ids=str)
def test_what_is_kept_is_bounded(join: Join, expected: list[str], calls: list[list[int]]) -> None:
    """By the times of the records: the latest stay."""
    state: dict[str, State] = {}
    for call in calls:
        _, state = _plan([_named(n) for n in call], state, join=join)

    assert expected == sorted(state["ndjson"].let_out)


def test_of_what_is_too_large_the_identity_stays() -> None:
    """The latest has the room; a later version of the other keeps the start of its ids and its place."""
    large = [_named(n, content=Content(output="x" * 1000), trace=TraceContext(trace_id="t")) for n in (0, 1)]
    join = Join(max_bytes=2000)
    _, state = _plan(large, {}, join=join)
    assert [0, 1] == [len(state["ndjson"].let_out[name].versions) for name in ("gen-0", "gen-1")]

    later = evolve(large[0], timing=Timing(start=EPOCH + 9 * SECOND), trace=TraceContext(trace_id="u"))
    result, after = _plan([later], state, join=join)
    kept = after["ndjson"].let_out["gen-0"]
    assert (EPOCH, "t", 1) == (kept.start, kept.place.trace_id, len(kept.versions))
    assert "t" == _records(result)[0]["trace"]["trace_id"]


def test_of_what_is_forgotten_the_policy_is_asked_again() -> None:
    """Nothing of what it let out is left."""
    route, join = _route(ONLY_OK), Join(max_bytes=1)
    _, state = _plan([EXCHANGE], {}, route, join)
    assert ((), EPOCH) == (state["ndjson"].let_out["gen-a"].versions, state["ndjson"].let_out["gen-a"].start)

    result, after = _plan([LOOKUP], state, route, join)
    assert ("skipped", "filter_rules") == (_outcome(result).status, _outcome(result).stopped_by)
    assert EPOCH == after["ndjson"].let_out["gen-a"].start


WRONG = [
    {"max_generations": -1},
    {"max_bytes": 1.5},
    {"max_generations": True},
    {"max_age": -SECOND},
    {"max_age": 3},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_a_wrong_bound_is_refused(wrong: dict[str, Any]) -> None:
    """With its name."""
    with pytest.raises((ArgumentError, TypeError), match=next(iter(wrong))):
        Join(**wrong)


@pytest.mark.parametrize("join", [True, False, 1, "yes", Join], ids=str)
def test_a_switch_says_no_bounds(join: Any) -> None:
    """Before anything is planned."""
    with pytest.raises(TypeError, match=r"join: expected a Join or None, got a \w+: give Join\(\)"):
        _plan([EXCHANGE], {}, None, join)


def test_a_generation_that_is_rejected_is_not_kept() -> None:
    """Nothing of it went."""
    many = _version(attempts=tuple(Attempt(index=n) for n in range(70_000)))
    result, state = _plan([many], {})

    assert ("rejected", {}) == (_outcome(result).status, state["ndjson"].let_out)


def test_what_no_record_can_hold_is_planned_and_not_kept() -> None:
    """A state that cannot be read would lose all of it."""
    odd = _version(schema_version=7)
    result, state = _plan([odd], {})

    assert ("planned", {}) == (_outcome(result).status, state["ndjson"].let_out)
    assert "dropped $: not kept to be joined: it cannot be written as a record" in [
        str(one) for one in _outcome(result).diagnostics
    ]


def test_a_failure_that_turned_out_well_is_a_success() -> None:
    """The client gave up; the gateway did not."""
    gave_up = _version(end=2, status="cancelled", failure=Failure(type="Timeout"))
    _, state = _plan([gave_up], {})
    result, _ = _plan([_version(end=7, finish_reason="stop")], state)
    (line,) = _records(result)

    assert ("stop", None) == (line["finish_reason"], line.get("failure"))
    assert "ok" == decode(line).status


@pytest.mark.parametrize("calls", [[[0, 1]], [[0], [1]], [[1], [0]]], ids=str)
def test_what_the_cost_group_knows_completes_what_others_tell(calls: list[list[int]]) -> None:
    """In whatever call it comes."""
    told = [
        _version(end=4, usage=Usage(input_tokens=12), cost=Cost(total=Decimal(1))),
        _version(end=5, generation_cost={"usage_is_estimated": True, "is_byok": False}),
    ]
    state: dict[str, State] = {}
    for call in calls:
        result, state = _plan([told[n] for n in call], state)
    (line,) = _records(result)

    assert ({"input_tokens": 12, "is_estimated": True}, False) == (line["usage"], line["cost"]["is_byok"])


def test_routes_keep_their_own() -> None:
    """What one withholds is not in the state of the other."""
    routes = [
        evolve(_route(POLICIES["private"]), name="private"),
        evolve(_route(), name="open"),
    ]
    state = plan([EXCHANGE], routes, join=Join()).state

    assert [None, "a"] == [
        state[name].let_out["gen-a"].versions[0].content.output for name in ("private", "open")
    ]


def test_captured_sources_of_one_generation_are_one_over_calls() -> None:
    """An exchange, its lookup and more, in every order; a lookup knows no trace, and stays where it was."""
    (once,) = _records(_plan(CAPTURED, {})[0])
    for order in permutations(range(3)):
        state: dict[str, State] = {}
        for n in order:
            result, state = _plan([CAPTURED[n]], state)
        (line,) = _records(result)
        assert ("t-1" if order[0] != 1 else None) == line["trace"].pop("trace_id", None)
        assert {**once, "trace": {"metadata": {"step": "ask"}}} == line
    assert 3 == len(CAPTURED)
    assert encode(CAPTURED[0]) != encode(CAPTURED[1])


def test_users_are_hashed_in_what_is_kept() -> None:
    """Never as they came."""
    told = _version(identity=Identity(user_id="lovelace"))
    _, state = _plan([told], {}, _route(POLICIES["hashed users"]))

    assert b"lovelace" not in dump_state(state)
