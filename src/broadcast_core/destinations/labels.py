"""Labels within a platform's limits: tags, ids of threads, names of environments."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from broadcast_core.destinations.fitting import MENDED, Fitted, clean, mend
from broadcast_core.diagnostics import Diagnostic

_DIGITS = 32  # of the hash in an id that is too long
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]+")


def fit_tags(
    values: Iterable[str], path: str, max_tags: int, max_units: int, platform: str
) -> Fitted[list[str] | None]:
    """Return tags in order, each at most so many UTF-16 units, as Java counts; those alike when cut once.

    What was changed beyond the space around them is told.
    """
    given = list(values)
    distinct = sorted({tag for value in given if (tag := clean(value))})
    short = list(dict.fromkeys(_cut(tag, max_units) for tag in distinct))[:max_tags]
    mended = any(mend(value) != value for value in given)
    changes = [Diagnostic("coerced", path, MENDED)] if mended else []
    if short != distinct:
        what = f"{platform} keeps {max_tags} tags of {max_units} characters; all of them are in the metadata"
        changes.append(Diagnostic("truncated", path, what))
    return Fitted(short or None, tuple(changes))


def _cut(text: str, max_units: int) -> str:
    """Return as much of a text as fits, without half of a character that has two units."""
    room = max_units
    for n, char in enumerate(text):
        room -= 2 if char > "\uffff" else 1
        if room < 0:
            return text[:n].rstrip()
    return text


def fit_id(text: str | None, path: str, max_chars: int, what: str) -> Fitted[str | None]:
    """Return an id of the caller's own; one that is too long ends in a hash of the whole.

    So does one that no column holds as it is. Two ids stay apart, also when they differ in the space around
    them alone; a blank one is none. `what` names the ids of the platform, and says where the whole is.
    """
    if text is None:
        return Fitted(None)
    mended = mend(text)
    changes = (Diagnostic("coerced", path, MENDED),) if mended != text else ()
    if not mended.strip() or (mended == text and len(text) <= max_chars):
        return Fitted(mended if mended.strip() else None, changes)
    kept = mended[: max(0, max_chars - _DIGITS - 1)].rstrip()
    if kept != mended:
        changes = (*changes, Diagnostic("truncated", path, what))
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    return Fitted(f"{kept}-{digest}" if kept else digest[:max_chars], changes)


def fit_name(value: object, path: str, max_chars: int, what: str) -> Fitted[str | None]:
    """Return a name in letters, digits, _ and -; None for what is no text. `what` names such names."""
    if not isinstance(value, str) or not value.strip():
        return Fitted(None)
    name = _NOT_IN_NAMES.sub("-", value.strip())[:max_chars].strip("-")
    if name == value:
        return Fitted(name)
    told = f"{what} take letters, digits, _ and -: {name!r}"
    return Fitted(name or None, (Diagnostic("coerced", path, told),))
