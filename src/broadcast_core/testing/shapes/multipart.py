"""Several parts an item, between boundaries that no content can hold.

The boundary is the same for all requests, so that an endpoint can name it and a batch can be split. A part
is JSON, where any character may be escaped: `--` at the beginning of a boundary is written `\\u002d-` within,
which is the same text. So the boundary stands nowhere but between parts, also for a server that looks for it
without the line break before it. The headers of parts hold UUIDs and numbers alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from attrs import define, evolve, frozen

from broadcast_core.destinations import (
    Endpoint,
    Item,
    Refused,
    Request,
    Response,
    SharedContent,
    TraceTree,
    Verdict,
    verdict_of_status,
)
from broadcast_core.testing.shapes.common import MAX_FIELD, MAX_ROW, Shape, columns, server, to_row
from broadcast_core.testing.shapes.receiving import Received, Receiver, json_of, require, rows_of

BOUNDARY = "broadcast-7d1f0c5e9a"
_KIND = f"multipart/form-data; boundary={BOUNDARY}"
_DASHES = f"--{BOUNDARY}".encode()
_LARGE = ("input", "output")
"""Columns that have a part of their own."""
_LIMIT = 400_000
_HEAD = re.compile(
    rb'Content-Disposition: form-data; name="post\.([0-9a-f-]{36})(?:\.(input|output))?"\r\n'
    rb"Content-Type: application/json\r\nContent-Length: (\d+)"
)


@frozen(kw_only=True)
class Config:
    """Where parts go."""

    url: str = server("https://multipart.example")


class Multipart(Shape):
    """A part for each row, and one for each of its large columns."""

    name = "multipart"
    config = Config

    def endpoints(self, config: Config) -> tuple[Endpoint, ...]:
        """Return one whose items end with a line each, so that only the last boundary is its envelope."""
        return (
            Endpoint(
                name="parts", url=f"{config.url}/runs/multipart", content_type=_KIND, prefix=b"",
                separator=b"", suffix=_DASHES + b"--\r\n", max_items=100, max_bytes=_LIMIT,
                max_item_bytes=2 * MAX_ROW, compression="gzip", on_resend="merges",
            ),
        )  # fmt: skip

    def items(self, tree: TraceTree, config: Config) -> Iterator[Item]:
        """Yield the parts of each row together."""
        content = SharedContent(MAX_FIELD, "the platform", {})
        for generation in tree.generations.values():
            fields, json = columns(generation, tree.key, content)
            large = {name: fitted for name in _LARGE if (fitted := json.get(name)) is not None}
            row = to_row(
                generation, "parts", fields, {name: json[name] for name in json if name not in _LARGE}
            )
            parts = [_part(f"post.{row.key}", row.body)]
            parts += [_part(f"post.{row.key}.{name}", fitted.value) for name, fitted in large.items()]
            told = tuple(note for fitted in large.values() for note in fitted.diagnostics)
            yield evolve(row, body=b"".join(parts), diagnostics=(*row.diagnostics, *told))

    def outcomes(self, request: Request, response: Response, config: Config) -> Verdict:
        """Return what an answer means: a malformed request is malformed in its halves too."""
        return Refused("it answered 400") if response.status == 400 else verdict_of_status(response)


def _part(name: str, text: bytes) -> bytes:
    """Return a part of some JSON whose text cannot hold the boundary."""
    text = text.replace(_DASHES, b"\\u002d" + _DASHES[1:])
    head = f'Content-Disposition: form-data; name="{name}"\r\nContent-Type: application/json'
    return b"%s\r\n%s\r\nContent-Length: %d\r\n\r\n%s\r\n" % (_DASHES, head.encode(), len(text), text)


@define
class PartServer(Receiver):
    """Takes parts, and looks for the boundary as simply as can be: wherever its bytes stand."""

    def _take(self, received: Received) -> Response:
        received.is_to("POST", "/runs/multipart", _KIND)
        before, *parts, last = received.plain(_LIMIT).split(_DASHES)
        require(before == b"" and parts and last == b"--\r\n", 400, "no boundary at an end")
        rows: dict[str, dict[str, Any]] = {}
        for part in parts:
            name, column, value = self._read(part)
            if column is None:
                require(name not in rows and isinstance(value, dict), 400, "a row is there twice, or is none")
                rows[name] = value
            else:
                require(name in rows and column not in rows[name], 400, "a column before its row, or twice")
                rows[name][column] = value
        for key, row in zip(rows, rows_of(list(rows.values())), strict=True):
            self._put(key, [row])
        return Response(status=202)

    def _read(self, part: bytes) -> tuple[str, str | None, Any]:
        head, _, text = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        found = _HEAD.fullmatch(head)
        require(part.startswith(b"\r\n") and text.endswith(b"\r\n") and found, 400, "a part has a wrong head")
        assert found is not None
        require(int(found[3]) == len(text) - 2, 400, "a part has another length than it says")
        return found[1].decode(), found[2].decode() if found[2] else None, json_of(text[:-2])
