"""Destinations that end whatever process plans for them, or keep it for ever."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from threading import Event
from typing import ClassVar

from attrs import frozen

from broadcast_core import Item, TraceTree, Unmapped
from broadcast_core.sending.spool import planner_loop
from broadcast_ndjson.plugin import Config, Ndjson

if _seconds := os.environ.get("PLANNING_SECONDS"):  # in a worker, which has them from its test
    planner_loop.LONGEST_PLAN = timedelta(seconds=float(_seconds))


@frozen
class Deadly(Ndjson):
    """Sends lines; the one of a certain generation is the last."""

    def items(self, tree: TraceTree, config: Config) -> Iterator[Item | Unmapped]:
        """Yield lines, or end the process."""
        if "gen-deadly" in tree.generations:
            os._exit(7)
        yield from super().items(tree, config)


@frozen
class Endless(Ndjson):
    """Sends lines; of a certain generation it never comes to an end, unless `free` is set."""

    free: ClassVar[Event] = Event()

    def items(self, tree: TraceTree, config: Config) -> Iterator[Item | Unmapped]:
        """Yield lines, or wait."""
        if "gen-endless" in tree.generations:
            self.free.wait(60)
        yield from super().items(tree, config)
