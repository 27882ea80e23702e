"""Planning in chunks: few enough generations at a time, and a memory that carries their traces on."""

from __future__ import annotations

from broadcast_core.account import Account
from broadcast_core.cli.output import Write, line
from broadcast_core.cli.reading import Usable
from broadcast_core.cli.remembered import Remembered
from broadcast_core.cli.report import Report
from broadcast_core.route import Route, plan

CHUNK_GENERATIONS = 500
CHUNK_BYTES = 16 * 1024 * 1024


class Planner:
    """Collects generations, and writes the requests of a chunk when it is full."""

    def __init__(self, route: Route, report: Report, write: Write) -> None:
        self._route = route
        self._report = report
        self._write = write
        self._remembered = Remembered()
        self._chunk: list[Usable] = []
        self._size = 0

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
        memory = {self._route.name: self._remembered.memory}
        result = plan([usable.generation for usable in chunk], self._route, memory=memory)
        for request in result.requests:
            self._write(line(request))
        for usable, account in zip(chunk, result.accounts, strict=True):
            self._report_on(usable, account)
        planned = [(usable.generation, usable.size) for usable in chunk]
        self._remembered.replace(result.memory[self._route.name], planned)

    def _report_on(self, usable: Usable, account: Account) -> None:
        self._report.note(usable.place, account.generation, account.diagnostics)
        if account.outcome == "planned":
            self._report.done()
        elif account.outcome == "skipped":
            self._report.skip(usable.place, account.reason, account.generation)
        else:
            self._report.refuse(usable.place, account.reason, account.generation)
