"""The types of the public API, read by the type checker and never run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import assert_type

from broadcast_core import (
    Account,
    Content,
    Cost,
    Destination,
    Generation,
    Memory,
    Plan,
    Policy,
    Request,
    Route,
    Timing,
    dump_memory,
    load_memory,
    plan,
)
from broadcast_core.codec import decode_line, encode_line
from broadcast_core.discovery import destination
from broadcast_core.readers import Reading, read_text
from broadcast_opik import Opik, OpikConfig
from broadcast_opik import destination as opik
from broadcast_opik.config import LOCAL

assert_type(read_text(b""), Reading)
assert_type(read_text("").generations, tuple[Generation, ...])
assert_type(decode_line(b""), Generation)
assert_type(encode_line(decode_line("")), bytes)

found: Destination = destination("opik")
same: Destination = opik
assert_type(opik, Opik)
assert_type(opik.configure({"base_url": LOCAL}), OpikConfig)

route = Route.to(opik, {"base_url": LOCAL, "project_name": "x"}, policy=Policy(privacy_mode=True))
result = plan([], route)
assert_type(result, Plan)
assert_type(result.requests, tuple[Request, ...])
assert_type(result.accounts, tuple[Account, ...])
assert_type(result.memory, Mapping[str, Memory])
plan([], [route], memory=result.memory)
assert_type(dump_memory(result.memory), bytes)
assert_type(load_memory(b""), dict[str, Memory])
plan([], [route], memory=load_memory(b""))

generation = Generation(
    id="gen-1", timing=Timing(start=datetime.min), content=Content(input={"messages": []})
)
assert_type(generation.cost, Cost)
assert_type(generation.cost.total, Decimal | None)
assert_type(generation.usage.input_tokens, int | None)
assert_type(generation.timing.end, datetime | None)

Generation(id="gen-1")  # type: ignore[call-arg]  # a record needs its time
generation.id = "other"  # type: ignore[misc]  # and is frozen
