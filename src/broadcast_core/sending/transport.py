"""What clients have in common: the client of a library behind them, and its requests."""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NoReturn, Self, SupportsIndex, TypeAlias

from broadcast_core.batching import Outgoing
from broadcast_core.diagnostics import describe_error
from broadcast_core.errors import ArgumentError, ArgumentTypeError, MissingPackage, SecretError
from broadcast_core.sending.exchange import Exchange

_Place: TypeAlias = tuple[int, asyncio.AbstractEventLoop | None]
_OUR_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "broadcast-core"}
_CLOSED = "the client is closed: make another"
_ENVIRONMENT = "see HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE and SSL_CERT_DIR in the environment"


class Transport:
    """A client of httpx2 that is ours, one for each process and event loop, or one of the caller's.

    A connection that two processes share gives answers to the wrong one, so that a child of `fork` makes a
    new client. It keeps the one of its parent: what is thrown away closes TLS for the parent too.
    """

    def __init__(self, given: Any, timeout: timedelta, *, is_async: bool, has_http: bool = True) -> None:
        if not isinstance(timeout, timedelta) or timeout <= timedelta(0):
            raise ArgumentError("timeout: expected a positive timedelta, as timedelta(seconds=60)")
        self.seconds = timeout.total_seconds()
        self._is_async = is_async
        self._given = given
        self._process = os.getpid()
        self._is_closed = False
        self._own: dict[_Place, Any] = {}
        self._library: Any = _library() if given is None and has_http else None
        if self._library is not None:
            self._own[_place(None)] = self._made()
            self._request_type = self._library.Request
        elif given is not None:
            self._request_type = _request_type(given, is_async=is_async)

    def __reduce_ex__(self, _protocol: SupportsIndex) -> NoReturn:
        raise SecretError("a client is not pickled: make one where it is needed")

    def client(self) -> Any:
        """Return the client to send with; raise `ArgumentError` for one that cannot be used here any more."""
        self.check_open()
        if getattr(self._given, "is_closed", False):
            raise ArgumentError(_CLOSED)
        if self._given is None and self._library is None:
            raise ArgumentError("the client is for files alone: make one with http=True")
        if self._given is None:
            return self._of_here()
        if self._process != os.getpid():
            what = "the client is from before a fork, and shares connections with the parent of this process"
            raise ArgumentError(f"{what}: make one after the fork")
        return self._given

    def check_open(self) -> None:
        """Raise `ArgumentError` after `close`."""
        if self._is_closed:
            raise ArgumentError(_CLOSED)

    def within(self, timeout: timedelta) -> Self:
        """Return the same connections with another time limit."""
        view = object.__new__(type(self))  # `copy` would pickle it
        view.__dict__.update(self.__dict__)
        view.seconds = timeout.total_seconds()
        return view

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
        """Take no more requests; return those of our clients that can be closed here."""
        self._is_closed = True
        return [client for place, client in self._own.items() if place in (_place(None), self._here())]

    def _of_here(self) -> Any:
        """Return our client of this process and event loop; drop those of loops that are closed."""
        here = self._here()
        if (found := self._own.get(here)) is None:
            found = self._own.setdefault(here, self._own.pop(_place(None), None) or self._made())
            for place in list(self._own):
                if place[0] == here[0] and place[1] is not None and place[1].is_closed():
                    self._own.pop(place, None)
        return found

    def _here(self) -> _Place:
        return _place(asyncio.get_running_loop() if self._is_async else None)

    def _made(self) -> Any:
        """Return a new client, with proxies and certificates as the library finds them."""
        make = self._library.AsyncClient if self._is_async else self._library.Client
        try:
            return make(timeout=self.seconds, follow_redirects=False)
        except Exception as error:  # noqa: BLE001  # whatever it says quotes the environment
            what = describe_error(error)
        raise ArgumentError(f"no HTTP client can be made ({what}): {_ENVIRONMENT}")


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
    build = None if isinstance(client, type) else getattr(client, "build_request", None)
    if not callable(build) or inspect.iscoroutinefunction(getattr(client, "send", None)) != is_async:
        name = "AsyncClient" if is_async else "Client"
        what = f"client: expected a {name} of httpx2 or httpx, got a {type(client).__name__}"
        raise ArgumentTypeError(f"{what}: give httpx2.{name}(...), or none")
    return type(build("GET", "http://localhost/"))


def _place(loop: asyncio.AbstractEventLoop | None) -> _Place:
    """Return where connections are of use: in a process, and in an event loop of it."""
    return os.getpid(), loop
