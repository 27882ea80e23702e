"""Section 4: who may write, and how much: accounts, the workspace's quota, the rate limit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from attrs import define

from broadcast_opik.testing.refusal import coded, over_rate

MAX_HEADER_BYTES = 16_384
_SECOND, _MILLISECOND = timedelta(seconds=1), timedelta(milliseconds=1)


def admit(headers: Mapping[str, str], api_key: str | None, workspace: str) -> None:
    """Raise `Refused` unless the headers name the workspace and have its raw key, without `Bearer`.

    The workspace is checked first. A server without accounts ignores the key and knows only `default`.
    """
    named = headers.get("comet-workspace", "")
    if api_key is None:
        if named not in ("", "default"):
            raise coded(404, "Workspace not found")
        return
    if not named:
        raise coded(403, "Workspace name should be provided")
    if "authorization" not in headers:
        raise coded(401, "API key should be provided")
    if headers["authorization"] != api_key:
        raise coded(401, "User not allowed to access workspace")
    if named != workspace:
        raise coded(403, "User is not allowed to access workspace")


def check_headers(headers: Mapping[str, str]) -> None:
    """Section 1.1 and 1.8: JSON by its name, and at most 16 KB of headers (their status: strict)."""
    if sum(len(name) + len(value) + 4 for name, value in headers.items()) > MAX_HEADER_BYTES:
        raise coded(431, "Request Header Fields Too Large")
    if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise coded(415, "HTTP 415 Unsupported Media Type")


@define
class Bucket:
    """A rate limit: so many events, that is rows, in a period; the cloud has 10,000 a minute for a user."""

    limit: int = 10_000
    period: timedelta = timedelta(seconds=60)
    name: str = "User"
    _used: int = 0
    _since: datetime | None = None

    def take(self, events: int, now: datetime | None) -> None:
        """Count the events of a request, or raise `Refused`; without `now` no time passes."""
        if now is not None and (self._since is None or now - self._since >= self.period):
            self._since, self._used = now, 0
        if self._used + events > self.limit:
            left = self.period if now is None or self._since is None else self._since + self.period - now
            raise over_rate(max(1, -(-left // _SECOND)), self._headers(left))
        self._used += events

    def _headers(self, left: timedelta) -> dict[str, str]:
        return {
            f"Opik-{self.name}-Limit": str(self.limit),
            f"Opik-{self.name}-Remaining-Limit": str(self.limit - self._used),
            f"Opik-{self.name}-Remaining-Limit-TTL-Millis": str(left // _MILLISECOND),
        }
