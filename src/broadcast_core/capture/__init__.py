"""Capture: generations of a service's own clients, read from their HTTP exchanges as these pass.

`Recorder` wraps the transport of an httpx or httpx2 client. What passes is not changed and not held up: bytes
are kept as they go by, and a thread of its own reads them once the exchange is over.

recorder.py   what a service makes, once              transport.py  requests and responses as they pass
streams.py    bodies as they pass                     exchange.py   what is kept of one exchange
selection.py  which requests are captured             kept.py       the bytes of a body, within bounds
worker.py     the thread that reads and offers        counts.py     what became of everything
reading.py    a kept exchange, as generations         answer.py     what a body says, and how it ended
encodings.py  compressed bodies                       events.py     when the first words of a stream came
clock.py      the time, as an argument
"""

from broadcast_core.capture.counts import Counts
from broadcast_core.capture.recorder import Queue, Recorder

__all__ = ["Counts", "Queue", "Recorder"]
