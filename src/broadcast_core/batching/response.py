"""What a server answered, as data."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen


@frozen(kw_only=True)
class Response:
    """What a server answered."""

    status: int
    headers: Mapping[str, str] = field(factory=dict)
    body: bytes = b""

    __hash__ = None  # type: ignore[assignment]
