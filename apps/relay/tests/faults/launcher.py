"""Starts relays one after another, each forked from this process, which has everything imported.

Each line on stdin is an order; for each the number of the process is printed, and how it ended.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from datetime import timedelta
from typing import Any

from apps.relay.tests.faults import planted, points
from attrs import frozen

import broadcast_ndjson  # noqa: F401  # so that relays need not import it
import broadcast_opik  # noqa: F401
from broadcast_core.cli.app import broadcast
from broadcast_core.delivery import steps
from broadcast_core.sending.spool import planner_loop
from broadcast_relay.spool import spooling  # noqa: F401


@frozen(kw_only=True)
class Order:
    """A run of a relay: its arguments, where it prints, and where it ends itself, if it does, or its planner.

    `point` is a moment with how often it has come by then, and the number of a signal; `bug` is planted.
    """

    arguments: list[str]
    stderr: str
    hits: str
    point: tuple[str, int, int] | None = None
    bug: str | None = None

    __hash__ = None  # type: ignore[assignment]


def main() -> None:
    """Obey orders until there are no more."""
    for line in sys.stdin:
        order = Order(**json.loads(line))
        child = os.fork()
        if child == 0:
            _run(order)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def prepare(order: Order) -> None:
    """Make groups small and waits short, plant the bug, and set where the process ends."""
    planner_loop.GROUP = 4
    steps.wait_after = lambda _failures, _seed: timedelta(milliseconds=5)
    if order.bug is not None:
        planted.BUGS[order.bug]()
    if order.point is not None:
        points.end_at(*order.point, order.hits)


def _run(order: Order) -> None:
    """Run the command in place of this process."""
    code: Any = 70
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _redirect(order.stderr)
        prepare(order)
        broadcast.main(order.arguments)
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001  # a failure of the test or of the relay
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 0)


def _redirect(stderr: str) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    out = os.open(stderr, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for descriptor, target in ((nothing, 0), (nothing, 1), (out, 2)):
        os.dup2(descriptor, target)


if __name__ == "__main__":
    main()
