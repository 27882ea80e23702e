"""Nothing at import, nothing behind the caller's back, and the same bytes in every process."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

PLAN = """
import hashlib, sys
from pathlib import Path
from broadcast_core import Route, plan
from broadcast_core import jsontext
from broadcast_core.discovery import destination
from broadcast_core.readers import read_text
from broadcast_core.testing.purity import blocked

if "stdlib" in sys.argv:
    jsontext.orjson = None
texts = [path.read_bytes() for path in sorted(Path(sys.argv[1]).glob("*.json"))]
route = Route.to(destination("opik"), {"project_name": "demo", "attempts": True})
with blocked("broadcast_core", "broadcast_opik"):
    generations = [one for text in texts for one in read_text(text).generations]
    requests = plan(generations, route).requests
    digest = [(request.url, sorted(request.headers.items()), request.body) for request in requests]
assert len(generations) >= 20
print(hashlib.sha256(repr(digest).encode()).hexdigest())
"""


def _run(code: str, *arguments: str, seed: str = "0") -> str:
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_plans_are_the_same_bytes_in_any_process_under_a_blocker() -> None:
    """Whatever the hash seed, with sockets, clocks, dice and files blocked while reading and planning."""
    examples = str(ROOT / "examples/deliveries")

    digests = {_run(PLAN, examples, seed=seed) for seed in ("0", "1", "4242")}

    assert 1 == len(digests)


def test_plans_are_the_same_bytes_without_the_fast_engine() -> None:
    """The `fast` extra changes the speed, nothing else."""
    pytest.importorskip("orjson")
    examples = str(ROOT / "examples/deliveries")

    assert _run(PLAN, examples) == _run(PLAN, examples, "stdlib")


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
    assert hashlib.sha256(b"[]").hexdigest() != _run(PLAN, str(ROOT / "examples/deliveries"))
