"""`python -m bench.relay`: what accepting, a steady minute and the whole way cost, as ratios of one run."""

from __future__ import annotations

import argparse
import platform
import sqlite3
import sys
import tempfile
from pathlib import Path

from bench.corpus import build
from bench.relay import accepting, steady, through
from bench.relay.serving import CONNECTIONS, MISSED, write_bodies

BODY = 15_000


def main() -> int:
    """Run the bench."""
    parser = argparse.ArgumentParser(prog="python -m bench.relay", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="does it still run?")
    parser.add_argument("--only", choices=("accepting", "steady", "through"), help="one of the three")
    options = parser.parse_args()
    rounds, seconds, minute, count = (3, 1.0, 6.0, 200) if options.quick else (7, 3.0, 60.0, 1_500)
    deliveries = [line.delivery for line in build(count, 1).lines if len(line.delivery) < 80_000]
    text = b"".join(deliveries).replace(b"\n", b" ")
    slices = [
        b"[" + text[at : at + BODY - 2] + b"]" for at in range(0, min(len(text), 64 * BODY) - BODY, BODY)
    ]
    print(f"# The relay\n\nPython {platform.python_version()}, SQLite {sqlite3.sqlite_version}, loopback,"
          f" {CONNECTIONS} connections, {rounds} rounds\n", flush=True)  # fmt: skip
    is_missed = False
    with tempfile.TemporaryDirectory(prefix="bench-relay-") as name:
        folder = Path(name)
        parts = {
            "accepting": lambda: accepting.report(
                folder, write_bodies(folder / "a", slices), rounds, seconds
            ),
            "steady": lambda: steady.report(folder, write_bodies(folder / "b", deliveries), minute),
            "through": lambda: through.report(
                folder, deliveries, write_bodies(folder / "c", deliveries), min(rounds, 3)
            ),
        }
        for part, lines in parts.items():
            if options.only in (None, part):
                print(f"## {part}\n")
                for line in lines():
                    print(line, flush=True)
                    is_missed = is_missed or MISSED in line
                print()
    return 1 if is_missed and not options.quick else 0


if __name__ == "__main__":
    sys.exit(main())
