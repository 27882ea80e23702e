"""Messages about what became of generations at their destinations, and the counts of a run that sends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.text import Text

from broadcast_core.cli.console.report import Report
from broadcast_core.cli.console.terminal import sanitize
from broadcast_core.cli.errors import OK, REJECTED, UNDELIVERED
from broadcast_core.delivery.outcomes import DeliveryOutcome

_STATUSES = ("delivered", "refused", "undelivered", "waiting")
_MAX_ADVICE = 1000
_MAY_BE_THERE = "; it may be there all the same"


class DeliveryReport:
    """Prints what was not delivered, and at the end the counts; as a context, after those of the plan."""

    def __init__(self, report: Report, console: Console) -> None:
        self._report = report
        self._console = console
        self._counts: Mapping[str, Mapping[str, int]] = {}

    @property
    def exit_code(self) -> int:
        """What the command exits with: an unusable file outweighs what waits, and that what was refused."""
        total = Counter[str]()
        for counts in self._counts.values():
            total.update(counts)
        if self._report.exit_code not in (OK, REJECTED):
            return self._report.exit_code
        if total["waiting"] or total["undelivered"]:
            return UNDELIVERED
        return REJECTED if total["refused"] else self._report.exit_code

    def emit(self, outcome: DeliveryOutcome) -> None:
        """Print the outcome of a generation that was not delivered; of many with one reason, a few."""
        if outcome.status == "delivered":
            return
        why = f"{outcome.status}: {outcome.why}{_MAY_BE_THERE if outcome.may_be_there else ''}"
        about = f"{outcome.route}: {outcome.generation}"
        self._report.emit("error", None, why, generation=about, kind=(outcome.route, why))

    def note(self, message: str) -> None:
        """Print a note."""
        self._report.emit("note", None, message)

    def stopped(self, route: str, why: str) -> None:
        """Print why a route does not go on."""
        self._report.emit("error", None, f"stopped: {why}", generation=route)

    def advise(self, message: str) -> None:
        """Print what to do next, also where little is printed."""
        self._console.print(Text.assemble(("next", "cyan"), f": {sanitize(message, _MAX_ADVICE)}"))

    def take(self, counts: Mapping[str, Mapping[str, int]]) -> None:
        """Take the counts of each route, of all runs with one checkpoint."""
        self._counts = counts

    def __enter__(self) -> Self:
        self._report.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._report.__exit__(kind, error, trace)
        for route, counts in self._counts.items():
            shown = [name for name in _STATUSES if name != "waiting" or counts.get(name)]
            text = ", ".join(f"{name} {counts.get(name, 0)}" for name in shown)
            self._console.print(f"{sanitize(route)}: {text}")
