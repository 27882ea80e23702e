"""An endpoint as data: where its items go, how they are enveloped, how many fit, and what a resend does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal, TypeAlias

from attrs import Attribute, field, frozen
from attrs.validators import optional

from broadcast_core.batching.headers import Headers, request_headers
from broadcast_core.errors import FieldError
from broadcast_core.record.field_checks import instance, one_of

Compression: TypeAlias = Literal["gzip"]
"""How delivery may compress a body; the plan never is."""
OnResend: TypeAlias = Literal["merges", "merges_request", "doubles", "refused"]
"""What a platform does with an item that it has already.

    merges           an item again changes nothing, in whatever request it comes
    merges_request   the same request again changes nothing; an item of it in another request is there twice
    doubles          an item again is there twice
    refused          an item again is an error
"""


def _of_endpoint(check: Any) -> Any:
    """Return a validator of a field of an endpoint, which names the endpoint too."""

    def named(endpoint: Endpoint, field: Attribute[Any], value: object) -> None:
        try:
            check(endpoint, field, value)
        except FieldError as error:
            raise FieldError(f"the endpoint {endpoint.name!r}: {error}") from None

    return named


def _headers(_endpoint: object, _field: object, value: Any) -> None:
    request_headers(value)


def _kept(value: Any) -> Any:
    """Return headers that cannot be changed in place; what is no mapping is left to the validator."""
    return Headers(value) if isinstance(value, Mapping) else value


@frozen(kw_only=True)
class Endpoint:
    """Where items of one kind go: the address, the envelope around them, and the limits.

    `max_items` counts the `rows` of items, `max_bytes` the whole body before compression, `max_item_bytes`
    the body of one item. `reserved` is what of `max_bytes` stays free for a key that `authorize` adds.
    `oldest` is the age that an item may have when it is sent, by its `time`; None: any.

    The URL may be that of a directory, as `file:///var/traces/`, with the method PUT: each request becomes a
    file in it, which `address` names by a hash of the body, since no file is written over.

    `on_resend` is what delivery relies on when an answer was lost, so say `merges` only of what has been seen
    to. What may be there already is sent again as the same request, never split and nothing taken out, at the
    same address; with `merges` as any request; with `doubles` not at all.
    """

    name: str = field(validator=instance(str))
    url: str = field(validator=_of_endpoint(instance(str)))
    method: str = field(default="POST", validator=_of_endpoint(instance(str)))
    headers: Mapping[str, str] = field(factory=dict, converter=_kept, validator=_of_endpoint(_headers))
    content_type: str = field(default="application/json", validator=_of_endpoint(instance(str)))
    prefix: bytes = field(default=b"[", validator=_of_endpoint(instance(bytes)))
    separator: bytes = field(default=b",", validator=_of_endpoint(instance(bytes)))
    suffix: bytes = field(default=b"]", validator=_of_endpoint(instance(bytes)))
    max_items: int = field(default=1000, validator=_of_endpoint(instance(int)))
    max_bytes: int = field(default=5_000_000, validator=_of_endpoint(instance(int)))
    max_item_bytes: int | None = field(default=None, validator=_of_endpoint(instance(int)))
    reserved: int = field(default=0, validator=_of_endpoint(instance(int)))
    compression: Compression | None = field(default=None, validator=_of_endpoint(optional(one_of("gzip"))))
    on_resend: OnResend = field(
        default="doubles", validator=_of_endpoint(one_of("merges", "merges_request", "doubles", "refused"))
    )
    oldest: timedelta | None = field(default=None, validator=_of_endpoint(instance(timedelta)))

    __hash__ = None  # type: ignore[assignment]

    @classmethod
    def of_lines(cls, **options: Any) -> Endpoint:
        """Return an endpoint that takes newline-delimited JSON, each line ended."""
        lines = {"content_type": "application/x-ndjson", "prefix": b"", "separator": b"\n", "suffix": b"\n"}
        return cls(**{**lines, **options})

    @property
    def capacity(self) -> int:
        """The bytes that one item may have."""
        room = self.max_planned - len(self.prefix) - len(self.suffix)
        return room if self.max_item_bytes is None else min(room, self.max_item_bytes)

    @property
    def max_planned(self) -> int:
        """The bytes that a body may have before a secret is in it."""
        return self.max_bytes - self.reserved
