"""Clients of every kind behind one interface: ours, and those of callers; plain, and awaited."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx
from attrs import frozen

from broadcast_core.batching import Outgoing, Response
from broadcast_core.delivery.failure import Failure
from broadcast_core.sending.async_client import AsyncClient
from broadcast_core.sending.client import Client

KEY = "k3y-canary-7f"
LIMIT = 0.2
KINDS: dict[str, tuple[bool, Callable[[], Any]]] = {  # ours are of httpx2
    "ours": (False, lambda: None),
    "httpx": (False, httpx.Client),
    "ours awaited": (True, lambda: None),
    "httpx awaited": (True, httpx.AsyncClient),
}


@frozen
class Kind:
    """A client of one kind: `exchange` does what that of the client does, whether awaited or not."""

    exchange: Callable[[Outgoing], Response | Failure]
    client: Client | AsyncClient


@contextmanager
def kind_of(name: str, seconds: float = LIMIT) -> Iterator[Kind]:
    """Make a client of a kind, and close it and the caller's."""
    is_async, make = KINDS[name]
    timeout = timedelta(seconds=seconds)
    if not is_async:
        given = make()
        with Client(given, timeout=timeout) as client:
            yield Kind(client.exchange, client)
        if given is not None:
            given.close()
        return
    with asyncio.Runner() as runner:
        awaited = AsyncClient(given := make(), timeout=timeout)
        yield Kind(lambda outgoing: runner.run(awaited.exchange(outgoing)), awaited)
        runner.run(awaited.aclose())
        if given is not None:
            runner.run(given.aclose())


def outgoing(url: str, body: bytes = b"[1]", **headers: str) -> Outgoing:
    """Return a request with a secret in its URL, in a header and in its body."""
    return Outgoing(
        method="POST",
        url=f"{url}/rows?key={KEY}",
        headers={"Authorization": KEY, "Content-Type": "application/json", **headers},
        body=body,
    )
