"""Sending: clients that obey what `delivery` decides. Here alone the core touches network, disk and threads.

client.py         a request in exchange for its answer, or for why there is none
async_client.py   the same, awaited
transport.py      the client of httpx2 or httpx behind them, and its requests
answers.py        answers of the library as ours
directory.py      a request that is written as a file
exchange.py       one exchange on its way: its deadline, how far it came, and nothing of it in the log
failures.py       what an exception of the library is about, in plain words
threads.py        threads that send, and hold up no end of a program
checking.py       the connection test of a route, run
route_sender.py   the threads that send the requests of a route, as its queue says
clock.py          the time
journal.py        what they keep before it counts
store/            deliveries on their way, in a file of SQLite
spool/            deliveries accepted, planned and sent: what the relay runs
queue/            `DeliveryQueue`: what a service offers generations to
plans/            `send` and `send_async`: a plan, sent by the program that made it

What programs use stands here, and is imported when it is asked for: it takes threads, SQLite and HTTP.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from broadcast_core.sending.async_client import AsyncClient
    from broadcast_core.sending.client import Client
    from broadcast_core.sending.plans import DeliveryReport, send, send_async
    from broadcast_core.sending.queue import Counters, DeliveryQueue

__all__ = ["AsyncClient", "Client", "Counters", "DeliveryQueue", "DeliveryReport", "send", "send_async"]

_MODULES = {
    "AsyncClient": "async_client",
    "Client": "client",
    "Counters": "queue",
    "DeliveryQueue": "queue",
    "DeliveryReport": "plans",
    "send": "plans",
    "send_async": "plans",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
