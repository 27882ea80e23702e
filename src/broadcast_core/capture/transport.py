"""A transport that sees requests and responses pass, of httpx or of httpx2, sync or async."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from broadcast_core.capture.exchange import Exchange
from broadcast_core.capture.streams import recorded

Begin = Callable[[Any], Exchange | None]
"""Begins to keep the exchange of a request; None for one that is not captured. Never raises."""


class RecordedTransport:
    """Another transport, and what passes through it is kept.

    It is not a subclass of either library's transport, since it takes both; clients ask for none. It has what
    they call.
    """

    def __init__(self, inner: Any, begin: Begin) -> None:
        self._inner = inner
        self._begin = begin

    def handle_request(self, request: Any) -> Any:
        """Send a request by the inner transport."""
        exchange = self._begin(request)
        if exchange is None:
            return self._inner.handle_request(request)
        try:
            response = self._inner.handle_request(request)
        except BaseException as error:
            exchange.fail(error)
            raise
        return recorded(response, exchange)

    async def handle_async_request(self, request: Any) -> Any:
        """Send a request by the inner transport."""
        exchange = self._begin(request)
        if exchange is None:
            return await self._inner.handle_async_request(request)
        try:
            response = await self._inner.handle_async_request(request)
        except BaseException as error:
            exchange.fail(error)
            raise
        return recorded(response, exchange)

    def __enter__(self) -> RecordedTransport:
        self._inner.__enter__()
        return self

    def __exit__(self, *reason: Any) -> None:
        self._inner.__exit__(*reason)

    async def __aenter__(self) -> RecordedTransport:
        await self._inner.__aenter__()
        return self

    async def __aexit__(self, *reason: Any) -> None:
        await self._inner.__aexit__(*reason)

    def close(self) -> None:
        """Close the inner transport."""
        self._inner.close()

    async def aclose(self) -> None:
        """Close the inner transport."""
        await self._inner.aclose()
