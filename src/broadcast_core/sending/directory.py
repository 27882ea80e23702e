"""A request to a directory: its body becomes a file there, whole and on the disk, or not at all.

Rule 1: nothing that is there is changed. A file of that name with the same bytes is the request itself, sent
before; with other bytes it stays, and the request fails. No directory is made: what should be mounted there
would be written past.

A file is written under a hidden name first, so that nobody reads a part of one. A process that is killed may
leave such a file, which no later one uses. Files are for their owner alone.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from tempfile import TemporaryFile, mkstemp

from attrs import evolve

from broadcast_core.batching import Outgoing, Response
from broadcast_core.batching.address import WRITING
from broadcast_core.batching.file_urls import file_place
from broadcast_core.delivery.failure import Failure, FailureKind
from broadcast_core.errors import FieldError
from broadcast_core.sending.clock import utc_now

_PARTIAL = ".partial"
_WRITTEN, _IS_THERE = 201, 200


def write_file(outgoing: Outgoing) -> Response | Failure:
    """Write the body of a request as the file that its URL names, and return 201, or why it is not there.

    200 is of a file that was there already; and of a request without a body to the directory itself, that
    files can be written there, which leaves nothing behind.
    """
    try:
        place = file_place(outgoing.url)
    except FieldError as error:
        return _refused(f"it has a file URL {error}")
    if outgoing.method != WRITING:
        return _refused(f"a file is written by {WRITING} alone: give that method")
    if bool(place.name) != bool(outgoing.body):
        return _refused("a file needs a name and a body: give both, or none to test the directory")
    try:
        if not place.name:
            return _tested(place.directory)
        return _kept(place.directory, os.path.join(place.directory, place.name), outgoing.body)
    except OSError as error:
        return _failure(error, place.directory)
    except UnicodeError:
        what = f"this system does not write the name of {place.directory!a}"
        return _refused(f"{what}: set LC_ALL to a locale of UTF-8, or rename it")


def _tested(directory: str) -> Response:
    with TemporaryFile(dir=directory, prefix=".", suffix=_PARTIAL, buffering=0) as stream:  # has no name
        stream.write(b"\n")
        os.fsync(stream.fileno())
    _sync(directory)
    return Response(status=_IS_THERE, received=utc_now())


def _kept(directory: str, path: str, body: bytes) -> Response | Failure:
    is_same = _is_same(path, body)
    if is_same is False:
        what = f"{directory} has a file of this name that holds something else, or cannot be read"
        why = f"{what}: see who wrote {os.path.basename(path)}, and move it away"
        return Failure(kind="disk", why=why, may_have_arrived=False)
    if is_same is None:
        _write(directory, path, body)
    try:
        _sync(directory)
    except OSError as error:
        return evolve(_failure(error, directory), may_have_arrived=True)
    return Response(status=_IS_THERE if is_same else _WRITTEN, received=utc_now())


def _is_same(path: str, body: bytes) -> bool | None:
    """Tell whether a file is there to be read and holds some bytes; None where there is none."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode) or found.st_size != len(body):
        return False
    try:
        with open(path, "rb") as stream:
            return stream.read() == body
    except PermissionError:
        return False


def _write(directory: str, path: str, body: bytes) -> None:
    descriptor, temporary = mkstemp(dir=directory, prefix=f".{os.path.basename(path)}.", suffix=_PARTIAL)
    try:
        with open(descriptor, "wb") as stream:
            stream.write(body)
            stream.flush()
            os.fsync(descriptor)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _sync(directory: str) -> None:
    """Put the names in a directory on the disk, where the file system can."""
    if os.name != "posix":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(descriptor)


_MISSING = "the directory {} is not there: make it, or mount the disk that it is on"
_FORBIDDEN = "the directory {} may not be read and written here: give it to the user who runs this"
_FULL = "the disk of {} is full: free some space, or give another directory"
_WORDS: Mapping[int, tuple[FailureKind, str]] = {
    errno.ENOENT: ("directory", _MISSING),
    errno.ENOTDIR: ("directory", "{} is no directory: give the path of one that is there"),
    errno.ENAMETOOLONG: ("directory", "the path of {} is too long for its disk: give a shorter one"),
    errno.ELOOP: ("directory", "the links on the path of {} lead in a circle: give its real path"),
    errno.EACCES: ("directory", _FORBIDDEN),
    errno.EPERM: ("directory", _FORBIDDEN),
    errno.EROFS: ("directory", "the disk of {} is mounted for reading alone: mount it for writing too"),
    errno.ENOSPC: ("disk", _FULL),
    errno.EDQUOT: ("disk", "the space that this user may take on the disk of {} is full: free some of it"),
    errno.EFBIG: ("disk", "no file in {} may be as large as this one: raise that limit (ulimit -f)"),
}
"""What an error of the system is about, of a directory."""


def _failure(error: OSError, directory: str) -> Failure:
    """Return the failure that an error of the system is."""
    unknown = f"a file in {{}} was not written ({_text(error)}): see that its disk works"
    kind, why = _WORDS.get(error.errno or 0, ("disk", unknown))
    return Failure(kind=kind, why=why.replace("{}", directory), may_have_arrived=False)


def _text(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def _refused(why: str) -> Failure:
    return Failure(kind="prepare", why=why, may_have_arrived=False)
