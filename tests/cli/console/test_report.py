"""What is said on stderr stays bounded, whatever the texts are."""

from __future__ import annotations

import io
import tracemalloc

from rich.console import Console

from broadcast_core.cli.console.report import REPEATS, Report
from broadcast_core.cli.files.sources import SourceLocation
from broadcast_core.diagnostics import Diagnostic

PLACE = SourceLocation("<stdin>", 1)


def report() -> tuple[Report, io.StringIO]:
    """Return a report, and what it writes."""
    written = io.StringIO()
    return Report(Console(file=written, width=1000), done="planned"), written


def test_notes_that_look_alike_are_one_kind() -> None:
    """What tells them apart lies beyond what is shown."""
    told, written = report()
    for n in range(20):
        told.note(PLACE, "gen-1", (Diagnostic("dropped", "$.extra", "x" * 5000 + str(n)),))

    assert REPEATS == len(written.getvalue().splitlines())


def test_long_notes_are_not_held_in_memory() -> None:
    """Only as much of them as is shown."""
    told, _ = report()
    tracemalloc.start()
    for n in range(50):
        text = f"{n} " + "x" * 1_000_000
        told.note(PLACE, "gen-1", (Diagnostic("dropped", text, text),))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert held < 5_000_000
