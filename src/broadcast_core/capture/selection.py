"""Which requests are captured: those of known hosts, of the kinds that the readers can read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Protocol
from urllib.parse import urlsplit

from attrs import frozen

from broadcast_core.errors import ArgumentError
from broadcast_core.readers.exchange.endpoints import PATHS

READ = tuple(path for path in PATHS if path != "/videos")
"""How the paths end of what can be read. Anything else that is posted to a known host is counted alone.

A film is not in the answer to what was posted: that is a job, which is asked for later.
"""

_OPENROUTER = "openrouter.ai"
_PORTS = {"https": 443, "http": 80}


class Url(Protocol):
    """What is asked of the URL of a request; those of httpx and httpx2 have it."""

    @property
    def scheme(self) -> str:
        """As `https`."""

    @property
    def host(self) -> str:
        """In lower case."""

    @property
    def port(self) -> int | None:
        """None where it is the usual one."""

    @property
    def path(self) -> str:
        """Without the query."""


@frozen
class Base:
    """A base URL: requests below it are of a known host."""

    scheme: str
    host: str
    port: int | None
    path: str

    @classmethod
    def of(cls, text: str) -> Base:
        """Return the base of an http or https URL."""
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        if parts.scheme not in _PORTS or not parts.hostname:
            what = "base_urls: expected an http or https URL such as https://openrouter.ai/api/v1"
            raise ArgumentError(f"{what}; give the base_url of your client")
        return cls(parts.scheme, parts.hostname, port or _PORTS[parts.scheme], parts.path.rstrip("/"))

    def holds(self, url: Url) -> bool:
        """Tell whether a URL lies below this one."""
        there = (url.scheme, url.host, url.port or _PORTS.get(url.scheme))
        return there == (self.scheme, self.host, self.port) and url.path.startswith(f"{self.path}/")


@frozen
class Selection:
    """The hosts whose requests are captured: OpenRouter's, and those below the base URLs."""

    bases: tuple[Base, ...] = ()

    @classmethod
    def of(cls, base_urls: Iterable[str]) -> Selection:
        """Return the selection for OpenRouter and further base URLs."""
        return cls(tuple(map(Base.of, base_urls)))

    def of_request(self, method: str, url: Url) -> Literal["read", "unread", None]:
        """Tell whether a request can be read, is of a kind that cannot, or is none of ours."""
        if method != "POST" or not (_is_openrouter(url.host) or any(base.holds(url) for base in self.bases)):
            return None
        return "read" if url.path.rstrip("/").endswith(READ) else "unread"


def _is_openrouter(host: str) -> bool:
    return host == _OPENROUTER or host.endswith("." + _OPENROUTER)
