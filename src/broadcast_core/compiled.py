"""Functions made of a table: what a loop over it would do each time, written out once, without the loop.

As attrs makes `__init__` of the fields of a class. Only tables of our own become source text, and never a
word of a document.
"""

from __future__ import annotations

import linecache
from collections.abc import Iterable, Mapping
from typing import Any


def function_of(head: str, lines: Iterable[str], names: Mapping[str, Any]) -> Any:
    """Return the function of a head, as `fill(record)`, and the lines of its body, in which names stand."""
    source, file = "\n    ".join((f"def {head}:", *lines)), f"<broadcast_core: {head}>"
    found = dict(names)
    exec(compile(source, file, "exec"), found)  # noqa: S102  # see above
    function = found[head.partition("(")[0]]
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)  # for tracebacks
    return function
