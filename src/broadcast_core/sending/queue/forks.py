"""What happens to queues at a fork: the child begins with empty ones, and closes its copies of pipes.

As long as a child had a copy of a pipe to its parent's worker, that worker would not notice the end of the
parent. No process forks while a pipe is made.
"""

from __future__ import annotations

import os
from threading import RLock
from typing import Protocol
from weakref import WeakSet


class Forked(Protocol):
    """Whatever begins anew in a child."""

    def forked(self) -> None:
        """Begin anew."""
        ...


making_pipes = RLock()
"""Held while pipes are made, and by whoever forks."""
_ALL: WeakSet[Forked] = WeakSet()


def at_fork(one: Forked) -> None:
    """Let something begin anew in every child from now on, as long as it is there."""
    _ALL.add(one)


def _in_child() -> None:
    making_pipes.release()
    for one in list(_ALL):
        one.forked()


if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(
        before=making_pipes.acquire, after_in_parent=making_pipes.release, after_in_child=_in_child
    )
