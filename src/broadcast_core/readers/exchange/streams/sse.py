"""The chunks of a stream as a caller recorded them: as objects, or as the lines that came over the wire.

Server-sent events bring each chunk in a line `data: {...}`, or in several up to a blank line, and end with
`data: [DONE]`. Comments, a byte order mark, lines without data and the other fields (`event`, `id`, `retry`)
are framing and say nothing of the answer. Blank lines may have been left out where each line is a chunk.
https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from attrs import frozen

from broadcast_core.errors import FieldError
from broadcast_core.jsontext import Json
from broadcast_core.readers.fields import from_json_text
from broadcast_core.record.conversions import as_array

_END_OF_LINE = re.compile(r"\r\n?|\n")
_LAST_END = re.compile(r"(?:\r\n?|\n)\Z")
_FRAMING = (":", "event:", "id:", "retry:")
_DATA, _DONE = "data:", "[DONE]"
_ORDER_MARK = "\ufeff"


@frozen
class Stream:
    """The chunks of a stream, whether its end was marked, and whether a text had to be mended."""

    chunks: list[Json]
    done: bool = False
    mended: bool = False

    __hash__ = None  # type: ignore[assignment]

    @property
    def odd(self) -> int:
        """How many chunks are no object."""
        return sum(not isinstance(chunk, dict) for chunk in self.chunks)


def as_stream(value: Json) -> Stream:
    """Return the chunks of an array of objects or lines, or of the whole text of a stream.

    A line that is none of a stream, or whose JSON is cut off, stays a text.
    """
    if isinstance(value, str) and value.strip() and not looks_like_stream(value):
        raise FieldError("expected the chunks in an array, or as lines such as `data: {...}`; got other text")
    chunks: list[Json] = []
    done = mended = False
    items = [value] if isinstance(value, str) else as_array(value)
    for is_text, run in groupby(items, lambda item: isinstance(item, str)):
        if not is_text:
            chunks += run
            continue
        for lines in _events("\n".join(map(_line, run))):
            if lines == [_DONE]:
                done = True
                continue
            for chunk, was_mended in _chunks(lines):
                chunks.append(chunk)
                mended = mended or was_mended
    return Stream(chunks, done, mended)


def _line(item: str) -> str:
    """Return a text of an array without its line end, so that no blank line comes of it."""
    return _LAST_END.sub("", item.removeprefix(_ORDER_MARK))


def _events(text: str) -> Iterator[list[str]]:
    """Yield the data of each event as a list of lines; the end mark is a list of its own."""
    lines: list[str] = []
    for spelled in _END_OF_LINE.split(text):
        line = spelled.strip()
        data = "" if line.startswith(_FRAMING) else line.removeprefix(_DATA).strip()
        if lines and (not line or data == _DONE):
            yield lines
            lines = []
        if data == _DONE:
            yield [data]
        elif data:
            lines.append(data)
    if lines:
        yield lines


def _chunks(lines: list[str]) -> list[tuple[Json, bool]]:
    """Return one chunk a line, or one of all lines together where a single line is no JSON object."""
    each = [_chunk(line) for line in lines]
    if len(lines) == 1 or all(isinstance(chunk, dict) for chunk, _ in each):
        return each
    together = _chunk("\n".join(lines))
    return [together] if isinstance(together[0], dict) else each


def _chunk(text: str) -> tuple[Json, bool]:
    """Return the object that a text spells, else the text; the flag tells of mended surrogates."""
    found, mended = from_json_text(text)
    return (found if isinstance(found, dict) else text), mended


def looks_like_stream(text: str) -> bool:
    """Tell whether a text begins with a line of a stream, blank lines aside."""
    return text.removeprefix(_ORDER_MARK).lstrip().startswith((_DATA, *_FRAMING))
