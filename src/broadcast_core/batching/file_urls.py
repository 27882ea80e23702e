"""URLs of files, as `file:///var/traces/one.ndjson`: a directory, and a name directly in it.

A URL is read in one way or not at all, so that no name leads out of its directory: what is not plain is
wrong.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from attrs import frozen

from broadcast_core.errors import FieldError

_BEGINNING = "file:///"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._=-]{0,199}", re.ASCII)  # with no dot first: a hidden one is ours
_ENCODED = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*")


@frozen
class FilePlace:
    """A directory by its absolute path, and the name of a file in it: empty of the directory itself."""

    directory: str
    name: str = ""


def is_file_url(url: str) -> bool:
    """Tell whether a URL is of a file, right or wrong."""
    return url[:5].lower() == "file:"


def directory_url(url: str) -> str:
    """Return the URL of a directory as those of the files in it begin."""
    return url if url.endswith("/") else f"{url}/"


def file_place(url: str) -> FilePlace:
    """Return where the file of a URL is; raise `FieldError`, which quotes nothing, for a wrong URL."""
    if not url.startswith(_BEGINNING):
        what = "give an absolute path, and no host, as file:///var/traces"
        raise FieldError(f"that does not begin with {_BEGINNING}: {what}")
    if not url.isprintable() or any(char.isspace() for char in url):
        raise FieldError("with spaces or control characters: encode them, a space as %20")
    if "?" in url or "#" in url:
        raise FieldError("with a query or a fragment: encode ? as %3F and # as %23")
    if not _ENCODED.fullmatch(url):
        raise FieldError("with a % that encodes nothing: encode it as %25")
    *parts, name = url.removeprefix(_BEGINNING).split("/")
    if not parts:
        raise FieldError("of the root directory: give one below it, as file:///var/traces")
    if name and not _NAME.fullmatch(name):
        what = "of at most 200 letters, digits and . _ - =, and does not begin with a dot"
        raise FieldError(f"whose last part is no name of a file: a name is {what}")
    return FilePlace("".join(f"/{_decoded(part)}" for part in parts), name)


def wrong_file_url(url: str) -> str | None:
    """Say what is wrong with the URL of a file or of a directory, or None."""
    try:
        file_place(url)
    except FieldError as error:
        return f"a file URL {error}"
    return None


def is_same_directory(one: str, other: str) -> bool:
    """Tell whether two URLs are of one directory, or of files directly in it."""
    try:
        return file_place(one).directory == file_place(other).directory
    except FieldError:
        return False


def _decoded(part: str) -> str:
    """Return a part of a path; raise `FieldError` for one that would lead elsewhere."""
    try:
        text = unquote_to_bytes(part).decode()
    except UnicodeDecodeError:
        raise FieldError("whose path is no UTF-8: encode it as UTF-8") from None
    if text in ("", ".", ".."):
        raise FieldError("with a part that is empty, . or ..: give the path without it")
    if "/" in text or "\\" in text or not text.isprintable():
        raise FieldError("with a slash, a backslash or a control character in a part: rename that directory")
    return text
