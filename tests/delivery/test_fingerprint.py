"""State is used only by the route that it was made for: content never goes elsewhere, nor out again."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import attrs
import pytest
from attrs import evolve, frozen

from broadcast_core import Policy, Route, State, dump_state, load_state
from broadcast_core.delivery.fingerprint import fingerprint, usable_state
from broadcast_core.destinations import Place, option
from broadcast_core.policy import FilterRules, Group, Rule
from broadcast_core.testing.strategies import EPOCH
from broadcast_core.traces.state import OpenTrace
from broadcast_core.traces.state_codec import SavedState
from broadcast_core.traces.summary import Timestamped
from tests.fake import LINES, Lines
from tests.runs_with_state import SECRET, saved_ids, step

pytestmark = pytest.mark.usefixtures("plugins")
Run = Callable[..., Any]
OPIK = ("--to", "opik", "-o", "workspace=team")
ALPHA = (*OPIK, "-o", "project_name=alpha")
BEGINS_EMPTY = "none of its traces are continued; give each server and project its own state file"
ROWS_FORGOTTEN = "late requests of open traces are sent without a new row of their trace"
QUIET = b'{"id": "gen-%d", "timing": {"start": "2026-11-23T10:0%d:00Z"}, "trace": {"trace_id": "one"}}\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of the state file."""
    return tmp_path / "state.json"


def _rows(ran: Any) -> list[tuple[str, int]]:
    """Return the endpoints of the requests, each with its number of rows."""
    return [(one["endpoint"], sum(map(len, one["body"].values()))) for one in ran.requests]


ELSEWHERE: dict[str, tuple[str, ...]] = {
    "another server": (*ALPHA, "-o", "base_url=http://other.example/api"),
    "another project": (*OPIK, "-o", "project_name=beta"),
    "another workspace": ("--to", "opik", "-o", "workspace=other", "-o", "project_name=alpha"),
    "ids of the project": (*ALPHA, "-o", "id_scope=project"),
    "another server, with another policy": (*ALPHA, "-o", "base_url=http://other.example/api", "--privacy"),
}


@pytest.mark.parametrize("elsewhere", ELSEWHERE.values(), ids=ELSEWHERE)
def test_no_content_goes_elsewhere(elsewhere: tuple[str, ...], run: Run, path: Path) -> None:
    """The trace begins anew there, with a row of its own, and anew again when the route is as it was."""
    first = run("plan", *ALPHA, "--state", path, stdin=step(1))
    ran = run("plan", *elsewhere, "--state", path, stdin=QUIET % (2, 2))
    again = run("plan", *ALPHA, "--state", path, stdin=QUIET % (3, 3))
    note = f"note: {path}: opik: the options changed since this state was written: {BEGINS_EMPTY}"

    assert (True, False, False) == tuple(SECRET.encode() in one.stdout for one in (first, ran, again))
    assert [("traces", 1), ("spans", 1)] == _rows(ran) == _rows(again)
    assert [note, note] == [one.messages[0] for one in (ran, again)]
    assert {"gen-3"} == saved_ids(path, "opik")
    assert SECRET.encode() not in path.read_bytes()


TIGHTER: dict[str, tuple[str, ...]] = {
    "privacy": ("--privacy",),
    "privacy, when a plan is sent changes too": ("--privacy", "-o", "as_of=2026-11-24T00:00:00Z"),
}


@pytest.mark.parametrize("tighter", TIGHTER.values(), ids=TIGHTER)
def test_content_of_another_policy_is_not_sent_again(tighter: tuple[str, ...], run: Run, path: Path) -> None:
    """Late requests go under the same trace, without a row; also when the policy is as it was."""
    first = run("plan", *ALPHA, "--state", path, stdin=step(1))
    ran = run("plan", *ALPHA, *tighter, "--state", path, stdin=step(2))
    again = run("plan", *ALPHA, "--state", path, stdin=QUIET % (3, 3))
    (trace,) = first.requests[0]["body"]["traces"]

    assert [True, False, False] == [SECRET.encode() in one.stdout for one in (first, ran, again)]
    assert [("spans", 1)] == _rows(ran) == _rows(again)
    assert {trace["id"]} == {one.requests[0]["body"]["spans"][0]["trace_id"] for one in (ran, again)}
    note = f"note: {path}: opik: the policy changed since this state was written: {ROWS_FORGOTTEN}"
    assert [note, note] == [one.messages[0] for one in (ran, again)]
    assert SECRET.encode() not in path.read_bytes()


