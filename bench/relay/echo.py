"""What accepting is measured against: the relay's server, whose bodies go to a file, with a sync a group."""

from __future__ import annotations

import asyncio
import os
import sys
from queue import SimpleQueue
from threading import Thread
from typing import Any

from broadcast_relay.serving.listening import listen
from broadcast_relay.serving.server import Server
from broadcast_relay.settings.table import RelaySettings


class Echo:
    """Answers with what was sent once it is in the file and synced; a thread writes what waits together."""

    def __init__(self, path: str) -> None:
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.waiting: SimpleQueue[tuple[bytes, asyncio.Future[None]]] = SimpleQueue()

    async def __call__(self, _scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.put((body, kept))
        await kept
        length = (b"content-length", b"%d" % len(body))
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": body})

    def write(self, loop: asyncio.AbstractEventLoop) -> None:
        """Write groups for ever."""
        while True:
            group = [self.waiting.get()]
            while len(group) < 64 and not self.waiting.empty():
                group.append(self.waiting.get())
            os.write(self.file, b"".join(body for body, _ in group))
            os.fdatasync(self.file)
            loop.call_soon_threadsafe(_wake, [kept for _, kept in group])


def _wake(group: list[asyncio.Future[None]]) -> None:
    for kept in group:
        if not kept.done():
            kept.set_result(None)


async def main(path: str) -> None:
    """Serve until it is killed; the first line on stderr tells where."""
    echo = Echo(path)
    with listen("127.0.0.1", 0) as listening:
        Thread(target=echo.write, args=(asyncio.get_running_loop(),), daemon=True).start()
        print(f"listening on http://127.0.0.1:{listening.getsockname()[1]}/", file=sys.stderr, flush=True)
        await Server(echo, RelaySettings(spool=".")).serve(sockets=[listening])


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
