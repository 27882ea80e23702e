"""An exchange: the request that a caller sent with its response, stream or error, at every endpoint.

reading.py    the exchange, as a program or a document gives it
document.py   what a program hands over          bodies.py     a body as it came
streams/      streams, put together              headers.py    what only HTTP tells
endpoints.py  which endpoint it is of            answer.py     what of a response is the answer
content.py    what was asked and answered        timing.py     when, by the clock of the caller
failure.py    whether it failed, and why         usage.py      tokens and cost
attempts.py   the providers that were tried      ids.py        its id
identity.py   who asked, in which trace          unmapped.py   what no field takes, and what is left out
"""

from __future__ import annotations

from broadcast_core.readers.exchange.reading import from_exchange, read

__all__ = ["from_exchange", "read"]
