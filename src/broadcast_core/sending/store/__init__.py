"""What is kept of deliveries until they have ended: a file of SQLite, or memory.

database.py   the file: its rules, one process at a time, its form and version
owner.py      the one thread that has the connection: what waits together is one transaction
jobs.py       planned requests on their way
generations.py  what becomes of their generations, counted
progress.py   how far a plan has come: the place in the input, the state of open traces
foreign.py    requests that are not of their route any more: each a dead letter
letters.py    what could not be delivered, as stored requests
values.py     bodies compressed, and texts that SQLite would not take

Rule 1: what belongs together is one transaction. A plan with its new state and its place in the input; an
outcome with what is still to be sent. So a process that is killed at any moment has done all of it, or none.

Rule 2: one connection. SQLite before 3.51.3 may lose commits when two write ahead logs are reset at once.
"""

from __future__ import annotations

from broadcast_core.sending.store.database import StoreBusy, StoreError, StoreFull
from broadcast_core.sending.store.owner import Store

__all__ = ["Store", "StoreBusy", "StoreError", "StoreFull"]
