"""URLs of servers: what is wrong with one, and whether two are of the same server."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

from broadcast_core.batching.file_urls import directory_url, is_file_url, wrong_file_url

_THIS_MACHINE = frozenset({"127.0.0.1", "::1"})


def wrong_url(value: str, example: str) -> str | None:
    """Say what is wrong with the base URL of a server, or None; `example` is what to give instead."""
    try:
        url = urlsplit(value.strip())
        _ = url.port
    except ValueError:  # its text quotes a password that stands where the host or the port should
        return f"no URL: its host or its port cannot be read, {example}"
    if url.scheme not in ("http", "https") or not url.hostname:
        return f"expected a URL that begins with http:// or https://, {example}"
    if url.username or url.password:
        return "a URL with a password in it is a secret: give the API key at delivery"
    if url.query or url.fragment or any(char.isspace() or not char.isprintable() for char in value.strip()):
        return f"expected a URL without query, fragment or spaces, {example}"
    return None


def server_url(value: str) -> str | None:
    """Say what is wrong with the URL of a server, or None: a check of an option."""
    return wrong_url(value, "for example https://collector.example/ingest")


def server_or_directory_url(value: str) -> str | None:
    """Say what is wrong with the URL of a server, or of a directory, or None: a check of an option."""
    if is_file_url(value.strip()):
        return wrong_file_url(directory_url(value.strip()))
    return wrong_url(value, "for example https://collector.example/ingest, or file:///var/traces")


def host_of(base_url: str) -> str:
    """Return the host of a URL in plain lower case, without the dot that may end a full name."""
    return unicodedata.normalize("NFKC", urlsplit(base_url).hostname or "").lower().rstrip(".")


def server_of(base_url: str) -> str:
    """Return what is the same for all spellings of the URL of one server."""
    url = urlsplit(base_url)
    name = "localhost" if host_of(base_url) in _THIS_MACHINE else host_of(base_url)
    port = "" if url.port in (None, {"http": 80, "https": 443}.get(url.scheme)) else f":{url.port}"
    return name + port + re.sub("/+", "/", url.path).rstrip("/")
