"""URLs that a request can be sent to: what is wrong with one, without a word of it, and whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from broadcast_core.batching.file_urls import is_file_url, is_same_directory, wrong_file_url

WRITING = "PUT"
"""The one method that writes a file."""


def wrong_address(url: object, method: str, planned: Sequence[str]) -> str | None:
    """Say what is wrong with the URL of a request, or None; the URL may hold a secret, and is not quoted.

    `planned` are the URLs of endpoints that it may be of. A file is written by PUT alone, and directly in a
    directory that is one of them; where all of them are directories, a request goes to no server.
    """
    if not isinstance(url, str):
        return f"has a URL of type {type(url).__name__}: give a str"
    if is_file_url(url):
        return _wrong_file(url, method, planned)
    if not url.isprintable() or any(char.isspace() for char in url):
        return "has a URL with spaces or control characters: encode them"
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return "has a URL that cannot be read: give one as https://host/path"
    if parts.scheme not in ("http", "https") or not has_host:
        return "has no URL that begins with https:// or http:// and a host"
    if planned and all(map(is_file_url, planned)):
        return "has the URL of a server, and its endpoint is a directory: leave it there"
    return None


def is_same_server(one: str, other: str) -> bool:
    """Tell whether two URLs are of one server, as they are spelled, or directly in one directory.

    One that cannot be read is of none.
    """
    if is_file_url(one) or is_file_url(other):
        return is_same_directory(one, other)
    try:
        return _server(one) == _server(other)
    except ValueError:
        return False


def _wrong_file(url: str, method: str, planned: Sequence[str]) -> str | None:
    if (what := wrong_file_url(url)) is not None:
        return f"has {what}"
    if not any(is_same_directory(url, one) for one in planned):
        return "has the URL of a file that is not directly in the directory of its endpoint: leave it there"
    return None if method == WRITING else f"has the URL of a file, and {WRITING} alone writes one: give that"


def _server(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.netloc.lower()
