"""Send what an LLM gateway does to the observability platform of your choice.

    bytes -> readers/ -> Generation -> policy/ -> trace tree -> destination -> items -> Request

    generation.py    the canonical record            codec.py       our own JSON of it
    readers/         foreign dialects in             policy/        what may leave
    tree.py          trace trees that merge          summary.py     what the row of one says
    memory.py        what is open between two plans  account.py     what became of each generation
    destination.py   the contract of a plugin        discovery.py   finding plugins
    request.py       items, packed into requests     route.py       `plan`: the above in a row
    jsontext/        one JSON rule, two engines      diagnostic.py  what is told to people
    explain.py       which decision, and which place fields.py      the fields of a record one by one
    settings/        routes from files               shortening.py  JSON cut to a size
    stored_memory.py memory as one JSON text         forms.py       what writes and what reads it, in pairs
    testing/         for authors of destinations     cli/           the `broadcast` command
    parameters.py, gateway_metadata.py, words.py     which keys and words are no content
    field_kinds.py   what each kind of field takes  arguments.py    what a program gives, checked
    faults.py        what is wrong with a record that no constructor made
    masking.py       secrets that hide themselves   collisions.py   one id in two projects

All but `discovery` and `cli` is pure: no network, clock, dice, environment, files or threads.
"""

from __future__ import annotations

from broadcast_core.account import Account
from broadcast_core.destination import Checked, ConfigError, Destination
from broadcast_core.diagnostic import Diagnostic, Problem, RecordError
from broadcast_core.discovery import BrokenDestination, DestinationNotFound
from broadcast_core.generation import (
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
from broadcast_core.masking import Secrets
from broadcast_core.memory import Memory
from broadcast_core.policy import Policy
from broadcast_core.request import Endpoint, Item, Request, Response, Unmapped
from broadcast_core.route import Plan, Route, plan
from broadcast_core.stored_memory import StoredMemoryError, dump_memory, load_memory
from broadcast_core.tree import TraceTree

__all__ = [
    "Account",
    "Attempt",
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
    "Generation",
    "Identity",
    "Item",
    "Memory",
    "Plan",
    "Policy",
    "Problem",
    "RecordError",
    "Request",
    "Response",
    "Route",
    "Secrets",
    "StoredMemoryError",
    "Timing",
    "TraceContext",
    "TraceTree",
    "Unmapped",
    "Usage",
    "dump_memory",
    "load_memory",
    "plan",
]
