"""The state file of a run: locked and loaded at its start, saved when its requests are safe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import click

from broadcast_core.cli.arguments import Command, FileName
from broadcast_core.cli.console.report import Report
from broadcast_core.cli.files.checkpoint import Checkpoint
from broadcast_core.cli.files.output import WriteError
from broadcast_core.cli.files.state_file import LoadedState, StateFile
from broadcast_core.cli.files.state_lock import MAX_WAIT
from broadcast_core.cli.location import SourceLocation
from broadcast_core.pipeline.route import Route
from broadcast_core.traces.bounded_state import BoundedState
from broadcast_core.traces.state import State


def state_arguments(command: Command) -> Command:
    """Add the file of the state to a command, as `state_path`, how long to wait for it, and `join`."""
    options = (
        click.option(
            "--state",
            "state_path",
            type=FileName(),
            metavar="FILE",
            help="Load the previous run's state from a file; save it there for the next. It holds content.",
        ),
        click.option(
            "--state-wait",
            type=click.IntRange(0, MAX_WAIT),
            default=60,
            show_default=True,
            metavar="SECONDS",
            help="How long to wait for another run that uses the state; 0 does not wait.",
        ),
        click.option(
            "--join",
            is_flag=True,
            help="Keep what is let out, for a day of its time, and join what other input tells of the same"
            " generations later; over several runs with --state.",
        ),
    )
    for add in reversed(options):
        command = add(command)
    return command


@contextmanager
def lock_and_load(
    path: str | None, wait: int, report: Report, routes: Iterable[Route]
) -> Iterator[LoadedState]:
    """Yield the state that some routes may use, while no other run can use its file; nothing without one."""
    if path is None:
        yield LoadedState()
        return
    file = StateFile(path)
    with file.lock(wait, lambda message: report.emit("note", SourceLocation(path), message)):
        yield file.load(routes)


def report_unused(report: Report, path: str | None, loaded: LoadedState) -> None:
    """Report what of the state is not used."""
    for note in loaded.notes:
        report.emit("note", SourceLocation(str(path)), note)


def save_state(path: str, state: Mapping[str, State], loaded: LoadedState, done: str) -> None:
    """Save the state for the next run; raise `WriteError` when that fails, which says what was `done`."""
    try:
        StateFile(path).save(state, loaded)
    except WriteError as error:
        why = f"{error}; {done}, the state was not: fix that and run this again"
        raise WriteError(why, path) from None


def merged(mine: Mapping[str, State], loaded: LoadedState) -> tuple[dict[str, State], int]:
    """Return the state of a run together with what another run has saved meanwhile.

    Traces that both have are as this run has them; the number tells of how many that is so.
    """
    found: dict[str, State] = dict(loaded.state)
    differing = 0
    for route, state in mine.items():
        others = loaded.state.get(route, State())
        theirs = others.parts
        differing += sum(1 for key, one in state.parts.items() if theirs.get(key, one) != one)
        found[route] = BoundedState.of_run(others.union(state)).measure()
    return found, differing


def begin_state(checkpoint: Checkpoint, loaded: LoadedState, report: Report) -> None:
    """Let a checkpoint begin with the state of the file; one that has begun goes on with its own."""
    if checkpoint.state_path is not None and checkpoint.state_version is None:
        report_unused(report, checkpoint.state_path, loaded)
        checkpoint.begin(loaded.state, str(loaded.file_version))


def save_kept_state(
    checkpoint: Checkpoint, mine: Mapping[str, State], loaded: LoadedState, report: Report
) -> None:
    """Save the state of a checkpoint whose input is planned; where that fails, it stays in the checkpoint."""
    path = checkpoint.state_path
    if path is None or not checkpoint.is_state_due:
        return
    state, differing = {**loaded.state, **mine}, 0
    if str(loaded.file_version) != checkpoint.state_version:
        state, differing = merged(mine, loaded)
    if differing:
        what = f"another run has saved {differing} of the same traces since this one began"
        report.emit("note", SourceLocation(path), f"{what}: they are saved as this one has them")
    try:
        save_state(path, state, loaded, "all requests were planned")
    except WriteError as error:
        report.emit("failure", SourceLocation(error.path), str(error))
        return
    checkpoint.keep_saved_state()
