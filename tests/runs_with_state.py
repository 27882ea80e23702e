"""What tests of the state file share: steps of one trace, and what is saved of it."""

from __future__ import annotations

import json
from pathlib import Path

from broadcast_core import Generation, Route, load_state, plan
from broadcast_core.delivery.fingerprint import fingerprint
from broadcast_core.plugins import destination
from broadcast_core.record.codec import decode_line
from broadcast_core.traces.state_codec import SavedState, dump_saved
from tests.fake import Lines

SECRET = "what a user said"


def step(number: int, trace: str = "one") -> bytes:
    """Return the record of a step of a trace; each begins a minute after the one before."""
    document = {
        "id": f"gen-{number}",
        "timing": {"start": f"2026-11-23T{10 + number // 60}:{number % 60:02}:00Z"},
        "model": "m",
        "trace": {"trace_id": trace},
        "content": {"input": SECRET},
    }
    return json.dumps(document).encode() + b"\n"


def save_earlier_state(path: Path) -> bytes:
    """Save the state of an earlier run, of one step on the routes `demo` and `gone`, and return the text."""
    earlier: Generation = decode_line(step(0))
    routes = [Route.to(Lines(), name=name) for name in ("demo", "gone")]
    path.parent.mkdir()
    state = plan([earlier], routes).state
    demo = fingerprint(Route.to(destination("demo"), {}))
    path.write_bytes(dump_saved({name: SavedState(route_state, demo) for name, route_state in state.items()}))
    return path.read_bytes()


def saved_ids(path: Path, route: str = "demo") -> set[str]:
    """Return the generations that the saved row of the trace was made from."""
    summary = load_state(path.read_bytes())[route].traces["one"].summary
    return set() if summary is None else set(summary.generation_ids)


def lock_of(path: Path) -> Path:
    """Return the lock of a state file."""
    return path.with_name(f"{path.name}.lock")
