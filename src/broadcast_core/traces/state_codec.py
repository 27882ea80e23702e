"""The stored form of state: one JSON text, the same bytes for the same state, and nothing lost on the way.

Rule 1: the tables of codecs below are the whole text. It is strict: a field that is missing or unknown
refuses all of it, so a field more is a version more. Version 1 had no generations that are kept to be joined.

Values are the caller's own JSON, with all that Python's has: NaN, whole numbers beyond 64 bits, halves of
surrogate pairs. What JSON cannot carry at all is written as a request would write it. The text is UTF-8. A
half is written as its escape, but a low one after a high one as three bytes: two escapes are one character.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress

from attrs import frozen

from broadcast_core.errors import ArgumentTypeError, RecordError, StateError
from broadcast_core.jsontext import Json, dumps_lossless, loads_lossless, storable
from broadcast_core.record.codec import decode, encode
from broadcast_core.record.generation import Failure, Generation
from broadcast_core.traces.json_codecs import (
    COUNT,
    FLAG,
    KEY,
    TEXT,
    TIME,
    VALUE,
    Codec,
    DecodeError,
    mapping,
    optional,
    pair,
    record,
    several,
    texts,
)
from broadcast_core.traces.let_out import LetOut, Place
from broadcast_core.traces.state import OpenTrace, State, by_route
from broadcast_core.traces.summary import Summary, Timestamped

FORMAT = "broadcast state"
VERSION = 2

_GIVE = "give what dump_state wrote, or `broadcast plan --state`"
_HALF = re.compile("[\ud800-\udbff]|(?<![\ud800-\udbff])[\udc00-\udfff]")


@frozen(kw_only=True)
class Fingerprint:
    """What decides what a state may hold and where its rows are, each part as a hash."""

    destination: str
    options: str
    policy: str


@frozen
class SavedState:
    """The state of one route, and what route it was made for, when that was told."""

    state: State
    made_for: Fingerprint | None = None

    __hash__ = None  # type: ignore[assignment]

    @property
    def traces(self) -> Mapping[str, OpenTrace]:
        """The open traces."""
        return self.state.traces

    @property
    def let_out(self) -> Mapping[str, LetOut]:
        """What was let out of generations."""
        return self.state.let_out


def dump_state(state: Mapping[str, State]) -> bytes:
    """Return the state of a plan, by route name, as one line of JSON with its newline.

    It holds what was said, as far as the routes let it out: keep it as safe as the data, and give it to no
    other route. The text does not tell routes apart but by their names.
    """
    return dump_saved({name: SavedState(one) for name, one in by_route(state).items()})


def dump_saved(kept: Mapping[str, SavedState]) -> bytes:
    """Return the same text, with what each route's state was made for."""
    with suppress(DecodeError):
        quickly = dumps_lossless(_document_of(_ROUTES.quick_write(kept)))
        if quickly is not None:  # as most are: nothing in it is beyond our rule for JSON
            return quickly + b"\n"
    document = _document_of(_ROUTES.write(kept))
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode() + b"\n"
    except UnicodeEncodeError:
        text = _HALF.sub(lambda half: f"\\u{ord(half[0]):04x}", text)
        return text.encode("utf-8", "surrogatepass") + b"\n"


def _document_of(routes: Json) -> Json:
    return {"format": FORMAT, "version": VERSION, "routes": routes}


def load_state(data: bytes) -> dict[str, State]:
    """Return the state that `dump_state` wrote; raise `StateError` when any of it is wrong.

    What it was made for is left to the caller, who holds the routes.
    """
    return {name: one.state for name, one in load_saved(data).items()}


