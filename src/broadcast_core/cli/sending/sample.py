"""A generation of our own, which shows that a route works and where to look: one small chat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from rich.console import Console

from broadcast_core.cli.chunks import ChunkPlanner
from broadcast_core.cli.console.terminal import sanitize
from broadcast_core.cli.files.checkpoint import InputDigest
from broadcast_core.cli.input import LocatedGeneration
from broadcast_core.cli.location import SourceLocation
from broadcast_core.cli.routes import identified, page_of
from broadcast_core.cli.sending.planned_input import SentInput, keep_chunk
from broadcast_core.cli.sending.senders import Senders
from broadcast_core.delivery.outcomes import DeliveryOutcome
from broadcast_core.delivery.place import place_name
from broadcast_core.pipeline.route import Route
from broadcast_core.record.generation import Content, Cost, Generation, Identity, Timing, TraceContext, Usage

NAME = "Broadcast sample"
SAMPLE_TRIES = 3
"""How often a request of the sample is sent: somebody waits for it."""
_MAX_LINE = 1000
_TOOK = timedelta(milliseconds=800)
_QUESTION = "Is this connection working?"
_ANSWER = "Yes. This trace was sent by `broadcast send --sample`."


def sample_generation(now: datetime, token: str) -> Generation:
    """Return a generation that has just ended; `token` makes its ids new, `now` is the time in UTC."""
    original = f"broadcast-sample-{now:%Y%m%dT%H%M%S}-{token}"
    message = {"role": "assistant", "content": _ANSWER}
    return Generation(
        id=f"{original}-1",
        timing=Timing(start=now - _TOOK, end=now, first_token_ms=250),
        model="broadcast/sample",
        served_model="broadcast/sample",
        author="broadcast",
        provider="broadcast",
        streamed=True,
        finish_reason="stop",
        usage=Usage(input_tokens=12, output_tokens=15, total_tokens=27),
        cost=Cost(
            total=Decimal("0.000042"), input=Decimal("0.000012"), output=Decimal("0.00003"), source="billed"
        ),
        trace=TraceContext(
            trace_id=original, trace_name=NAME, generation_name="Sample chat", tags=("broadcast-sample",)
        ),
        identity=Identity(user_id="broadcast-sample"),
        content=Content(
            input={"messages": [{"role": "user", "content": _QUESTION}]},
            output={"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]},
        ),
    )


def send_sample(generation: Generation, sent: SentInput, senders: Senders) -> Iterator[DeliveryOutcome]:
    """Plan a sample for every route, send it, and yield what became of it."""
    located = LocatedGeneration(location=SourceLocation("sample"), generation=generation, size=0)
    added = keep_chunk(ChunkPlanner(sent.selection, {}), [located], sent, 1, InputDigest())
    sent.checkpoint.keep_end_of_input()
    senders.start()
    senders.add(added)
    yield from senders.finish()
    for fault in senders.faults:
        raise fault


def print_where(console: Console, generation: Generation, routes: Mapping[str, Route]) -> None:
    """Print where the sample is on each route that delivered it."""
    original = str(generation.trace.trace_id)
    for name, route in routes.items():
        trace = identified(route, original, generation.timing.start).get("trace")
        lines = {
            "delivered": f"the trace {NAME!r}, {original}",
            "place": place_name(route),
            "trace id there": trace,
            "page": None if trace is None else page_of(route, trace),
        }
        for label, text in lines.items():
            if text is not None:
                line = f"{sanitize(name)}: {label}: {sanitize(text, _MAX_LINE)}"
                console.print(line, soft_wrap=True, markup=False, highlight=False)
