"""Send what an LLM gateway does to the observability platform of your choice.

    bytes -> readers -> Generation -> policy -> trace tree -> destination -> items -> Request -> delivery

    record/       1  the canonical record, which every stage speaks
    readers/      2  bytes to generations: OpenRouter's deliveries, exchanges, our own NDJSON
    policy/       3  may a generation leave by a route, and how much of it
    traces/       4  trace trees that merge, and the state that carries them on
    batching/     5  items, packed under the limits of an endpoint into requests
    destinations/ 6  the contract of a plugin: the one import for its author
    pipeline/     7  `plan` and `explain`: the above in a row
    delivery/     8  what goes out, what answers mean and what goes next, as data
    sending/      9  clients, stores and threads that do what delivery says

    errors.py        all errors, grouped by what to do
    diagnostics.py   what is told to people           jsontext/   one JSON rule, two engines
    secrets.py       secrets that hide themselves     plugins.py  finding destinations by entry points
    settings/        routes and secrets from files    testing/    for authors of destinations
    cli/             the `broadcast` command          capture/    generations of a program's own clients
    entry_points.py  entry points of installed packages, also of broken ones
    compiled.py      functions made of a table
    processes.py     how another process of Python is started, and what is done at the end of one

A stage imports only stages with a lower number. All but `plugins`, `entry_points`, `sending`, `capture`,
`testing` and `cli` is pure: no network, clock, randomness, environment, files or threads. Nothing of
`sending` is imported with the core; httpx2 comes with the extra `send`.
"""

from __future__ import annotations

from broadcast_core.batching.endpoint import Endpoint
from broadcast_core.batching.item import Item, Unmapped
from broadcast_core.batching.request import Request
from broadcast_core.batching.response import Response
from broadcast_core.destinations.contract import Checked, Destination
from broadcast_core.diagnostics import Diagnostic, Problem
from broadcast_core.errors import (
    ArgumentError,
    BroadcastError,
    BrokenDestination,
    ConfigError,
    DestinationNotFound,
    FieldError,
    RecordError,
    StateError,
)
from broadcast_core.pipeline.outcomes import Outcome
from broadcast_core.pipeline.planner import Plan, plan
from broadcast_core.pipeline.route import Route
from broadcast_core.policy import Policy
from broadcast_core.record.generation import (
    Attempt,
    Content,
    Cost,
    Failure,
    Generation,
    Identity,
    Timing,
    TraceContext,
    Usage,
)
from broadcast_core.secrets import Secrets
from broadcast_core.traces.let_out import Join
from broadcast_core.traces.state import State
from broadcast_core.traces.state_codec import dump_state, load_state
from broadcast_core.traces.tree import TraceTree

__all__ = [
    "ArgumentError",
    "Attempt",
    "BroadcastError",
    "BrokenDestination",
    "Checked",
    "ConfigError",
    "Content",
    "Cost",
    "Destination",
    "DestinationNotFound",
    "Diagnostic",
    "Endpoint",
    "Failure",
    "FieldError",
    "Generation",
    "Identity",
    "Item",
    "Join",
    "Outcome",
    "Plan",
    "Policy",
    "Problem",
    "RecordError",
    "Request",
    "Response",
    "Route",
    "Secrets",
    "State",
    "StateError",
    "Timing",
    "TraceContext",
    "TraceTree",
    "Unmapped",
    "Usage",
    "dump_state",
    "load_state",
    "plan",
]
