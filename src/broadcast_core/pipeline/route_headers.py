"""Headers of a route's own, as a proxy may want them: which names they may have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from broadcast_core.batching.headers import RESERVED, is_token
from broadcast_core.secrets import header_secret

_NEVER_OWN = RESERVED | {"content-type"}
"""What an endpoint and delivery set themselves."""
_NO_NAME = "expected the name of a header, of letters, digits and hyphens"


def wrong_headers(names: Sequence[str], taken: Iterable[str] = ()) -> Iterator[str | None]:
    """Yield for each name what is wrong with it, or None; `taken` are those of the route's endpoints.

    A name that no header can have is not quoted: it may be a header with its value.
    """
    theirs = {name.lower() for name in taken}
    earlier: dict[str, str] = {}
    for name in names:
        yield _wrong(name, theirs, earlier)
        earlier.setdefault(header_secret(name), name)


def _wrong(name: str, taken: set[str], earlier: dict[str, str]) -> str | None:
    if not is_token(name) or header_secret(name) == header_secret(""):
        return _NO_NAME
    if name.lower() in _NEVER_OWN:
        return f"the header {name!r} is set when a request is sent: take it out"
    if name.lower() in taken:
        return f"the destination has the header {name!r} itself: take it out"
    other = earlier.get(header_secret(name))
    if other is None:
        return None
    if other.lower() == name.lower():
        return f"the header {name!r} is there twice: take one out"
    secret = header_secret(name)
    return f"the headers {other!r} and {name!r} have one secret, {secret!r}: take one out"
