"""A run that sends, from its files to its exit code."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from attrs import frozen
from rich.console import Console

from broadcast_core.cli.connections import open_client
from broadcast_core.cli.console.delivery_messages import DeliveryReport
from broadcast_core.cli.console.progress import progress_bar
from broadcast_core.cli.console.report import Report
from broadcast_core.cli.console.terminal import stderr_console, stdout_console
from broadcast_core.cli.errors import OK, UNDELIVERED, UNUSABLE, CommandError
from broadcast_core.cli.files.checkpoint import Checkpoint, open_checkpoint
from broadcast_core.cli.files.conflicts import check_output, check_rejected, check_state
from broadcast_core.cli.files.dead_letters import check_dead_letters, check_no_letters
from broadcast_core.cli.files.paths import STDIN, InputPaths, expand_paths
from broadcast_core.cli.files.rejects import Rejects, open_rejects
from broadcast_core.cli.files.state_lock import lock_paths
from broadcast_core.cli.files.termination import raise_on_termination
from broadcast_core.cli.location import SourceLocation
from broadcast_core.cli.routes import SelectedRoutes
from broadcast_core.cli.sending.ending import (
    give_up,
    keep_letters,
    report_lost,
    report_stopped,
    report_waiting,
)
from broadcast_core.cli.sending.planned_input import SentInput, deliver
from broadcast_core.cli.sending.sample import print_where, sample_generation, send_sample
from broadcast_core.cli.sending.senders import Senders, SendLimits, stopped_at_the_end
from broadcast_core.cli.used_state import lock_and_load
from broadcast_core.sending.clock import utc_now
from broadcast_core.sending.store import StoreError


@frozen(kw_only=True)
class SentFiles:
    """The files of a run, as the arguments name them; `others` are files that it reads beside its input."""

    files: tuple[str, ...] = ()
    dialect: str | None = None
    max_bytes: int = 0
    others: tuple[str | None, ...] = ()
    checkpoint: str | None = None
    dead_letters: str | None = None
    state: str | None = None
    state_wait: int = 0
    rejected: str | None = None
    is_sample: bool = False

    @property
    def checkpoint_path(self) -> str | None:
        """The one that is named, else beside the first input; None: in memory, as for stdin."""
        return self.checkpoint or beside(self.files)

    def checked(self) -> InputPaths:
        """Return the input; raise `CommandError` where one file would be written over another."""
        paths = expand_paths(self.files)
        inputs, path = (*paths.files, *self.others), self.checkpoint_path
        of_state = () if self.state is None else (self.state, *lock_paths(self.state))
        check_output(path, inputs, "--checkpoint")
        check_state(self.state, path, inputs)
        check_rejected(self.rejected, self.dead_letters, (*inputs, path), self.state)
        check_dead_letters(self.dead_letters, (*inputs, path, *of_state))
        return paths


def beside(files: Sequence[str]) -> str | None:
    """Return the checkpoint beside the first input; None for stdin, which cannot be read again."""
    if not files or STDIN in files:
        return None
    name = files[0].rstrip(os.sep)
    return f"{os.path.abspath(name) if os.path.basename(name) in ('', '.', '..') else name}.checkpoint"


@frozen(kw_only=True)
class _Run:
    """What a run is made with, while it lasts."""

    checkpoint: Checkpoint
    senders: Senders
    report: Report
    delivery: DeliveryReport
    console: Console

    __hash__ = None  # type: ignore[assignment]


@contextmanager
def _explained() -> Iterator[None]:
    """Raise `CommandError` where the checkpoint cannot be written, as on a full disk: what it has is kept."""
    try:
        yield
    except StoreError as error:
        raise CommandError(f"--checkpoint {error}; then run the same command again", code=UNUSABLE) from None


@contextmanager
def _running(
    selection: SelectedRoutes, limits: SendLimits, files: SentFiles, delivery: DeliveryReport, report: Report
) -> Iterator[_Run]:
    """Yield a run whose senders wait; at its end, tell what has stopped and what is left."""
    console, letters = stderr_console(), files.dead_letters
    with (
        open_client(selection.routes, limits.usual.timeout.total_seconds()) as client,
        open_checkpoint(
            files.checkpoint_path, selection.routes, keeps_letters=letters is not None, state_path=files.state
        ) as checkpoint,
        delivery,
    ):
        check_no_letters(letters, checkpoint)
        for message in selection.wrong:
            report.emit("failure", None, message)
        seed = os.urandom(8).hex()  # noqa: TID251  # waits of senders differ
        senders = Senders(
            checkpoint, selection.secrets, limits.by_route(selection), client, seed, delivery.note
        )
        try:
            with stopped_at_the_end(senders):
                yield _Run(
                    checkpoint=checkpoint, senders=senders, report=report, delivery=delivery, console=console
                )
        except KeyboardInterrupt:  # also by a signal
            report_waiting(checkpoint, delivery)
            raise
        finally:
            for outcome in give_up(checkpoint, senders):
                delivery.emit(outcome)
            keep_letters(letters, checkpoint, report)
            delivery.take(checkpoint.counters())
        report_stopped(senders, delivery, console)
        report_waiting(checkpoint, delivery)
        if not files.is_sample:
            report_lost(checkpoint, delivery, letters)


def deliver_files(selection: SelectedRoutes, limits: SendLimits, files: SentFiles, *, quiet: bool) -> int:
    """Send what some files hold, and return the exit code."""
    paths, console = files.checked(), stderr_console()
    report = Report(console, done="planned", quiet=quiet)
    delivery = DeliveryReport(report, console)
    has_bar = not (quiet or paths.includes_stdin)
    with (
        raise_on_termination(),
        _explained(),
        lock_and_load(files.state, files.state_wait, report, selection.routes) as loaded,
        _running(selection, limits, files, delivery, report) as run,
        open_rejects(files.rejected) as rejects,
    ):
        with progress_bar(
            console, paths.total_bytes, is_wanted=has_bar, writes_stdout=False, is_sending=True
        ) as shown:
            sent = SentInput(
                paths=paths, dialect=files.dialect, max_bytes=files.max_bytes, advance=shown,
                checkpoint=run.checkpoint, selection=selection, report=report, rejects=rejects, loaded=loaded,
                plans_on=run.checkpoint.path is None and files.dead_letters is not None,
            )  # fmt: skip
            for outcome in deliver(sent, run.senders):
                delivery.emit(outcome)
                shown.ended()
        if rejects.summary:
            report.emit("note", SourceLocation(str(files.rejected)), rejects.summary)
    return delivery.exit_code


def deliver_sample(selection: SelectedRoutes, limits: SendLimits, *, quiet: bool) -> int:
    """Send a sample through some routes, print where it is, and return the exit code."""
    console = stderr_console()
    report = Report(console, done="planned", quiet=quiet)
    delivery = DeliveryReport(report, console)
    generation = sample_generation(utc_now(), os.urandom(4).hex())  # noqa: TID251  # new each time
    delivered = set()
    with (
        raise_on_termination(),
        _running(selection, limits, SentFiles(is_sample=True), delivery, report) as run,
    ):
        sent = SentInput(
            paths=InputPaths(), dialect=None, max_bytes=0, advance=lambda _size: None,
            checkpoint=run.checkpoint, selection=selection, report=report, rejects=Rejects(),
        )  # fmt: skip
        for outcome in send_sample(generation, sent, run.senders):
            delivery.emit(outcome)
            if outcome.status == "delivered":
                delivered.add(outcome.route)
        there = {route.name: route for route in selection.routes if route.name in delivered}
        print_where(stdout_console(), generation, there)
    return delivery.exit_code if delivered or delivery.exit_code != OK else UNDELIVERED
