"""What is answered to a sender: a status, and a message without content."""

from __future__ import annotations

from attrs import field, frozen

from broadcast_core.jsontext import dumps
from broadcast_relay.intake.incoming import Incoming
from broadcast_relay.serving.asgi import Send
from broadcast_relay.serving.metrics import Intake

Headers = tuple[tuple[bytes, bytes], ...]


@frozen(kw_only=True)
class Answer:
    """An answer of the intake; `closes` ends the connection, since not all of the body was read.

    `drains` reads on for a moment before that, for a sender who is still writing.
    """

    outcome: Intake
    status: int
    message: str = ""
    headers: Headers = field(default=())
    closes: bool = False
    drains: bool = False

    _body: bytes = field(init=False, repr=False)
    _head: dict[str, object] = field(init=False, repr=False, eq=False)

    @_body.default
    def _written(self) -> bytes:
        return dumps({"message": self.message} if self.message else {})

    @_head.default
    def _start(self) -> dict[str, object]:
        close = ((b"connection", b"close"),) if self.closes else ()
        length = (b"content-length", str(len(self._body)).encode())
        headers = [(b"content-type", b"application/json"), length, *close, *self.headers]
        return {"type": "http.response.start", "status": self.status, "headers": headers}

    async def send(self, send: Send, incoming: Incoming) -> None:
        """Send it; before a connection is closed on a sender who still writes, the answer can be read."""
        await send(self._head)
        await send({"type": "http.response.body", "body": self._body, "more_body": self.drains})
        if self.drains:
            await incoming.drain()
            await send({"type": "http.response.body", "body": b"", "more_body": False})


ACCEPTED = Answer(outcome="accepted", status=200)
TEST = Answer(outcome="test", status=200)
UNAUTHORIZED = Answer(
    outcome="unauthorized",
    status=401,
    message="the shared secret is missing or wrong: send the one that the relay was started with",
    headers=((b"www-authenticate", b"Bearer"),),
    closes=True,
    drains=True,
)
WRONG_METHOD = Answer(
    outcome="method",
    status=405,
    message="deliveries come by POST or PUT",
    headers=((b"allow", b"POST, PUT"),),
    closes=True,
    drains=True,
)
PROTOBUF = Answer(
    outcome="protobuf",
    status=415,
    message="deliveries are OTLP in JSON, and this is protobuf: give a collector's exporter `encoding: json`",
    closes=True,
    drains=True,
)
STOPPING = Answer(
    outcome="stopping",
    status=503,
    message="the relay stops: send the delivery again",
    headers=((b"retry-after", b"5"),),
    closes=True,
)
FAILED = Answer(
    outcome="failed",
    status=503,
    message="the delivery could not be kept: send it again; the relay's log says why",
    headers=((b"retry-after", b"30"),),
)
DISCONNECTED = Answer(outcome="disconnected", status=400, message="the body ended early", closes=True)


def too_large(max_bytes: int) -> Answer:
    """Return the answer to a body that is too large, sent or inflated."""
    message = f"a delivery may have {max_bytes} bytes, also inflated: raise max_body_bytes of the relay"
    return Answer(outcome="too_large", status=413, message=message, closes=True, drains=True)


def too_slow(seconds: float) -> Answer:
    """Return the answer to a body that took too long."""
    message = f"the body was not there within {seconds:g} seconds: send the delivery again"
    return Answer(outcome="timeout", status=408, message=message, closes=True)


def full(why: str) -> Answer:
    """Return the answer while nothing is accepted; `why` has no content."""
    return Answer(outcome="full", status=503, message=why, headers=((b"retry-after", b"60"),))