def load_saved(data: bytes) -> dict[str, SavedState]:
    """Return the same, with what each route's state was made for."""
    if (quickly := _loaded_quickly(data)) is not None:
        return quickly
    document = _document(data)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise StateError("this is JSON, but no stored state", advice=_GIVE)
    version = document.get("version")
    if type(version) is int and version > VERSION:
        what = f"written by a newer release, this one reads version {VERSION}"
        raise StateError(what, "$.version", "upgrade broadcast-core")
    if type(version) is not int or version < 1:
        raise StateError(f"expected the version {VERSION}", "$.version")
    if document.keys() != {"format", "version", "routes"}:
        raise StateError("expected the fields format, version and routes, and no other")
    try:
        codec = _ROUTES if version == VERSION else _ROUTES_1
        kept: dict[str, SavedState] = codec.read(document["routes"])
    except DecodeError as error:
        raise StateError(error.what, f"$.routes{error.path}") from None
    return kept


def _loaded_quickly(data: object) -> dict[str, SavedState] | None:
    """Return what was dumped quickly, by this release; None for anything else, right or wrong."""
    found = loads_lossless(data[:-1]) if isinstance(data, bytes) and data[-1:] == b"\n" else None
    if found is None:
        return None
    (document,) = found
    if not isinstance(document, dict) or document != _document_of(document.get("routes")):
        return None
    try:
        kept: dict[str, SavedState] = _ROUTES.quick_read(document["routes"])
    except Exception:  # noqa: BLE001  # whatever it is: the careful reading finds the words for it
        return None
    return kept


def _document(data: bytes) -> Json:
    if not isinstance(data, bytes | bytearray):
        what = f"expected the bytes that `dump_state` returned, got a {type(data).__name__}"
        raise ArgumentTypeError(f"{what}: read the file as bytes")
    if not data.strip():
        raise StateError("the text is empty")
    try:
        return json.loads(data.decode("utf-8", "surrogatepass"), object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        raise StateError(f"byte {error.start + 1} is no UTF-8") from None
    except json.JSONDecodeError as error:
        what = f"malformed JSON, {error.msg} (character {error.pos + 1} of {len(error.doc)})"
        raise StateError(what) from None
    except RecursionError:
        raise StateError("nested too deep") from None
    except DecodeError as error:
        raise StateError(error.what) from None
    except ValueError:  # of a whole number with thousands of digits
        raise StateError("a whole number is too long") from None


def _object(items: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(items)
    if len(found) != len(items):
        raise DecodeError("a key is given twice in one object")
    return found


# The codec -------------------------------------------------------------------------------------------


_MAYBE_TEXT, _MAYBE_TIME = optional(TEXT), optional(TIME)
_SPAN_KEY = pair(TEXT, _MAYBE_TEXT)  # its name, and the caller's own span that it hangs under


def _pick(value: Codec) -> Codec:
    return record(Timestamped, time=TIME, generation_id=TEXT, value=value)


def _written_generation(value: Generation) -> Json:
    return storable(encode(value))


def _quickly_written(value: Generation) -> Json:
    return VALUE.quick_write(encode(value))


def _read_generation(value: Json) -> Generation:
    try:
        return decode(value)
    except RecordError as error:
        first = error.problems[0]
        raise DecodeError(first.what, first.path.removeprefix("$")) from None


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
    result=_pick(optional(_FAILURE)),
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
_PLACE = record(Place, trace_id=_MAYBE_TEXT, span_name=_MAYBE_TEXT, parent_span_id=_MAYBE_TEXT)
_LET_OUT = record(
    LetOut,
    versions=several(Codec(_written_generation, _read_generation, _quickly_written)),
    start=TIME,
    place=_PLACE,
    held=texts(),
    latest=TIME,
    size=COUNT,
)
_TRACES = mapping(("key", TEXT), ("trace", _TRACE))
_KEPT_1 = record(
    lambda made_for, traces: SavedState(State(traces), made_for),
    made_for=optional(_FINGERPRINT),
    traces=_TRACES,
)
_KEPT = record(
    lambda made_for, traces, let_out: SavedState(State(traces, let_out), made_for),
    made_for=optional(_FINGERPRINT),
    traces=_TRACES,
    let_out=mapping(("generation", TEXT), ("let_out", _LET_OUT)),
)
_ROUTES_1 = mapping(("name", TEXT), ("state", _KEPT_1))
_ROUTES = mapping(("name", TEXT), ("state", _KEPT))
