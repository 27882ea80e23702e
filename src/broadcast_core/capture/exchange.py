"""One exchange while it passes: what is kept of it, and how it ended. Nothing is read here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from attrs import field, frozen

from broadcast_core.capture.clock import Clock
from broadcast_core.capture.kept import Kept
from broadcast_core.readers.exchange.headers import READ

Ending = Literal["whole", "left", "broken"]
"""How the body of a response ended: it ran out, its reader left, or the transport failed."""

_GIVEN_UP = ("CancelledError", "KeyboardInterrupt", "SystemExit", "GeneratorExit")


def named(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that tell of a generation."""
    return {name: headers[name] for name in READ if name in headers}


@frozen
class Sent:
    """What is kept of a request: its body, its path, the headers that tell of it, and which try it is."""

    body: bytes
    path: str = ""
    headers: Mapping[str, str] = field(factory=dict)
    retry: str | None = None

    __hash__ = None  # type: ignore[assignment]


class Exchange:
    """A request that is on its way, and what came back so far; `done` is called once, at its end.

    Of headers only those that are named are kept: never those that authorize.
    """

    def __init__(self, sent: Sent, clock: Clock, limit: int, done: Callable[[Exchange], None]) -> None:
        self._ticks = clock.ticks
        self._done = done
        self.sent = sent
        self.started_at = clock.now()
        self.begun = self._ticks()
        self.ended: int | None = None
        self.status: int | None = None
        self.content_type = ""
        self.encoding = ""
        self.headers: dict[str, str] = {}
        self.received = Kept(limit)
        self.ending: Ending = "left"
        self.error: tuple[str, str] | None = None

    @property
    def held(self) -> int:
        """How many bytes this exchange holds."""
        return len(self.sent.body) + self.received.held

    def answered(self, status: int, headers: Mapping[str, str]) -> None:
        """Keep what the head of a response says."""
        self.status = status
        self.content_type = headers.get("content-type", "")
        self.encoding = headers.get("content-encoding", "").strip().lower()
        self.headers = named(headers)

    def add(self, chunk: bytes) -> None:
        """Keep a chunk of the body."""
        self.received.add(chunk, self._ticks())

    def ran_out(self) -> None:
        """Note that the body came to its end."""
        self.ending = "whole"
        self.finish()

    def fail(self, error: BaseException) -> None:
        """Note why the transport gave no more; the error itself is not held, since it holds frames."""
        if self.ended is None:
            given_up = type(error).__name__ in _GIVEN_UP
            self.ending = "left" if given_up else "broken"
            self.error = ("Cancelled" if given_up else type(error).__name__, _words(error))
        self.finish()

    def finish(self) -> None:
        """End the exchange, if it has not ended."""
        if self.ended is None:
            self.ended = self._ticks()
            self._done(self)


_QUOTING = {"LocalProtocolError", "InvalidURL", "CookieConflict", "UnicodeError", "TypeError", "ValueError"}
"""Errors of a request that could not be written: their texts quote its headers, and so a key."""


def _words(error: BaseException) -> str:
    try:
        if _QUOTING.intersection(base.__name__ for base in type(error).__mro__):
            return "the request could not be written: see its URL and its headers"
        return str(error)
    except Exception:  # noqa: BLE001  # the text of an exception is its library's own code
        return ""
