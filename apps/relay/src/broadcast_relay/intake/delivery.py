"""One delivery: who sends it, how large it is, and onto disk; a plain ASGI callable, without a framework.

It is answered from the spool alone. Nothing is planned, resolved or sent before, and no content is logged.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from broadcast_core.diagnostics import describe_error
from broadcast_core.sending.spool.inbox import PLAIN
from broadcast_core.sending.store import StoreFull
from broadcast_relay.intake import answers
from broadcast_relay.intake.access import Access
from broadcast_relay.intake.acknowledging import Acknowledgements
from broadcast_relay.intake.answers import Answer
from broadcast_relay.intake.incoming import Body, Deadlines, Failed, Incoming
from broadcast_relay.intake.payloads import holds_nothing
from broadcast_relay.serving.asgi import Receive, Scope, Send
from broadcast_relay.serving.metrics import Metrics
from broadcast_relay.settings.table import RelaySettings
from broadcast_relay.spool.engine import Spool

_GZIP = ("gzip", "x-gzip")
_PROTOBUF = (b"application/x-protobuf", b"application/protobuf")
_ENCODING = re.compile(r"[a-z0-9][a-z0-9, _.-]{0,63}", re.ASCII)
Headers = Sequence[tuple[bytes, bytes]]


class Intake:
    """Takes deliveries of those who may deliver; `access` may be exchanged at any time.

    `now` is the time in UTC; `report` takes a line for the person in charge.
    """

    def __init__(
        self,
        spool: Spool,
        metrics: Metrics,
        *,
        access: Access,
        settings: RelaySettings,
        now: Callable[[], datetime],
        report: Callable[[str], None],
    ) -> None:
        self.access = access
        self._spool, self._metrics, self._settings = spool, metrics, settings
        self._now, self._report = now, report
        self._acknowledgements = Acknowledgements()
        self._deadlines = Deadlines(settings.body_timeout_seconds, settings.stop_timeout_seconds)

    def stop(self) -> None:
        """Let bodies that are on their way end soon; called in the event loop."""
        self._deadlines.stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        headers: Headers = scope["headers"]
        named = dict(headers)
        encoding = _encoding(headers) if b"content-encoding" in named else PLAIN
        incoming = Incoming(receive, self._settings.max_body_bytes, is_gzip=encoding == "gzip")
        answer = self._refusal(scope["method"], headers, named)
        if answer is None:
            is_test = named.get(b"x-test-connection", b"").strip().lower() == b"true"
            answer = await self._take(incoming, encoding, is_test=is_test)
        self._metrics.answered(answer.outcome, loop.time() - began)
        await answer.send(send, incoming)

    def _refusal(self, method: str, headers: Headers, named: Mapping[bytes, bytes]) -> Answer | None:
        """Return the answer to what is refused before any of its body is read."""
        if method not in ("POST", "PUT"):
            return answers.WRONG_METHOD
        if not self.access.allows(headers):
            return answers.UNAUTHORIZED
        if named.get(b"content-type", b"").partition(b";")[0].strip().lower() in _PROTOBUF:
            return answers.PROTOBUF
        length = named.get(b"content-length", b"").strip()
        if length.isdigit() and int(length[:20]) > self._settings.max_body_bytes:
            return answers.too_large(self._settings.max_body_bytes)
        return None

    async def _take(self, incoming: Incoming, encoding: str, *, is_test: bool) -> Answer:
        body = await self._deadlines.read(incoming)
        if not isinstance(body, Body):
            return self._incomplete(body)
        if is_test or holds_nothing(body.start):
            return answers.TEST
        return await self._keep(body, encoding)

    async def _keep(self, body: Body, encoding: str) -> Answer:
        """Return the answer once a body is on disk; it is waited for even if the sender has gone."""
        try:
            kept = self._spool.accept(body.sent, encoding=encoding, at=self._now())
            await self._acknowledgements.result_of(kept)
        except StoreFull as full:
            return answers.full(str(full))
        except Exception as error:  # noqa: BLE001  # whatever fails, the delivery was not kept
            self._report(f"a delivery could not be kept: {describe_error(error)}; its sender got 503")
            return answers.FAILED
        return answers.ACCEPTED

    def _incomplete(self, failed: Failed) -> Answer:
        if failed == "too_large":
            return answers.too_large(self._settings.max_body_bytes)
        if failed == "timeout":
            return answers.too_slow(self._settings.body_timeout_seconds)
        return answers.STOPPING if failed == "stopping" else answers.DISCONNECTED


def _encoding(headers: Headers) -> str:
    """Return the content encoding as one word; one that is no name is `unknown`."""
    values = [
        value.decode("latin-1").strip().lower() for name, value in headers if name == b"content-encoding"
    ]
    encoding = ", ".join(value for value in values if value) or PLAIN
    if encoding in _GZIP:
        return "gzip"
    return encoding if _ENCODING.fullmatch(encoding) else "unknown"
