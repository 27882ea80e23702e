"""What is reported to the person in charge: problems that stop a record, and diagnostics that do not."""

from __future__ import annotations

from types import TracebackType
from typing import Literal

from attrs import frozen

FAILURES = (Exception, SystemExit)
"""What the code of others, a plugin or a hook, may raise: that it ends the process is its failure too."""

Kind = Literal["dropped", "truncated", "coerced", "moved", "merged", "withheld", "late", "doubled"]


@frozen
class Problem:
    """Why a record cannot be used: `{what} @ {path}`."""

    what: str
    path: str = "$"

    def __str__(self) -> str:
        return f"{self.what} @ {self.path}"


@frozen
class Diagnostic:
    """What was changed on the way, and where; the record goes on.

    `kind` is what became of what `path` points to in the record.
    """

    kind: Kind
    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind} {self.path}: {self.what}"


def describe_error(error: BaseException) -> str:
    """Return the type of an unforeseen error and where it was raised; its own text may quote a record."""
    trace: TracebackType | None = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    at = "" if trace is None else f" at {trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}"
    return f"{type(error).__name__}{at}"