SAME: dict[str, tuple[str, ...]] = {
    "nothing": (),
    "when it is sent": ("-o", "as_of=2026-11-24T00:00:00Z"),
    "where ids are moved": ("-o", "as_of=2026-11-24T00:00:00Z", "-o", "backfill=true"),
    "a default in words": ("-o", "base_url=https://www.comet.com/opik/api/", "-o", "attempts=false"),
    "the default scope in words": ("-o", "id_scope=workspace"),
}


@pytest.mark.parametrize("more", SAME.values(), ids=SAME)
def test_a_route_that_is_the_same_goes_on(more: tuple[str, ...], run: Run, path: Path) -> None:
    """With the rows of before."""
    run("plan", *ALPHA, "--state", path, stdin=step(1))
    ran = run("plan", *ALPHA, *more, "--state", path, stdin=QUIET % (2, 2))

    assert SECRET in json.dumps(ran.requests[0]["body"]["traces"])
    assert [] == [line for line in ran.messages if "state" in line]
    assert {"gen-1", "gen-2"} == saved_ids(path, "opik")


TOML = """
[[routes]]
name = "support"
destination = "{}"
api_key_hashes = ["b", "a"]
drop_output = true
options = {{ project = "p", nested = {{ x = 1, y = [1, 2] }} }}
filter_rules = {{ groups = [{{ logic = "or", rules = [
  {{ field = "model", operator = "exists" }}, {{ field = "total_cost", operator = "lt", value = 1.5 }}] }}] }}
"""
TURNED = """
[[routes]]
drop_output = true
api_key_hashes = ["a", "b"]
[routes.options.nested]
y = [1, 2]
x = 1
[routes.options]
project = "p"
[[routes.filter_rules.groups]]
rules = [{operator = "exists", field = "model"}, {value = 1.5, operator = "lt", field = "total_cost"}]
logic = "or"
[[routes]]
name = "other"
destination = "demo"
""".replace("drop_output", 'destination = "demo"\nname = "support"\ndrop_output', 1)
FILES: dict[str, tuple[str, str | None]] = {
    "the same": (TOML.format("demo"), None),
    "keys in another order": (TURNED, None),
    "an option": (
        TOML.format("demo").replace("y = [1, 2]", "y = [2, 1]"),
        f"the options changed since this state was written: {BEGINS_EMPTY}",
    ),
    "a switch": (
        TOML.format("demo").replace("true", "false"),
        f"the policy changed since this state was written: {ROWS_FORGOTTEN}",
    ),
    "a rule": (
        TOML.format("demo").replace("1.5", "2"),
        f"the policy changed since this state was written: {ROWS_FORGOTTEN}",
    ),
}


@pytest.mark.parametrize(("text", "expected"), FILES.values(), ids=FILES)
def test_a_file_of_routes_is_compared_by_its_content(
    text: str, expected: str | None, run: Run, path: Path, tmp_path: Path
) -> None:
    """In whatever order."""
    file = tmp_path / "routes.toml"
    record = step(1).replace(b'"model"', b'"identity": {"api_key_hash": "a"}, "model"')
    for now in (TOML.format("demo"), text):
        file.write_text(now)
        ran = run("plan", "--routes", file, "--state", path, stdin=record)
    notes = [
        line.partition("support: ")[2] for line in ran.messages if line.startswith(f"note: {path}: support")
    ]

    assert ([] if expected is None else [expected]) == notes


def test_another_destination_under_the_same_name_begins_anew(run: Run, path: Path, tmp_path: Path) -> None:
    """Whatever the two have in common."""
    file = tmp_path / "routes.toml"
    for name, options in (("demo", ""), ("opik", '{ workspace = "team" }')):
        text = f'[[routes]]\nname = "support"\ndestination = "{name}"\n'
        file.write_text(text + (f"options = {options}\n" if options else ""))
        ran = run(
            "plan", "--routes", file, "--state", path, stdin=QUIET % (2, 2) if name == "opik" else step(1)
        )

    assert (
        f"note: {path}: support: the destination changed since this state was written: {BEGINS_EMPTY}"
        in ran.messages
    )
    assert [("traces", 1), ("spans", 1)] == _rows(ran)
    assert SECRET.encode() not in ran.stdout


