"""Sections 0 and 4: who may write, and how much: accounts, the workspace's quota, the rate limit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from attrs import define

from broadcast_opik.testing.refusal import broken, coded, over_rate
from broadcast_opik.testing.rulebook import measured, read, stricter

MAX_HEADER_BYTES = 16_384
_SECOND, _MILLISECOND = timedelta(seconds=1), timedelta(milliseconds=1)


@measured(0, "with accounts and no workspace, everything is a 403 before the key is looked at")
@read(4, "a server without accounts ignores the key and knows only the workspace `default`")
def admit(headers: Mapping[str, str], api_key: str | None, workspace: str) -> None:
    """Raise `Refused` unless the headers name the workspace and have its raw key, without `Bearer`.

    `Workspace name should be provided` comes before anything that is said of the key.
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


@read(1, "the content type is JSON, and headers have at most 16 KB")
@stricter(1, "too many headers are a 431")
def check_headers(headers: Mapping[str, str]) -> None:
    """Refuse what is not said to be JSON, and too many headers."""
    if sum(len(name) + len(value) + 4 for name, value in headers.items()) > MAX_HEADER_BYTES:
        raise coded(431, "Request Header Fields Too Large")
    if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise coded(415, "HTTP 415 Unsupported Media Type")


@measured(0, "a batch with more rows than the rate limit is a 500, and never passes")
@measured(0, "`Opik-<Name>-Limit` holds a name, and `RateLimit-Reset` comes with the 429 only")
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
        if events > self.limit:
            raise broken()
        left = self._left(now)
        if self._used + events > self.limit:
            raise over_rate(max(1, -(-left // _SECOND)), self.headers(now))
        self._used += events

    def _left(self, now: datetime | None) -> timedelta:
        return self.period if now is None or self._since is None else self._since + self.period - now

    def headers(self, now: datetime | None) -> dict[str, str]:
        """Return what an answer says of the limit."""
        left = self._left(now)
        return {
            f"Opik-{self.name}-Limit": self.name,
            f"Opik-{self.name}-Remaining-Limit": str(self.limit - self._used),
            f"Opik-{self.name}-Remaining-Limit-TTL-Millis": str(left // _MILLISECOND),
        }
