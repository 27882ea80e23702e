"""Items that travel together: the root of a trace and its children, once; "already there" is success."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import define, frozen

from broadcast_core.destinations import (
    Delivered,
    Endpoint,
    Item,
    Refused,
    Request,
    Response,
    Retry,
    TraceTree,
    Verdict,
    dumps,
    verdict_of_status,
    written_time,
)
from broadcast_core.testing.shapes.common import Shape, id_of, own_id, row_items, server
from broadcast_core.testing.shapes.receiving import Received, Receiver, json_of, require, rows_of

MAX_ROWS = 8
_LIMIT = 600_000


@frozen(kw_only=True)
class Config:
    """Where runs go."""

    url: str = server("https://runs.example")


class Runs(Shape):
    """A run for the trace, and one under it for each generation: never a child without its root.

    The root goes with the first runs of its trace. The requests of an endpoint may arrive in another order
    than that of the plan, say because the first was answered 503 and the second went meanwhile; so an answer
    that a root is missing means that the same request may pass later, and not that it is refused. Of a root
    that is refused for good the other runs wait in vain, until delivery gives up on them.
    """

    name = "runs"
    config = Config

    def endpoints(self, config: Config) -> tuple[Endpoint, ...]:
        """Return one that counts runs, and not items."""
        return (
            Endpoint(
                name="runs", url=f"{config.url}/runs/batch", prefix=b'{"post":[', suffix=b"]}",
                max_items=MAX_ROWS, max_bytes=_LIMIT, on_resend="refused",
            ),
        )  # fmt: skip

    def items(self, tree: TraceTree, config: Config) -> Iterator[Item]:
        """Yield the runs of a trace together, as many as one request takes; its root was sent before others.

        A root is sent once: what is known of the trace later stands in the runs of its generations.
        """
        root = id_of(*map(str, tree.identity))
        rows = sorted(row_items(tree, "runs"), key=lambda row: (row.time, row.key))
        known = [] if tree.is_known else [_root(root, tree)]
        while rows:
            count = MAX_ROWS - len(known)
            yield _together(root, known, rows[:count])
            known, rows = [], rows[count:]

    def outcomes(self, request: Request, response: Response, config: Config) -> Verdict:
        """Return what an answer means: 409 is success, 424 waits, no half of a refused trace is better."""
        if response.status == 409:
            return Delivered()
        if response.status == 424:
            return Retry(
                "the root of a trace is not there yet: the request that has it comes before this one"
            )
        final = response.status in (400, 422)
        return Refused(f"it answered {response.status}") if final else verdict_of_status(response)


def _root(root: str, tree: TraceTree) -> bytes:
    return dumps(
        {
            "id": root,
            "parent": None,
            "trace": own_id(tree.key, "$.trace.trace_id").value,
            "at": written_time(tree.anchor),
        }
    )


def _ascii(text: str | None) -> bytes:
    return (text or "").encode("ascii")


def _together(root: str, known: list[bytes], rows: list[Item]) -> Item:
    """Return one item of several runs."""
    runs = [b'{"id":"%s","parent":"%s","row":%s}' % (_ascii(row.key), _ascii(root), row.body) for row in rows]
    return Item(
        endpoint="runs",
        body=b",".join(known + runs),
        generations=tuple(name for row in rows for name in row.generations),
        diagnostics=tuple(told for row in rows for told in row.diagnostics),
        rows=len(known) + len(rows),
        key=rows[0].key,
        time=min(row.time for row in rows if row.time),
    )


@define
class RunServer(Receiver):
    """Takes runs whose parents it has; a request with nothing new in it is answered with 409."""

    known: frozenset[str] = frozenset()

    def _take(self, received: Received) -> Response:
        received.is_to("POST", "/runs/batch", "application/json")
        body = json_of(received.plain(_LIMIT))
        require(isinstance(body, dict) and body.keys() == {"post"} and body["post"], 400, "expected runs")
        runs: list[dict[str, Any]] = body["post"]
        require(len(runs) <= MAX_ROWS, 413, "too many runs")
        known = set(self.known)
        for run in runs:
            require(isinstance(run, dict) and {"id", "parent"} <= run.keys(), 422, "a run lacks its id")
            require(run["parent"] is None or run["parent"] in known, 424, "a child without its root")
            known.add(run["id"])
        require(known != self.known, 409, "all of it is there already")
        new = {run["id"]: run["row"] for run in runs if run["id"] not in self.known and run["parent"]}
        for key, row in zip(new, rows_of(list(new.values()), 422) if new else (), strict=True):
            self._put(key, [row])
        self.known = frozenset(known)
        return Response(status=202)