def test_it_is_the_same_in_every_process(spawn: Run, path: Path, tmp_path: Path) -> None:
    """Sets have another order in each."""
    file = tmp_path / "routes.toml"
    file.write_text(TOML.format("demo").replace('"b", "a"', str([f"key {n}" for n in range(20)])[1:-1]))
    saved = []
    for _ in range(3):
        assert 0 == spawn("plan", "--routes", file, "--state", path, stdin=step(1)).code
        saved.append(path.read_bytes())

    assert saved[:1] * 3 == saved


def test_a_state_of_a_program_does_not_tell_its_routes(run: Run, path: Path) -> None:
    """So the command begins anew: it cannot know where that was sent."""
    run("plan", *ALPHA, "--state", path, stdin=step(1))
    path.write_bytes(dump_state(load_state(path.read_bytes())))
    ran = run("plan", *ALPHA, "--state", path, stdin=QUIET % (2, 2))

    assert (
        f"note: {path}: opik: the state does not say which route it was made for: {BEGINS_EMPTY}"
        == ran.messages[0]
    )
    assert SECRET.encode() not in ran.stdout


def test_a_state_without_traces_has_nothing_to_lose(run: Run, path: Path) -> None:
    """So there is no note."""
    run("plan", *ALPHA, "--state", path)
    ran = run("plan", *ALPHA, "--privacy", "--state", path)

    assert ["read 0, planned 0, skipped 0, rejected 0"] == ran.messages


def test_no_setting_can_be_read_in_it(run: Run, path: Path) -> None:
    """Only hashes are saved."""
    run("plan", *ALPHA, "--state", path)
    (route,) = json.loads(path.read_bytes())["routes"]

    assert {"destination": 64, "options": 64, "policy": 64} == {
        part: len(text) for part, text in route["state"]["made_for"].items()
    }


class _Color(Enum):
    RED = 1
    BLUE = 2


@frozen
class _Attrs:
    project: Any
    as_of: Any = option(None, "When it is planned.", per_run=True)


@dataclasses.dataclass
class _Data:
    project: Any


class _Opaque:
    __slots__ = ()


class _Broken:
    def __repr__(self) -> str:
        raise RuntimeError("my secret")


def _endless() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


CONFIGS: dict[str, tuple[Any, Any, bool]] = {
    "attrs": (_Attrs("a"), _Attrs("a", as_of=1), True),
    "attrs that differ": (_Attrs("a"), _Attrs("b"), False),
    "attrs inside": ([_Attrs(1)], [_Attrs(2)], False),
    "a dataclass": (_Data("a"), _Data("a"), True),
    "dataclasses that differ": (_Data("a"), _Data("b"), False),
    "objects": (SimpleNamespace(a=1, b=2), SimpleNamespace(b=2, a=1), True),
    "objects that differ": (SimpleNamespace(a=1), SimpleNamespace(a=2), False),
    "a mapping in another order": ({"a": 1, "b": 2}, MappingProxyType({"b": 2, "a": 1}), True),
    "a number and its text": ({"a": 1}, {"a": "1"}, False),
    "a key and its text": ({1: "a"}, {"1": "a"}, False),
    "a number and true": ({"a": 1}, {"a": True}, False),
    "sets": ({"a": {"x", "y", 1}}, {"a": {1, "y", "x"}}, True),
    "decimals": ([Decimal("0.1")], [Decimal("0.1")], True),
    "decimals that differ": ([Decimal("0.1")], [Decimal("0.2")], False),
    "enums that differ": ([_Color.RED], [_Color.BLUE], False),
    "nothing": (None, None, True),
    "what cannot be looked into": (_Opaque(), _Opaque(), False),
    "functions": ({"f": lambda: 1}, {"f": lambda: 1}, False),
}


@frozen
class _Later:
    """As `_Attrs`, in a later release."""

    project: Any
    tags: Any = option((), "Tags.")
    more: Any = attrs.field(factory=dict)
    as_of: Any = option(None, "When it is planned.", per_run=True)


class _Placing(Lines):
    def place(self, config: Any) -> Any:
        """Where the project is, or what it raises."""
        return config.project() if callable(config.project) else Place(space="s", home=config.project)


