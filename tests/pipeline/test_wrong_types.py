"""Values of a wrong type: constructors refuse them with what to give, and past them they harm one record."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import (
    Attempt,
    Content,
    Cost,
    Failure,
    FieldError,
    Generation,
    Identity,
    Item,
    Outcome,
    Plan,
    Policy,
    Route,
    Timing,
    TraceContext,
    Usage,
    plan,
)
from broadcast_core.pipeline.explanation import explain
from broadcast_core.policy import FilterRules, Group, Rule
from broadcast_core.record.field_checks import checked, wrong_fields
from broadcast_core.testing.strategies import EPOCH, generations
from broadcast_opik import destination as opik
from tests.fake import Lines
from tests.forged import forged, paths

TIMING = Timing(start=EPOCH, end=EPOCH + timedelta(seconds=1))
ODD: list[Any] = [b"x", object(), [], {}, (), 3.5, True, ["x"], {"x"}]


CLASSES = (Generation, Content, Usage, Cost, Timing, TraceContext, Identity, Attempt, Failure)
FIELDS = [
    (cls, name, kind.removesuffix(" | None"))
    for cls in CLASSES
    for name, kind in cls.__annotations__.items()
    if kind != "Json"
]
TAKES = {"bool": bool, "JsonObject": dict, "Money": float, "Milliseconds": float}


REQUIRED = {Generation: {"id": "a", "timing": TIMING}, Timing: {"start": EPOCH}, Attempt: {"index": 0}}


@pytest.mark.parametrize(("cls", "name", "kind"), FIELDS)
def test_no_field_takes_a_value_of_another_type(cls: type, name: str, kind: str) -> None:
    """The message begins with the field."""
    takes = tuple if kind.startswith("tuple") else TAKES.get(kind)
    for odd in ODD:
        if type(odd) is not takes:
            with pytest.raises(ValueError, match=rf"\A{name}\b"):
                cls(**{**REQUIRED.get(cls, {}), name: odd})


@pytest.mark.parametrize(("cls", "name"), [(Generation, "id"), (Generation, "timing"), (Timing, "start")])
def test_what_every_record_has_is_not_none(cls: type, name: str) -> None:
    """None stands for unknown, and these are known."""
    with pytest.raises(ValueError, match=rf"\A{name}: expected .*, got None"):
        cls(**{**REQUIRED[cls], name: None})


def test_numbers_of_any_type_become_what_is_written() -> None:
    """Money is exact, by the shortest spelling of a float; durations are floats."""
    cost = Cost(total=1, upstream=0.1, input=Decimal("0.10"))
    timing = Timing(start=EPOCH, first_token_ms=Decimal("0.5"), generation_ms=2)

    assert ("1", "0.1", "0.10") == (str(cost.total), str(cost.upstream), str(cost.input))
    assert [(0.5, float), (2.0, float)] == [
        (one, type(one)) for one in (timing.first_token_ms, timing.generation_ms)
    ]


SAID = "my own words"
TOLD: dict[str, tuple[Callable[[], Any], str]] = {
    "a number": (
        lambda: Identity(session_id=7),
        "session_id: expected text, got int 7: give a str",
    ),
    "a list for a tuple": (
        lambda: TraceContext(tags=["a"]),
        "tags: expected a tuple of str, got list: give tuple(...) of them",
    ),
    "a tuple of others": (
        lambda: TraceContext(tags=("a", 1)),
        "tags[1]: expected text, got int 1: give a str",
    ),
    "a dict for a record": (
        lambda: Generation(id="a", timing={"start": "x"}),
        "timing: expected an instance of Timing, got dict: build it with Timing(...)",
    ),
    "a text for a switch": (
        lambda: Generation(id="a", timing=TIMING, streamed="no"),
        "streamed: expected True or False, got str",
    ),
    "a list for an object": (
        lambda: TraceContext(metadata=[SAID]),
        "metadata: expected a mapping, got list: give a dict, as of a JSON object",
    ),
    "a word of no list": (
        lambda: Generation(id="a", timing=TIMING, status=SAID),
        "status: expected one of ok, error, cancelled, got str",
    ),
}


@pytest.mark.parametrize(("build", "expected"), TOLD.values(), ids=TOLD)
def test_a_wrong_type_is_told_with_what_to_give(build: Callable[[], Any], expected: str) -> None:
    """In words that quote nothing that a user may have said."""
    with pytest.raises(ValueError, match=rf"\A{re.escape(expected)}\Z") as caught:
        build()
    assert SAID not in str(caught.value)


def test_a_field_of_no_known_kind_needs_a_check_of_its_own() -> None:
    """Where it is declared, not when somebody gives it something odd."""
    with pytest.raises(FieldError, match="odd: no kind is known for set"):
        attrs.make_class("Odd", {"odd": attrs.field(type="set")}, field_transformer=checked)


@given(generations())
def test_nothing_is_wrong_with_what_a_constructor_made(generation: Generation) -> None:
    """So that nothing good is ever refused."""
    assert [] == list(wrong_fields(generation))


# One record harms only itself ------------------------------------------------------------------------


class Raises(dict[str, Any]):
    """An object that fails when it is looked into."""

    def items(self) -> Any:
        """Fail."""
        raise RuntimeError(SAID)

    __iter__ = keys = values = items


def _deep(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


def _endless() -> Any:
    value: dict[str, Any] = {}
    value["again"] = [value]
    return value


def _rule(field: str, operator: str, value: Any = "zzz") -> Policy:
    rules = (Rule(field=field, operator=operator, value=value),)
    return Policy(filter_rules=FilterRules(groups=(Group(rules=rules),)))


POLICIES: dict[str, Policy] = {
    "open": Policy(
        broadcast_generation_cost=True,
        broadcast_generation_identity=True,
        broadcast_generation_request_context=True,
    ),
    "private": Policy(privacy_mode=True),
    "sampled": Policy(sampling_rate=0.9999),
    "input": _rule("input", "not_contains"),
    "user": _rule("user_id", "contains", "u"),
    "model": _rule("model", "not_equals"),
    "cost": _rule("total_cost", "gte", 0),
    "tokens": _rule("prompt_tokens", "lt", 99),
    "keys": Policy(excluded_api_key_hashes=["k"]),
    "hashed": Policy(user_identity="hash", drop_custom_metadata=True),
    "hooked": Policy(content_hook=lambda content: content),
}
ROUTES = [
    Route.to(one, options, name=f"{one.name} {name}", policy=policy)
    for one, options in ((Lines(), {}), (opik, {"base_url": "http://localhost/api"}))
    for name, policy in POLICIES.items()
]
HASH_KEYS = {route.name: "of sixteen letters" for route in ROUTES}


def _generation(name: str, trace: str | None = None, **more: Any) -> Generation:
    return Generation(
        id=name,
        timing=TIMING,
        model="m",
        identity=Identity(user_id="u", session_id="s", api_key_hash="h"),
        trace=TraceContext(trace_id=trace, metadata={"a": 1}),
        content=Content(input={"messages": [{"role": "user", "content": "hi"}]}, output="ho"),
        usage=Usage(input_tokens=1, output_tokens=2),
        cost=Cost(total=Decimal(1)),
        attempts=(Attempt(index=0),),
        failure=Failure(),
        **more,
    )


GOOD = [_generation("g1", "t"), _generation("g2")]
_plan = partial(plan, hash_keys=HASH_KEYS)
ALONE = _plan(GOOD, ROUTES)
PATHS = [path for path in paths(GOOD[0]) if path != "id" and not path.startswith("content.")]
WRONG: list[Any] = [7, "text", ["x"], Raises(a=1), _deep(5000), _endless()]


def _of(result: Plan, name: str) -> dict[str, tuple[Outcome, list[Item]]]:
    """Return what a plan made of one generation on each route: its last account, and its own items."""
    outcomes = {outcome.route: outcome for outcome in result.outcomes if outcome.generation == name}
    return {route: (outcome, _items(result, route, name)) for route, outcome in outcomes.items()}


def _items(result: Plan, route: str, name: str) -> list[Item]:
    requests = [request for request in result.requests if request.route == route]
    return [item for request in requests for item in request.items if item.generations == (name,)]


@given(st.sampled_from(PATHS), st.sampled_from(WRONG), st.sampled_from([None, "t", "u"]), st.booleans())
def test_a_record_of_wrong_types_harms_no_other(path: str, odd: Any, trace: str | None, twice: bool) -> None:
    """On no route, in no trace, also where another version of it is sound."""
    bad = forged(_generation("bad", trace), path, odd)
    result = _plan([GOOD[0], *([_generation("bad", "v")] if twice else ()), bad, GOOD[1]], ROUTES)
    first, made = _of(result, "g1"), _of(result, "bad")
    stopped = [route for route, (outcome, _) in made.items() if outcome.status == "rejected"]

    assert _of(ALONE, "g2") == _of(result, "g2")
    assert [_of(ALONE, "g1")[route] for route in stopped] == [first[route] for route in stopped]
    assert {"planned"} == {outcome.status for outcome, _ in first.values()}


ISOLATED: dict[str, tuple[str, Any, str, str]] = {
    "a session of a sample": ("sampled", 7, "identity.session_id", "expected text, got int 7: give a str"),
    "a user of a rule": ("user", 7, "identity.user_id", "expected text, got int 7: give a str"),
    "a list for a tuple": (
        "private",
        [Attempt(index=0)],
        "attempts",
        "expected a tuple of Attempt, got list",
    ),
    "no time": ("open", None, "timing.start", "expected a datetime, got None"),
}


@pytest.mark.parametrize(("policy", "odd", "path", "what"), ISOLATED.values(), ids=ISOLATED)
def test_what_is_wrong_is_told_with_its_path(policy: str, odd: Any, path: str, what: str) -> None:
    """And the explanation says the same."""
    bad = forged(_generation("bad"), path, odd)
    route = Route.to(opik, {"base_url": "http://localhost/api"}, policy=POLICIES[policy])
    (bad_outcome, good_outcome) = plan([bad, GOOD[1]], route).outcomes

    assert ("rejected", "planned") == (bad_outcome.status, good_outcome.status)
    assert what in bad_outcome.reason
    assert f" @ $.{path}" in bad_outcome.reason
    assert "build the record with its constructors" in bad_outcome.reason
    assert bad_outcome == explain(bad, route).outcome


@pytest.mark.parametrize("bad", [forged(_generation("bad"), "id", ["x"]), Generation.__new__(Generation)])
def test_a_record_without_an_id_harms_no_other(bad: Generation) -> None:
    """It has an account all the same, and with several routes too."""
    outcomes = plan([bad, GOOD[1]], ROUTES).outcomes

    assert ["rejected", "planned"] * len(ROUTES) == [outcome.status for outcome in outcomes]
    assert "(no id)" == outcomes[0].generation
    assert " @ $.id" in outcomes[0].reason


def test_a_field_that_is_missing_is_told() -> None:
    """As after a pickle of a release that had it not."""
    bad = _generation("bad")
    object.__delattr__(bad, "trace")
    (outcome,) = plan([bad], Route.to(Lines())).outcomes

    assert "missing @ $.trace: build the record with its constructors, which check" in outcome.reason


PRIVATE = [
    "timing.generation_ms", "usage.is_estimated", "usage.cache_basis", "cost.source", "cost.is_byok",
    "trace.tags", "trace.trace_name", "identity.user_id", "attempts", "model", "finish_reason",
]  # fmt: skip


@pytest.mark.parametrize("path", PRIVATE)
@pytest.mark.parametrize("odd", [[SAID], {SAID: 1}], ids=["list", "object"])
def test_nothing_of_a_wrong_type_leaves_where_content_is_held_back(path: str, odd: Any) -> None:
    """Whatever it holds is not known."""
    bad = forged(_generation("bad"), path, odd)
    for policy in (Policy(privacy_mode=True), Policy(drop_input=True), Policy(content_hook=lambda one: one)):
        result = plan([bad, GOOD[1]], Route.to(opik, {"base_url": "http://localhost/api"}, policy=policy))

        assert ["rejected", "planned"] == [outcome.status for outcome in result.outcomes]
        assert f"@ $.{path}" in result.outcomes[0].reason
        assert SAID not in repr(result) + "".join(request.body.decode() for request in result.requests)


class Unreadable(Mapping[str, Any]):
    """A mapping of a program's own, every method of which fails."""

    def _fail(self, *_arguments: object) -> Any:
        raise ValueError(SAID)

    __getitem__ = __iter__ = __len__ = __eq__ = _fail
    __hash__ = None


