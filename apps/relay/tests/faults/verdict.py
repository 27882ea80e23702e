"""Whether what the platforms have, and what was said, is what an undisturbed run leads to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from apps.relay.tests.faults import source
from apps.relay.tests.faults.campaign import End

from broadcast_core import Route, State, plan
from broadcast_core.plugins import destination
from broadcast_core.readers import read_text
from broadcast_opik.testing.server import OpikModel

CONCURRENCY = 4
"""The most requests of a route that are on their way when a life ends."""


def faults_of(end: End) -> list[str]:
    """Say what is wrong with the end of a campaign; nothing: it is right."""
    wrong = [f"a traceback: {text[-400:]}" for text in end.said if "Traceback" in text]
    if not end.is_drained:
        return [*wrong, f"it does not drain, or takes no more: {end.counters}, {end.said[-1][-400:]}"]
    ids = [
        source.generation(lane, number)["id"]
        for lane, count in enumerate(end.acknowledged)
        for number in range(count)
    ]
    return wrong + _faults_at_opik(end) + _faults_of_lines(end, ids) + _faults_of_counters(end, ids)


def _faults_at_opik(end: End) -> list[str]:
    """Compare what Opik shows with what it shows where each delivery was planned once, one after another."""
    expected = undisturbed(end.acknowledged, end.base_url)
    found: list[str] = []
    for kind in ("traces", "spans"):
        wanted, got = ({row["id"]: row for row in _rows(state[kind])} for state in (expected, end.opik))
        lost, other = wanted.keys() - got.keys(), got.keys() - wanted.keys()
        changed = [name for name in wanted.keys() & got.keys() if wanted[name] != got[name]]
        found += [f"{kind} lost at Opik: {len(lost)}"] if lost else []
        found += [f"{kind} at Opik that nobody sent: {len(other)}"] if other else []
        found += (
            [f"{kind} that differ at Opik: {len(changed)}, {_difference(wanted, got, changed)}"]
            if changed
            else []
        )
        found += [f"{kind} twice at Opik"] if len(_rows(end.opik[kind])) != len(got) else []
    return found


def _rows(found: Any) -> list[dict[str, Any]]:
    return list(found.values()) if isinstance(found, dict) else found


def _difference(wanted: Mapping[str, Any], got: Mapping[str, Any], changed: Sequence[str]) -> str:
    one, other = wanted[changed[0]], got[changed[0]]
    return str([name for name in {**one, **other} if one.get(name) != other.get(name)])


def undisturbed(acknowledged: Sequence[int], base_url: str) -> Any:
    """Return what Opik shows of deliveries that were planned one after another."""
    model = OpikModel()
    route = Route.to(destination("opik"), {"project_name": "demo", "base_url": base_url})
    for lane, count in enumerate(acknowledged):
        state: Mapping[str, State] | None = None
        for number in range(count):
            generations = read_text(source.body_of(lane, number), None).generations
            planned = plan(generations, route, state=state)
            state = planned.state
            for request in planned.requests:
                model.handle(request)
    return json.loads(json.dumps({"traces": model.traces(), "spans": model.spans()}, default=str))


def _faults_of_lines(end: End, ids: Sequence[str]) -> list[str]:
    """Each generation is there once; one that is not there, or of which nobody knows, was reported."""
    reported = _reported(end)
    doubled = [name for name, rows in end.lines.items() if len(rows) > 1]
    lost = [name for name in ids if name not in end.lines and name not in reported]
    kept_back = sum("generations" in letter for letter in end.letters)
    return [
        *([f"kept back without need: {kept_back}"] if kept_back > CONCURRENCY * len(end.codes) else []),
        *([f"lines twice: {len(doubled)}, as {doubled[0]}"] if doubled else []),
        *([f"lines lost: {len(lost)}, as {lost[0]}"] if lost else []),
    ]


def _reported(end: End) -> set[str]:
    return {name for letter in end.letters for name in letter.get("generations", ["a delivery"])}


def _faults_of_counters(end: End, ids: Sequence[str]) -> list[str]:
    reported = _reported(end)
    lines, opik = (end.counters.get(name, {}) for name in ("lines", "opik"))
    expected = {"planned": len(ids), "delivered": len(ids) - len(reported), "undelivered": len(reported)}
    counted = {name: lines.get(name, 0) for name in expected}
    found = [] if counted == expected else [f"counts of lines are {counted} and not {expected}"]
    is_whole = opik.get("planned", 0) == opik.get("delivered", 0) and len(ids) <= opik.get("planned", 0)
    return found + ([] if is_whole else [f"counts of opik are {opik}, of {len(ids)} generations"])
