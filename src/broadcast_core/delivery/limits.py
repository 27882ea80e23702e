"""How long and how often delivery tries: the limits of one route."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any, Literal, TypeAlias, get_args

from attrs import Attribute, field, frozen
from attrs.validators import optional

from broadcast_core.batching import Endpoint
from broadcast_core.errors import FieldError
from broadcast_core.record.field_checks import one_of

OnUnknownOutcome: TypeAlias = Literal["keep", "resend"]
"""What to do with a request whose answer was lost: keep it back, or send it again."""

_FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=5)
"""The longest wait of ours; a server may ask for more."""
SHORTEST_ASKED_WAIT, LONGEST_ASKED_WAIT = timedelta(milliseconds=100), timedelta(hours=1)
"""The waits that a server is given: for a shorter one we wait as we think best, after a longer one we ask."""


def _whole(minimum: int, *, or_none: bool = False) -> Any:
    def check(_limits: object, field: Attribute[Any], value: object) -> None:
        if value is None and or_none:
            return
        if type(value) is not int or value < minimum:
            raise FieldError(f"{field.name}: expected a whole number from {minimum}, got {value!r}")

    return check


def _positive(_limits: object, field: Attribute[Any], value: object) -> None:
    if not isinstance(value, timedelta) or value <= timedelta():
        raise FieldError(f"{field.name}: expected a timedelta above zero, got {value!r}")


@frozen(kw_only=True)
class Limits:
    """The limits of one route.

    A request is sent at most `tries` times (None: as often as `age` lets it), and not when it was planned
    longer than `age` ago; at most `concurrency` of them at once; an answer is waited for `timeout` long.
    `on_unknown_outcome` None: an endpoint that doubles what comes again keeps it, any other sends it again.
    """

    tries: int | None = field(default=8, validator=_whole(1, or_none=True))
    age: timedelta = field(default=timedelta(days=3), validator=_positive)
    concurrency: int = field(default=4, validator=_whole(1))
    timeout: timedelta = field(default=timedelta(seconds=60), validator=_positive)
    on_unknown_outcome: OnUnknownOutcome | None = field(
        default=None, validator=optional(one_of(*get_args(OnUnknownOutcome)))
    )

    def resends_unknown(self, endpoint: Endpoint) -> bool:
        """Tell whether a request to an endpoint goes again after its answer was lost."""
        if self.on_unknown_outcome is None:
            return endpoint.on_resend != "doubles"
        return self.on_unknown_outcome == "resend"


def wait_after(failures: int, seed: str) -> timedelta:
    """Return how long to wait after the n-th failure in a row: any time up to twice the one before, at most
    five minutes.

    The same seed gives the same wait; seeds that differ spread senders that failed together.
    """
    longest: timedelta = min(_FIRST_WAIT * (2 ** min(failures, 10)), LONGEST_WAIT)
    digest = hashlib.sha256(f"{seed} {failures}".encode()).digest()
    return longest * (int.from_bytes(digest[:8], "big") / 2**64)
