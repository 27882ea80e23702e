"""The headers of a request: texts by name, which cannot be changed in place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from broadcast_core.errors import FieldError

RESERVED = frozenset({"connection", "content-encoding", "content-length", "host", "transfer-encoding"})
"""What is set where a request is sent, in lower case."""


class Headers(Mapping[str, str]):
    """Headers that cannot be changed in place, so that what is added to a request is known.

    They are read in any letter case (RFC 9110, section 5.1), and keep the one that they were given in.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> str:
        if name in self._values:
            return self._values[name]
        return self._values[next((known for known in self._values if _are_same(known, name)), name)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(self._values)


def as_headers(values: Mapping[str, str]) -> Headers:
    """Return headers of some values; headers as they are, since they cannot be changed."""
    return values if isinstance(values, Headers) else Headers(values)


def request_headers(values: Mapping[str, str]) -> Headers:
    """Return headers that a request can have; raise `FieldError` for others, without their values."""
    if not isinstance(values, Mapping):
        raise FieldError(f"headers: expected texts by name, got a {type(values).__name__}: give a dict")
    for name, value in values.items():
        if (what := _wrong(name, value)) is not None:
            raise FieldError(f"headers: {what}")
    if twice := _twice(values):
        raise FieldError(f"headers: {twice!r} is there twice, in other letter case: give it once")
    return as_headers(values)


def is_token(name: object) -> bool:
    """Tell whether a value can be the name of a header or a method."""
    return isinstance(name, str) and bool(name) and _TOKEN.issuperset(name)


def is_header_value(value: str) -> bool:
    """Tell whether a text can be the value of a header: printable ASCII without spaces around it."""
    return value.isascii() and value.isprintable() and value == value.strip()


_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
"""What the name of a header is made of (RFC 9110, section 5.6.2)."""


def _wrong(name: object, value: object) -> str | None:
    """Say what is wrong with a header, or None."""
    if not is_token(name):
        return "expected names of letters, digits and hyphens"
    if not isinstance(value, str):
        return f"expected a text for {name!r}, got a {type(value).__name__}: give str(...)"
    if not is_header_value(value):
        return f"the value of {name!r} has characters that no header takes: encode it"
    return None


def _are_same(one: object, other: object) -> bool:
    return isinstance(one, str) and isinstance(other, str) and one.lower() == other.lower()


def _twice(names: Mapping[str, str]) -> str | None:
    """Return a name that is there twice, whatever its letter case."""
    seen: set[str] = set()
    for name in names:
        if name.lower() in seen:
            return name
        seen.add(name.lower())
    return None
