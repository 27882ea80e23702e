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
class Blocked:
    """Nothing is taken on this route until someone mends it: a key, a quota, the URL."""

    why: str


@frozen
class FollowUp:
    """The platform asks to be asked again: `request`, planned without items, stands for the same ones.

    It is authorized like any other, and its answer is read with the first request, whose items it speaks of:
    `Response.follow_up` has the one that it answers.
    """

    request: Request
    after: timedelta | None = None

    __hash__ = None  # type: ignore[assignment]


@frozen
class Doubtful:
    """The platform took the request and refused `count` of its items without a name: never sent again.

    Where `count` is None it may be any of them.
    """

    count: int | None
    why: str


Verdict: TypeAlias = Delivered | Refused | Retry | Split | Blocked | FollowUp | Doubtful
"""What became of an item."""
Verdicts: TypeAlias = Verdict | tuple[Verdict, ...]
"""One for all items of a request; or one for each in their order: `Delivered`, `Refused` or `Retry`."""

_RETRIED = frozenset({408, 425, 429, *range(500, 600)} - {501, 505})
_OF_AN_ITEM = frozenset({400, 413, 422})
_FIXES = {
    400: "its log says why",
    413: "larger than it takes: raise its limit, or send less",
    422: "its log says why",
}
"""What to do about an item that is refused so; a destination that knows its platform says more."""
_OTHER = "the plugin does not know this answer: is there a newer one?"
_OF_THE_ROUTE = frozenset({*range(300, 400), 401, 402, 403, 404, 405, 407, 410})


def verdict_of_status(response: Response, now: datetime | None = None) -> Verdict:
    """Return what an answer means by its status alone, as most platforms have it.

    2xx is success; 408, 425, 429 and 5xx but 501 and 505 are tried again, after `Retry-After` where it is
    given (RFC 9110, section 10.2.3; a date counts from `now`, or from when the answer came), and 429 first of
    all after `RateLimit-Reset`; 400, 413 and 422 may be the fault of one item; 401, 402, 403, 404, 405, 407,
    410 and every redirection are the fault of the route; everything else is refused.

    The first request was taken where a follow-up was asked for, and is never sent again by the status of its
    answer: what would be tried again is asked again, and any other failure is `Doubtful`.
    """
    why = f"it answered {response.status}"
    if 200 <= response.status < 300:
        return Delivered()
    after = _reset_after(response)
    after = retry_after(response.headers, now or response.received) if after is None else after
    if response.follow_up is not None:
        is_later = response.status in _RETRIED
        return FollowUp(response.follow_up, after) if is_later else Doubtful(None, f"{why} to a follow-up")
    if response.status in _RETRIED:
        return Retry(why, after)
    if response.status in _OF_THE_ROUTE:
        return Blocked(why)
    if response.status in _OF_AN_ITEM:
        return Split(f"{why}: {_FIXES[response.status]}")
    return Refused(f"{why}: {_OTHER}")


def wrong_verdict(given: object) -> str | None:
    """Say what is wrong with a verdict of a destination, or None; nothing of it is quoted."""
    kind = type(given).__name__
    if not isinstance(given, Delivered | Refused | Retry | Split | Blocked | FollowUp | Doubtful):
        return f"gave a {kind}, and no verdicts"
    if isinstance(given, Refused | Retry | Split | Blocked | Doubtful) and not isinstance(given.why, str):
        return f"gave a {kind} whose why is no text"
    if isinstance(given, Retry | FollowUp) and not isinstance(given.after, timedelta | None):
        return f"gave a {kind} whose after is no timedelta"
    if isinstance(given, Retry | FollowUp) and given.after is not None and given.after < timedelta():
        return f"gave a {kind} whose after is before now"
    if isinstance(given, Doubtful) and given.count is not None:
        is_count = type(given.count) is int and given.count >= 0
        return None if is_count else f"gave a {kind} whose count is no whole number from 0"
    if isinstance(given, FollowUp):
        request = given.request
        is_planned = isinstance(request, Request) and request.is_as_planned and not request.items
        return None if is_planned else f"gave a {kind} whose request is none that is planned without items"
    return None


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> timedelta | None:
    """Return how long a server asks to wait; None when it does not say, or says a date and `now` is None."""
    given = next((value for name, value in headers.items() if _is_wait(name)), "")
    text = given.strip() if isinstance(given, str) else ""
    if text.isascii() and text.isdecimal():
        return timedelta(seconds=min(int(text[:12]), _LONGEST_WAIT))
    from email.utils import parsedate_to_datetime  # it imports sockets, and is rarely needed

    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if now is None or now.tzinfo is None or moment.tzinfo is None:
        return None
    return min(max(moment - now, timedelta()), timedelta(seconds=_LONGEST_WAIT))


def _reset_after(response: Response) -> timedelta | None:
    """Return when a limit of the rate ends, where an answer says so.

    `RateLimit-Reset` is in seconds, as in the IETF's drafts on RateLimit header fields.
    """
    if response.status != 429:
        return None
    text = next((value for name, value in response.headers.items() if name.lower() == _RESET), "").strip()
    if not (text.isascii() and text.isdecimal()):
        return None
    seconds = int(text[:12])
    return timedelta(seconds=seconds) if seconds <= _LONGEST_WAIT else None


_RESET = "ratelimit-reset"


def _is_wait(name: object) -> bool:
    return isinstance(name, str) and name.lower() == "retry-after"


_LONGEST_WAIT = 7 * 24 * 3600
