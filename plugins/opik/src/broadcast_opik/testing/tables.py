"""Section 3: which row replaces which. A row is replaced whole; nothing of the older one stays."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from attrs import define, field, frozen

from broadcast_core.jsontext import Json
from broadcast_core.record.field_checks import written_time
from broadcast_opik.testing.rulebook import measured, read
from broadcast_opik.testing.storing import stored
from broadcast_opik.testing.values import instant

DEFAULT_PROJECT = "Default Project"
Row = dict[str, Json]
Key = tuple[str, ...]

_KEYS = {"traces": ("id",), "spans": ("trace_id", "parent_span_id", "id")}
_IDS = ("id", "trace_id", "parent_span_id")


@frozen
class Stored:
    """A row, the project that it is filed under, and its version: its own, or the server's time."""

    project: str
    version: datetime
    row: Row
    own_version: bool

    __hash__ = None  # type: ignore[assignment]


@read(3, "a row replaces an older one of its key whole; for spans, trace and parent are part of the key")
@read(3, "of rows of one key and one last_updated_at, the winner is not defined")
@define
class Table:
    """Rows of one kind under their real key: for spans the trace and the parent are part of it."""

    kind: str
    _rows: dict[Key, Stored] = field(factory=dict)
    undefined: list[str] = field(factory=list)
    """Ids of rows that differ under one key and one version: which one stays is not defined."""
    repeated: list[str] = field(factory=list)
    """Ids that stood more than once in one batch."""

    def put(self, rows: Iterable[Row], now: datetime | None) -> None:
        """Store a batch; rows without a version all get `now`."""
        batch = [_stored(stored(row), now) for row in rows]
        seen: set[str] = set()
        for one in batch:
            if one.row["id"] in seen:
                self.repeated.append(one.row["id"])
            seen.add(one.row["id"])
        for one in _deduplicated(batch):
            self._put(one)

    def _put(self, new: Stored) -> None:
        key = (new.project, *(new.row.get(part, "") for part in _KEYS[self.kind]))
        known = self._rows.get(key)
        if known is None or known.version < new.version:
            self._rows[key] = new
        elif known.version == new.version and known.row != new.row:
            self.undefined.append(new.row["id"])

    def rows(self, project: str | None = None) -> list[Stored]:
        """Return what is stored, of one project or of all, in the order of the keys."""
        wanted = None if project is None else filed_under(project)
        return [self._rows[key] for key in sorted(self._rows) if wanted in (None, key[0])]


@measured(0, "of one span under two parents, lists show one, and sums count both")
def listed(rows: Iterable[Stored]) -> list[Stored]:
    """Return one row of each id in each project, of the greatest key, as lists are ordered (SpanDAO)."""
    ordered = sorted(rows, key=lambda one: (one.row["trace_id"], one.row.get("parent_span_id", "")))
    return list({(one.project, one.row["id"]): one for one in ordered}.values())


@read(1, "projects are told apart without outer space and whatever the letter case")
def filed_under(project: str) -> str:
    """Return what a project is filed under."""
    return project.strip().lower()


def version_of(row: Row, now: datetime | None) -> datetime:
    """Return the time that decides; a row without one gets the server's own."""
    moment = instant(row["last_updated_at"]) if "last_updated_at" in row else now
    assert moment is not None, "checked by the rules"
    return moment


def _stored(row: Row, now: datetime | None) -> Stored:
    ids = {name: row[name].lower() for name in _IDS if name in row}
    version = version_of(row, now)
    project = filed_under(row.get("project_name", DEFAULT_PROJECT))
    full = {**row, **ids, "last_updated_at": row.get("last_updated_at", written_time(version))}
    return Stored(project, version, full, own_version="last_updated_at" in row)


@read(1, "of rows of one id in one batch with a last_updated_at, the latest stays, of equal ones the later")
def _deduplicated(batch: list[Stored]) -> list[Stored]:
    """dedupTraces: of the rows of one id with a version, the latest; of equal ones the later in the list.

    By id alone, whatever the key: a span with two parents in one batch is stored once.
    """
    latest: dict[str, Stored] = {}
    plain: list[Stored] = []
    for one in batch:
        known = latest.get(one.row["id"])
        if not one.own_version:
            plain.append(one)
        elif known is None or known.version <= one.version:
            latest[one.row["id"]] = one
    return [*latest.values(), *plain]
