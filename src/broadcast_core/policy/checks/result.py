"""The answer to one question of a policy, and what the questions are called."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

CheckName = Literal["enabled", "api_keys", "filter_rules", "sampling"]


@frozen
class CheckResult:
    """Whether a generation passes a question, and why, in words that quote nothing of the conversation."""

    question: CheckName
    passed: bool
    why: str
