"""Starts processes of the command one after another, each forked from this one, which has it imported.

Each line on stdin is an order; for each the number of the process is printed, and how it ended.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from datetime import timedelta
from typing import Any

import httpx2  # noqa: F401  # so that processes need not import it
from attrs import frozen

from broadcast_core.cli import chunks
from broadcast_core.cli.app import broadcast
from broadcast_core.delivery import steps
from tests.sending.faults import planted, points


@frozen(kw_only=True)
class Order:
    """A run of the command: its arguments, where it prints, and where and how it ends itself, if it does.

    `point` is a moment with how often it has come by then, and the number of a signal; `bug` is a planted one,
    and `file_bytes` the most that a file may have.
    """

    arguments: list[str]
    stderr: str
    hits: str
    point: tuple[str, int, int] | None = None
    bug: str | None = None
    file_bytes: int | None = None

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
    except BaseException:  # noqa: BLE001  # a failure of the test or of the command
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 0)


def prepare(order: Order) -> None:
    """Make plans small and waits short, plant the bug, and set where the process ends."""
    chunks.CHUNK_GENERATIONS = 6
    steps.wait_after = lambda _failures, _seed: timedelta(milliseconds=3)
    if order.bug is not None:
        planted.BUGS[order.bug]()
    if order.file_bytes is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (order.file_bytes, resource.RLIM_INFINITY))
    if order.point is not None:
        points.end_at(*order.point, order.hits)


def _redirect(stderr: str) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    out = os.open(stderr, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for descriptor, target in ((nothing, 0), (nothing, 1), (out, 2)):
        os.dup2(descriptor, target)


if __name__ == "__main__":
    main()
