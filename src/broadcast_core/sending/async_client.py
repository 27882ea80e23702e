"""Sends what `prepare` made, and returns what came of it, for programs that await."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from typing import Any, Self

from broadcast_core.batching import Outgoing, Response
from broadcast_core.batching.file_urls import is_file_url
from broadcast_core.delivery.failure import Failure
from broadcast_core.sending.answers import MAX_BODY, answer_of
from broadcast_core.sending.directory import write_file
from broadcast_core.sending.exchange import Exchange
from broadcast_core.sending.failures import failure_of
from broadcast_core.sending.transport import Transport, bare


class AsyncClient:
    """Exchanges requests for answers from any number of tasks of asyncio; else as `Client`.

    `timeout` is for a whole exchange, whatever takes the time.
    """

    def __init__(
        self, client: Any = None, *, timeout: timedelta = timedelta(seconds=60), http: bool = True
    ) -> None:
        self._transport = Transport(client, timeout, is_async=True, has_http=http)

    async def exchange(self, outgoing: Outgoing) -> Response | Failure:
        """Send a request and return its answer, or why there is none; else as `Client.exchange`.

        A cancellation goes on, and the connection that it ended is given up; a file is written to its end.
        """
        if is_file_url(outgoing.url):
            self._transport.check_open()
            return await self._written(outgoing)
        before = sys.exception()
        client, exchange = self._transport.client(), Exchange(self._transport.seconds)
        with exchange.running():
            try:
                async with asyncio.timeout(exchange.seconds):
                    return await self._answer(client, outgoing, exchange)
            except Exception as error:  # noqa: BLE001  # whatever the library raises, there is no answer
                return failure_of(error, exchange, before)
            except BaseException as error:  # noqa: BLE001  # a cancellation: it goes on, without secrets
                left = error
        raise bare(left)

    def within(self, timeout: timedelta) -> Self:
        """Return a client of the same connections with another time limit; this one closes them."""
        view = object.__new__(type(self))
        view._transport = self._transport.within(timeout)
        return view

    async def aclose(self) -> None:
        """Close the connections, but for those of a caller's client; exchange nothing afterwards."""
        for client in self._transport.close():
            await client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _written(self, outgoing: Outgoing) -> Response | Failure:
        seconds = self._transport.seconds
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.to_thread(write_file, outgoing)
        except TimeoutError:
            what = f"the disk had not taken the file within {seconds:g} s: whether it is there is not known"
            return Failure(kind="timeout", why=what)

    async def _answer(self, client: Any, outgoing: Outgoing, exchange: Exchange) -> Response:
        request = self._transport.request(outgoing, exchange)
        exchange.is_given = True
        response = await client.send(request, stream=True, auth=None, follow_redirects=False)
        try:
            return answer_of(response, await _body(response))
        finally:
            await response.aclose()


async def _body(response: Any) -> bytes:
    """Return the first bytes of an answer's body; a 413 needs none, and its connection often ends early."""
    body = bytearray()
    try:
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > MAX_BODY:
                break
    except Exception:
        if response.status_code != 413:
            raise
    return bytes(body[:MAX_BODY])
