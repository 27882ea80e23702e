"""What keeps deliveries on disk and sends them, as the rest of the relay sees it."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from datetime import datetime, timedelta
from typing import Protocol

from broadcast_relay.serving.metrics import Metrics
from broadcast_relay.settings.file import Configuration


class SpoolState(Protocol):
    """How full a spool is: bytes on disk, deliveries that are not planned yet, requests not sent by route.

    `oldest` is the age of the oldest of them; `full` says why nothing is accepted, without content, or None.
    """

    @property
    def bytes(self) -> int:
        """Bytes on disk."""

    @property
    def deliveries(self) -> int:
        """Deliveries that are not planned yet."""

    @property
    def requests(self) -> Mapping[str, int]:
        """Requests that are not sent yet, by route."""

    @property
    def oldest(self) -> timedelta | None:
        """The age of the oldest of them."""

    @property
    def full(self) -> str | None:
        """Why nothing is accepted."""

    @property
    def letters(self) -> int:
        """Dead letters: what could not be delivered, or read."""


class Spool(Protocol):
    """Keeps deliveries on disk."""

    def accept(self, body: bytes, *, encoding: str, at: datetime) -> Future[None]:
        """Keep a body as it was sent; the future is done when it is synced to disk.

        `encoding` is the content encoding, mostly `identity` or `gzip`. It is checked by nobody: a body that
        cannot be decoded becomes a dead letter. The future fails with `StoreFull`.
        """

    def state(self) -> SpoolState:
        """Return how full it is; called from any thread."""


class Engine(Spool, Protocol):
    """The spool with what plans and sends its deliveries."""

    def reload(self, configuration: Configuration) -> None:
        """Take other routes and secrets from now on, whole or not at all; called from another thread."""

    def close(self) -> None:
        """Stop sending and close the spool; what waits stays there."""


class StartEngine(Protocol):
    """Opens the spool of a configuration and begins to send what waits in it."""

    def __call__(self, configuration: Configuration, metrics: Metrics) -> Engine:
        """Return the engine; it counts what becomes of generations in `metrics`."""
