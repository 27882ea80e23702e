"""Media as parts of a message, in the shape that chats have: pictures, recordings, films and files."""

from __future__ import annotations

from collections.abc import Mapping

from broadcast_core.jsontext import Json

_UNKNOWN = "application/octet-stream"
_BEGINNINGS: Mapping[str, str] = {
    "iVBORw0KGgo": "image/png",
    "/9j/": "image/jpeg",
    "R0lGOD": "image/gif",
    "UklGR": "image/webp",
    "PHN2Zy": "image/svg+xml",
    "JVBERi0": "application/pdf",
}
"""How the base64 of a file begins that does not say what it is."""


def data_url(data: str, media_type: Json = None) -> str:
    """Return base64 as a URL that holds it; a type that is not told is seen from its first bytes."""
    known = next((kind for start, kind in _BEGINNINGS.items() if data.startswith(start)), _UNKNOWN)
    return f"data:{media_type if isinstance(media_type, str) and media_type else known};base64,{data}"


def picture(url: str, rest: Mapping[str, Json] | None = None) -> dict[str, Json]:
    """Return the part of a picture, with what else is told of it."""
    return {"type": "image_url", "image_url": {"url": url}, **_without(rest or {}, ("type", "image_url"))}


def drawn(item: Json) -> dict[str, Json] | None:
    """Return the part of one picture of an answer: `b64_json` or `url`; None for anything else."""
    if not isinstance(item, dict):
        return None
    data, url = item.get("b64_json"), item.get("url")
    if isinstance(data, str):
        used = ("b64_json", "media_type", "type")
        return picture(data_url(data, item.get("media_type")), _without(item, used))
    return picture(url, _without(item, ("url",))) if isinstance(url, str) else None


def from_source(block: dict[str, Json]) -> dict[str, Json]:
    """Return the part of a picture or document of the Messages API; a source of another kind stays."""
    source = block.get("source")
    source = source if isinstance(source, dict) else {}
    data, url = source.get("data"), source.get("url")
    if source.get("type") == "base64" and isinstance(data, str):
        url = data_url(data, source.get("media_type"))
    elif source.get("type") != "url" or not isinstance(url, str):
        return block
    rest = _without(block, ("type", "source"))
    if block.get("type") == "image":
        return picture(url, rest)
    return {"type": "file", "file": {"file_data": url}, **_without(rest, ("file",))}


def _without(values: Mapping[str, Json], keys: tuple[str, ...]) -> dict[str, Json]:
    return {key: value for key, value in values.items() if key not in keys and value is not None}
