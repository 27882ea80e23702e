"""The arguments of `broadcast letters`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from broadcast_core.cli.arguments import FileName
from broadcast_core.cli.errors import UNUSABLE, CommandError
from broadcast_core.cli.files.output import WriteError
from broadcast_core.errors import BroadcastError
from broadcast_core.sending.spool.dead_letters import DeadLetters
from broadcast_relay.commands.spool_argument import HeldSpool, held_spool, spool_options, wait_option
from broadcast_relay.spool.letter_files import Written, move, write_letters
from broadcast_relay.spool.mailbox import Answer, ask


@click.command(short_help="Write what could not be delivered, or read, to files.")
@spool_options
@click.option(
    "--output",
    type=FileName(),
    required=True,
    metavar="FILE",
    help="Where the requests go, one a line, as `broadcast send` takes them.",
)
@click.option(
    "--deliveries",
    type=FileName(),
    metavar="FILE",
    help="Where whole deliveries go, one a line; without it FILE.deliveries beside the requests.",
)
@click.option("--take", is_flag=True, help="Erase what was written from the spool, once it is on the disk.")
@wait_option
def letters(
    file: str | None, spool: str | None, output: str, deliveries: str | None, take: bool, wait: float
) -> None:
    """Write the dead letters of a relay or a service: requests that can be sent again, and whole deliveries.

    A delivery is kept whole where it could not be read, or a record of it was rejected: as the JSON that was
    sent, else in base64, in an object that says what it is. Both files hold what was said, and are for their
    owner alone. Where there is nothing for a file, none is made.

    A relay that runs does it when it is asked to, within --wait seconds.
    """
    requests, whole = Path(output), Path(deliveries or f"{output}.deliveries")
    for path in (requests, whole):
        _check(path)
    if requests.resolve() == whole.resolve():
        raise click.UsageError("--output and --deliveries are the same file: give two names")
    held = held_spool(file, spool)
    try:
        written = _write(held, requests, whole, take, wait)
    except WriteError as error:
        raise CommandError(f"{error.path}: {error}; nothing was taken", code=UNUSABLE) from None
    except BroadcastError as error:
        raise CommandError(f"nothing was taken: {error}", code=UNUSABLE) from None
    for line in _lines(written, requests, whole, take):
        click.echo(line)


def _write(held: HeldSpool, requests: Path, whole: Path, take: bool, wait: float) -> Written:
    """Write them here, or have the relay do it that has the spool."""
    store = held.opened()
    if store is None:
        return _fetch(held.relay, requests, whole, take, wait)
    with store:
        dead = DeadLetters(store)
        written = write_letters(dead, requests, whole)
        if take:
            dead.forget(written.newest)
        return written


def _fetch(folder: Path, requests: Path, whole: Path, take: bool, wait: float) -> Written:
    """Have a relay write them, and bring the files to their places; only then they may be taken."""
    answer = ask(folder, "letters", {}, wait)
    name = str(answer.pop("name"))
    written = Written(**answer)
    for count, suffix, path in (
        (written.requests, ".requests", requests),
        (written.deliveries, ".deliveries", whole),
    ):
        if count:
            move(folder / f"{name}{suffix}", path)
    if take and written.newest:
        _take(folder, written, wait)
    return written


def _take(folder: Path, written: Written, wait: float) -> Answer:
    try:
        return ask(folder, "take letters", {"newest": written.newest}, wait)
    except BroadcastError as error:
        what = "they were written, and may be in the spool still"
        raise CommandError(f"{what}: {error}", code=UNUSABLE) from None


def _check(path: Path) -> None:
    """Raise `CommandError` for a file that holds something: it may be the only copy of what was taken."""
    if path.exists() and (not path.is_file() or path.stat().st_size):
        raise CommandError(f"{path}: there is something already: give another name", code=UNUSABLE)
    if not path.absolute().parent.is_dir():
        raise CommandError(f"{path}: there is no such directory: make it first", code=UNUSABLE)


def _lines(written: Written, requests: Path, whole: Path, take: bool) -> Iterator[str]:
    if not (written.requests or written.deliveries):
        yield "there are no dead letters"
        return
    if written.requests:
        yield f"requests: {written.requests}, in {requests}; `broadcast send --from requests` takes them"
    if written.deliveries:
        yield f"deliveries: {written.deliveries}, in {whole}; they are as they were sent, before any policy"
    for why, count in sorted(written.reasons.items(), key=lambda one: -one[1]):
        yield f"  {count} {why}"
    yield (
        "they are erased from the spool" if take else "they are in the spool still: --take erases them there"
    )
