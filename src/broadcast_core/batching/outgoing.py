"""A request as it goes out: its bytes, compressed and signed. It holds secrets, and hides them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn, Self, SupportsIndex

from attrs import field, frozen

from broadcast_core.batching.headers import Headers
from broadcast_core.errors import SecretError
from broadcast_core.secrets import MASK, SecretBytes, SecretText


def _hidden(value: Any) -> Any:
    """Return a text or bytes that hide themselves, from what looks into a class too."""
    if isinstance(value, str):
        return SecretText(value)
    return SecretBytes(value) if isinstance(value, bytes) else value


def _hidden_headers(values: Mapping[str, str]) -> Headers:
    return Headers({name: _hidden(value) for name, value in values.items()})


@frozen(kw_only=True)
class Outgoing:
    """What an HTTP client is to send; `Destination.sign` may return it with more headers, or another URL.

    Its repr shows the method and the size alone, its parts hide themselves, and it is not pickled.
    """

    method: str
    url: str = field(converter=_hidden)
    headers: Mapping[str, str] = field(factory=dict, converter=_hidden_headers)
    body: bytes = field(default=b"", converter=_hidden)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Outgoing({self.method} {MASK}, {len(self.body)} bytes)"

    def __reduce_ex__(self, _protocol: SupportsIndex) -> NoReturn:
        raise SecretError("a request that goes out holds secrets and is not pickled: keep the planned one")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: object) -> Self:
        return self