class Leaves(Unreadable):
    """One that ends the process."""

    def _end(self, *_arguments: object) -> Any:
        raise SystemExit(SAID)

    __getitem__ = __iter__ = __len__ = __eq__ = _end


@pytest.mark.parametrize("odd", [Unreadable(), Leaves()], ids=["raises", "ends"])
@pytest.mark.parametrize("place", ["content.input", "parameters", "trace.metadata"])
def test_an_object_that_fails_is_planned_around_and_explained(place: str, odd: Any) -> None:
    """On every route, and nothing of what it says is told."""
    bad = forged(_generation("bad", "t"), place, odd)
    result = _plan([GOOD[0], bad, GOOD[1]], ROUTES)

    assert {"planned"} == {outcome.status for outcome, _ in (_of(result, "g1") | _of(result, "g2")).values()}
    told = [explain(bad, route, hash_keys=HASH_KEYS).as_json() for route in ROUTES]
    assert SAID not in repr(result.outcomes) + repr(told)


def test_content_that_holds_itself_is_explained() -> None:
    """Also where a hook has copied it."""
    bad = attrs.evolve(GOOD[0], content=Content(input=_endless()))
    for policy in (POLICIES["hooked"], POLICIES["open"], POLICIES["private"]):
        told = explain(bad, Route.to(opik, {"base_url": "http://localhost/api"}, policy=policy))

        assert "$.content.input" in [story.path for story in told.fields]


