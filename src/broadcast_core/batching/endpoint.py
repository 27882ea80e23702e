"""An endpoint as data: how its items are enveloped, and how many fit into one request."""

from __future__ import annotations

from attrs import field, frozen

from broadcast_core.record.field_checks import instance


@frozen(kw_only=True)
class Endpoint:
    """Where items of one kind go: method and path, the envelope around them, and the limits."""

    name: str = field(validator=instance(str))
    path: str = field(validator=instance(str))
    method: str = field(default="POST", validator=instance(str))
    content_type: str = field(default="application/json", validator=instance(str))
    prefix: bytes = field(default=b"[", validator=instance(bytes))
    separator: bytes = field(default=b",", validator=instance(bytes))
    suffix: bytes = field(default=b"]", validator=instance(bytes))
    max_items: int = field(default=1000, validator=instance(int))
    max_bytes: int = field(default=5_000_000, validator=instance(int))
