"""From deliveries on disk to every route: what the relay runs, and the queue of a service.

engine.py            accept, plan, send: the threads and what wakes them
accepting.py         deliveries on their way into a store, those that come together in one statement
inbox.py             deliveries that are not planned yet, in a store
planning.py          deliveries in, stored requests and new state out: pure but for what it carries on
planner_process.py   the same in a process of its own, so that planning takes no time from who accepts
planner_loop.py      the thread that has deliveries planned
keeping.py           what it keeps of a plan, each step one transaction
dead_letters.py      what could not be delivered, or read, as lines of JSON
letter_news.py       the line that says that there are more of them
matching.py          whether bytes name someone
holding.py           what a store can hold: space, age, and what is thrown away last
purging.py           what it holds of a user or in a trace, erased

A delivery is accepted once it is on disk. For each route it is planned once, in one transaction with the new
state and the route's place in the inbox; then it is sent until it has ended.
"""

from __future__ import annotations

from broadcast_core.sending.spool.engine import Spool
from broadcast_core.sending.spool.holding import SpoolState

__all__ = ["Spool", "SpoolState"]
