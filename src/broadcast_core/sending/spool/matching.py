"""Whether bytes name someone: JSON by its texts, however escaped or nested, all else by its bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

_RUN = re.compile(r"[A-Za-z0-9]+")
_ESCAPED_ASCII = re.compile(rb"\\u00[3-7]")
_NESTED = ("{", "[", '"')


class Ids:
    """Ids that are looked for: as a whole text, a value or a key, and never as a part of a longer one."""

    def __init__(self, ids: Iterable[str]) -> None:
        self._ids = frozenset(ids)
        self._runs = [max(_RUN.findall(one), key=len, default="").encode() for one in self._ids]
        self._bytes = [_anywhere(one) for one in self._ids]

    def __bool__(self) -> bool:
        return bool(self._ids)

    def __contains__(self, text: object) -> bool:
        return text in self._ids

    def are_in(self, data: bytes) -> bool:
        """Tell whether a document, or lines of documents, name one of them; text in text that is JSON too."""
        encoding = json.detect_encoding(data)
        if not encoding.startswith("utf-8"):
            data = data.decode(encoding, "replace").encode()
        if not self._may_be_in(data):
            return False
        text = data.decode("utf-8", "surrogatepass" if _is_decodable(data) else "replace")
        try:
            return self._are_in_document(_read(text))
        except (ValueError, RecursionError):
            lines = text.splitlines()
        return any(self._are_in_line(one) for one in lines)

    def _may_be_in(self, data: bytes) -> bool:
        """Tell whether it is worth reading: a plain part of an id is there, or letters may be escaped."""
        return bool(self._ids) and (
            any(run in data for run in self._runs) or _ESCAPED_ASCII.search(data) is not None
        )

    def _are_in_line(self, line: str) -> bool:
        try:
            return self._are_in_document(_read(line))
        except (ValueError, RecursionError):
            return any(pattern.search(line) for pattern in self._bytes)

    def _are_in_document(self, document: Any) -> bool:
        """Look at every text and number of a document, keys too, and of documents written in its texts."""
        stack = [document]
        while stack:
            value = stack.pop()
            if isinstance(value, str):
                if value in self._ids:
                    return True
                if value.lstrip()[:1] in _NESTED and value.strip():
                    try:
                        stack.append(_read(value))
                    except (ValueError, RecursionError):  # cut off, or no JSON after all
                        if self._are_in_part(value):
                            return True
            elif isinstance(value, list | tuple):
                stack.extend(value)
        return False

    def _are_in_part(self, text: str) -> bool:
        """Look into the beginning of a document; of what stands at its very end more may be missing."""
        found = (pattern.search(text) for pattern in self._bytes)
        return any(one is not None and one.end() < len(text) for one in found)


def _read(text: str) -> Any:
    """Return a document whose objects are lists of pairs, since a key may stand there twice.

    Numbers are texts, as they are written.
    """
    return json.loads(
        text.removeprefix("\ufeff"), object_pairs_hook=list, strict=False, parse_int=str, parse_float=str
    )


def _is_decodable(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def _anywhere(value: str) -> re.Pattern[str]:
    """Return what finds an id in a text that is no JSON, or not whole: by its spellings, as a whole word."""
    spellings = {value, *(json.dumps(value, ensure_ascii=is_ascii)[1:-1] for is_ascii in (True, False))}
    spellings |= {json.dumps(one)[1:-1] for one in spellings}
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(spellings)))})(?!\w)")
