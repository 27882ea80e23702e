"""What the shapes share: one row a generation with all that is known of it, a secret, a connection test.

A platform of its own has columns of its own; here the shapes are the point, so the rows are alike.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from typing import Any, TypeAlias
from uuid import UUID

from attrs import evolve

from broadcast_core.destinations import (
    Checked,
    Description,
    Diagnostic,
    Endpoint,
    Fitted,
    Generation,
    Item,
    Request,
    Response,
    Secret,
    Secrets,
    SharedContent,
    TraceTree,
    add_bearer_token,
    all_metadata,
    clean,
    combine,
    dumps,
    fit_json,
    fit_text,
    option,
    plan_check,
    read_status,
    to_item,
    total_cost,
    written_time,
    wrong_url,
)

Columns: TypeAlias = Mapping[str, Any]
JsonColumns: TypeAlias = Mapping[str, Fitted[bytes] | None]
MAX_ID = 100
MAX_FIELD = 20_000
_MONEY = Context(prec=50, Emax=MAX_EMAX, Emin=MIN_EMIN)
_DIGITS = 32
_HASHED = re.compile(rf"~[0-9a-f]{{{_DIGITS}}}\Z")
MAX_ROW = 70_000
"""The bytes that a row may have: three large fields, and the small ones."""


def server(default: str) -> Any:
    """Declare the option `url` of a config class."""
    return option(default, "Where to send.", check=_wrong_server, ending="/")


def _wrong_server(value: str) -> str | None:
    return wrong_url(value, "for example https://platform.example")


def row_items(tree: TraceTree, endpoint: str) -> Iterator[Item]:
    """Yield one row a generation as a JSON object, each with its id at the platform and its time."""
    content = SharedContent(MAX_FIELD, "the platform", {})
    for generation in tree.generations.values():
        yield to_row(generation, endpoint, *columns(generation, tree.key, content))


def to_row(generation: Generation, endpoint: str, fields: Columns, json: JsonColumns) -> Item:
    """Return the item of a row, with its id at the platform and its time."""
    row = to_item(endpoint, (generation.id,), fields, json)
    return evolve(row, key=id_of(generation.id), time=generation.timing.start)


def columns(generation: Generation, trace: str, content: SharedContent) -> tuple[Columns, JsonColumns]:
    """Return the small columns of a generation, and the large ones, which are JSON already."""
    fields = {
        "id": own_id(generation.id, "$.id"),
        "trace": own_id(trace, "$.trace.trace_id"),
        "at": written_time(generation.timing.start),
        "model": fit_text(generation.served_model or generation.model, "$.model", 200),
        "dollars": total_cost(generation.cost).then(_dollars),
    }
    known = combine(generation.trace.metadata, all_metadata(generation), (), "the platform")
    json = {
        **content.of(generation),
        "metadata": known.then(lambda whole: fit_json(whole, "$.metadata", MAX_FIELD, "the platform")),
    }
    return fields, json


def _dollars(amount: Decimal | None) -> Fitted[str | None]:
    """Return an amount as text, never longer than a column; 0 without a sign."""
    if amount is None:
        return Fitted(None)
    rounded = _MONEY.plus(amount)
    what = f"the platform keeps {_MONEY.prec} digits; the exact cost is in the metadata"
    return Fitted(str(rounded), () if rounded == amount else (Diagnostic("coerced", "$.cost", what),))


def own_id(text: str, path: str, not_in_ids: str = "") -> Fitted[str]:
    """Return an id of the caller's own: as it is, or else what may stand of it, and a hash of the whole.

    Two ids never become one: neither those that differ in what is taken out alone, nor one that ends as such
    a hash does.
    """
    plain = clean(text).strip(".").translate({ord(char): "_" for char in not_in_ids})
    short = plain[: MAX_ID - 1 - _DIGITS]
    if short == text and not _HASHED.search(text):
        return Fitted(text)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    what = "the platform has no such id: a hash of the whole stands in it, which is in the metadata"
    return Fitted(f"{short}~{digest}", (Diagnostic("coerced", path, what),))


def id_of(*texts: str) -> str:
    """Return the UUID that some texts have at the platform: the same each time."""
    return str(UUID(bytes=hashlib.sha256(dumps(texts)).digest()[:16], version=5))


def digest_of(request: Request) -> str:
    """Return a hash of where a batch goes and of the bytes of each of its items."""
    digest = hashlib.sha256(f"{request.method} {request.endpoint.url}".encode())
    for item in request.items:
        digest.update(b"%d:%s" % (len(item.body), item.body))
    return digest.hexdigest()


class Shape:
    """What the shapes share of the contract: one secret, as a bearer token, and a connection test by GET."""

    name: str
    config: type
    contract_version = 1
    secret = Secret(help="The key of the platform.")

    def describe(self) -> Description:
        """Return the options and the secret; every field of the record is carried."""
        return Description(config=self.config, secrets={"api_key": self.secret})

    def authorize(
        self, request: Request, config: Any, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """Return the request with the key in its headers."""
        secrets = Secrets(secrets)  # at once: reports of errors show the variables of functions
        return add_bearer_token(request, secrets.get("api_key"), "the key")

    def check(self, config: Any, answers: tuple[Response, ...] = ()) -> Request | Checked:
        """Return the request of a connection test, which only reads, or what its answer says."""
        if answers:
            return read_check(answers[-1])
        url = f"{config.url}/check"
        return plan_check(
            Endpoint(name="check", method="GET", url=url, content_type="", prefix=b"", suffix=b""), b""
        )


def read_check(response: Response) -> Checked:
    """Return what the answer to a connection test says of the key."""
    if response.status == 200:
        return Checked(works=True, what="the platform takes the key")
    refused = ("the platform refused the key", "copy it again from its settings")
    otherwise = (f"it answered {response.status}", "look at its log")
    return read_status(response, {401: refused, 403: refused}, otherwise)
