"""The body of a response as it passes: each chunk goes on at once, and is kept.

Clients ask that the stream of a response is of their own library's class, so the class is made from the
library of the response.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from functools import cache
from typing import Any

from broadcast_core.capture.exchange import Exchange

_LIBRARIES = ("httpx2", "httpx")


def recorded(response: Any, exchange: Exchange) -> Any:
    """Return the response, its stream replaced by one that keeps what passes.

    A response that was read before, as one from a cache, has no stream to watch: what it holds is kept. So is
    the head of a response of neither library, whose stream is left alone.
    """
    try:
        exchange.answered(response.status_code, response.headers)
        if response.is_closed:
            exchange.encoding = ""  # the content of a response is decoded
            exchange.add(response.content)
            exchange.ran_out()
            return response
        response.stream = _watched(response, exchange)
    except Exception as error:  # noqa: BLE001  # whatever a response is, its caller gets it
        exchange.fail(error)
    return response


def _watched(response: Any, exchange: Exchange) -> Any:
    library = sys.modules[_library_of(type(response))]
    stream, is_async = response.stream, hasattr(response.stream, "__aiter__")
    if is_async and not hasattr(stream, "__iter__"):
        return _async_class(library.AsyncByteStream)(stream, exchange)
    if is_async:
        return _both_class(library.SyncByteStream, library.AsyncByteStream)(stream, exchange)
    return _sync_class(library.SyncByteStream)(stream, exchange)


def _library_of(kind: type) -> str:
    tops = [one.__module__.partition(".")[0] for one in kind.__mro__]
    return next(top for top in tops if top in _LIBRARIES)


class _Watching:
    """A stream, and the exchange that keeps what passes."""

    def __init__(self, inner: Any, exchange: Exchange) -> None:
        self._inner = inner
        self._exchange = exchange


class _Sync(_Watching):
    """Read by `for`."""

    def __iter__(self) -> Iterator[bytes]:
        exchange = self._exchange
        try:
            for chunk in self._inner:
                exchange.add(chunk)
                yield chunk
        except GeneratorExit:  # its reader left; `close` may come or not
            exchange.finish()
            raise
        except BaseException as error:
            exchange.fail(error)
            raise
        exchange.ran_out()

    def close(self) -> None:
        """Close the inner stream; what was not read by now never will be."""
        try:
            self._inner.close()
        finally:
            self._exchange.finish()


class _Async(_Watching):
    """Read by `async for`."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        exchange = self._exchange
        try:
            async for chunk in self._inner:
                exchange.add(chunk)
                yield chunk
        except GeneratorExit:
            exchange.finish()
            raise
        except BaseException as error:
            exchange.fail(error)
            raise
        exchange.ran_out()

    async def aclose(self) -> None:
        """Close the inner stream; what was not read by now never will be."""
        try:
            await self._inner.aclose()
        finally:
            self._exchange.finish()


@cache
def _sync_class(base: type) -> type:
    return type("RecordedStream", (_Sync, base), {})


@cache
def _async_class(base: type) -> type:
    return type("RecordedAsyncStream", (_Async, base), {})


@cache
def _both_class(sync_base: type, async_base: type) -> type:
    return type("RecordedBody", (_Sync, _Async, sync_base, async_base), {})
