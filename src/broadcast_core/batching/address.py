"""URLs that a request can be sent to: what is wrong with one, without a word of it."""

from __future__ import annotations

from urllib.parse import urlsplit


def wrong_address(url: object) -> str | None:
    """Say what is wrong with the URL of a request, or None; the URL may hold a secret, and is not quoted."""
    if not isinstance(url, str):
        return f"has a URL of type {type(url).__name__}: give a str"
    if not url.isprintable() or any(char.isspace() for char in url):
        return "has a URL with spaces or control characters: encode them"
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return "has a URL that cannot be read: give one as https://host/path"
    if parts.scheme not in ("http", "https") or not has_host:
        return "has no URL that begins with https:// or http:// and a host"
    return None
