"""The end of a run that sends: why routes stopped, what waits and where, and the file of dead letters."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console

from broadcast_core.cli.connections import print_outcome
from broadcast_core.cli.console.delivery_messages import DeliveryReport
from broadcast_core.cli.console.report import Report
from broadcast_core.cli.files.checkpoint import Checkpoint
from broadcast_core.cli.files.dead_letters import write_dead_letters
from broadcast_core.cli.files.output import WriteError
from broadcast_core.cli.location import SourceLocation
from broadcast_core.cli.sending.senders import Senders
from broadcast_core.delivery.outcomes import DeliveryOutcome
from broadcast_core.delivery.steps import stopped
from broadcast_core.sending.clock import utc_now
from broadcast_core.sending.journal import StoreJournal

NOT_THE_ROUTE = (
    "the connection works, and yet requests did not pass: where the words above do not say why, something on"
    " the way may refuse what they hold, as a firewall does, or the key may read and not write; ask who keeps"
    " the server"
)
_ENDED = "the run was ended before it was sent"


def give_up(checkpoint: Checkpoint, senders: Senders) -> Iterator[DeliveryOutcome]:
    """End all that waits in a checkpoint that is in memory, and yield what became of it."""
    for name, target in checkpoint.targets.items() if checkpoint.path is None else ():
        why = senders.stuck.get(name, _ENDED)
        journal = StoreJournal(checkpoint.store, target, senders.limits[name])
        is_last = False
        while not is_last:
            more = journal.more(utc_now())
            is_last = more.is_last
            for change in more.changes:
                yield from change.outcomes
            left = (*more.jobs, *(step.kept for step in more.steps if step.kept is not None))
            ended = (*(one for one in more.steps if one.kept is None), *(stopped(one, why) for one in left))
            for step in ended:
                yield from journal.settle(step, utc_now())[1]


def report_stopped(senders: Senders, delivery: DeliveryReport, console: Console) -> None:
    """Print why routes have stopped, with the words of their connection tests and what to do next."""
    for route, why in senders.stuck.items():
        delivery.stopped(route, why)
        checked = senders.checked(route)
        print_outcome(console, route, checked)
        if checked.works:
            delivery.advise(f"{route}: {NOT_THE_ROUTE}")


def report_waiting(checkpoint: Checkpoint, delivery: DeliveryReport) -> None:
    """Print what waits in the checkpoint, and how it goes on."""
    waiting = checkpoint.waiting
    if checkpoint.path is None or checkpoint.has_ended or not (waiting or checkpoint.position):
        return
    who = "1 generation waits" if waiting == 1 else f"{waiting} generations wait"
    rest = "" if checkpoint.is_planned else "; the rest of the input is still to be planned"
    delivery.advise(f"{who} in {checkpoint.path}{rest}: run the same command again, it goes on")


def report_lost(checkpoint: Checkpoint, delivery: DeliveryReport, dead_letters: str | None) -> None:
    """Print what to do about input that has no checkpoint and was not delivered."""
    undelivered = sum(counts.get("undelivered", 0) for counts in checkpoint.counters().values())
    if checkpoint.path is not None or not undelivered:
        return
    if dead_letters is not None:
        delivery.advise(f"what was not delivered is in {dead_letters}, which `broadcast send` takes")
        return
    rest = "" if checkpoint.is_planned else ", and the rest of the input was not read"
    keep = "give --checkpoint FILE to go on later, or --dead-letters FILE to keep it"
    delivery.advise(f"nothing of what was not delivered is kept{rest}: {keep}")


def keep_letters(path: str | None, checkpoint: Checkpoint, report: Report) -> None:
    """Write the file of dead letters once all has ended; before, they are in the checkpoint."""
    if path is None or not (checkpoint.path is None or checkpoint.has_ended):
        return
    try:
        count = write_dead_letters(path, checkpoint)
    except WriteError as error:
        more = "" if checkpoint.path is None else "; they are in the checkpoint: fix that, run the same again"
        report.emit("failure", SourceLocation(error.path), f"{error}{more}")
        return
    if count:
        what = "requests are" if count > 1 else "request is"
        advice = "mend what refused them, and give the file to `broadcast send`"
        report.emit("note", SourceLocation(path), f"{count} {what} in it: {advice}")
