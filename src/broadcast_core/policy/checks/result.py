"""The result of one check of a policy, and what the checks are called."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

CheckName = Literal["enabled", "api_keys", "filter_rules", "sampling"]


@frozen
class CheckResult:
    """Whether a generation passes a check, and why, in words that quote nothing of the conversation."""

    name: CheckName
    passed: bool
    why: str
