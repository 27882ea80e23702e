"""Delivery as data: what goes out, and what an answer means. Nothing here sends.

prepare.py    authorize, compress, sign: a planned request as the bytes that go out
verdicts.py   what an answer means for each item, by its destination or by its status
splitting.py  a request in parts, each addressed anew: its halves, or what is to be sent again
"""

from __future__ import annotations

from broadcast_core.delivery.prepare import prepare
from broadcast_core.delivery.splitting import retried, split
from broadcast_core.delivery.verdicts import verdicts

__all__ = ["prepare", "retried", "split", "verdicts"]
