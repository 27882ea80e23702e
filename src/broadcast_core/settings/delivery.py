"""How a route is delivered, in settings: the table `delivery` of a route."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from attrs import evolve, frozen

from broadcast_core.delivery.limits import Limits, OnUnknownOutcome
from broadcast_core.destinations import option
from broadcast_core.destinations.config import read_options
from broadcast_core.errors import ConfigError
from broadcast_core.jsontext import Json
from broadcast_core.settings.problems import Table, describe_value


@frozen(kw_only=True)
class DeliveryOptions:
    """What a route states of its delivery; what it leaves out is as its sender has it."""

    tries: int | None = option(None, "How often a request is sent, from 1.")
    age_hours: float | None = option(None, "How long a request is tried.")
    concurrency: int | None = option(None, "How many requests are sent at once, from 1.")
    timeout_seconds: float | None = option(None, "How long an answer may take.")
    on_unknown_outcome: OnUnknownOutcome | None = option(
        None,
        "What to do with a request whose answer was lost: `keep` it back, or `resend` it; without it, keep"
        " where it could be there twice.",
    )

    def over(self, limits: Limits) -> Limits:
        """Return limits with what is stated in their place."""
        stated: dict[str, Any] = {
            "tries": self.tries,
            "age": None if self.age_hours is None else timedelta(hours=self.age_hours),
            "concurrency": self.concurrency,
            "timeout": None if self.timeout_seconds is None else timedelta(seconds=self.timeout_seconds),
            "on_unknown_outcome": self.on_unknown_outcome,
        }
        return evolve(limits, **{name: value for name, value in stated.items() if value is not None})


RANGES: Mapping[str, tuple[float, float]] = {
    "tries": (1, 1_000_000),
    "age_hours": (0.001, 24 * 366),
    "concurrency": (1, 64),
    "timeout_seconds": (0.1, 3600),
}
"""The smallest and the largest value of each number."""


def take_delivery(table: Table) -> DeliveryOptions:
    """Take how a route is delivered; every mistake is reported with its path."""
    values = table.take_table("delivery")
    wrong = {name: what for name, value in values.items() if (what := _outside(name, value)) is not None}
    for name, what in wrong.items():
        table.wrong(f"delivery.{name}", what)
    try:
        return read_options(DeliveryOptions, {name: one for name, one in values.items() if name not in wrong})
    except ConfigError as error:
        for problem in error.problems:
            table.wrong(f"delivery{problem.path.removeprefix('$')}", problem.what)
        return DeliveryOptions()


def _outside(name: str, value: Json) -> str | None:
    """Say that a number is too small or too large, or None."""
    if name not in RANGES or type(value) not in (int, float):
        return None
    low, high = RANGES[name]
    within = low <= value <= high
    return None if within else f"expected a number from {low:g} to {high:g}, got {describe_value(value)}"
