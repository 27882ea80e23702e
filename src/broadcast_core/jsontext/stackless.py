"""Recursion over nested values that takes nothing of Python's stack, of which a host may have left little.

A function that would call itself is a generator instead: it yields each inner call and is sent its result.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeAlias

Call: TypeAlias = Generator["Call", Any, Any]
"""A call that yields the calls it needs, and returns what they came to."""


def run(call: Call) -> Any:
    """Run a call and the calls that it yields, and return its result."""
    calls, result = [call], None
    while calls:
        try:
            inner = calls[-1].send(result)
        except StopIteration as done:
            calls.pop()
            result = done.value
        else:
            calls.append(inner)
            result = None
    return result
