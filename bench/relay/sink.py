"""A platform that takes everything and answers 204, in a process of its own."""

from __future__ import annotations

import asyncio
import sys

_ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"


class Sink(asyncio.Protocol):
    """Reads requests with a length, and answers each."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.left, self.head = transport, 0, b""

    def data_received(self, data: bytes) -> None:
        """Read, and answer whatever has come whole; a client waits for its answer before it goes on."""
        if self.left:
            self.left -= len(data)
        else:
            self.head += data
            head, found, body = self.head.partition(b"\r\n\r\n")
            if not found:
                return
            self.head = b""
            self.left = _length(head) - len(body)
        if self.left <= 0:
            self.left = 0
            self.transport.write(_ANSWER)


def _length(head: bytes) -> int:
    found = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return int(found[0].split(b":")[1]) if found else 0


async def main() -> None:
    """Serve until it is killed; the first line on stderr tells where."""
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    print(f"listening on http://127.0.0.1:{port}/", file=sys.stderr, flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
