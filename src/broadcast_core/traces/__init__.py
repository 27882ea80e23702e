"""Traces: trees that core assembles from generations, how they merge, and the state that carries them on.

keys.py       what groups generations               tree.py          trace trees, and how they merge
summary.py    what the row of a trace or span says  versions.py      one generation given more than once
let_out.py    what was let out of a generation      state.py         what one plan carries on to the next
state_codec.py   state as one JSON text             layered.py       versions that cost what changed
json_codecs.py   pairs of write and read            bounded_state.py   state within bounds
"""

from __future__ import annotations

from broadcast_core.traces.keys import SpanKey, span_key_of, trace_key
from broadcast_core.traces.state import OpenTrace, State
from broadcast_core.traces.state_codec import dump_state, load_state
from broadcast_core.traces.summary import Summary, Timestamped
from broadcast_core.traces.tree import TraceTree, assemble

__all__ = [
    "OpenTrace",
    "SpanKey",
    "State",
    "Summary",
    "Timestamped",
    "TraceTree",
    "assemble",
    "dump_state",
    "load_state",
    "span_key_of",
    "trace_key",
]
