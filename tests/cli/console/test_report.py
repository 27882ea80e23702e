"""The messages of a run on stderr stay bounded; what is counted decides the summary and the exit code."""

from __future__ import annotations

import io
import tracemalloc

import pytest
from rich.console import Console

from broadcast_core.cli.console.report import REPEATS, Level, Report
from broadcast_core.cli.location import SourceLocation

LOCATION = SourceLocation("<stdin>", 1)


def new_report(*, quiet: bool = False) -> tuple[Report, io.StringIO]:
    """Return a report, and what it writes."""
    written = io.StringIO()
    return Report(Console(file=written, width=5000), done="planned", quiet=quiet), written


def lines_of(written: io.StringIO) -> list[str]:
    """Return the lines that were printed."""
    return written.getvalue().splitlines()


@pytest.mark.parametrize(
    ("quiet", "expected"),
    [
        (
            False,
            ["error: <stdin>:1: x", "error: <stdin>:1: x", "skipped: <stdin>:1: x", "note: <stdin>:1: x"],
        ),
        (True, ["error: <stdin>:1: x", "error: <stdin>:1: x"]),
    ],
)
def test_each_level_has_its_word(quiet: bool, expected: list[str]) -> None:
    """A quiet report prints what is wrong and nothing else."""
    report, written = new_report(quiet=quiet)
    levels: tuple[Level, ...] = ("failure", "error", "skipped", "note")
    for level in levels:
        report.emit(level, LOCATION, "x")

    assert expected == lines_of(written)


def test_a_message_names_its_location_and_its_generation() -> None:
    """As far as it has them; all of it is safe to print."""
    report, written = new_report()
    report.emit("error", LOCATION, "a\nb", generation="gen-\x1b" + "x" * 100)
    report.emit("failure", None, "y" * 2000)

    named, failure = lines_of(written)
    assert named.startswith(r"error: <stdin>:1: gen-\x1bxxx")
    assert named.endswith("x…: a b")
    assert f"error: {'y' * 999}…" == failure


@pytest.mark.parametrize(
    ("level", "rejected", "expected"),
    [("note", 0, 0), ("error", 0, 0), ("error", 1, 1), ("failure", 0, 2), ("failure", 1, 2)],
)
def test_the_exit_code_is_that_of_the_worst(level: Level, rejected: int, expected: int) -> None:
    """A file that cannot be read outweighs a rejected record, and so does a wrong route."""
    report, _ = new_report(quiet=True)
    report.emit(level, LOCATION, "x")
    for _ in range(rejected):
        report.count("rejected")

    assert expected == report.exit_code


def test_the_summary_has_all_counts() -> None:
    """By route when there are several, then of all generations."""
    report, written = new_report()
    with report:
        for status in ("done", "done", "skipped", "rejected"):
            report.count(status)
        report.count_on_route("a", "planned")
        report.count_on_route("b", "rejected")
        for kind in ("merged", "dropped", "merged"):
            report.count_diagnostic(kind)

    assert [
        "notes: 1 dropped, 2 merged",
        "a: planned 1, skipped 0, rejected 0",
        "b: planned 0, skipped 0, rejected 1",
        "read 4, planned 2, skipped 1, rejected 1",
    ] == lines_of(written)


def test_a_closed_pipe_gets_no_summary() -> None:
    """Nobody reads it; any other end has one."""
    for error, lines in ((BrokenPipeError(), 0), (KeyboardInterrupt(), 1)):
        report, written = new_report()
        with pytest.raises(type(error)), report:
            raise error

        assert lines == len(lines_of(written))


def test_a_kind_of_message_is_printed_a_few_times() -> None:
    """Kinds that differ only beyond what is shown are one kind; the summary says that there are more."""
    report, written = new_report()
    with report:
        for n in range(20):
            report.emit("note", LOCATION, "x" * 5000 + str(n), kind=("dropped", "x" * 5000 + str(n)))

    *shown, more, _summary = lines_of(written)
    assert REPEATS == len(shown)
    assert f"of messages that repeat themselves, {REPEATS} of each kind are shown" == more


def test_too_many_kinds_are_not_told_apart() -> None:
    """A thousand are; the first of them can still be repeated."""
    report, written = new_report()
    for n in range(1100):
        report.emit("note", LOCATION, "x", kind=(str(n),))
    report.emit("note", LOCATION, "again", kind=("0",))

    assert (1001, "note: <stdin>:1: again") == (len(lines_of(written)), lines_of(written)[-1])


def test_long_kinds_are_not_held_in_memory() -> None:
    """Only as much of them as is shown."""
    report, _ = new_report()
    tracemalloc.start()
    for n in range(50):
        report.emit("note", LOCATION, "x", kind=(f"{n} " + "x" * 1_000_000,))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert held < 5_000_000
