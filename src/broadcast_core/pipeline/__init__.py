"""The pipeline: every stage in a row, for one call.

route.py          one configured destination          planner.py        `plan`: generations in, requests out
mapping.py        one trace through its destination   outcomes.py       what became of each generation
collisions.py     one id in two projects              explanation.py    why, and where every field goes
arguments.py      what a program gives, checked       wire.py           values in requests, by their place
plugin_checks.py  what a plugin gives, checked        plugin_faults.py  what it raises instead
route_headers.py  headers of a route's own          late_versions.py  one generation over several calls
shared_work.py    what routes do alike
"""

from __future__ import annotations

from broadcast_core.pipeline.explanation import Explanation, explain
from broadcast_core.pipeline.outcomes import Outcome
from broadcast_core.pipeline.planner import Plan, plan
from broadcast_core.pipeline.route import Route

__all__ = ["Explanation", "Outcome", "Plan", "Route", "explain", "plan"]
