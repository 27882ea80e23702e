"""Delivery as data: what goes out, and what an answer means. Nothing here sends.

preparation.py     authorize, compress, sign: a planned request as the bytes that go out
compression.py     a body in gzip
authorization.py   what a destination adds to it, checked
ages.py            a planned request without the items that are too old for its endpoint
splitting.py       a request in parts, each addressed anew: its halves, or what is to be sent again
same_route.py      whether a request is of the route that it is given with
failure.py         a request without an answer
checking.py        a connection test: its next request, and what its answers mean
answers.py         what an answer means for each item, by its destination or by its status
"""

from __future__ import annotations

from broadcast_core.delivery.ages import without_old
from broadcast_core.delivery.answers import verdicts
from broadcast_core.delivery.preparation import prepare
from broadcast_core.delivery.splitting import retried, split

__all__ = ["prepare", "retried", "split", "verdicts", "without_old"]
