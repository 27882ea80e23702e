"""Whatever broadcast raises on purpose has one root, says what to do next, and survives pickle."""

from __future__ import annotations

import ast
import builtins
import importlib
import pickle
import pkgutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import broadcast_core
from broadcast_core import (
    BroadcastError,
    BrokenDestination,
    ConfigError,
    Content,
    DestinationNotFound,
    Endpoint,
    FieldError,
    Generation,
    Identity,
    Policy,
    Problem,
    RecordError,
    Request,
    Route,
    Secrets,
    StateError,
    Timing,
    load_state,
    plan,
)
from broadcast_core.destinations.capabilities import Place
from broadcast_core.errors import (
    ArgumentError,
    ArgumentTypeError,
    MissingPackage,
    PluginFault,
    SecretError,
    StoredFormError,
)
from broadcast_core.jsontext import JsonError, dumps, loads
from broadcast_core.jsontext.rule import LoneSurrogate, RepeatedKey
from broadcast_core.jsontext.truncation import truncate
from broadcast_core.plugins import destination
from broadcast_core.policy import Group, Rule
from broadcast_core.readers.exchange import from_exchange
from broadcast_core.record.codec import decode_line
from broadcast_core.record.messages import UnreadableContent
from broadcast_core.sending.queue.worker import WorkerEnded
from broadcast_core.sending.spool.planner_process import PlannerEnded, PlannerNotReady
from broadcast_core.sending.store import StoreError, StoreFull
from broadcast_core.sending.store.database import StoreBusy
from broadcast_core.testing.shapes.receiving import Refusal
from broadcast_core.testing.strategies import EPOCH
from broadcast_core.traces.json_codecs import DecodeError
from broadcast_core.traces.tree import tree_of
from tests.fake import Lines

CORE = Path(broadcast_core.__file__).parent
BUILT_IN = {
    "cli/": "the command tells them with their place, and exits with a code; no program meets them",
    "destinations/__init__.py AttributeError": "Python asks for attributes that way",
    "jsontext/writing.py TypeError": "its caller catches it with those of the standard library",
    "sending/__init__.py AttributeError": "Python asks for attributes that way",
    "sending/exchange.py TimeoutError": "the client makes a failure of it, as of those of the library",
    "testing/conformance/expect.py AssertionError": "a law that does not hold is a failed test",
    "traces/layered.py KeyError": "a mapping raises it, as its type promises",
    "testing/purity.py AttributeError": "Python asks for attributes that way",
}
"""Where exceptions of Python's own are raised, and why."""
OTHER_ROOT = {
    "broadcast_core.errors.HostInterrupt": "no `except Exception` may hide it, so it is none",
    "broadcast_core.cli": BUILT_IN["cli/"],
    "broadcast_core.testing.purity.SideEffectError": "no `except Exception` may hide it, so it is none",
}
"""Classes of exceptions that are not under the root, and why."""


