"""The queue of a service: generations are offered to it, and a worker of its own plans and sends them.

delivery_queue.py  what a service makes: offer, counters, close; forks and the end of a program
offers.py          what is offered and not with the worker yet, within bounds
mover.py           moves it to the worker, starts that, and starts it again
worker.py          the worker as the service sees it: a process, or threads
worker_process.py  the process
intake.py          what a worker does: documents into a spool, and reports of how far it is
frames.py          how the two speak
forks.py           what happens at a fork
counters.py        what became of everything
reporting.py       a line in the log, at most one a minute

Planning keeps a processor busy, and a busy thread of Python slows every other of its process two hundredfold:
so it is the worker that plans.
"""

from __future__ import annotations

from broadcast_core.sending.queue.counters import Counters, RouteCounters
from broadcast_core.sending.queue.delivery_queue import DeliveryQueue

__all__ = ["Counters", "DeliveryQueue", "RouteCounters"]
