"""Where in the input a document is: the address that every message about it begins with."""

from __future__ import annotations

from attrs import frozen


@frozen
class SourceLocation:
    """A file, and the number of a line, or of a message, when the file is read by these."""

    name: str
    line: int | None = None

    def __str__(self) -> str:
        return self.name if self.line is None else f"{self.name}:{self.line}"
