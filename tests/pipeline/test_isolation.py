"""Nothing at import, nothing behind the caller's back, and the same bytes in every process."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from broadcast_core import Generation
from broadcast_core.jsontext import dumps_lossy
from broadcast_core.record.codec import encode
from broadcast_core.testing.strategies import batches, generations
from tests.paths import ROOT

PLAN = """
import hashlib, sys
from pathlib import Path
from broadcast_core import Route, dump_state, plan
from broadcast_core import jsontext
from broadcast_core.plugins import destination
from broadcast_core.readers import read_text
from broadcast_core.testing.purity import blocked
from broadcast_opik.config import LOCAL

if "stdlib" in sys.argv:
    jsontext.orjson = None
texts = [line for path in sorted(Path(sys.argv[1]).iterdir()) for line in path.read_bytes().split(b"\\n\\n")]
options = {"base_url": LOCAL, "project_name": "demo", "attempts": True}
routes = [
    Route.to(destination("opik"), options),
    Route.to(destination("opik"), {**options, "as_of": "2027-11-23T10:00:00Z", "backfill": True}, name="old"),
]
with blocked("broadcast_core", "broadcast_opik"):
    generations = [one for text in texts if text for one in read_text(text).generations]
    middle, state, told = len(generations) // 2, None, []
    for part in (generations[middle:], generations[:middle], generations):
        result = plan(part, routes, state=state)
        state = result.state
        told += [(one.url, sorted(one.headers.items()), one.body) for one in result.requests]
        told += [result.outcomes]
    told += [dump_state(state)]
assert len(generations) >= 20
print(hashlib.sha256(repr(told).encode("utf-8", "surrogatepass")).hexdigest())
"""


def _run(code: str, *arguments: str, seed: str = "0") -> str:
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@cache
def _digest(records: str, *arguments: str, seed: str = "0") -> str:
    """Return the digest of all that a process of its own plans; each is run once."""
    return _run(PLAN, records, *arguments, seed=seed)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with records that reach every field and meet in traces, named spans and versions."""
    some: list[Generation] = []

    @settings(max_examples=75, derandomize=True, database=None, phases=[Phase.generate])
    @given(batches(generations(trace_ids=st.sampled_from([None, "a", "b", "c"]))))
    def draw(batch: list[Generation]) -> None:
        some.extend(batch)

    draw()
    folder = tmp_path_factory.mktemp("drawn")
    (folder / "records.ndjson").write_bytes(b"\n".join(dumps_lossy(encode(one))[0] + b"\n" for one in some))
    return folder


@pytest.fixture(params=["examples", "drawn"])
def records(request: pytest.FixtureRequest) -> str:
    """Return a folder of deliveries, and one of drawn records."""
    drawn = request.param == "drawn"
    return str(request.getfixturevalue("drawn") if drawn else ROOT / "examples/deliveries")


def test_plans_are_the_same_bytes_in_any_process_under_a_blocker(records: str) -> None:
    """Whatever the hash seed, with sockets, clocks, dice and files blocked while reading and planning."""
    assert 1 == len({_digest(records, seed=seed) for seed in ("0", "1", "4242")})


def test_plans_are_the_same_bytes_without_the_fast_engine(records: str) -> None:
    """The `fast` extra changes the speed, nothing else."""
    pytest.importorskip("orjson")

    assert _digest(records) == _digest(records, "stdlib")


def test_importing_the_core_does_nothing_else() -> None:
    """No optional package, thread, socket, subprocess or file written."""
    code = """
import sys, json
events = []
sys.addaudithook(lambda event, args: events.append(event))
import broadcast_core
import threading
heavy = ["click", "rich", "httpx", "msgspec", "hypothesis", "asyncio", "multiprocessing", "ssl"]
print(json.dumps({
    "imported": [name for name in heavy if name in sys.modules],
    "threads": threading.active_count(),
    "events": sorted({e for e in events if e.startswith(("socket.", "subprocess.", "os.system", "urllib."))}),
}))
"""
    assert {"imported": [], "threads": 1, "events": []} == json.loads(_run(code))


def test_the_digest_is_one_of_something() -> None:
    """The two tests above compare plans, not empty output."""
    assert hashlib.sha256(b"[]").hexdigest() != _digest(str(ROOT / "examples/deliveries"))
