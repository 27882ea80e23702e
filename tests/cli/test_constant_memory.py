"""`plan` runs in constant memory: four times the input takes no more of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PEAK = """
import sys
from pathlib import Path
from broadcast_core.cli.app import broadcast
try:
    broadcast(["plan", *sys.argv[1:]])
except SystemExit as end:
    status = Path("/proc/self/status").read_text()
    print(status.partition("VmHWM:")[2].split()[0], file=sys.stderr)
    raise
"""
MEBIBYTE = 1024  # the kernel tells the peak in kibibytes


def _lines(count: int) -> bytes:
    """Return records of 10 KB, every fifth of one open trace."""
    times, said = {"start": "2026-11-23T10:00:00Z"}, {"input": "x" * 10_000}
    return b"".join(
        json.dumps(
            {
                "id": f"gen-{n}",
                "timing": times,
                "content": said,
                "trace": {"trace_id": f"t-{n % 7}"} if n % 5 == 0 else {},
            }
        ).encode()
        + b"\n"
        for n in range(count)
    )


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_four_times_the_input_takes_no_more_memory(spawn: Callable[..., Any], tmp_path: Path) -> None:
    """From 15 MB to 60 MB; chunks and open traces are bounded."""
    peaks = []
    for count in (1_500, 6_000):
        path = tmp_path / f"{count}.ndjson"
        path.write_bytes(_lines(count))
        output = ("--output", str(tmp_path / "requests.ndjson"))
        ran = spawn("--to", "opik", "-o", "workspace=team", "-q", *output, str(path), before=("-c", PEAK))
        assert (0, f"read {count}, planned {count}, skipped 0, rejected 0") == (ran.code, ran.messages[-2])
        peaks.append(int(ran.messages[-1]))

    assert peaks[1] - peaks[0] < 8 * MEBIBYTE
