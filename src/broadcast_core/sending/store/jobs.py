"""Planned requests on their way in a store, and what becomes of their generations.

Each function is work for `Store`: it takes the connection, and all that it does is one transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from attrs import evolve, field, frozen

from broadcast_core.batching import Request
from broadcast_core.delivery.job import Job, Step
from broadcast_core.delivery.outcomes import DeliveryOutcome
from broadcast_core.delivery.stored.requests import StoredRequest, planned_again, stored
from broadcast_core.errors import StoredFormError
from broadcast_core.pipeline.route import Route
from broadcast_core.sending.store.generations import expect, fold
from broadcast_core.sending.store.letters import add_letters
from broadcast_core.sending.store.progress import about, set_about
from broadcast_core.sending.store.values import packed, unpacked

_COLUMNS = "number, batch, position, head, body, since, tries, not_before, follow_up, is_unknown, is_last"


@frozen(kw_only=True)
class Target:
    """The route of some jobs, and the wheel of its destination with the version."""

    route: Route
    plugin: str = ""

    __hash__ = None  # type: ignore[assignment]

    def store(self, request: Request) -> StoredRequest:
        """Return the stored form of a request of the route."""
        return stored(request, self.route, self.plugin)

    def plan_again(self, head: bytes, body: bytes) -> Request:
        """Return the request of a stored form; raise `StoredFormError` for one of another place."""
        return planned_again(StoredRequest(head=head, body=body), {self.route.name: self.route})


@frozen(kw_only=True)
class Loaded:
    """Jobs of a route, each with whether it was sent; numbers of those that are not of the route, and why.

    `after` is where the next ones begin: a batch, a place and a number.
    """

    jobs: tuple[tuple[Job, bool], ...] = ()
    unusable: Mapping[int, str] = field(factory=dict)
    after: tuple[int, int, int] | None = None

    __hash__ = None  # type: ignore[assignment]


@frozen(kw_only=True)
class Change:
    """How many more requests wait, with how many bytes of bodies, and the outcomes that became complete."""

    requests: int = 0
    bytes: int = 0
    outcomes: tuple[DeliveryOutcome, ...] = ()

    @classmethod
    def of_step(cls, step: Step, outcomes: Iterable[DeliveryOutcome]) -> Change:
        """Return what a step has changed."""
        gone = [] if step.kept is not None else [step.job]
        return cls(
            requests=len(step.parts) - len(gone),
            bytes=sum(len(part.request.body) for part in step.parts)
            - sum(len(job.request.body) for job in gone),
            outcomes=tuple(outcomes),
        )


def add_batch(db: sqlite3.Connection, target: Target, requests: Sequence[Request], now: datetime) -> int:
    """Keep the requests of one plan, in order, and count the items of its generations; return its number."""
    orders = {name: n for n, name in enumerate(target.route.endpoints)}
    rows = [
        (orders[request.endpoint.name], target.store(request), [item.generations for item in request.items])
        for request in requests
    ]
    return add_stored_batch(db, target.route.name, rows, now)


def add_stored_batch(
    db: sqlite3.Connection,
    route: str,
    rows: Iterable[tuple[int, StoredRequest, Sequence[Sequence[str]]]],
    now: datetime,
    since: datetime | None = None,
) -> int:
    """Keep stored requests, each with the place of its endpoint and the generations of its items.

    Their age counts from `since`, else from now.
    """
    batch = db.execute("INSERT INTO batch (route, at) VALUES (?, ?)", (route, now.timestamp())).lastrowid
    assert batch is not None
    names: list[Sequence[str]] = []
    begun = since or now
    for position, request, named in rows:
        db.execute(
            "INSERT INTO request (route, batch, position, head, body, size, since)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                route,
                batch,
                position,
                request.head,
                packed(request.body),
                len(request.body),
                begun.timestamp(),
            ),
        )
        names += named
    expect(db, route, batch, names)
    return batch


def forget_all(db: sqlite3.Connection) -> None:
    """Forget all requests and generations, and their counts: those of a plan that was never sent."""
    for table in ("request", "generation", "batch", "counter"):
        db.execute(f"DELETE FROM {table}")  # noqa: S608  # the names of tables are ours


def load_jobs(
    db: sqlite3.Connection,
    target: Target,
    after: tuple[int, int, int],
    limit: int,
    max_bytes: int,
    run: int | None = None,
) -> Loaded:
    """Return jobs of a route in their order, after a batch, a place and a number.

    At least one, however large, and as many as their bodies have some bytes; without the parts that this run
    made, since it has them.
    """
    found: list[tuple[Job, bool]] = []
    unusable: dict[int, str] = {}
    last: tuple[int, int, int] | None = None
    size = 0
    rows = db.execute(
        f"SELECT {_COLUMNS}, is_sent, size FROM request"  # noqa: S608  # the names of columns are ours
        " WHERE route = ? AND (batch, position, number) > (?, ?, ?) AND split_by IS NOT ?"
        " ORDER BY batch, position, number LIMIT ?",
        (target.route.name, *after, -1 if run is None else run, limit),
    )
    for *columns, is_sent, bytes_ in rows:
        size += bytes_
        if found and size > max_bytes:
            break
        number, batch, position = columns[:3]
        last = (batch, position, number)
        try:
            found.append((_job(target, columns), bool(is_sent)))
        except StoredFormError as error:
            unusable[number] = str(error)
    return Loaded(jobs=tuple(found), unusable=unusable, after=last)


def next_run(db: sqlite3.Connection) -> int:
    """Return a number for a run over the jobs of a route, which no other has had."""
    number = int(about(db, "run") or 0) + 1
    set_about(db, {"run": number})
    return number


def begin(db: sqlite3.Connection, job: Job) -> None:
    """Keep that a job is being sent: after a crash its answer is unknown."""
    db.execute("UPDATE request SET is_sent = 1, tries = ? WHERE number = ?", (job.tries, job.number))


def settle(
    db: sqlite3.Connection, target: Target, step: Step, now: datetime, run: int | None = None
) -> tuple[tuple[Job, ...], list[DeliveryOutcome]]:
    """Keep a step of a run: what has ended, and what is still to be sent; return the numbered parts.

    With them come the outcomes of generations whose last item has ended. Of a request that was erased while
    it was being sent nothing is kept.
    """
    job = step.job
    if db.execute("SELECT 1 FROM request WHERE number = ?", (job.number,)).fetchone() is None:
        return (), []
    if step.kept is None:
        db.execute("DELETE FROM request WHERE number = ?", (job.number,))
    else:
        _update(db, target, step.kept)
    parts = tuple(evolve(part, number=_insert(db, target, part, run)) for part in step.parts)
    ended = [one for one in step.ended if one.status != "delivered"]
    add_letters(db, target.route, target.plugin, ended, job, now)
    return parts, fold(db, target.route.name, job.batch, step.ended)


def suspend(db: sqlite3.Connection, job: Job) -> None:
    """Keep a job for a later run, with its tries still to come."""
    db.execute(
        "UPDATE request SET is_sent = 0, tries = 0, not_before = NULL, is_unknown = ?, is_last = 0"
        " WHERE number = ?",
        (job.is_unknown, job.number),
    )


def _job(target: Target, columns: Sequence[object]) -> Job:
    number, batch, position, head, body, since, tries, not_before, follow_up, is_unknown, is_last = columns
    question = None
    if follow_up is not None:
        line = StoredRequest.of_line(follow_up)  # type: ignore[arg-type]
        question = target.plan_again(line.head, line.body)
    return Job(
        request=target.plan_again(head, whole_body(body)),  # type: ignore[arg-type]
        number=number,  # type: ignore[arg-type]
        batch=batch,  # type: ignore[arg-type]
        order=position,  # type: ignore[arg-type]
        since=_time(since),  # type: ignore[arg-type]
        tries=tries,  # type: ignore[arg-type]
        not_before=None if not_before is None else _time(not_before),  # type: ignore[arg-type]
        follow_up=question,
        is_unknown=bool(is_unknown),
        is_last=bool(is_last),
    )


def whole_body(body: bytes) -> bytes:
    """Return the body of a request as it was planned; raise `StoredFormError` where it is damaged."""
    try:
        return unpacked(body)
    except Exception:  # noqa: BLE001  # whatever a codec raises
        raise StoredFormError("its body cannot be read: the file is damaged") from None


def _insert(db: sqlite3.Connection, target: Target, job: Job, run: int | None) -> int:
    form = target.store(job.request)
    number = db.execute(
        "INSERT INTO request (route, batch, position, head, body, size, since, tries, not_before,"
        " is_unknown, is_last, split_by)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            target.route.name, job.batch, job.order, form.head, packed(form.body), len(form.body),
            job.since.timestamp(), job.tries, _seconds(job.not_before), job.is_unknown, job.is_last, run,
        ),
    ).lastrowid  # fmt: skip
    assert number is not None
    return number


def _update(db: sqlite3.Connection, target: Target, job: Job) -> None:
    follow_up = None if job.follow_up is None else target.store(job.follow_up).line
    db.execute(
        "UPDATE request SET tries = ?, not_before = ?, follow_up = ?, is_unknown = ?, is_last = ?,"
        " is_sent = 0 WHERE number = ?",
        (job.tries, _seconds(job.not_before), follow_up, job.is_unknown, job.is_last, job.number),
    )


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
