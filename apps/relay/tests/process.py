"""The command `broadcast`, with a relay that keeps deliveries in a list: for tests of a whole process.

It logs all that any library logs, says on stdout what its engine kept, and takes a while to keep it.
"""

from __future__ import annotations

import logging

from apps.relay.tests.engines import ListEngine

from broadcast_core.cli.app import broadcast
from broadcast_relay.commands.relay import relay_command

DELAY = 0.3


def main() -> None:
    """Run the command."""
    logging.basicConfig(level=logging.DEBUG)
    engine = ListEngine(delay=DELAY)
    broadcast.add_command(relay_command(engine.start))
    try:
        broadcast()
    finally:
        print(f"kept {len(engine.kept)}, reloaded {engine.reloads}, closed {engine.is_closed}")


if __name__ == "__main__":
    main()
