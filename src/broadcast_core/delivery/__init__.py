"""Delivery as data: what goes out, what an answer means, and what goes next. Nothing here sends.

A request as it goes out, and its answer:

preparation.py     authorize, compress, sign: a planned request as the bytes that go out
compression.py     a body in gzip
authorization.py   what a destination adds to it, checked
ages.py            a planned request without the items that are too old for its endpoint
splitting.py       a request in parts, each addressed anew: its halves, or what is to be sent again
same_route.py      whether a request is of the route that it is given with
failure.py         a request without an answer
checking.py        a connection test: its next request, and what its answers mean
answers.py         what an answer means for each item, by its destination or by its status

Requests on their way, by whoever sends them:

limits.py          how often, how long and how many at once
job.py             a request on its way, and what a step makes of it
steps.py           what an answer, a failure or the clock makes of a job
route_queue.py     which request of a route goes next, and when
outcomes.py        what became of each generation: delivered, refused or undelivered

What is kept of them:

stored/            planned requests and outcomes of a plan as lines of JSON, and back
dead_letters.py    what could not be delivered, as such lines
fingerprint.py     whether saved state belongs to a route
place.py           the place of a route as text, so that nothing is sent elsewhere
"""

from __future__ import annotations

from broadcast_core.delivery.ages import without_old
from broadcast_core.delivery.answers import verdicts
from broadcast_core.delivery.preparation import prepare
from broadcast_core.delivery.splitting import retried, split

__all__ = ["prepare", "retried", "split", "verdicts", "without_old"]
