"""The time, for those that send."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)  # noqa: TID251  # what is sent is sent at a time