def test_content_that_fails_when_it_is_looked_into_harms_no_other() -> None:
    """Of two versions of one generation the richer is looked for, which reads all that is said."""
    batch = [_generation("g1", "t"), forged(_generation("bad", "t"), "content.input", Raises(a=1))]
    result = plan([*batch, forged(batch[1], "trace.trace_id", "u")], Route.to(Lines()))

    assert ["planned", "rejected", "rejected"] == [one.status for one in result.outcomes]
    assert "RuntimeError at tests.pipeline.test_wrong_types" in result.outcomes[1].reason
    assert SAID not in repr(result.outcomes)


# Rules that look into content ------------------------------------------------------------------------


def _judged(content: Any, operator: str = "contains") -> Outcome:
    """Return the account of one generation behind a rule on its input, beside a good one that is planned."""
    bad = _generation("bad")
    bad = attrs.evolve(bad, content=Content(input=content))
    (outcome, good) = plan([bad, GOOD[1]], Route.to(Lines(), policy=_rule("input", operator, "hi"))).outcomes
    assert (good.status == "planned") == (operator == "contains")
    return outcome


@pytest.mark.parametrize("operator", ["contains", "not_contains"])
@pytest.mark.parametrize(
    ("content", "why"),
    [
        (_endless(), "it holds itself: give each place a value of its own"),
        (_deep(1001), "it is nested deeper than 1000 levels: give it flatter, or as text"),
        (_deep(100_000), "it is nested deeper than 1000 levels: give it flatter, or as text"),
    ],
    ids=["holds itself", "one too deep", "far too deep"],
)
def test_content_that_cannot_be_judged_does_not_leave(content: Any, why: str, operator: str) -> None:
    """Whatever the rule asks."""
    outcome = _judged(content, operator)

    assert "rejected" == outcome.status
    assert outcome.reason.endswith(why)


