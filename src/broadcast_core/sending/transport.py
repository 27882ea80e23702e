"""What clients have in common: the client of the library that they use, its requests, and what is answered."""

from __future__ import annotations

import asyncio
import inspect
import os
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn, SupportsIndex

from broadcast_core.batching import Outgoing, Response
from broadcast_core.diagnostics import describe_error
from broadcast_core.errors import ArgumentError, ArgumentTypeError, MissingPackage, SecretError
from broadcast_core.sending.exchange import Exchange

MAX_BODY = 65_536
"""The bytes of an answer that are read."""

_OUR_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "broadcast-core"}
_ENVIRONMENT = "see HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE and SSL_CERT_DIR in the environment"


class Transport:
    """A client of httpx2 that is ours, one for each process and event loop, or one of the caller's.

    A connection that two processes share gives answers to the wrong one, so that a child of `fork` makes a
    new client. It keeps the one of its parent: what is thrown away closes TLS for the parent too.
    """

    def __init__(self, given: Any, timeout: timedelta, *, is_async: bool) -> None:
        if not isinstance(timeout, timedelta) or timeout <= timedelta(0):
            raise ArgumentError("timeout: expected a positive timedelta, as timedelta(seconds=60)")
        self.seconds = timeout.total_seconds()
        self._is_async = is_async
        self._given = given
        self._process = _process()
        self._is_closed = False
        self._own: dict[tuple[int, object], Any] = {}
        if given is None:
            self._library = _library()
            self._own[self._process, None] = self._made()
            self._request_type = self._library.Request
        else:
            self._request_type = _request_type(given, is_async=is_async)

    def __reduce_ex__(self, _protocol: SupportsIndex) -> NoReturn:
        raise SecretError("a client is not pickled: make one where it is needed")

    def client(self) -> Any:
        """Return the client to send with; raise `ArgumentError` for one that cannot be used here any more."""
        if self._is_closed or (self._given is not None and getattr(self._given, "is_closed", False)):
            raise ArgumentError("the client is closed: make another")
        if self._given is None:
            return self._of_here()
        if self._process != _process():
            what = "the client was given before this process was forked, and shares connections with its parent"
            raise ArgumentError(f"{what}: make it after the fork")
        return self._given

    def request(self, outgoing: Outgoing, exchange: Exchange) -> Any:
        """Return the library's request, with nothing in it that a client has of its own."""
        limit = None if self._is_async else exchange.seconds
        return self._request_type(
            outgoing.method,
            outgoing.url,
            headers=_headers(outgoing.headers),
            content=outgoing.body,
            extensions={
                "timeout": dict.fromkeys(("connect", "read", "write", "pool"), limit),
                "trace": exchange.trace_async if self._is_async else exchange.trace,
            },
        )

    def close(self) -> list[Any]:
        """Take no more requests; return the clients to be closed: ours, of this process."""
        self._is_closed = True
        return [client for (process, _), client in self._own.items() if process == _process()]

    def _of_here(self) -> Any:
        """Return our client of this process, and of this event loop; in other loops connections fail."""
        loop = asyncio.get_running_loop() if self._is_async else None
        key = (_process(), loop)
        if (found := self._own.get(key)) is None:
            first = self._own.pop((_process(), None), None) if loop else None
            found = self._own.setdefault(key, first or self._made())
            for process, other in list(self._own):
                if process == _process() and isinstance(other, asyncio.AbstractEventLoop) and other.is_closed():
                    del self._own[process, other]
        return found

    def _made(self) -> Any:
        """Return a new client, with proxies and certificates as the library finds them."""
        make = self._library.AsyncClient if self._is_async else self._library.Client
        try:
            return make(timeout=self.seconds, follow_redirects=False)
        except Exception as error:  # noqa: BLE001  # whatever it says quotes the environment
            what = describe_error(error)
        raise ArgumentError(f"no HTTP client can be made ({what}): {_ENVIRONMENT}")


def answer_of(response: Any, body: bytes) -> Response:
    """Return the answer that the library read, received now."""
    headers = dict(response.headers)
    now = datetime.now(UTC)  # noqa: TID251  # when it was received
    body = inflated(body, response.headers.get("content-encoding", ""))
    return Response(status=response.status_code, headers=headers, body=body, received=now)


def inflated(body: bytes, encoding: str) -> bytes:
    """Return the first bytes of a body that a server compressed though nobody asked for it."""
    if encoding.strip().lower() not in ("gzip", "deflate"):
        return body[:MAX_BODY]
    try:
        return zlib.decompressobj(wbits=47).decompress(body, MAX_BODY)
    except zlib.error:
        return body[:MAX_BODY]


def bare(error: BaseException) -> BaseException:
    """Return an exception without what the library did: the variables there hold requests."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def _headers(given: Mapping[str, str]) -> dict[str, str]:
    return {**{name: value for name, value in _OUR_HEADERS.items() if name not in given}, **given}


def _library() -> Any:
    try:
        import httpx2
    except ImportError:
        pass
    else:
        return httpx2
    raise MissingPackage("sending needs the package httpx2: pip install 'broadcast-core[send]'")


def _request_type(client: Any, *, is_async: bool) -> Any:
    """Return the class of the requests of a caller's client."""
    send, build = getattr(client, "send", None), getattr(client, "build_request", None)
    if not callable(build) or inspect.iscoroutinefunction(send) != is_async:
        name = "AsyncClient" if is_async else "Client"
        what = f"client: expected a {name} of httpx2 or httpx, got a {type(client).__name__}"
        raise ArgumentTypeError(f"{what}: give httpx2.{name}(...), or none")
    return type(build("GET", "http://localhost/"))


def _process() -> int:
    return os.getpid()
