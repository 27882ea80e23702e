"""`python -m bench.capture`: what a recorder adds to the first and the last byte of a streamed answer."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from multiprocessing.connection import Connection

from tests.capture.latency import delay
from tests.capture.openrouter import END, WORDS, delta, serving, stream

ANSWER = stream(*WORDS, *(delta("word ") for _ in range(40)), *END, gap=0.001)

BOUND = 1.0
"""Milliseconds that a recorder may add, of either."""


def main() -> int:
    """Print the medians; 1 when a recorder adds more than the bound."""
    parser = argparse.ArgumentParser(prog="python -m bench.capture", description=__doc__)
    parser.add_argument("--pairs", type=int, default=200, help="requests of each kind (default: 200)")
    pairs = max(parser.parse_args().pairs, 1)
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    found = delay(ours.recv(), pairs)
    ours.send(None)
    process.join()
    print(f"| {pairs} pairs | bare ms | a recorder adds ms |\n|---|--:|--:|")
    print(f"| first byte | {found.bare_first:.2f} | {found.first:+.3f} |")
    print(f"| last byte | {found.bare_last:.2f} | {found.last:+.3f} |")
    return 0 if max(found.first, found.last) <= BOUND else 1


def _serve(pipe: Connection) -> None:
    """Serve in a process of its own, whose work holds up no client, until a word comes."""
    with serving() as server:
        server.script(ANSWER)
        pipe.send(server.url)
        pipe.recv()


if __name__ == "__main__":
    sys.exit(main())
