"""Planning in chunks: few enough generations at a time, and memories that carry their traces on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from broadcast_core.account import Account
from broadcast_core.cli.output import Write, line
from broadcast_core.cli.reading import Usable
from broadcast_core.cli.remembered import Remembered
from broadcast_core.cli.report import Report
from broadcast_core.cli.routing import Chosen
from broadcast_core.memory import Memory
from broadcast_core.route import plan

CHUNK_GENERATIONS = 500
CHUNK_BYTES = 16 * 1024 * 1024


class Planner:
    """Collects generations, and writes the requests of a chunk when it is full.

    `memory` is that of an earlier run; of routes that are not in this one it stays as it is.
    """

    def __init__(
        self, chosen: Chosen, report: Report, write: Write, memory: Mapping[str, Memory] | None = None
    ) -> None:
        self._chosen = chosen
        self._report = report
        self._write = write
        self._before = memory or {}
        self._remembered = {route.name: Remembered(self._before.get(route.name)) for route in chosen.routes}
        self._chunk: list[Usable] = []
        self._size = 0

    @property
    def memory(self) -> dict[str, Memory]:
        """What a later run may go on from, within bounds as its stored text."""
        return {**self._before, **{name: one.stored() for name, one in self._remembered.items()}}

    def add(self, usable: Usable) -> None:
        """Take one more generation."""
        self._chunk.append(usable)
        self._size += usable.size
        if len(self._chunk) >= CHUNK_GENERATIONS or self._size >= CHUNK_BYTES:
            self.flush()

    def flush(self) -> None:
        """Plan what has been collected."""
        chunk, self._chunk, self._size = self._chunk, [], 0
        if not chunk:
            return
        memory = {name: one.memory for name, one in self._remembered.items()}
        generations = [usable.generation for usable in chunk]
        result = plan(generations, self._chosen.routes, memory=memory, secrets=self._chosen.secrets)
        for request in result.requests:
            self._write(line(request))
        for n, usable in enumerate(chunk):
            self._report_on(usable, result.accounts[n :: len(chunk)])  # the accounts stand route by route
        planned = [(usable.generation, usable.size) for usable in chunk]
        for name, one in self._remembered.items():
            one.replace(result.memory[name], planned)

    def _report_on(self, usable: Usable, accounts: Sequence[Account]) -> None:
        """Tell what became of a generation on every route, and count it once."""
        several = len(accounts) > 1
        for account in accounts:
            route = account.route if several else None
            self._report.account(usable.place, account, route)
            if account.outcome == "rejected":
                usable.keep()
        self._report.count(account.outcome for account in accounts)
