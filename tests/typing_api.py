"""The types of the public API, read by the type checker and never run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import assert_type

from broadcast_core import (
    Content,
    Cost,
    Destination,
    Generation,
    Outcome,
    Plan,
    Policy,
    Request,
    Route,
    State,
    Timing,
    dump_state,
    load_state,
    plan,
)
from broadcast_core.destinations import Place
from broadcast_core.plugins import destination
from broadcast_core.readers import Reading, read_protobuf, read_text
from broadcast_core.record.codec import decode_line, encode_line
from broadcast_core.secrets import HashKeys
from broadcast_core.settings import load
from broadcast_opik import Opik, OpikConfig
from broadcast_opik import destination as opik
from broadcast_opik.config import LOCAL

assert_type(read_text(b""), Reading)
assert_type(read_protobuf(b""), Reading)
assert_type(read_text("").generations, tuple[Generation, ...])
assert_type(decode_line(b""), Generation)
assert_type(encode_line(decode_line("")), bytes)

found: Destination = destination("opik")
same: Destination = opik
assert_type(opik, Opik)
assert_type(opik.place(OpikConfig(base_url=LOCAL)), Place)

route = Route.to(opik, {"base_url": LOCAL, "project_name": "x"}, policy=Policy(privacy_mode=True))
result = plan([], route)
assert_type(result, Plan)
assert_type(result.requests, tuple[Request, ...])
assert_type(result.outcomes, tuple[Outcome, ...])
assert_type(result.state, Mapping[str, State])
plan([], [route], state=result.state)
assert_type(dump_state(result.state), bytes)
assert_type(load_state(b""), dict[str, State])
plan([], [route], state=load_state(b""))
plan([], [route], hash_keys={"opik": "a key"})
plan([], [route], hash_keys={"opik": {"hash_key": "a key"}})  # type: ignore[dict-item]  # a key a route
assert_type(load({}).hash_keys, HashKeys)
plan([], [route], hash_keys=load({}).hash_keys)

generation = Generation(
    id="gen-1", timing=Timing(start=datetime.min), content=Content(input={"messages": []})
)
assert_type(generation.cost, Cost)
assert_type(generation.cost.total, Decimal | None)
assert_type(generation.usage.input_tokens, int | None)
assert_type(generation.timing.end, datetime | None)

Generation(id="gen-1")  # type: ignore[call-arg]  # a record needs its time
generation.id = "other"  # type: ignore[misc]  # and is frozen
