"""Purges of a relay that runs: asked for by a file in its spool, which only the owner of the spool can write.

One process has the spool. So `broadcast purge` opens it itself where no relay runs, and else leaves a file
`purge-....ask`, which the relay does, and answers in `purge-....done`.
"""

from __future__ import annotations

import json
import secrets as chance  # noqa: TID251  # names of files must not meet
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import attrs

from broadcast_core.cli.files.output import replace_file
from broadcast_core.diagnostics import describe_error
from broadcast_core.errors import BroadcastError
from broadcast_core.sending.spool.purging import Purge, Purged

_LOOK = 0.5


class NotPurged(BroadcastError, RuntimeError):
    """A purge that was asked for and not done; the message says why."""


def ask(folder: Path, what: Purge, seconds: float) -> Purged:
    """Have the relay of a spool purge it; raise `NotPurged` where it does not answer in time, or fails."""
    name = f"purge-{chance.token_hex(8)}"
    request, answer = folder / f"{name}.ask", folder / f"{name}.done"
    with replace_file(str(request), private=True) as write:
        write(json.dumps(_written(what)).encode())
    until = time.monotonic() + seconds  # noqa: TID251
    try:
        while not answer.exists():
            if time.monotonic() > until:  # noqa: TID251
                raise NotPurged(f"the relay has not answered within {seconds:g} seconds: see that it runs")
            time.sleep(0.05)
        found = json.loads(answer.read_bytes())
    finally:
        for path in (request, answer):
            path.unlink(missing_ok=True)
    if "failed" in found:
        raise NotPurged(str(found["failed"]))
    return Purged(**{**found, "generations": tuple(found["generations"])})


class Purges:
    """Looks for purges that were asked for, in a thread, and does them."""

    def __init__(self, folder: Path, purge: Callable[[Purge], Purged], report: Callable[[str], None]) -> None:
        self._folder, self._purge, self._report = folder, purge, report
        self._is_closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="broadcast-purges", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._is_closing.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._is_closing.wait(_LOOK):
            for path in sorted(self._folder.glob("purge-*.ask")):
                if not path.with_suffix(".done").exists():
                    self._do(path)

    def _do(self, path: Path) -> None:
        try:
            purged = self._purge(_read(json.loads(path.read_bytes())))
            answer = attrs.asdict(purged)
            self._report(f"purged: {describe(purged)}")
        except Exception as error:  # noqa: BLE001  # whoever asked is told
            answer = {"failed": str(error) if isinstance(error, BroadcastError) else describe_error(error)}
        with (
            suppress(OSError, BroadcastError),
            replace_file(str(path.with_suffix(".done")), private=True) as write,
        ):
            write(json.dumps(answer).encode())


def describe(purged: Purged) -> str:
    """Say how much was erased."""
    counts = (
        f"{purged.deliveries} deliveries", f"{purged.requests} requests",
        f"{purged.letters} dead letters", f"{purged.traces} open traces",
    )  # fmt: skip
    return f"{', '.join(counts)}; {len(purged.generations)} generations were not delivered"


def _written(what: Purge) -> dict[str, object]:
    before = None if what.before is None else what.before.isoformat()
    return {"traces": list(what.traces), "users": list(what.users), "before": before}


def _read(found: dict[str, object]) -> Purge:
    before = found["before"]
    return Purge(
        traces=tuple(map(str, found["traces"])),  # type: ignore[call-overload]
        users=tuple(map(str, found["users"])),  # type: ignore[call-overload]
        before=None if before is None else datetime.fromisoformat(str(before)),
    )
