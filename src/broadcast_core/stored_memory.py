"""The stored form of memory: one JSON text, the same bytes for the same memory, and nothing lost on the way.

Rule 1: the tables of forms below are the whole text. It is strict: a field that is missing or unknown refuses
all of it, so a field more is a version more.

Values are the caller's own JSON, with all that Python's has: NaN, whole numbers beyond 64 bits, halves of
surrogate pairs. What JSON cannot carry at all is written as a request would write it. The text is UTF-8. A
half is written as its escape, but a low one after a high one as three bytes: two escapes are one character.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from attrs import frozen

from broadcast_core.forms import (
    FLAG,
    KEY,
    TEXT,
    TIME,
    VALUE,
    Form,
    WrongForm,
    mapping,
    optional,
    pair,
    record,
    texts,
)
from broadcast_core.generation import Failure
from broadcast_core.jsontext import Json
from broadcast_core.memory import Memory, OpenTrace, by_route
from broadcast_core.summary import Pick, Summary

FORMAT = "broadcast memory"
VERSION = 1

_BEGIN = "use an older copy, or remove it: late requests of traces that are open then make new ones"
_GIVE = "give what dump_memory wrote, or `broadcast plan --memory`"
_HALF = re.compile("[\ud800-\udbff]|(?<![\ud800-\udbff])[\udc00-\udfff]")


class StoredMemoryError(ValueError):
    """A text that cannot be used as memory; what to do instead is its advice.

    `what` says what is wrong, `path` where in the text (`$.routes[0]`). Nothing that stands there is quoted.
    Only the first mistake is told: nobody mends such a text by hand.
    """

    def __init__(self, what: str, path: str = "$", advice: str = _BEGIN) -> None:
        self.what, self.path, self.advice = what, path, advice
        super().__init__(f"{what} @ {path}; {advice}")

    def __reduce__(self) -> tuple[type[StoredMemoryError], tuple[str, str, str]]:
        return (type(self), (self.what, self.path, self.advice))


@frozen(kw_only=True)
class Fingerprint:
    """What decides what a memory may hold and where its rows are, each part as a hash."""

    destination: str
    options: str
    policy: str


@frozen
class Kept:
    """The memory of one route, and what route it was made for, when that was told."""

    memory: Memory
    made_for: Fingerprint | None = None

    __hash__ = None  # type: ignore[assignment]

    @property
    def traces(self) -> Mapping[str, OpenTrace]:
        """The open traces."""
        return self.memory.traces


def dump_memory(memory: Mapping[str, Memory]) -> bytes:
    """Return the memory of a plan, by route name, as one line of JSON with its newline.

    It holds what was said, as far as the routes let it out: keep it as safe as the data, and give it to no
    other route. The text does not tell routes apart but by their names.
    """
    return dump_kept({name: Kept(one) for name, one in by_route(memory).items()})


def dump_kept(kept: Mapping[str, Kept]) -> bytes:
    """Return the same text, with what each route's memory was made for."""
    document = {"format": FORMAT, "version": VERSION, "routes": _ROUTES.write(kept)}
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode() + b"\n"
    except UnicodeEncodeError:
        text = _HALF.sub(lambda half: f"\\u{ord(half[0]):04x}", text)
        return text.encode("utf-8", "surrogatepass") + b"\n"


def load_memory(data: bytes) -> dict[str, Memory]:
    """Return the memory that `dump_memory` wrote; raise `StoredMemoryError` when any of it is wrong.

    What it was made for is left to the caller, who holds the routes.
    """
    return {name: one.memory for name, one in load_kept(data).items()}


def load_kept(data: bytes) -> dict[str, Kept]:
    """Return the same, with what each route's memory was made for."""
    document = _document(data)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise StoredMemoryError("this is JSON, but no stored memory", advice=_GIVE)
    version = document.get("version")
    if type(version) is int and version > VERSION:
        what = f"written by a newer release, this one reads version {VERSION}"
        raise StoredMemoryError(what, "$.version", "upgrade broadcast-core")
    if type(version) is not int or version < VERSION:
        raise StoredMemoryError(f"expected the version {VERSION}", "$.version")
    if document.keys() != {"format", "version", "routes"}:
        raise StoredMemoryError("expected the fields format, version and routes, and no other")
    try:
        kept: dict[str, Kept] = _ROUTES.read(document["routes"])
    except WrongForm as error:
        raise StoredMemoryError(error.what, f"$.routes{error.path}") from None
    return kept


def _document(data: bytes) -> Json:
    if not data.strip():
        raise StoredMemoryError("the text is empty")
    try:
        return json.loads(data.decode("utf-8", "surrogatepass"), object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        raise StoredMemoryError(f"byte {error.start + 1} is no UTF-8") from None
    except json.JSONDecodeError as error:
        what = f"malformed JSON, {error.msg} (character {error.pos + 1} of {len(error.doc)})"
        raise StoredMemoryError(what) from None
    except RecursionError:
        raise StoredMemoryError("nested too deep") from None
    except WrongForm as error:
        raise StoredMemoryError(error.what) from None
    except ValueError:  # of a whole number with thousands of digits
        raise StoredMemoryError("a whole number is too long") from None


def _object(items: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(items)
    if len(found) != len(items):
        raise WrongForm("a key is given twice in one object")
    return found


# The form --------------------------------------------------------------------------------------------


_MAYBE_TEXT, _MAYBE_TIME = optional(TEXT), optional(TIME)
_SPAN_KEY = pair(TEXT, _MAYBE_TEXT)  # its name, and the caller's own span that it hangs under


def _pick(value: Form) -> Form:
    return record(Pick, time=TIME, generation_id=TEXT, value=value)


_PICK = _pick(VALUE)
_FAILURE = record(Failure, type=VALUE, code=VALUE, message=VALUE, stacktrace=VALUE, raw=VALUE)
_SUMMARY = record(
    Summary,
    start=TIME,
    end=_MAYBE_TIME,
    latest=TIME,
    first_token=_MAYBE_TIME,
    generation_ids=texts(),
    tags=texts(),
    outcome=_pick(optional(_FAILURE)),
    name=optional(_PICK),
    input=optional(_PICK),
    output=optional(_PICK),
    user_id=optional(_PICK),
    session_id=optional(_PICK),
    metadata=mapping(("key", KEY), ("pick", _PICK)),
    withheld=FLAG,
)
_TRACE = record(
    OpenTrace,
    origin=_pick(_MAYBE_TEXT),
    latest=TIME,
    summary=optional(_SUMMARY),
    spans=mapping(("span", _SPAN_KEY), ("summary", optional(_SUMMARY))),
)
_FINGERPRINT = record(Fingerprint, destination=TEXT, options=TEXT, policy=TEXT)
_KEPT = record(
    lambda made_for, traces: Kept(Memory(traces), made_for),
    made_for=optional(_FINGERPRINT),
    traces=mapping(("key", TEXT), ("trace", _TRACE)),
)
_ROUTES = mapping(("name", TEXT), ("memory", _KEPT))
