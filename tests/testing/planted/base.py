"""Destinations that keep every law: rows as lines of JSON, in a JSON array, as protobuf, and as multipart.

The wrong ones are made from these by overriding one thing. `law` names the test that must fail.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Literal
from urllib.parse import quote

import attrs
from attrs import Factory, evolve, frozen

from broadcast_core import Checked, Endpoint, Item, Request, Response, TraceTree, Unmapped
from broadcast_core.batching import Outgoing
from broadcast_core.destinations import (
    CONTRACT_VERSION,
    Delivered,
    Description,
    Diagnostic,
    Generation,
    JsonError,
    Place,
    Refused,
    Secret,
    Secrets,
    Verdicts,
    ascii_only,
    dumps,
    dumps_lossy,
    loads,
    option,
    plan_check,
    verdict_of_status,
)

SERVER = "https://rows.example"


@frozen(kw_only=True)
class Options:
    """Where rows go."""

    dataset: str = option("main", "The dataset.", check=ascii_only("a dataset"))
    kind: Literal["full", "short"] = option("full", "How much is said.")
    labels: list[str] = option(Factory(list), "Names in a header.")
    extra: dict[str, str] | None = option(None, "More headers.")
    weight: float = option(1.0, "A number in a header.")
    numbered: bool = option(False, "A header that says so.")


class Lines:
    """One line of JSON for each generation, and one for its trace; with a token of the batch."""

    name = "planted"
    contract_version = CONTRACT_VERSION
    law: ClassVar[str] = ""
    secrets: ClassVar[Mapping[str, Secret]] = {"api_key": Secret(help="The key.")}
    not_carried: ClassVar[Mapping[str, str]] = {"schema_version": "rows have a version of their own"}
    config: ClassVar[type] = Options
    shape: ClassVar[Mapping[str, Any]] = {
        "content_type": "application/x-ndjson",
        "prefix": b"",
        "separator": b"\n",
        "suffix": b"\n",
    }

    def describe(self) -> Description:
        """What it takes, and what it leaves out."""
        return Description(config=self.config, secrets=self.secrets, not_carried=self.not_carried)

    def endpoints(self, config: Any) -> tuple[Endpoint, ...]:
        """One, that takes seven rows."""
        return (self.endpoint(config),)

    def endpoint(self, config: Any, **changes: Any) -> Endpoint:
        """Where rows go."""
        url = f"{SERVER}/rows/{quote(config.dataset, safe='')}"
        common: dict[str, Any] = {"name": "rows", "url": url, "max_items": 7}
        known = {"X-Dataset": config.dataset, "X-Numbered": str(config.numbered), "X-Kind": config.kind}
        known |= {"X-Labels": dumps(config.labels).decode("ascii", "replace"), "X-Weight": str(config.weight)}
        known |= {"X-Extra": str(len(config.extra or {}))}
        common |= {"headers": known, "max_bytes": 60_000}
        return Endpoint(**{**common, **self.shape, **changes})

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """The row of the trace, where it is known, and that of each generation."""
        if tree.summary is not None:
            row = {
                "trace": tree.key,
                "tags": sorted(tree.summary.tags),
                "updated": tree.summary.updated_at,
            }
            yield self.item(row, tuple(tree.generations), config, key=f"trace {tree.identity}")
        for generation in tree.generations.values():
            yield from self.of_generation(generation, tree, config)

    def of_generation(
        self, generation: Generation, tree: TraceTree, config: Any
    ) -> Iterator[Item | Unmapped]:
        """The row of a generation."""
        row = self.row(generation, tree)
        yield self.item(row, (generation.id,), config, key=row["row"], time=generation.timing.start)

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """All that is known of a generation."""
        row: dict[str, Any] = _plain(generation)
        del row["schema_version"]
        return {"row": self.id_of(generation, tree), **row}

    def id_of(self, generation: Generation, tree: TraceTree) -> str:
        """The id of a row: a hash of that of the generation."""
        return hashlib.sha256(generation.id.encode("utf-8", "replace")).hexdigest()[:16]

    def item(self, row: Any, generations: tuple[str, ...], config: Any, **changes: Any) -> Item:
        """A row as its bytes; one that is too long is cut."""
        text, changed = dumps_lossy(row)
        notes = [Diagnostic("coerced", "$", "values that JSON has not are written as near as it can")]
        if len(text) > 50_000:
            text = dumps({"row": row.get("row", row.get("trace")), "cut": True})
            notes.append(Diagnostic("truncated", "$", "longer than a row may be"))
        known: dict[str, Any] = {"endpoint": "rows", "body": self.encode(text), "generations": generations}
        return Item(**{**known, "diagnostics": tuple(notes if changed else notes[1:]), **changes})

    def encode(self, text: bytes) -> bytes:
        """The bytes of a row."""
        return text

    def address(self, request: Request, config: Any) -> Request:
        """A token of the batch in a header."""
        return request.addressed(headers={"X-Token": hashlib.sha256(request.body).hexdigest()})

    def authorize(
        self, request: Request, config: Any, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """The key in a header."""
        secrets = Secrets(secrets)
        return evolve(request, headers={**request.headers, "X-Api-Key": secrets["api_key"]})

    def check(self, config: Any, answers: tuple[Response, ...] = ()) -> Request | Checked:
        """Is the server there, and does it know the key?"""
        if len(answers) < 2 and all(answer.status == 200 for answer in answers):
            where = ("health", "me")[len(answers)]
            return plan_check(self.endpoint(config, url=f"{SERVER}/{where}", method="GET"), b"")
        if answers[-1].status == 200:
            return Checked(works=True, what="the server takes the key")
        return Checked(works=False, what=f"the server answered {answers[-1].status}", next_step="look at it")

    def outcomes(self, request: Request, response: Response, config: Any) -> Verdicts:
        """What was refused by its place: `{"refused": [0]}`."""
        by_status = verdict_of_status(response)
        try:
            answer = loads(response.body)
        except JsonError:
            return by_status
        refused = answer.get("refused") if isinstance(answer, dict) else None
        if not isinstance(by_status, Delivered) or not isinstance(refused, list):
            return by_status
        return tuple(Refused("not taken") if n in refused else by_status for n in range(len(request.items)))

    def place(self, config: Any) -> Place:
        """A dataset of the server."""
        return Place(space=SERVER, home=config.dataset)


class Array(Lines):
    """The same rows in a JSON array, signed."""

    secrets: ClassVar[Mapping[str, Secret]] = {
        "api_key": Secret(help="The key."),
        "signing_key": Secret(help="Signs.", place="signature", required=False),
    }
    shape: ClassVar[Mapping[str, Any]] = {
        "content_type": "application/json",
        "prefix": b'{"rows":[',
        "separator": b",",
        "suffix": b"]}",
        "compression": "gzip",
    }

    def sign(self, outgoing: Outgoing, config: Any, secrets: Mapping[str, str], now: datetime) -> Outgoing:
        """An HMAC over the body in a header."""
        key = secrets.get("signing_key")
        if key is None:
            return outgoing
        signature = hmac.new(key.encode(), bytes(outgoing.body), hashlib.sha256).hexdigest()
        return evolve(outgoing, headers={**outgoing.headers, "X-Signature": signature})


class Messages(Lines):
    """The same rows in field 1 of a protobuf message."""

    shape: ClassVar[Mapping[str, Any]] = {
        "content_type": "application/x-protobuf",
        "prefix": b"",
        "separator": b"",
        "suffix": b"",
    }

    def encode(self, text: bytes) -> bytes:
        """A field of known length."""
        size, length = len(text), bytearray()
        while size > 0x7F:
            length.append(size & 0x7F | 0x80)
            size >>= 7
        return b"\x0a" + bytes([*length, size]) + text


class Parts(Lines):
    """The same rows as parts of a form; JSON has no line break of its own, so none holds the boundary."""

    shape: ClassVar[Mapping[str, Any]] = {
        "content_type": "multipart/form-data; boundary=planted",
        "prefix": b"--planted\r\n",
        "separator": b"\r\n--planted\r\n",
        "suffix": b"\r\n--planted--\r\n",
    }

    def encode(self, text: bytes) -> bytes:
        """A part with its headers."""
        return b'Content-Disposition: form-data; name="row"\r\nContent-Type: application/json\r\n\r\n' + text


def _plain(value: Any) -> Any:
    """Return a record as dicts; its content, however deep, as it is."""
    if attrs.has(type(value)):
        return {one.name: _plain(getattr(value, one.name)) for one in attrs.fields(type(value))}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, Decimal) else value


def refused_places(_request: Request, places: frozenset[int]) -> Iterator[Response]:
    """Yield the answer of a server that refuses the items at some places."""
    yield Response(status=200, body=dumps({"refused": sorted(places)}))
