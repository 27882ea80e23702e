"""Values made to fit what a platform takes; what has to give way is marked in the value, and told.

Each function returns a `Fitted`: the value, and the diagnostics of what was changed for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, Generic, NamedTuple, TypeVar

from broadcast_core.destinations.paths import redacted_path
from broadcast_core.diagnostics import Diagnostic
from broadcast_core.jsontext import (
    Json,
    JsonError,
    JsonPath,
    dumps,
    dumps_lossy,
    loads,
    without_lone_surrogates,
)
from broadcast_core.jsontext.jsonable import to_jsonable
from broadcast_core.jsontext.truncation import CUT, LEAST, MARKER, truncate
from broadcast_core.record.generation import Cost

T = TypeVar("T")
U = TypeVar("U")
Show = Callable[[Json], Json]

MENDED = "NUL was taken out, and lone surrogates became U+FFFD"
MAX_TOLD = 20  # places of one value that are told one by one
_TRIES = 5
_MAX_BYTES_OF_CHAR = 6  # in JSON: the control characters are written as \u0001
_EXACT_DIGITS = 15  # as many, and any fewer, come back from a double as they were (IEEE 754)
_EXACT = Context(prec=1000, rounding=ROUND_HALF_EVEN)  # ours, whatever context the host has set


class Fitted(NamedTuple, Generic[T]):
    """A value that fits, and what had to be changed for that."""

    value: T
    diagnostics: tuple[Diagnostic, ...] = ()

    def map(self, change: Callable[[T], U]) -> Fitted[U]:
        """Return the value that a function makes of it; what was changed before is told still."""
        return Fitted(change(self.value), self.diagnostics)

    def then(self, fit: Callable[[T], Fitted[U]]) -> Fitted[U]:
        """Return the value fitted once more, with what was changed before and then."""
        fitted = fit(self.value)
        if not self.diagnostics:
            return fitted
        return Fitted(fitted.value, (*self.diagnostics, *fitted.diagnostics))


def untouched(value: T) -> Fitted[T]:
    """Return a value that fits as it is; in half the time that the class takes."""
    fitted: Fitted[T] = _new(Fitted, (value, ()))
    return fitted


_new: Any = tuple.__new__
_NOTHING: Fitted[Any] = Fitted(None)


# Text ------------------------------------------------------------------------------------------------


def clean(text: str) -> str:
    """Return a text that any column holds: no NUL, U+FFFD for a lone surrogate, no space around it."""
    return mend(text).strip()


def mend(text: str) -> str:
    """Return a text without NUL, and with U+FFFD for each lone surrogate; the space around it stays."""
    if text.isascii() and text.isprintable():
        return text
    return str(without_lone_surrogates(text.replace("\x00", "")))


def fit_text(
    text: str | None, path: str, max_bytes: int | None, default: str | None = None
) -> Fitted[str | None]:
    """Return the clean text, or a default for blank; what was changed beyond the space around it is told.

    An id is no such text: two would become one. `fit_id` keeps them apart.

    `max_bytes` counts bytes as JSON writes them, so that a row is bounded whatever its texts are made of;
    None for a text that its caller bounds.
    """
    if text is None:
        return _NOTHING if default is None else untouched(default)
    if max_bytes is not None and text.isascii() and text.isprintable() and len(text) * 2 <= max_bytes:
        return untouched(
            text.strip() or default
        )  # as most are; quotes and backslashes are written as two bytes
    result = clean(text)
    changes: tuple[Diagnostic, ...] = ()
    if result != text.strip():
        changes = (Diagnostic("coerced", path, MENDED),)
    if max_bytes is not None and len(result) * _MAX_BYTES_OF_CHAR > max_bytes:
        size = len(dumps(result)) - 2
        if size > max_bytes:
            changes = (*changes, Diagnostic("truncated", path, f"cut to {max_bytes} of {size} bytes"))
            result = truncate(result, max_bytes + 2)
    return Fitted(result or default, changes)


# JSON ------------------------------------------------------------------------------------------------


def fit_json(
    value: object, path: str, max_bytes: int, platform: str, show: Show | None = None
) -> Fitted[bytes]:
    """Return any value as JSON text within the size that a platform takes of one field.

    `show` gives the value the shape in which the platform shows it, and may make it larger.
    """
    text, changed = dumps_lossy(value if show is None else show(value))
    if not changed and len(text) <= max_bytes:
        return untouched(text)
    changes = tuple(_coerced(dumps_lossy(value)[1], path)) if changed else ()
    if len(text) <= max_bytes:
        return Fitted(text, changes)
    what = f"{len(text)} bytes, and {platform} takes about {max_bytes} a field: the longest parts were cut"
    cut = Diagnostic("truncated", path, f"{what}, each with the mark {CUT} or {MARKER}")
    return Fitted(_shortened(value, text, show or _unchanged, max_bytes), (*changes, cut))


def _unchanged(value: Json) -> Json:
    return value


def _shortened(value: object, shown: bytes, show: Show, max_bytes: int) -> bytes:
    """Return a value that is too large as JSON text of at most some bytes.

    The value is shortened and then shown, so that a chat stays one; by how much, the size of what came out
    the last time tells. Should that not do, what is shown is shortened itself.
    """
    text, _ = dumps_lossy(value)
    plain, size = plain_json(text, value), min(max_bytes, len(text) * max_bytes // len(shown))
    for _ in range(_TRIES):
        if size < LEAST:
            break
        text, _ = dumps_lossy(show(truncate(plain, size)))
        if len(text) <= max_bytes:
            return text
        size = size * max_bytes // len(text)
    return dumps(truncate(plain_json(shown, show(value)), max_bytes))


def plain_json(text: bytes, value: object) -> Json:
    """Return the plain JSON of a value that was written as a text; from the value where no stack is left."""
    try:
        return loads(text)
    except JsonError:
        return to_jsonable(value)[0]


def _coerced(changed: Sequence[JsonPath], path: str) -> Iterator[Diagnostic]:
    """Yield what JSON cannot carry of a value; where it can carry all, the shape around it nests too deep."""
    if not changed:
        yield Diagnostic("truncated", path, "nested too deep to be shown as a chat: the innermost was cut")
    counts = Counter(redacted_path(path, steps) for steps in changed)
    for where, count in list(counts.items())[:MAX_TOLD]:
        what = "the value as it is" if count == 1 else f"{count} of its values as they are"
        yield Diagnostic("coerced", where, f"JSON cannot carry {what}")
    more = len(changed) - sum(list(counts.values())[:MAX_TOLD])
    if more:
        yield Diagnostic("coerced", path, f"JSON cannot carry {more} more values as they are")


# Money -----------------------------------------------------------------------------------------------


def total_cost(cost: Cost) -> Fitted[Decimal | None]:
    """Return the cost in all: the gateway's charge, with BYOK and the provider's price, None when unknown.

    Of a sum with one part unknown the other is returned, and that is told.
    """
    if not cost.is_byok:
        return Fitted(cost.total)
    upstream = _upstream(cost)
    if cost.total is not None and upstream is not None:
        return Fitted(_EXACT.add(upstream, cost.total))
    known = upstream if cost.total is None else cost.total
    if known is None:
        return Fitted(None)
    lacking, other = ("total", "upstream") if cost.total is None else ("upstream", "total")
    what = f"not known, or kept back by the policy: with a key of your own, cost.{other} alone is the cost"
    return Fitted(known, (Diagnostic("coerced", f"$.cost.{lacking}", what),))


def _upstream(cost: Cost) -> Decimal | None:
    """Return the provider's price, or its two parts together where both are known."""
    if cost.upstream is not None or cost.upstream_input is None or cost.upstream_output is None:
        return cost.upstream
    return _EXACT.add(cost.upstream_input, cost.upstream_output)


