"""A destination that ends whatever process plans for it."""

from __future__ import annotations

import os
from collections.abc import Iterator

from attrs import frozen

from broadcast_core import Item, TraceTree, Unmapped
from broadcast_ndjson.plugin import Config, Ndjson


@frozen
class Deadly(Ndjson):
    """Sends lines; the one of a certain generation is the last."""

    def items(self, tree: TraceTree, config: Config) -> Iterator[Item | Unmapped]:
        """Yield lines, or end the process."""
        if "gen-deadly" in tree.generations:
            os._exit(7)
        yield from super().items(tree, config)
