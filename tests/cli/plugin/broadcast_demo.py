"""A small destination for tests: a row per trace and per generation, and options to misbehave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    "number": int,
    "nested": dict,
}


class Demo:
    """Maps a trace to `{"trace": key, "row": whether it has one}` and `{"generation": id}` rows."""

    name = "demo"

    def __init__(self, **changes: Any) -> None:
        endpoint = Endpoint(**{"name": "rows", "path": "/rows", "max_items": 1000, **changes})
        self.endpoints: Mapping[str, Endpoint] = {"rows": endpoint}

    def configure(self, options: Mapping[str, Json]) -> dict[str, Json]:
        """Return the options; every unknown one, or one of a wrong type, is a problem."""
        if "explode" in options:
            raise KeyError("explode")
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
        return str(config.get("base_url", "https://demo.example"))

    def headers(self, config: Mapping[str, Json]) -> Mapping[str, str]:
        """Return no headers of its own."""
        return {}

    def items(self, tree: TraceTree, config: Mapping[str, Json]) -> Iterator[Item | Unmapped]:
        """Yield the rows of a tree, in order of generation id."""
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
lines = Demo(content_type="application/x-ndjson", prefix=b"", separator=b"\n", suffix=b"\n")
binary = Demo(content_type="application/octet-stream", prefix=b"\xff", separator=b"", suffix=b"")
pretty = Demo(prefix=b"[\n", separator=b",\r\n", suffix=b"\n]\n")
tiny = Demo(max_bytes=60)
cut = Demo(suffix=b"")
twofold = Demo(prefix=b"", separator=b"\n", suffix=b"")
bytes_of_json = Demo(prefix=b'["\xff",')
a_class = Demo
