"""What an answer of a platform means for the items of a request."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeAlias

from attrs import frozen

from broadcast_core.batching import Request, Response


@frozen
class Delivered:
    """The platform has the item, now or before."""


@frozen
class Refused:
    """The platform will never take the item; `why` in plain words, without content."""

    why: str


@frozen
class Retry:
    """The same request may pass later: after `after`, or when delivery thinks best."""

    why: str
    after: timedelta | None = None


@frozen
class Split:
    """Something in the request is refused: its parts will tell what. Of one item alone it is a refusal."""

    why: str


@frozen
class FollowUp:
    """The platform asks to be asked again: `request`, which has no items, stands for the same ones.

    It is authorized like any other, and its answer is read with the first request, whose items it speaks of.
    """

    request: Request
    after: timedelta | None = None

    __hash__ = None  # type: ignore[assignment]


@frozen
class Doubtful:
    """The platform took the request and refused `count` of its items without a name: never sent again."""

    count: int
    why: str


Verdict: TypeAlias = Delivered | Refused | Retry | Split | FollowUp | Doubtful
"""What became of an item."""
Verdicts: TypeAlias = Verdict | tuple[Verdict, ...]
"""One for all items of a request; or one for each in their order: `Delivered`, `Refused` or `Retry`."""

_RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
_OF_AN_ITEM = frozenset({400, 413, 422})


def verdict_of_status(response: Response, now: datetime | None = None) -> Verdict:
    """Return what an answer means by its status alone, as most platforms have it.

    2xx is success; 408, 425, 429, 500, 502, 503 and 504 are tried again, after `Retry-After` where it is
    given (RFC 9110, section 10.2.3; a date counts from `now`); 400, 413 and 422 may be the fault of one item;
    everything else is refused.
    """
    why = f"it answered {response.status}"
    if 200 <= response.status < 300:
        return Delivered()
    if response.status in _RETRIED:
        return Retry(why, retry_after(response.headers, now))
    return Split(why) if response.status in _OF_AN_ITEM else Refused(why)


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> timedelta | None:
    """Return how long a server asks to wait; None when it does not say, or says a date and `now` is None."""
    text = next((value.strip() for name, value in headers.items() if name.lower() == "retry-after"), "")
    if text.isascii() and text.isdecimal():
        return timedelta(seconds=min(int(text[:12]), _LONGEST_WAIT))
    from email.utils import parsedate_to_datetime  # it imports sockets, and is rarely needed

    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if now is None or moment.tzinfo is None:
        return None
    return min(max(moment - now, timedelta()), timedelta(seconds=_LONGEST_WAIT))


_LONGEST_WAIT = 7 * 24 * 3600
