"""The whole application: the intake at its path, pages at every other."""

from __future__ import annotations

from broadcast_relay.serving import asgi
from broadcast_relay.serving.asgi import Receive, Scope, Send


def application(intake: asgi.Application, others: asgi.Application, path: str) -> asgi.Application:
    """Return an ASGI application; a slash at the end of the path makes no difference."""
    own = {path.rstrip("/") or "/", path.rstrip("/") + "/"}

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        await (intake if scope["path"] in own else others)(scope, receive, send)

    return call