def test_content_that_can_be_judged_is() -> None:
    """To the deepest level, also in tuples, and what stands in two places and does not hold itself."""
    shared = ["hi"]

    assert "planned" == _judged({"a": shared, "b": shared}).status
    assert "planned" == _judged(({"a": ("x", "hi")},)).status
    deep: Any = "hi"
    for _ in range(1000):
        deep = [deep]
    assert "filter_rules" == _judged(deep, "not_contains").stopped_by


def test_a_hook_that_ends_the_process_fails_like_any_other() -> None:
    """Its content is dropped, and the host goes on."""

    def leave(_content: Content) -> Content:
        raise SystemExit(1)

    (outcome,) = plan([GOOD[1]], Route.to(Lines(), policy=Policy(content_hook=leave))).outcomes

    assert "planned" == outcome.status
    assert "the content hook failed: SystemExit" in str(outcome.diagnostics[0])


# What `plan` and a route are given -------------------------------------------------------------------


LIST_OF_THEM = "give a list of them, as reading.generations of a reading (broadcast_core.readers.read_text)"
GIVEN: dict[str, tuple[Callable[[], Any], str]] = {
    "a text": (lambda: plan("{}", ROUTES), f"expected generations, got a text: {LIST_OF_THEM}"),
    "bytes": (lambda: plan(b"{}", ROUTES), f"expected generations, got a text: {LIST_OF_THEM}"),
    "nothing": (lambda: plan(None, ROUTES), f"expected generations, got None: {LIST_OF_THEM}"),
    "JSON": (lambda: plan({"id": "a"}, ROUTES), "expected generations, got a value of type dict: "),
    "JSON in a list": (
        lambda: plan([GOOD[0], {"id": "a"}], ROUTES),
        "expected generations, got a value of type dict: ",
    ),
    "a name for a route": (
        lambda: plan(GOOD, "opik"),
        "expected a Route or a list of them, got a text: give Route.to(destination, options), or",
    ),
    "a name in a list": (lambda: plan(GOOD, ["opik"]), "expected a Route or a list of them, got a text: "),
    "no route": (lambda: plan(GOOD, None), "expected a Route or a list of them, got None: "),
    "a destination": (
        lambda: plan(GOOD, opik),
        "expected a Route or a list of them, got a value of type Opik: ",
    ),
    "a name for a destination": (
        lambda: Route.to("opik"),
        "expected a destination, got a text: give the object of a plugin, as"
        " broadcast_core.plugins.destination(name) returns it",
    ),
    "a class": (
        lambda: Route.to(Lines),
        "expected a destination, got the class Lines and no object of it: ",
    ),
    "a text of options": (
        lambda: Route.to(Lines(), "a=b"),
        "expected options by name, got a text: give a dict",
    ),
    "a number to explain": (
        lambda: explain(5, ROUTES[0]),
        "expected a Generation, got a value of type int: give one of reading.generations",
    ),
    "a class to explain": (
        lambda: explain(Generation, ROUTES[0]),
        "expected a Generation, got the class Generation and no object of it: ",
    ),
    "several routes to explain": (
        lambda: explain(GOOD[0], ROUTES),
        "expected a Route, got a value of type ",
    ),
    "a number for a name": (
        lambda: Route(name=5, destination=Lines(), config={}),
        "expected a text that is not blank as the name of a route, got a value of type int",
    ),
}


