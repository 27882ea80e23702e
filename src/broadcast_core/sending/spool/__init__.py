"""From deliveries on disk to every route: what the relay runs, and the queue of a service.

engine.py            accept, plan, send: the threads and what wakes them
inbox.py             deliveries that are not planned yet, in a store
planner_loop.py      the thread that has deliveries planned
planning.py          deliveries in, stored requests and new state out: pure but for what it carries on
planner_process.py   the same in a process of its own, so that planning takes no time from who accepts
keeping.py           what was planned, in one transaction with the state and the place in the inbox
holding.py           what a store can hold: space, age, and why no more is accepted

A delivery is accepted once it is on disk. For each route it is planned once, in one transaction with the new
state and the route's place in the inbox; then it is sent until it has ended.
"""

from __future__ import annotations

from broadcast_core.sending.spool.engine import Spool
from broadcast_core.sending.spool.holding import SpoolState

__all__ = ["Spool", "SpoolState"]