def fit_money(amount: Decimal, decimals: int, path: str, platform: str) -> Fitted[Decimal]:
    """Return an amount rounded to the decimals that a platform keeps, where it has more; that is told."""
    if -int(amount.as_tuple().exponent) <= decimals:
        return Fitted(amount)
    rounded = amount.quantize(Decimal(1).scaleb(-decimals), context=_EXACT)
    what = f"{platform} keeps {decimals} decimals; the exact cost is in the metadata"
    return Fitted(rounded, (Diagnostic("coerced", path, what),))


def fit_cost(cost: Cost, decimals: int, platform: str) -> Fitted[Json]:
    """Return the cost in all as `money` writes it, with as many decimals as a platform keeps; None: unknown.

    What is told is that of `total_cost` and of `fit_money`.
    """

    def fit(amount: Decimal | None) -> Fitted[Json]:
        if amount is None:
            return _NOTHING
        return fit_money(amount, decimals, "$.cost.total", platform).map(money)

    return total_cost(cost).then(fit)


def money(amount: Decimal) -> Json:
    """Return an amount as a JSON number when a double holds it exactly, else as text, as long as it is."""
    text = str(amount)
    number = float(text) + 0.0  # no negative zero
    if len(text) <= _EXACT_DIGITS and "E" not in text:
        return number
    return number if Decimal(repr(number)) == amount else text
