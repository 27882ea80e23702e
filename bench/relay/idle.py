"""The command with a relay that accepts alone: nothing is planned, and so nothing is sent."""

from __future__ import annotations

from broadcast_core.cli.app import broadcast
from broadcast_core.sending.spool import planner_loop

if __name__ == "__main__":
    planner_loop.AHEAD_BYTES = 0
    broadcast()
