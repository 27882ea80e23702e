"""What became of a request that got no answer."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from attrs import field, frozen

from broadcast_core.record.field_checks import instance, one_of

FailureKind: TypeAlias = Literal[
    "prepare", "address", "connect", "tls", "proxy", "timeout", "lost", "protocol", "directory", "disk"
]
"""Where it failed.

    prepare    it could not be made: a secret is missing, or its destination failed
    address    the name of the server is not known
    connect    the server did not take the connection
    tls        the connection could not be made secure
    proxy      a proxy on the way refused
    timeout    a time limit was reached
    lost       the connection ended before the whole answer was there
    protocol   what came is no HTTP
    directory  a directory is not there, or may not be written to
    disk       the disk of a directory did not take a file
"""


@frozen(kw_only=True)
class Failure:
    """A request without an answer: `why` in plain words, without secrets or content.

    `may_have_arrived` tells whether the server may have acted on it: its outcome is unknown then.
    """

    kind: FailureKind = field(validator=one_of(*get_args(FailureKind)))
    why: str = field(validator=instance(str))
    may_have_arrived: bool = True
