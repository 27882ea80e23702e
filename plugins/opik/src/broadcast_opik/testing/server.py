"""`OpikModel`: requests as data in, answers as data out, and what the server shows afterwards.

All or nothing per batch; full-row replace by newest `last_updated_at` under the real keys, so that a span
whose parent changed is a second row; usage and cost of a trace are sums over all its spans.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from attrs import define, field

from broadcast_core.jsontext import Json
from broadcast_core.request import Request, Response
from broadcast_opik.testing.rules import MAX_ITEMS, Refused, check_row, unreadable

DEFAULT_PROJECT = "Default Project"
Row = dict[str, Json]
Key = tuple[str | None, ...]


@define
class OpikModel:
    """One workspace of a server; `now` switches the 24 h window of ids on, `api_key` asks for that key."""

    now: datetime | None = None
    api_key: str | None = None
    workspace: str = "default"
    _rows: dict[str, dict[Key, Row]] = field(factory=lambda: {"traces": {}, "spans": {}})
    undefined: list[str] = field(factory=list)
    """Ids whose newest rows differ under equal `last_updated_at`: the server's choice is undefined."""

    def handle(self, request: Request) -> Response:
        """Return the answer to a planned request."""
        path = "/v1/" + request.url.partition("/v1/")[2]
        return self.answer(request.method, path, request.headers, request.body)

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Return the answer to an HTTP request; `path` begins with `/v1/` or `/is-alive/`."""
        if (method, path) == ("GET", "/is-alive/ping"):
            return _json(200, {"message": "Healthy Server", "healthy": True})
        try:
            self._admit(headers)
            if (method, path) == ("POST", "/v1/private/auth"):
                return Response(status=204)
            for kind in ("traces", "spans"):
                if (method, path) == ("POST", f"/v1/private/{kind}/batch"):
                    self._take(kind, body)
                    return Response(status=204)
        except Refused as refused:
            return _json(refused.status, refused.body)
        return _json(404, {"code": 404, "message": "HTTP 404 Not Found"})

    def traces(self) -> dict[str, Row]:
        """Return the newest row of each trace by id, with `usage` and `total_estimated_cost` summed up."""
        shown = {row["id"]: dict(row) for row in self._newest("traces")}
        for span in self.spans():
            if (trace := shown.get(span["trace_id"])) is not None:
                usage = trace.setdefault("usage", {})
                for name, count in span.get("usage", {}).items():
                    usage[name] = usage.get(name, 0) + count
                cost = Decimal(str(span.get("total_estimated_cost", 0)))
                trace["total_estimated_cost"] = trace.get("total_estimated_cost", Decimal(0)) + cost
        return dict(sorted(shown.items()))

    def spans(self) -> list[Row]:
        """Return every stored span row by id: two of one id when its trace or parent changed."""
        return sorted(
            self._rows["spans"].values(), key=lambda row: (row["id"], row.get("parent_span_id") or "")
        )

    def threads(self) -> dict[str, dict[str, Json]]:
        """Return threads by id: how many messages, the first input and the last output."""
        found: dict[str, list[Row]] = {}
        for row in self._newest("traces"):
            if "thread_id" in row:
                found.setdefault(row["thread_id"], []).append(row)
        return {name: _thread(rows) for name, rows in sorted(found.items())}

    def _admit(self, headers: Mapping[str, str]) -> None:
        """Section 4: the workspace first; a server without accounts knows only `default`."""
        named = {name.lower(): value for name, value in headers.items()}
        workspace = named.get("comet-workspace") or "default"
        if self.api_key is None:
            if workspace != "default":
                raise Refused(404, {"code": 404, "message": "Workspace not found"})
            return
        if "comet-workspace" not in named:
            raise Refused(403, {"code": 403, "message": "Workspace name should be provided"})
        if "authorization" not in named:
            raise Refused(401, {"code": 401, "message": "API key should be provided"})
        if named["authorization"] != self.api_key:
            raise Refused(401, {"code": 401, "message": "User not allowed to access workspace"})
        if workspace != self.workspace:
            raise Refused(403, {"code": 403, "message": "User is not allowed to access workspace"})

    def _take(self, kind: str, body: bytes) -> None:
        rows = _rows_of(kind, body)
        for index, row in enumerate(rows):
            check_row(kind, index, row, self.now)
        for row in rows:
            self._store(kind, row)

    def _store(self, kind: str, row: Row) -> None:
        project = str(row.get("project_name", DEFAULT_PROJECT)).lower()
        parts = ("id",) if kind == "traces" else ("trace_id", "parent_span_id", "id")
        key = (project, *(row.get(part) for part in parts))
        table = self._rows[kind]
        known = table.get(key)
        if known is None or known["last_updated_at"] < row["last_updated_at"]:
            table[key] = row
        elif known["last_updated_at"] == row["last_updated_at"] and known != row:
            self.undefined.append(row["id"])

    def _newest(self, kind: str) -> list[Row]:
        newest: dict[str, Row] = {}
        for row in self._rows[kind].values():
            known = newest.get(row["id"])
            if known is None or known["last_updated_at"] < row["last_updated_at"]:
                newest[row["id"]] = row
        return list(newest.values())


def _rows_of(kind: str, body: bytes) -> list[Row]:
    def refuse(name: str) -> Json:
        raise unreadable(f"strict: {name} is no JSON number")

    try:
        document = json.loads(body.decode("utf-8"), parse_float=Decimal, parse_constant=refuse)
    except ValueError as error:
        raise unreadable(str(error)) from None
    rows = document.get(kind) if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise Refused(422, {"errors": [f"{kind} must not be null"]})
    if not 1 <= len(rows) <= MAX_ITEMS:
        raise Refused(422, {"errors": [f"{kind} size must be between 1 and {MAX_ITEMS}"]})
    return rows


def _thread(rows: list[Row]) -> dict[str, Json]:
    first = min(rows, key=lambda row: (row["start_time"], row["id"]))
    last = max(rows, key=lambda row: (row.get("end_time", ""), row["id"]))
    return {
        "number_of_messages": 2 * len(rows),
        "first_message": first.get("input"),
        "last_message": last.get("output"),
    }


def _json(status: int, body: Mapping[str, Json]) -> Response:
    text = json.dumps(body).encode()
    return Response(status=status, headers={"Content-Type": "application/json"}, body=text)
