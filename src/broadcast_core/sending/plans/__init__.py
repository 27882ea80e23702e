"""A plan, sent by the program that made it: nothing of it is on disk.

report.py      what became of each generation, and what could not be delivered
route_run.py   the requests of one route on their way, as its queue says
runs.py        those of all routes: what is due, and the report
blocking.py    `send`: in threads
awaited.py     `send_async`: in tasks of asyncio

Both do the same: what goes when, and what an answer means, is decided in `delivery`.
"""

from __future__ import annotations

from broadcast_core.sending.plans.awaited import send_async
from broadcast_core.sending.plans.blocking import send
from broadcast_core.sending.plans.report import DeliveryReport

__all__ = ["DeliveryReport", "send", "send_async"]
