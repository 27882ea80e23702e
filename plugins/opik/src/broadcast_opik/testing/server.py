"""`OpikModel`: requests as data in, answers as data out, and what the server shows afterwards.

All or nothing: a request that is refused stores nothing. The order of the checks is size, account (workspace,
then key), content type, JSON, validation, rate, quota, ids. So a request that is refused for the quota still
uses the rate.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from attrs import define, field

from broadcast_core.batching.request import Request
from broadcast_core.batching.response import Response
from broadcast_core.jsontext import Json
from broadcast_opik.testing.access import Bucket, admit, check_headers
from broadcast_opik.testing.attachments import Attachment, attachments_of
from broadcast_opik.testing.body import Sizes, check_length, rows_of
from broadcast_opik.testing.projects import project_named
from broadcast_opik.testing.refusal import Refused, broken, over_quota
from broadcast_opik.testing.rollup import shown_span, shown_trace
from broadcast_opik.testing.rulebook import measured, read, stricter
from broadcast_opik.testing.rules import check_rows
from broadcast_opik.testing.storing import check_columns
from broadcast_opik.testing.tables import (
    DEFAULT_PROJECT,
    Row,
    Stored,
    Table,
    filed_under,
    listed,
    version_of,
)
from broadcast_opik.testing.threads import Records, threads_of
from broadcast_opik.testing.uuids import IdWindow, check_ids, check_version

LATEST_UPDATE = datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC)


@define(kw_only=True)
class OpikModel:
    """One workspace of a server; every attribute may be changed between two requests.

    `now` switches the window of ids on (`window` around it), and dates rows without a version. `api_key` asks
    for that key and `workspace`. `quota` is how many rows the workspace may still write, `rate` how many a
    minute. `healthy` is what `is-alive/ping` says. Without `strict` it takes all that a server takes.
    """

    strict: bool = True

    now: datetime | None = None
    window: timedelta = timedelta(hours=24)
    api_key: str | None = None
    workspace: str = "default"
    sizes: Sizes = field(factory=Sizes)
    quota: int | None = None
    rate: Bucket | None = None
    healthy: bool = True
    version: str = "2.1.23"
    _tables: dict[str, Table] = field(factory=lambda: {kind: Table(kind) for kind in ("traces", "spans")})
    _records: Records = field(factory=Records)

    def handle(self, request: Request) -> Response:
        """Return the answer to a planned request."""
        path = "/v1/" + request.url.partition("/v1/")[2]
        return self.answer(request.method, path, request.headers, request.body)

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Return the answer to an HTTP request; `path` begins with `/v1/` or `/is-alive/`."""
        named = {name.lower(): value for name, value in headers.items()}
        try:
            return self._answered(f"{method} {path}", named, body)
        except Refused as refused:
            return _json(refused.status, refused.body, refused.headers)

    def traces(self, project: str | None = None) -> dict[str, Row]:
        """Return each trace by id as lists show it; of one id in two projects the newest, or the named."""
        newest = sorted(self._tables["traces"].rows(project), key=lambda one: (one.row["id"], one.version))
        spans: dict[tuple[str, str], list[Row]] = {}
        for one in self._tables["spans"].rows(project):
            spans.setdefault((one.project, one.row["trace_id"]), []).append(one.row)
        return {
            one.row["id"]: shown_trace(one.row, spans.get((one.project, one.row["id"]), [])) for one in newest
        }

    @measured(
        0, "the page of a trace sums usage, cost and spans of its id over all projects of the workspace"
    )
    def trace_page(self, trace: str) -> Row | None:
        """Return a trace as `GET traces/{id}` shows it; None for an id that is not there."""
        rows = [one for one in self._tables["traces"].rows() if one.row["id"] == trace]
        spans = [one.row for one in self._tables["spans"].rows() if one.row["trace_id"] == trace]
        return shown_trace(max(rows, key=lambda one: one.version).row, spans) if rows else None

    def trace_rows(self) -> list[Row]:
        """Return every stored trace row: two of one id when it was sent under two projects."""
        return [one.row for one in self._tables["traces"].rows()]

    def spans(self, project: str | None = None) -> list[Row]:
        """Return every span by id as lists show it: one of each id in a project, whatever its parents."""
        return _by_id(listed(self._tables["spans"].rows(project)))

    def span_rows(self, project: str | None = None) -> list[Row]:
        """Return every stored span row: two of one id when its trace or parent changed."""
        return _by_id(self._tables["spans"].rows(project))

    def threads(self, project: str | None = None) -> dict[str, dict[str, Json]]:
        """Return the threads by id: messages, the first question, the last answer, usage and cost."""
        return threads_of(self.traces(project).values())

    def thread_record(self, thread: str) -> str | None:
        """Return the id under which the record of a thread stands, None when it has none."""
        return self._records.of(thread)

    @measured(0, "closing or scoring a thread without a record is a 500 for ever")
    def close_thread(self, thread: str) -> Response:
        """Return the answer to closing a thread, which needs its record."""
        if self.thread_record(thread) is not None:
            return Response(status=204)
        refused = broken()
        return _json(refused.status, refused.body)

    def attachments(self) -> list[Attachment]:
        """Return the files that were taken out of rows, and that their readers find in place."""
        return [one for row in (*self.trace_rows(), *self.span_rows()) for one in attachments_of(row)]

    @property
    @measured(0, "a last_updated_at after January 2038 fails an update in the background only")
    def failed_in_background(self) -> list[str]:
        """Ids of rows whose time the table of projects does not hold; the rows are stored."""
        rows = [one for table in self._tables.values() for one in table.rows()]
        return [one.row["id"] for one in rows if one.version > LATEST_UPDATE]

    def environments(self) -> list[str]:
        """Return the environments that were created by being named."""
        rows = [one.row for table in self._tables.values() for one in table.rows()]
        return sorted({row["environment"] for row in rows if "environment" in row})

    @property
    def undefined(self) -> list[str]:
        """Ids whose rows differ under one key and equal `last_updated_at`: the winner is not defined."""
        return [one for table in self._tables.values() for one in table.undefined]

    @property
    def repeated(self) -> list[str]:
        """Ids that stood more than once in one request."""
        return [one for table in self._tables.values() for one in table.repeated]

    @property
    def orphans(self) -> list[str]:
        """Ids of spans whose parent is not in their trace: the tree of Opik's frontend leaves them out."""
        rows = self.span_rows()
        there = {(row["trace_id"], row["id"]) for row in rows}
        hung = [row for row in rows if "parent_span_id" in row]
        return [row["id"] for row in hung if (row["trace_id"], row["parent_span_id"]) not in there]

    def _answered(self, what: str, headers: Mapping[str, str], body: bytes) -> Response:
        if what == "GET /is-alive/ping":
            said = {
                "message": f"{'Healthy' if self.healthy else 'Unhealthy'} Server",
                "healthy": self.healthy,
            }
            return _json(200 if self.healthy else 500, said)
        if what == "GET /is-alive/ver":
            return _json(200, {"version": self.version})
        check_length(body, self.sizes)
        admit(headers, self.api_key, self.workspace)
        if what == "POST /v1/private/auth":
            return Response(status=204)
        if what == "POST /v1/private/projects/retrieve":
            check_headers(headers)
            return _json(200, project_named(body, self._projects))
        for kind, table in self._tables.items():
            if what == f"POST /v1/private/{kind}/batch":
                check_headers(headers)
                rows = rows_of(kind, body, headers, self.sizes, strictly=self.strict)
                accepted = self._accepted(kind, rows)
                table.put(accepted, self.now)
                self._records.add(accepted)
                return Response(status=204, headers=self.rate.headers(self.now) if self.rate else {})
        return _json(404, {"code": 404, "message": "HTTP 404 Not Found"})

    @property
    def _projects(self) -> dict[str, str]:
        """The projects that are there, each by what it is filed under, with its name as it came first."""
        rows = [one.row for table in self._tables.values() for one in table.rows()]
        names = [str(row.get("project_name", DEFAULT_PROJECT)).strip() for row in rows]
        return {filed_under(name): name for name in reversed(names)}

    def _accepted(self, kind: str, rows: list[Json]) -> list[Row]:
        accepted = check_rows(kind, rows, versioned=self.now is None, strictly=self.strict)
        self._spend(len(accepted))
        window = IdWindow(self.now, self.window)
        for row in accepted:
            check_ids(kind, row, window)
            if self.strict:
                check_version(row, version_of(row, self.now), window)
            check_columns(row)
        return accepted

    @measured(0, "the rate comes before the quota, and a request that the quota refuses uses rate events")
    @read(1, "each row is an event for the rate limit")
    @stricter(1, "each row counts for the quota")
    def _spend(self, rows: int) -> None:
        if self.rate is not None:
            self.rate.take(rows, self.now)
        if self.quota is not None and rows > self.quota:
            raise over_quota()
        if self.quota is not None:
            self.quota -= rows


def _by_id(rows: list[Stored]) -> list[Row]:
    return sorted((shown_span(one.row) for one in rows), key=lambda row: str(row["id"]))


def _json(status: int, body: Mapping[str, Json], headers: Mapping[str, str] | None = None) -> Response:
    text = json.dumps(body).encode()
    return Response(status=status, headers={"Content-Type": "application/json", **(headers or {})}, body=text)
