"""The messages of a run on stderr, and the counts at its end.

Messages that repeat are shown a few times. What a record holds is never shown, except for ids and names.
"""

from __future__ import annotations

from collections import Counter
from types import TracebackType
from typing import Literal, get_args

from rich.console import Console
from rich.text import Text

from broadcast_core.cli import errors
from broadcast_core.cli.console.terminal import MAX_LENGTH, sanitize
from broadcast_core.cli.location import SourceLocation
from broadcast_core.pipeline.outcomes import OutcomeStatus

REPEATS = 5
_MAX_KINDS = 1000  # kinds of repeated messages that are told apart; others are counted only
_MAX_FAILURE = 1000  # characters of a message about no location
_MAX_ID = 80

Level = Literal["failure", "error", "skipped", "note"]
"""A failure is a file, a route or an output that cannot be used; an error is one record that cannot be."""

GenerationStatus = Literal["done", "skipped", "rejected"]
_LABELS: dict[Level, str] = {"failure": "error", "error": "error", "skipped": "skipped", "note": "note"}
_STYLES = {"error": "bold red", "skipped": "yellow", "note": "cyan", "notes": "cyan"}


class Report:
    """Prints the messages of one run and counts its generations; as a context it ends with the summary.

    `done` is what the summary calls generations that were not skipped or rejected.
    """

    def __init__(self, console: Console, *, done: str, quiet: bool = False) -> None:
        self._console = console
        self._quiet = quiet
        self._done_label = done
        self._failures = 0
        self._generations: Counter[GenerationStatus] = Counter()
        self._routes: dict[str, Counter[OutcomeStatus]] = {}
        self._diagnostics: Counter[str] = Counter()
        self._repeats: Counter[tuple[str, ...]] = Counter()
        self._has_hidden = False

    @property
    def exit_code(self) -> int:
        """What the command exits with: a failure outweighs rejected records."""
        if self._failures:
            return errors.UNUSABLE
        return errors.REJECTED if self._generations["rejected"] else errors.OK

    def emit(
        self,
        level: Level,
        location: SourceLocation | None,
        message: str,
        *,
        generation: str | None = None,
        kind: tuple[str, ...] | None = None,
    ) -> None:
        """Print a message, and count it when it is a failure; with --quiet only failures and errors.

        Of messages with the same `kind`, as far as it is shown, only the first few are printed.
        """
        self._failures += level == "failure"
        if (self._quiet and level in ("skipped", "note")) or (kind is not None and self._is_repeated(kind)):
            return
        label = _LABELS[level]
        where = [sanitize(str(location))] if location is not None else []
        about = [sanitize(generation, _MAX_ID)] if generation is not None else []
        text = sanitize(message, _MAX_FAILURE if location is None else MAX_LENGTH)
        self._print(label, ": ".join([*where, *about, text]))

    def count(self, status: GenerationStatus, number: int = 1) -> None:
        """Count a generation, or some."""
        self._generations[status] += number

    def count_on_route(self, route: str, status: OutcomeStatus) -> None:
        """Count a generation on one of several routes."""
        self._routes.setdefault(route, Counter())[status] += 1

    def count_diagnostic(self, kind: str) -> None:
        """Count a change of a record."""
        self._diagnostics[kind] += 1

    def _is_repeated(self, kind: tuple[str, ...]) -> bool:
        """Tell whether messages of a kind were printed often enough, or too many kinds were."""
        kind = tuple(part[:MAX_LENGTH] for part in kind)
        if self._repeats[kind] < REPEATS and (kind in self._repeats or len(self._repeats) < _MAX_KINDS):
            self._repeats[kind] += 1
            return False
        self._has_hidden = True
        return True

    def _print(self, label: str, text: str) -> None:
        self._console.print(Text.assemble((label, _STYLES[label]), f": {text}"))

    def __enter__(self) -> Report:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None or not issubclass(kind, BrokenPipeError):
            self._print_summary()

    def _print_summary(self) -> None:
        if self._diagnostics and not self._quiet:
            self._print("notes", ", ".join(f"{n} {kind}" for kind, n in sorted(self._diagnostics.items())))
        if self._has_hidden:
            self._console.print(f"of messages that repeat themselves, {REPEATS} of each kind are shown")
        for route, statuses in self._routes.items():
            counts = ", ".join(f"{status} {statuses[status]}" for status in get_args(OutcomeStatus))
            self._console.print(f"{sanitize(route)}: {counts}")
        done, skipped, rejected = (self._generations[status] for status in get_args(GenerationStatus))
        read = done + skipped + rejected
        self._console.print(f"read {read}, {self._done_label} {done}, skipped {skipped}, rejected {rejected}")
