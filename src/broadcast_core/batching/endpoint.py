"""An endpoint as data: how its items are enveloped, and how many fit into one request."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import instance_of


@frozen(kw_only=True)
class Endpoint:
    """Where items of one kind go: method and path, the envelope around them, and the limits."""

    name: str = field(validator=instance_of(str))
    path: str = field(validator=instance_of(str))
    method: str = field(default="POST", validator=instance_of(str))
    content_type: str = field(default="application/json", validator=instance_of(str))
    prefix: bytes = field(default=b"[", validator=instance_of(bytes))
    separator: bytes = field(default=b",", validator=instance_of(bytes))
    suffix: bytes = field(default=b"]", validator=instance_of(bytes))
    max_items: int = field(default=1000, validator=instance_of(int))
    max_bytes: int = field(default=5_000_000, validator=instance_of(int))