def _raised(tree: ast.AST) -> Iterator[str]:
    """Yield the names of Python's own exceptions that a module raises."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and node.exc is not None:
            raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            kind = getattr(builtins, raised.id, None) if isinstance(raised, ast.Name) else None
            if isinstance(kind, type) and issubclass(kind, BaseException):
                yield kind.__name__


def test_no_exception_of_pythons_own_is_raised() -> None:
    """But where it is said why."""
    found = {
        f"{path.relative_to(CORE).as_posix()} {name}"
        for path in CORE.rglob("*.py")
        for name in _raised(ast.parse(path.read_text(encoding="utf-8")))
    }
    named = {one if one in BUILT_IN else one[: one.index("/") + 1] if "/" in one else one for one in found}

    assert set(BUILT_IN) == named


def test_no_check_of_attrs_own_raises() -> None:
    """Its errors have another root, and quote the value, which may be what a user said."""
    using = [path for path in CORE.rglob("*.py") if "instance_of" in path.read_text(encoding="utf-8")]

    assert [] == using


def _exceptions() -> list[type[BaseException]]:
    """Return every class of an exception that the core defines."""
    found: list[type] = []
    for module in pkgutil.walk_packages(broadcast_core.__path__, "broadcast_core."):
        if module.name != "broadcast_core.cli.__main__":
            for value in vars(importlib.import_module(module.name)).values():
                if isinstance(value, type) and value.__module__ == module.name:
                    found.append(value)
    return [value for value in found if issubclass(value, BaseException)]


def test_every_exception_has_one_root() -> None:
    """But where it is said why."""
    others = {
        f"{one.__module__}.{one.__name__}" for one in _exceptions() if not issubclass(one, BroadcastError)
    }

    assert set(OTHER_ROOT) == {one if one in OTHER_ROOT else ".".join(one.split(".")[:2]) for one in others}


ERRORS: list[BroadcastError] = [
    BroadcastError("why"),
    ArgumentError("why"),
    ArgumentTypeError("why"),
    FieldError("why"),
    SecretError("why"),
    RecordError((Problem("why", "$.a"), Problem("why"))),
    ConfigError((Problem("why", "$.a"),)),
    StateError("why", "$.routes", "do this"),
    StoredFormError("why"),
    StoreError("why"),
    StoreBusy("why"),
    StoreFull("why"),
    PlannerEnded("why"),
    PlannerNotReady("why"),
    WorkerEnded("why"),
    DestinationNotFound("opik", ("lines",)),
    BrokenDestination("opik", "broadcast-opik 1", "why"),
    PluginFault("why"),
    MissingPackage("why"),
    JsonError("why", "$.a"),
    RepeatedKey("a"),
    LoneSurrogate(("a", 0)),
    DecodeError("why", ".a"),
    UnreadableContent("why"),
    Refusal(400, "why"),
]


def test_every_error_is_tried() -> None:
    """A new class needs a line in the list."""
    assert {one for one in _exceptions() if issubclass(one, BroadcastError)} == set(map(type, ERRORS))


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_errors_survive_pickle(error: BroadcastError, protocol: int) -> None:
    """With their text, their attributes and their notes, as from another process."""
    error.add_note("noted")
    copied = pickle.loads(pickle.dumps(error, protocol))

    assert (type(error), str(error), vars(error)) == (type(copied), str(copied), vars(copied))


GENERATION = Generation(id="a", timing=Timing(start=EPOCH))
REQUEST = Request.planned(route="r", endpoint=Endpoint(name="e", url="https://e.example/"))
SAID: Any = ["what the user said"]
CALLS: dict[str, Callable[[], object]] = {
    "a field of a record": lambda: Identity(user_id=SAID),
    "a time before the start": lambda: Timing(start=EPOCH, end=EPOCH - timedelta(1)),
    "a switch": lambda: Policy(privacy_mode=SAID),
    "a rate": lambda: Policy(sampling_rate=2),
    "keys": lambda: Policy(api_key_hashes=7),  # type: ignore[arg-type]
    "a rule": lambda: Rule(field="model", operator="gt", value=1),
    "a group": lambda: Group(rules=()),
    "the URL of an endpoint": lambda: Endpoint(name="e", url=SAID),
    "the headers of an endpoint": lambda: Endpoint(name="e", url="https://e.example", headers={"X": SAID}),
    "a place": lambda: Place(space=SAID, home="h"),
    "a route": lambda: Route.to(SAID),
    "generations": lambda: plan(SAID, Route.to(Lines())),
    "two routes": lambda: plan([], [Route.to(Lines()), Route.to(Lines())]),
    "the state": lambda: plan([], Route.to(Lines()), state=SAID),
    "an exchange": lambda: from_exchange(SAID, {}, started_at=EPOCH),
    "a line of JSON": lambda: decode_line("{"),
    "JSON": lambda: loads("nope"),
    "no JSON": lambda: dumps({1: object()}),
    "stored state": lambda: load_state(b"{"),
    "stored state as text": lambda: load_state(SAID[0]),
    "a destination": lambda: destination("no such"),
    "a size": lambda: truncate("text", 1),
    "trees of two traces": lambda: tree_of(GENERATION).merge(
        tree_of(Generation(id="b", timing=GENERATION.timing))
    ),
    "halves of one item": lambda: REQUEST.split(),
    "the pickle of a secret": lambda: pickle.dumps(Secrets({"api_key": "k"})),
    "secrets": lambda: list(Secrets(SAID)),
    "content": lambda: Content(withheld=SAID),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_one_except_catches_whatever_a_caller_did_wrong(call: Callable[[], object]) -> None:
    """And the message quotes nothing that a user may have said."""
    with pytest.raises(BroadcastError) as caught:
        call()

    assert SAID[0] not in str(caught.value)
