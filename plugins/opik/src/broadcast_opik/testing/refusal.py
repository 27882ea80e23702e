"""How a server refuses: sections 1.6 and 4, each status with its body."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from broadcast_core.jsontext import Json


class Refused(Exception):
    """The whole request is refused, with the server's status, body and headers."""

    def __init__(
        self, status: int, body: Mapping[str, Json], headers: Mapping[str, str] | None = None
    ) -> None:
        self.status = status
        self.body = body
        self.headers = headers or {}
        super().__init__(f"{status} {body}")


def coded(status: int, message: str, **more: Json) -> Refused:
    """Return a refusal with the usual body, `code` and `message`."""
    return Refused(status, {"code": status, "message": message, **more})


def unreadable(what: str) -> Refused:
    """Return what Jackson answers to malformed JSON and to a value of the wrong type."""
    return coded(400, f"Unable to process JSON. {what}")


def strict(what: str) -> Refused:
    """Return a refusal that is ours: the server may take it, and would lose or alter something."""
    return unreadable(f"strict: {what}")


def invalid(violations: Iterable[str]) -> Refused:
    """Return what bean validation answers, every violation at once: `traces[0].startTime must ...`."""
    return Refused(422, {"errors": list(violations)})


def bad_id(details: str) -> Refused:
    """Return what the validation of ids answers."""
    return coded(400, "Invalid UUID for id", details=details)


def too_large(max_bytes: int, what: str = "Request body") -> Refused:
    """Return what RequestSizeLimitFilter answers."""
    return coded(413, f"{what} exceeds the maximum allowed size of {max_bytes} bytes")


def over_quota() -> Refused:
    """Return what UsageLimitInterceptor answers once the workspace's quota is used up."""
    return coded(402, "You have exceeded the usage limit for this operation.")


def over_rate(seconds: int, headers: Mapping[str, str]) -> Refused:
    """Return what RateLimitInterceptor answers; `RateLimit-Reset` is in seconds."""
    message = f"Too Many Requests: You have exceeded the rate limit, try again in {seconds} seconds"
    return Refused(429, {"code": 429, "message": message}, {"RateLimit-Reset": str(seconds), **headers})


def broken() -> Refused:
    """Return what Dropwizard answers when something behind the API fails."""
    return coded(500, "There was an error processing your request. It has been logged (ID 0).")