@pytest.mark.parametrize(("give", "expected"), GIVEN.values(), ids=GIVEN)
def test_what_is_given_instead_is_told_with_what_to_give(give: Callable[[], Any], expected: str) -> None:
    """Nothing is planned, and a text is not quoted."""
    with pytest.raises(TypeError, match=rf"\A{re.escape(expected)}"):
        give()


POLICY: dict[str, tuple[Callable[[], Any], str]] = {
    "JSON for rules": (
        lambda: Policy(filter_rules={"groups": []}),
        "filter_rules: expected an instance of FilterRules, got dict",
    ),
    "a list of rules": (
        lambda: Group(rules=[Rule(field="model", operator="exists")]),
        "rules: expected a tuple of Rule, got list: give tuple(...) of them",
    ),
    "JSON in rules": (lambda: Group(rules=({},)), "rules[0]: expected an instance of Rule, got dict"),
    "JSON in groups": (lambda: FilterRules(groups=({},)), "groups[0]: expected an instance of Group"),
    "no function": (lambda: Policy(content_hook="x"), "content_hook: expected a function from Content to"),
    "numbers for keys": (lambda: Policy(api_key_hashes=[5]), "expected key hashes, which are texts"),
    "a number for keys": (lambda: Policy(api_key_hashes=5), "expected key hashes, which are texts"),
    "no policy": (lambda: Route.to(Lines(), policy={}), "policy: expected an instance of Policy, got dict"),
    "words of a group": (
        lambda: Group(rules=(Rule(field="model", operator="exists"),), logic="AND"),
        "logic: expected one of and, or, got str",
    ),
    "an object for keys": (lambda: Policy(api_key_hashes={"a": 1}), "api_key_hashes: expected key hashes"),
    "a policy of JSON": (
        lambda: Route.to(Lines(), policy={"privacy_mode": True}),
        "policy: expected an instance of Policy, got dict",
    ),
}


@pytest.mark.parametrize(("build", "expected"), POLICY.values(), ids=POLICY)
def test_a_policy_of_wrong_types_is_refused(build: Callable[[], Any], expected: str) -> None:
    """Where it is made, not for each generation."""
    with pytest.raises(ValueError, match=re.escape(expected)):
        build()
