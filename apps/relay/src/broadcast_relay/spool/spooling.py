"""The engine of the relay: the spool of broadcast-core, in a directory of the relay's own."""

from __future__ import annotations

import os
import secrets as chance  # noqa: TID251  # names of files must not meet
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from pathlib import Path

import attrs

from broadcast_core.delivery.limits import Limits
from broadcast_core.delivery.outcomes import DeliveryOutcome
from broadcast_core.sending.client import Client
from broadcast_core.sending.spool.engine import Spool, SpoolRoutes
from broadcast_core.sending.spool.holding import SpoolState
from broadcast_core.sending.store import StoreError
from broadcast_relay.serving.metrics import Metrics
from broadcast_relay.settings.file import Configuration
from broadcast_relay.spool import purges
from broadcast_relay.spool.exchanged import LETTERS, clear_letters
from broadcast_relay.spool.letter_files import write_letters
from broadcast_relay.spool.mailbox import Answer, Mailbox

FILE = "spool.sqlite"
_ANSWER = timedelta(seconds=60)


class RelayEngine:
    """Keeps deliveries in the directory of a configuration, and sends them to its routes."""

    def __init__(self, configuration: Configuration, metrics: Metrics, report: Callable[[str], None]) -> None:
        self._metrics, self._report = metrics, report
        settings = configuration.settings
        path = _private_directory(settings.spool) / FILE
        self._folder = path.parent
        self._client = Client(timeout=_ANSWER)
        self._spool = Spool(
            str(path),
            _routes(configuration),
            self._client,
            max_bytes=settings.max_spool_bytes,
            ended=self._count,
            report=report,
        )
        handlers = {"purge": self._purge, "letters": self._write_letters, "take letters": self._take_letters}
        self._mailbox = Mailbox(self._folder, handlers)

    def accept(self, body: bytes, *, encoding: str, at: datetime) -> Future[None]:
        """Keep a body as it was sent; the future is done when it is on disk, or fails with `StoreFull`."""
        return self._spool.accept(body, encoding=encoding, at=at)

    def state(self) -> SpoolState:
        """Return how full the spool is."""
        return self._spool.state()

    def reload(self, configuration: Configuration) -> None:
        """Take other routes and secrets from now on."""
        self._spool.reload(_routes(configuration))

    def close(self) -> None:
        """Stop sending and close the spool; what waits stays there."""
        self._mailbox.close()
        self._spool.close()
        self._client.close()

    def _purge(self, asked: Answer) -> Answer:
        clear_letters(self._folder)
        purged = self._spool.purge(purges.read(asked))
        self._report(f"purged: {purges.describe(purged)}")
        return purges.answer_of(purged)

    def _write_letters(self, _asked: Answer) -> Answer:
        """Write the dead letters into the spool, where the command that asked takes them away."""
        name = f"{LETTERS}{chance.token_hex(8)}"
        paths = (self._folder / f"{name}.requests", self._folder / f"{name}.deliveries")
        written = write_letters(self._spool.dead_letters, *paths)
        return {"name": name, **attrs.asdict(written)}

    def _take_letters(self, asked: Answer) -> Answer:
        gone = self._spool.dead_letters.forget(int(asked["newest"]))
        self._report(f"dead letters that were written to a file, and erased here: {gone}")
        return {"erased": gone}

    def _count(self, outcomes: Sequence[DeliveryOutcome]) -> None:
        for (route, status), number in Counter((one.route, one.status) for one in outcomes).items():
            self._metrics.generations(route, status, number)


def _routes(configuration: Configuration) -> SpoolRoutes:
    routes, age = configuration.routes, timedelta(hours=configuration.settings.max_age_hours)
    limits = Limits(tries=None, age=age, timeout=_ANSWER)
    return SpoolRoutes(
        routes=routes.routes,
        secrets=routes.secrets,
        hash_keys=routes.hash_keys,
        limits=limits,
        limits_by_route={name: one.over(limits) for name, one in routes.delivery.items()},
    )


def _private_directory(path: str) -> Path:
    """Return a directory that is its owner's alone; raise `StoreError` where it cannot be made."""
    folder = Path(path)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.name == "posix" and folder.stat().st_mode & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        what = (error.strerror or str(error)).lower()
        raise StoreError(f"{path}: {what}: give a directory that can be written with --spool") from None
    return folder
