"""A runner of the command in this process that keeps stdout and stderr apart, with every release of click."""

from __future__ import annotations

from inspect import signature
from typing import Any

from click.testing import CliRunner


def runner(**environment: str | None) -> CliRunner:
    """Return a runner; a variable without a value is not set."""
    separate: dict[str, Any] = (
        {"mix_stderr": False} if "mix_stderr" in signature(CliRunner).parameters else {}
    )
    return CliRunner(env=environment, **separate)
