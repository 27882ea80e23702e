"""Documents of every dialect with a marker of its own in every place where content can stand.

`documents()` draws a document and its markers. With privacy mode on none of them may be in anything that
leaves; with everything allowed all of them arrive, so that the first can fail. Markers stand at any depth, in
values and in keys, in fields that are known and in fields that nobody knows, and where a word is expected:
in codes, reasons and settings. They are sentences, words without spaces, in snake_case and in other scripts.

marks.py      markers, and JSON around them     exchanges.py   chats: answers, streams, errors
records.py    our own record                    endpoints.py   exchanges with the other endpoints
deliveries.py deliveries and lookups       payloads.py    payloads of LiteLLM
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from attrs import field, frozen
from hypothesis import strategies as st

from broadcast_core.jsontext import Json
from broadcast_core.testing.canaries import exchanges, payloads
from broadcast_core.testing.canaries.deliveries import delivery, generation_api
from broadcast_core.testing.canaries.endpoints import ENDPOINTS
from broadcast_core.testing.canaries.marks import PREFIX, Marks
from broadcast_core.testing.canaries.records import record


@frozen
class Canaries:
    """A document of a dialect, and the markers in it."""

    dialect: str
    document: Json
    markers: tuple[str, ...] = field(repr=False)

    __hash__ = None  # type: ignore[assignment]

    def found_in(self, text: str) -> list[str]:
        """Return the markers that are in a text, in any letter case, as they are or as JSON spells them."""
        lower = text.lower()
        return [one for one in self.markers if any(spelled.lower() in lower for spelled in _spelled(one))]


def _spelled(marker: str) -> tuple[str, ...]:
    """Return a marker as it is, in JSON, and in JSON that stands in a text of JSON."""
    once = json.dumps(marker)[1:-1]
    return (marker, once, json.dumps(once)[1:-1])


def documents(kind: str | None = None) -> st.SearchStrategy[Canaries]:
    """Draw a document full of markers: of one of `KINDS`, or of any."""
    return st.sampled_from(KINDS if kind is None else (kind,)).flatmap(_marked)


@st.composite
def _marked(draw: st.DrawFn, dialect: str) -> Canaries:
    marks = Marks(draw)
    document = _DIALECTS[dialect](marks)
    return Canaries(dialect.partition(" ")[0], document, tuple(marks.made))


_DIALECTS: dict[str, Callable[[Marks], Any]] = {
    "broadcast": delivery,
    "exchange": exchanges.chat,
    "exchange error": exchanges.chat_error,
    "exchange error in a choice": exchanges.chat_error_in_a_choice,
    "exchange format": exchanges.chat_format,
    "exchange lines": exchanges.chat_lines,
    "exchange ranking": exchanges.chat_ranking,
    "exchange stream": exchanges.chat_stream,
    "exchange without a response": exchanges.chat_without_a_response,
    "exchange without an answer": exchanges.chat_without_an_answer,
    **{f"exchange {name}": made for name, made in ENDPOINTS.items()},
    "generation-api": generation_api,
    "litellm": payloads.payload,
    "litellm failure": payloads.failed_payload,
    "record": record,
}

KINDS = tuple(sorted(_DIALECTS))
"""The kinds of documents: a dialect, and what is special."""

__all__ = ["KINDS", "PREFIX", "Canaries", "documents"]
