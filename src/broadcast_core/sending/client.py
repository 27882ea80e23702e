"""Sends what `prepare` made, and returns what came of it."""

from __future__ import annotations

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


class Client:
    """Exchanges requests for answers over HTTP, or writes them as files, from any number of threads.

    `client` is one of httpx2 or httpx that the caller has and closes: its proxies, certificates and limits
    are used, and not its headers, cookies, credentials and time limits, since what goes out is the request
    alone. Without one, httpx2 is used as it comes; raise `MissingPackage` where it is not installed. A client
    without `http` writes files alone, and needs no package.

    `timeout` is for a whole exchange, but for the look-up of a name, which the system limits, for a name of
    several addresses of which none answers, where it is for each, and for a disk.
    """

    def __init__(
        self, client: Any = None, *, timeout: timedelta = timedelta(seconds=60), http: bool = True
    ) -> None:
        self._transport = Transport(client, timeout, is_async=False, has_http=http)

    def exchange(self, outgoing: Outgoing) -> Response | Failure:
        """Send a request and return its answer, with the first 64 KB of its body, or why there is none.

        Redirects are answers. Nothing that the network, a server or a disk does raises. Raise `ArgumentError`
        when the client is closed, or is one of the caller's from before a fork.
        """
        if is_file_url(outgoing.url):
            self._transport.check_open()
            return write_file(outgoing)
        before = sys.exception()
        client, exchange = self._transport.client(), Exchange(self._transport.seconds)
        with exchange.running():
            try:
                return self._answer(client, outgoing, exchange)
            except Exception as error:  # noqa: BLE001  # whatever the library raises, there is no answer
                return failure_of(error, exchange, before)
            except BaseException as error:  # noqa: BLE001  # an interrupt: it goes on, without secrets
                left = error
        raise bare(left)

    def within(self, timeout: timedelta) -> Self:
        """Return a client of the same connections with another time limit; this one closes them."""
        view = object.__new__(type(self))
        view._transport = self._transport.within(timeout)
        return view

    def close(self) -> None:
        """Close the connections, but for those of a caller's client; exchange nothing afterwards."""
        for client in self._transport.close():
            client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _answer(self, client: Any, outgoing: Outgoing, exchange: Exchange) -> Response:
        request = self._transport.request(outgoing, exchange)
        exchange.is_given = True
        response = client.send(request, stream=True, auth=None, follow_redirects=False)
        try:
            return answer_of(response, _body(response, exchange))
        finally:
            response.close()


def _body(response: Any, exchange: Exchange) -> bytes:
    """Return the first bytes of an answer's body; a 413 needs none, and its connection often ends early."""
    body = bytearray()
    try:
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > MAX_BODY:
                break
            exchange.remaining()
    except Exception:
        if response.status_code != 413:
            raise
    return bytes(body[:MAX_BODY])
