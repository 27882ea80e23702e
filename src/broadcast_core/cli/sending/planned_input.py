"""The input of a run that sends, kept as requests: planned in chunks, or as `broadcast plan` wrote them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from typing import get_args

from attrs import field, frozen

from broadcast_core.cli.arguments import REQUESTS
from broadcast_core.cli.chunks import Chunk, ChunkPlanner, PlannedChunk, split_into_chunks
from broadcast_core.cli.console.outcome_messages import combined_status, emit_outcomes
from broadcast_core.cli.console.report import GenerationStatus, Report
from broadcast_core.cli.errors import UNUSABLE, CommandError
from broadcast_core.cli.files.checkpoint import Checkpoint, InputDigest
from broadcast_core.cli.files.document import Document
from broadcast_core.cli.files.documents import begins_with, read_documents
from broadcast_core.cli.files.paths import STDIN, InputPaths
from broadcast_core.cli.files.rejects import Rejects
from broadcast_core.cli.files.state_file import LoadedState
from broadcast_core.cli.input import LocatedGeneration, usable_generations
from broadcast_core.cli.routes import SelectedRoutes
from broadcast_core.cli.sending.senders import Senders, by_route
from broadcast_core.cli.used_state import begin_state, save_kept_state
from broadcast_core.delivery.outcomes import DeliveryOutcome
from broadcast_core.delivery.stored.requests import BEGINNING, StoredRequest, planned_again
from broadcast_core.errors import StoredFormError
from broadcast_core.sending.clock import utc_now

MAX_REQUEST_BYTES = 256 * 1024 * 1024


@frozen(kw_only=True)
class SentInput:
    """The input of a run, what is kept of it, and the state of the run before.

    `plans_on` plans all of the input although no route goes on, since it cannot be read again.
    """

    paths: InputPaths
    dialect: str | None
    max_bytes: int
    advance: Callable[[int], None]
    checkpoint: Checkpoint
    selection: SelectedRoutes
    report: Report
    rejects: Rejects
    loaded: LoadedState = field(factory=LoadedState)
    plans_on: bool = False

    __hash__ = None  # type: ignore[assignment]


def deliver(sent: SentInput, senders: Senders) -> Iterator[DeliveryOutcome]:
    """Keep the input as requests while it is sent, then wait for the rest; yield each outcome as it comes."""
    is_of_requests = _is_of_requests(sent)
    sent.checkpoint.claim_input("requests" if is_of_requests else "generations")
    if not is_of_requests:
        yield from keep_generations(sent, senders)
    elif sent.checkpoint.state_path is not None:
        what = "planned requests need no state: give it to `broadcast plan`; nothing was sent"
        raise CommandError(f"--state {sent.checkpoint.state_path}: {what}", code=UNUSABLE)
    else:
        yield from keep_requests(sent, senders)
    yield from senders.finish()
    for fault in senders.faults:
        raise fault


def _is_of_requests(sent: SentInput) -> bool:
    """Tell whether the input is planned requests: by its stated format, or by the beginning of any file."""
    if sent.dialect is not None:
        return sent.dialect == REQUESTS
    return any(begins_with(path, BEGINNING) for path in sent.paths.files if path != STDIN)


def keep_generations(sent: SentInput, senders: Senders) -> Iterator[DeliveryOutcome]:
    """Plan the rest of the input, and yield the outcomes of deliveries meanwhile.

    Raise `CommandError`, before anything is sent, where the input does not begin as that of the checkpoint.
    """
    checkpoint, report = sent.checkpoint, sent.report
    digest, position = InputDigest(), checkpoint.position
    generations = digest.marked(usable_generations(
        sent.paths, report, sent.rejects,
        dialect=sent.dialect, max_bytes=sent.max_bytes, advance=sent.advance, observe=digest.take,
    ))  # fmt: skip
    before = sum(1 for _ in islice(generations, position))
    if before < position or (position and digest.marked_text != checkpoint.digest):
        raise checkpoint.foreign_input()
    known = checkpoint.statuses()
    for status in get_args(GenerationStatus):
        report.count(status, known.get(status, 0))
    begin_state(checkpoint, sent.loaded, report)
    senders.start()
    planner = ChunkPlanner(sent.selection, checkpoint.state())
    for chunk in split_into_chunks(generations):
        position += len(chunk)
        planned = keep_chunk(planner, chunk, sent, position, digest)
        senders.add(planned)
        yield from senders.wait_for_space()
        if not senders.is_any_running and not sent.plans_on:
            return
    checkpoint.keep_end_of_input()
    save_kept_state(checkpoint, planner.final_state(), sent.loaded, report)


def keep_chunk(
    planner: ChunkPlanner, chunk: Chunk, sent: SentInput, position: int, digest: InputDigest
) -> dict[str, int]:
    """Plan a chunk and keep it; return how many requests each route has more."""
    before = planner.states
    planned = planner.plan(chunk)
    requests = by_route(planned.requests, list(sent.checkpoint.targets))
    statuses: Counter[str] = Counter(combined_status(outcomes) for _, outcomes in planned.outcomes)
    sent.checkpoint.keep_plan(
        requests, before, planner.states, statuses, position, digest.marked_text, utc_now()
    )
    _report(planned, sent)
    return {name: len(some) for name, some in requests.items()}


def _report(planned: PlannedChunk, sent: SentInput) -> None:
    for located, outcomes in planned.outcomes:
        emit_outcomes(sent.report, located.location, outcomes)
        _keep_rejected(located, any(outcome.status == "rejected" for outcome in outcomes), sent.rejects)


def _keep_rejected(located: LocatedGeneration, is_rejected: bool, rejects: Rejects) -> None:
    if is_rejected and located.document is not None:
        rejects.keep_once(located.document)


def keep_requests(sent: SentInput, senders: Senders) -> Iterator[DeliveryOutcome]:
    """Keep all requests of the input, then send them.

    Raise `CommandError`, before anything is sent, for a line that is none, or is of another route or place.
    """
    digest = InputDigest()
    kept = _Requests(sent)
    for document in _documents(sent):
        digest.take(document.text)
        kept.take(document)
    checkpoint = sent.checkpoint
    if checkpoint.is_planned:
        if digest.text != checkpoint.digest:
            raise checkpoint.foreign_input()
    else:
        kept.finish(digest.text)
    senders.start()
    senders.add(kept.counts)
    yield from senders.outcomes(timeout=0)


def _documents(sent: SentInput) -> Iterator[Document]:
    limit = max(sent.max_bytes, MAX_REQUEST_BYTES)
    for piece in read_documents(sent.paths.files, limit, sent.advance):
        if not isinstance(piece, Document):
            raise CommandError(f"{piece.location}: {piece.why}; nothing was sent", code=UNUSABLE)
        yield piece
    for unreadable in sent.paths.unreadable:
        raise CommandError(f"{unreadable.location}: {unreadable.why}; nothing was sent", code=UNUSABLE)


class _Requests:
    """Requests as they are read; those of one plan, by their order, are kept as one batch."""

    def __init__(self, sent: SentInput) -> None:
        self._checkpoint = sent.checkpoint
        self._is_wanted = not sent.checkpoint.is_planned
        self._routes = {route.name: route for route in sent.selection.routes}
        self._open: dict[str, list[tuple[int, StoredRequest, list[tuple[str, ...]]]]] = {}
        self.counts: dict[str, int] = dict.fromkeys(self._routes, 0)

    def take(self, document: Document) -> None:
        """Take the next line."""
        try:
            form = StoredRequest.of_line(document.text)
            request = planned_again(form, self._routes)
        except StoredFormError as error:
            raise CommandError(f"{document.location}: {error}; nothing was sent", code=UNUSABLE) from None
        if not self._is_wanted:
            return
        orders = list(self._routes[request.route].endpoints)
        if request.endpoint.name not in orders:
            what = f"there is no endpoint {request.endpoint.name!r} any more: plan again"
            raise CommandError(f"{document.location}: {what}; nothing was sent", code=UNUSABLE)
        order = orders.index(request.endpoint.name)
        batch = self._open.setdefault(request.route, [])
        if batch and order < batch[-1][0]:
            self._keep(request.route)
        row = (order, form, [item.generations for item in request.items])
        self._open.setdefault(request.route, []).append(row)
        self.counts[request.route] += 1

    def finish(self, digest: str) -> None:
        """Keep what is left, and that this is all."""
        for route in list(self._open):
            self._keep(route)
        self._checkpoint.keep_all_requests(digest)

    def _keep(self, route: str) -> None:
        self._checkpoint.keep_rows(route, self._open.pop(route, []), utc_now())