def test_an_option_that_is_added_later_changes_nothing_until_it_is_stated() -> None:
    """Whatever makes its default."""
    now = _of(_Attrs("a"))

    assert [True, False, False] == [
        now == _of(config) for config in (_Later("a"), _Later("a", tags=(1,)), _Later("a", more={"x": 1}))
    ]


class _Sending(Lines):
    """Tells no place, and sends a project where a test says so."""

    def __init__(self, **changes: Any) -> None:
        self.changes = changes

    def endpoints(self, config: Any) -> Any:
        """Another release sends another default."""
        return (evolve(LINES, **self.changes),)


CHANGED: dict[str, dict[str, Any]] = {
    "a URL": {"url": "https://lines.example/main"},
    "a header": {"headers": {"X-Project": "main"}},
    "a prefix": {"prefix": b'{"project":"main","rows":['},
    "a suffix": {"suffix": b'],"project":"main"}'},
}


@pytest.mark.parametrize("changes", CHANGED.values(), ids=CHANGED)
def test_a_default_that_changes_counts_by_what_is_sent(changes: dict[str, Any]) -> None:
    """The options are as they were, and the destination tells no place."""
    before, after, again = (
        fingerprint(Route(name="x", destination=_Sending(**one), config=_Attrs("a")))
        for one in ({}, changes, changes)
    )

    assert (False, True) == (before.options == after.options, after.options == again.options)


def test_a_place_counts_beside_the_options() -> None:
    """Of a destination that tells it."""
    config = _Later("a", tags=(1,))
    prints = [fingerprint(Route(name="x", destination=one, config=config)) for one in (_Placing(), Lines())]

    assert prints[0].options != prints[1].options


def test_a_place_that_cannot_be_told_is_said_so() -> None:
    """No option has changed."""
    broken = fingerprint(Route(name="x", destination=_Placing(), config=_Attrs(lambda: None)))
    origin = Timestamped(EPOCH, "a", None)
    saved = SavedState(State({"t": OpenTrace(origin=origin, latest=EPOCH)}), broken)
    what = "it cannot be told whether this state is of the same place"

    assert "" == broken.options
    assert (State(), f"x: {what}: {BEGINS_EMPTY}") == usable_state("x", saved, broken)


def _of(config: Any, policy: Policy | None = None) -> Any:
    return fingerprint(Route(name="x", destination=Lines(), config=config, policy=policy or Policy()))


@pytest.mark.parametrize(("one", "other", "same"), CONFIGS.values(), ids=CONFIGS)
def test_the_config_of_a_plugin_may_be_anything(one: Any, other: Any, same: bool) -> None:
    """A part that cannot be hashed differs."""
    assert same == (_of(one) == _of(other))


@pytest.mark.parametrize("config", [[_Broken()], _endless(), 10**5000], ids=["broken", "endless", "huge"])
def test_a_config_that_fails_has_no_fingerprint(config: Any) -> None:
    """It is never the same; the other parts are compared."""
    assert ("", 64) == (_of(config).options, len(_of(config).policy))


RULES = FilterRules(groups=(Group(rules=(Rule(field="model", operator="equals", value="m"),)),))
POLICIES: dict[str, dict[str, Any]] = {
    "enabled": {"enabled": False},
    "api_key_hashes": {"api_key_hashes": ["a"]},
    "excluded_api_key_hashes": {"excluded_api_key_hashes": ["a"]},
    "filter_rules": {"filter_rules": RULES},
    "sampling_rate": {"sampling_rate": 0.5},
    "privacy_mode": {"privacy_mode": True},
    "broadcast_generation_cost": {"broadcast_generation_cost": True},
    "broadcast_generation_identity": {"broadcast_generation_identity": True},
    "broadcast_generation_request_context": {"broadcast_generation_request_context": True},
    "drop_input": {"drop_input": True},
    "drop_output": {"drop_output": True},
    "content_hook": {"content_hook": lambda content: content},
    "user_identity": {"user_identity": "hash"},
    "drop_custom_metadata": {"drop_custom_metadata": True},
}


def test_every_part_of_a_policy_counts() -> None:
    """One that is added too."""
    prints = {name: _of({}, Policy(**change)).policy for name, change in POLICIES.items()}

    assert set(POLICIES) == {field.name for field in Policy.__attrs_attrs__}  # type: ignore[attr-defined]
    assert len(POLICIES) + 1 == len({*prints.values(), _of({}).policy})
    assert prints["filter_rules"] == _of({}, Policy(filter_rules=RULES)).policy
