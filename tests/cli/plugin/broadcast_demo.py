"""A small destination for tests: a row per trace and per generation, and options to misbehave."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from broadcast_core import (
    Checked,
    ConfigError,
    Diagnostic,
    Endpoint,
    Item,
    Problem,
    Request,
    Response,
    TraceTree,
    Unmapped,
)
from broadcast_core.jsontext import Json, dumps

KNOWN = {
    "base_url": str,
    "project": str,
    "refuse": str,
    "crash": str,
    "note": str,
    "leave": str,
    "number": int,
    "nested": dict,
}


def _leave(here: str, config: Mapping[str, Json]) -> None:
    """End the process, or try to, where the option `leave` says so."""
    if config.get("leave") == here:
        raise SystemExit(0)
    if config.get("leave") == f"{here}, told to":
        os.kill(os.getpid(), signal.SIGTERM)
    if config.get("leave") == f"{here}, interrupted":
        os.kill(os.getpid(), signal.SIGINT)


class Demo:
    """Maps a trace to `{"trace": key, "row": whether it has one}` and `{"generation": id}` rows."""

    def __init__(self, name: str = "demo", **changes: Any) -> None:
        self.name = name
        endpoint = Endpoint(**{"name": "rows", "path": "/rows", "max_items": 1000, **changes})
        self.endpoints: Mapping[str, Endpoint] = {"rows": endpoint}

    def configure(self, options: Mapping[str, Json]) -> dict[str, Json]:
        """Return the options; every unknown one, or one of a wrong type, is a problem."""
        if "explode" in options:
            raise KeyError("explode")
        _leave("configure", options)
        problems = []
        for name, value in options.items():
            if name not in KNOWN:
                problems.append(Problem(f"unknown option; known: {', '.join(KNOWN)}", f"$.{name}"))
            elif type(value) is not KNOWN[name]:
                problems.append(Problem(f"expected {KNOWN[name].__name__}", f"$.{name}"))
        if problems:
            raise ConfigError(tuple(problems))
        return dict(options)

    def base_url(self, config: Mapping[str, Json]) -> str:
        """Return the option, or a default."""
        _leave("base_url", config)
        return str(config.get("base_url", "https://demo.example"))

    def headers(self, config: Mapping[str, Json]) -> Mapping[str, str]:
        """Return no headers of its own."""
        _leave("headers", config)
        return {}

    def items(self, tree: TraceTree, config: Mapping[str, Json]) -> Iterator[Item | Unmapped]:
        """Yield the rows of a tree, in order of generation id."""
        _leave("items", config)
        ids = tuple(sorted(tree.generations))
        refused = [one for one in ids if one == config.get("refuse")]
        kept = tuple(one for one in ids if one not in refused)
        if config.get("crash") in ids:
            raise RuntimeError("quotes the record: a secret prompt")
        yield from (Unmapped(generation=one, reason="the demo refuses it") for one in refused)
        if kept:
            row = dumps({"trace": tree.key, "row": tree.summary is not None})
            yield Item(endpoint="rows", body=row, generations=kept)
        for one in kept:
            notes = (Diagnostic("dropped", "$.extra[0].x", str(config["note"])),) if "note" in config else ()
            body = dumps({"generation": one, "content": tree.generations[one].content.input})
            yield Item(endpoint="rows", body=body, generations=(one,), diagnostics=notes)

    def identify(self, original: str, moment: datetime, config: Mapping[str, Json]) -> Mapping[str, str]:
        """Return the original id."""
        _leave("identify", config)
        return {"generation": original}

    def authorize(self, request: Request, config: Any, secrets: Mapping[str, str]) -> Request:
        """Return the request as it is."""
        return request

    def check(self, config: Any) -> Request:
        """Return a request without items."""
        return Request(route=self.name, endpoint=self.endpoints["rows"], url=self.base_url(config))

    def checked(self, response: Response) -> Checked:
        """Return that it works when the answer is 200."""
        return Checked(works=response.status == 200, what=str(response.status))


destination = Demo()
lines = Demo("lines", content_type="application/x-ndjson", prefix=b"", separator=b"\n", suffix=b"\n")
binary = Demo("binary", content_type="application/octet-stream", prefix=b"\xff", separator=b"", suffix=b"")
pretty = Demo("pretty", prefix=b"[\n", separator=b",\r\n", suffix=b"\n]\n")
tiny = Demo("tiny", max_bytes=60)
cut = Demo("cut", suffix=b"")
twofold = Demo("twofold", prefix=b"", separator=b"\n", suffix=b"")
bytes_of_json = Demo("bytes_of_json", prefix=b'["\xff",')
a_class = Demo
