"""What is said on stderr: errors, skips, notes that do not repeat themselves, and the count at the end.

Nothing of what the user or the model said is shown: the values that a problem quotes are left out unless
what stands there is a time, a number or a word from a list.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from types import TracebackType
from typing import get_args

from rich.console import Console
from rich.text import Text

from broadcast_core.cli import errors
from broadcast_core.cli.console.terminal import LONGEST, harmless
from broadcast_core.cli.files.sources import SourceLocation
from broadcast_core.diagnostics import Diagnostic, Problem
from broadcast_core.pipeline.outcomes import Outcome, OutcomeStatus

REPEATS = 5
_MOST_DIFFERENT = 1000  # notes told apart; more than that are counted only
_MOST_PROBLEMS = 20
_INDEX = re.compile(r"\[\d+\]")
_PLAIN = "expected (?:a time|a number|a whole number|a decimal|a finite|one of|true or false)"
_QUOTE = re.compile(rf"""\A(?!{_PLAIN})(.*?), got (?:text |str )?['"].*""", re.DOTALL)
_STYLES = {"error": "bold red", "skipped": "yellow", "note": "cyan", "notes": "cyan"}


class Report:
    """The messages and the counts of one run; as a context it ends with the summary.

    `done` is the word for generations of which nothing is amiss.
    """

    def __init__(self, console: Console, *, done: str, quiet: bool = False) -> None:
        self.console = console
        self.quiet = quiet
        self._done_word = done
        self._done = self._skipped = self._rejected = self._failed = 0
        self._kinds: Counter[str] = Counter()
        self._seen: Counter[tuple[str, str, str]] = Counter()
        self._hidden = False
        self._routes: dict[str, Counter[str]] = {}

    @property
    def exit_code(self) -> int:
        """What the command exits with: files that cannot be read weigh more than records."""
        if self._failed:
            return errors.UNUSABLE
        return errors.REJECTED if self._rejected else errors.OK

    def done(self) -> None:
        """Count a generation of which nothing is amiss."""
        self._done += 1

    def skip(self, location: SourceLocation, why: str, generation: str | None = None) -> None:
        """Count and tell what was left out on purpose."""
        self._skipped += 1
        if not self.quiet:
            self._say("skipped", location, generation, why)

    def reject(
        self, location: SourceLocation, problems: tuple[Problem, ...], generation: str | None = None
    ) -> None:
        """Count what cannot be used, and tell every reason."""
        self._rejected += 1
        for problem in problems[:_MOST_PROBLEMS]:
            what = _QUOTE.sub(r"\1, got text", problem.what)
            self._say("error", location, generation, str(Problem(what, problem.path)))
        if len(problems) > _MOST_PROBLEMS:
            self._say("error", location, generation, f"and {len(problems) - _MOST_PROBLEMS} more problems")

    def refuse(self, location: SourceLocation, why: str, generation: str | None = None) -> None:
        """Count what cannot be used, and tell its only reason."""
        self._rejected += 1
        self._say("error", location, generation, why)

    def fail(self, location: SourceLocation, why: str) -> None:
        """Tell of a file, or of the run, that cannot go on: no generation is counted."""
        self._failed += 1
        self._say("error", location, None, why)

    def outcome(self, location: SourceLocation, outcome: Outcome, route: str | None) -> None:
        """Tell of a generation on one route; `route` names it when there are several."""
        about = outcome.generation if route is None else f"{route}: {outcome.generation}"
        self.note(location, about, outcome.diagnostics)
        if route is not None:
            self._routes.setdefault(route, Counter())[outcome.status] += 1
        if outcome.status == "rejected":
            self._say("error", location, about, outcome.reason)
        elif outcome.status == "skipped" and not self.quiet:
            self._repeat(
                "skipped",
                location,
                about,
                ("skipped", outcome.route, str(outcome.stopped_by)),
                outcome.reason,
            )

    def count(self, outcomes: Iterable[OutcomeStatus]) -> None:
        """Count a generation: planned when it is on any route, else rejected when it is on any."""
        every = set(outcomes)
        if "planned" in every:
            self._done += 1
        elif "rejected" in every:
            self._rejected += 1
        else:
            self._skipped += 1

    def warn(self, what: str) -> None:
        """Tell of a route that is wrong; the others go on."""
        self._failed += 1
        self.console.print(Text.assemble(("error", _STYLES["error"]), f": {harmless(what, 1000)}"))

    def tell(self, location: SourceLocation, what: str) -> None:
        """Tell of a file what may surprise, and is no mistake."""
        if not self.quiet:
            self._say("note", location, None, what)

    def note(self, location: SourceLocation, generation: str, diagnostics: tuple[Diagnostic, ...]) -> None:
        """Tell what was changed on the way, each kind of change a few times."""
        for diagnostic in diagnostics:
            self._kinds[diagnostic.kind] += 1
            if not self.quiet:
                self._note_one(location, generation, diagnostic)

    def _note_one(self, location: SourceLocation, generation: str, diagnostic: Diagnostic) -> None:
        key = (diagnostic.kind, _INDEX.sub("[]", diagnostic.path[:LONGEST]), diagnostic.what)
        self._repeat("note", location, generation, key, str(diagnostic))

    def _repeat(
        self, kind: str, location: SourceLocation, generation: str, key: tuple[str, str, str], what: str
    ) -> None:
        """Say the same a few times and then no more; what tells things apart is what is shown of them."""
        key = (key[0], key[1][:LONGEST], key[2][:LONGEST])
        if self._seen[key] < REPEATS and (key in self._seen or len(self._seen) < _MOST_DIFFERENT):
            self._seen[key] += 1
            self._say(kind, location, generation, what)
        else:
            self._hidden = True

    def _say(self, kind: str, location: SourceLocation, generation: str | None, what: str) -> None:
        where = (
            harmless(str(location))
            if generation is None
            else f"{harmless(str(location))}: {harmless(generation, 80)}"
        )
        self.console.print(Text.assemble((kind, _STYLES[kind]), f": {where}: {harmless(what)}"))

    def __enter__(self) -> Report:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None or not issubclass(kind, BrokenPipeError):
            self._finish()

    def _finish(self) -> None:
        if self._kinds and not self.quiet:
            counts = ", ".join(f"{self._kinds[kind]} {kind}" for kind in sorted(self._kinds))
            self.console.print(Text.assemble(("notes", _STYLES["notes"]), f": {counts}"))
        if self._hidden:
            self.console.print(f"of messages that repeat themselves, {REPEATS} of each kind are shown")
        for route, outcomes in self._routes.items():
            counts = ", ".join(f"{outcome} {outcomes[outcome]}" for outcome in get_args(OutcomeStatus))
            self.console.print(f"{harmless(route)}: {counts}")
        read = self._done + self._skipped + self._rejected
        self.console.print(
            f"read {read}, {self._done_word} {self._done}, skipped {self._skipped}, rejected {self._rejected}"
        )
