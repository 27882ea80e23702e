"""The chunks of a stream as a caller recorded them: as objects, or as the lines that came over the wire.

Server-sent events bring each chunk in a line `data: {...}` and end with `data: [DONE]`. Comments, blank lines
and the other fields (`event`, `id`, `retry`) are framing and say nothing of the answer.
https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

from broadcast_core.jsontext import Json
from broadcast_core.readers.fields import as_array, from_json_text

_END_OF_LINE = re.compile(r"\r\n?|\n")
_FRAMING = (":", "event:", "id:", "retry:")
_DATA, _DONE = "data:", "[DONE]"


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
    if isinstance(value, str) and value.strip() and not _is_of_a_stream(value):
        raise ValueError("expected the chunks in an array, or as lines such as `data: {...}`; got other text")
    chunks: list[Json] = []
    done = mended = False
    for item in [value] if isinstance(value, str) else as_array(value):
        if not isinstance(item, str):
            chunks.append(item)
            continue
        for line in _data(item):
            if line == _DONE:
                done = True
                continue
            found, was_mended = from_json_text(line)
            chunks.append(found if isinstance(found, dict) else line)
            mended = mended or was_mended
    return Stream(chunks, done, mended)


def _data(text: str) -> Iterator[str]:
    """Yield the data of each line that has some."""
    for spelled in _END_OF_LINE.split(text):
        line = spelled.strip()
        if line and not line.startswith(_FRAMING):
            yield line.removeprefix(_DATA).strip()


def _is_of_a_stream(text: str) -> bool:
    """Tell whether the first line of a text that says something is one of a stream."""
    return text.lstrip().startswith((_DATA, *_FRAMING))
