"""Functions made of a table: what a loop over it would do each time, written out once, without the loop.

As attrs makes `__init__` of the fields of a class. Only tables of our own become source text, and never a
word of a document.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def function_of(head: str, lines: Iterable[str], names: Mapping[str, Any]) -> Any:
    """Return the function of a head, as `fill(record)`, and the lines of its body, in which names stand."""
    source = "\n    ".join((f"def {head}:", *lines))
    found = dict(names)
    exec(compile(source, f"<broadcast_core: {head}>", "exec"), found)  # noqa: S102  # see above
    return found[head.partition("(")[0]]
