"""A small destination for tests: a row per trace and per generation, and options to misbehave."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from attrs import frozen

from broadcast_core import (
    Checked,
    Diagnostic,
    Endpoint,
    Item,
    Problem,
    Request,
    Response,
    TraceTree,
    Unmapped,
)
from broadcast_core.destinations import Description, option
from broadcast_core.jsontext import Json, dumps


@frozen(kw_only=True)
class Options:
    """What it does, and how it misbehaves."""

    base_url: str = option("https://demo.example", "Where to send.")
    project: str | None = option(None, "A project.")
    refuse: str | None = option(None, "The id of a generation that it cannot carry.")
    crash: str | None = option(None, "The id of a generation that it raises on.")
    note: str | None = option(None, "A diagnostic of every row.")
    leave: str | None = option(None, "Where it ends the process.")
    number: int | None = option(None, "Any number.")
    nested: dict[str, Json] | None = option(None, "Anything.")
    explode: str | None = option(None, "Whether it raises on its options.")

    __hash__ = None  # type: ignore[assignment]


def _leave(here: str, config: Options) -> None:
    """End the process, or try to, where the option `leave` says so."""
    if config.leave == here:
        raise SystemExit(0)
    if config.leave == f"{here}, told to":
        os.kill(os.getpid(), signal.SIGTERM)
    if config.leave == f"{here}, interrupted":
        os.kill(os.getpid(), signal.SIGINT)


class Demo:
    """Maps a trace to `{"trace": key, "row": whether it has one}` and `{"generation": id}` rows."""

    def __init__(self, name: str = "demo", **changes: Any) -> None:
        self.name = name
        self.changes = changes

    contract_version = 1

    def describe(self) -> Description:
        """Return the options; it needs no secret."""
        return Description(config=Options)

    def config_problems(self, config: Options) -> tuple[Problem, ...]:
        """Find nothing, or misbehave."""
        if config.explode is not None:
            raise KeyError("explode")
        _leave("configure", config)
        return ()

    def endpoints(self, config: Options) -> tuple[Endpoint, ...]:
        """Return where all rows go."""
        _leave("endpoints", config)
        rows = {"name": "rows", "url": f"{config.base_url}/rows", "max_items": 1000, **self.changes}
        return (Endpoint(**rows),)

    def items(self, tree: TraceTree, config: Options) -> Iterator[Item | Unmapped]:
        """Yield the rows of a tree, in order of generation id."""
        _leave("items", config)
        ids = tuple(sorted(tree.generations))
        refused = [one for one in ids if one == config.refuse]
        kept = tuple(one for one in ids if one not in refused)
        if config.crash in ids:
            raise RuntimeError("quotes the record: a secret prompt")
        yield from (Unmapped(generation=one, reason="the demo refuses it") for one in refused)
        if kept:
            row = dumps({"trace": tree.key, "row": tree.summary is not None})
            yield Item(endpoint="rows", body=row, generations=kept)
        for one in kept:
            notes = (Diagnostic("dropped", "$.extra[0].x", config.note),) if config.note is not None else ()
            body = dumps({"generation": one, "content": tree.generations[one].content.input})
            yield Item(endpoint="rows", body=body, generations=(one,), diagnostics=notes)

    def identify(self, original: str, moment: datetime, config: Options) -> Mapping[str, str]:
        """Return the original id."""
        _leave("identify", config)
        return {"generation": original}

    def authorize(
        self, request: Request, config: Options, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """Return the request as it is."""
        return request

    def check(self, config: Options, answers: tuple[Response, ...] = ()) -> Request | Checked:
        """Return a request without items, and that it works when the answer is 200."""
        if answers:
            return Checked(works=answers[-1].status == 200, what=str(answers[-1].status))
        return Request.planned(route=self.name, endpoint=self.endpoints(config)[0])


destination = Demo()
lines = Demo("lines", content_type="application/x-ndjson", prefix=b"", separator=b"\n", suffix=b"\n")
binary = Demo("binary", content_type="application/octet-stream", prefix=b"\xff", separator=b"", suffix=b"")
pretty = Demo("pretty", prefix=b"[\n", separator=b",\r\n", suffix=b"\n]\n")
tiny = Demo("tiny", max_bytes=60)
cut = Demo("cut", suffix=b"")
twofold = Demo("twofold", prefix=b"", separator=b"\n", suffix=b"")
bytes_of_json = Demo("bytes_of_json", prefix=b'["\xff",')
constants = Demo("constants", prefix=b"[NaN,")
a_class = Demo
