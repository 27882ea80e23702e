"""`OpikModel`: requests as data in, answers as data out, and what the server shows afterwards.

All or nothing: a request that is refused changes nothing. The order of the checks is size, account, JSON and
validation, quota and rate, ids (that of the middle ones is not known).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from attrs import define, field

from broadcast_core.jsontext import Json
from broadcast_core.request import Request, Response
from broadcast_opik.testing.access import Bucket, admit, check_headers
from broadcast_opik.testing.body import Sizes, check_length, rows_of
from broadcast_opik.testing.refusal import Refused, over_quota
from broadcast_opik.testing.rollup import shown_span, shown_trace
from broadcast_opik.testing.rules import check_rows
from broadcast_opik.testing.tables import Row, Table, version_of
from broadcast_opik.testing.threads import threads_of
from broadcast_opik.testing.uuids import IdWindow, check_ids, check_version


@define(kw_only=True)
class OpikModel:
    """One workspace of a server; every attribute may be changed between two requests.

    `now` switches the window of ids on (`window` around it), and dates rows without a version. `api_key` asks
    for that key and `workspace`. `quota` is how many rows the workspace may still write, `rate` how many a
    minute. `healthy` is what `is-alive/ping` says.
    """

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
        """Return each trace by id as it is shown; of one id in two projects the newest, or the named."""
        newest = sorted(self._tables["traces"].rows(project), key=lambda one: (one.row["id"], one.version))
        spans: dict[tuple[str, str], list[Row]] = {}
        for one in self._tables["spans"].rows(project):
            spans.setdefault((one.project, one.row["trace_id"]), []).append(one.row)
        return {
            one.row["id"]: shown_trace(one.row, spans.get((one.project, one.row["id"]), [])) for one in newest
        }

    def trace_rows(self) -> list[Row]:
        """Return every stored trace row: two of one id when it was sent under two projects."""
        return [one.row for one in self._tables["traces"].rows()]

    def spans(self, project: str | None = None) -> list[Row]:
        """Return every span row by id as it is shown: two of one id when its trace or parent changed."""
        rows = [shown_span(one.row) for one in self._tables["spans"].rows(project)]
        return sorted(rows, key=lambda row: str(row["id"]))

    def threads(self, project: str | None = None) -> dict[str, dict[str, Json]]:
        """Return the threads by id: messages, the first question, the last answer, usage and cost."""
        return threads_of(self.traces(project).values())

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
        rows = self.spans()
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
        for kind, table in self._tables.items():
            if what == f"POST /v1/private/{kind}/batch":
                check_headers(headers)
                table.put(self._accepted(kind, rows_of(kind, body, headers, self.sizes)), self.now)
                return Response(status=204)
        return _json(404, {"code": 404, "message": "HTTP 404 Not Found"})

    def _accepted(self, kind: str, rows: list[Json]) -> list[Row]:
        accepted = check_rows(kind, rows, versioned=self.now is None)
        self._spend(len(accepted))
        window = IdWindow(self.now, self.window)
        for row in accepted:
            check_ids(kind, row, window)
            check_version(row, version_of(row, self.now), window)
        return accepted

    def _spend(self, rows: int) -> None:
        """Section 1.1: each row is an event for the rate limit; that each counts for the quota is strict."""
        if self.quota is not None and rows > self.quota:
            raise over_quota()
        if self.rate is not None:
            self.rate.take(rows, self.now)
        if self.quota is not None:
            self.quota -= rows


def _json(status: int, body: Mapping[str, Json], headers: Mapping[str, str] | None = None) -> Response:
    text = json.dumps(body).encode()
    return Response(status=status, headers={"Content-Type": "application/json", **(headers or {})}, body=text)
