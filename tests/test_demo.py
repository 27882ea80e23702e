"""What `make demo` runs: deliveries reach a model of Opik although their sender is killed."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.paths import ROOT


def test_the_demo_sends_through_a_kill_and_shows_what_is_there() -> None:
    """All of it once, by the command that was killed; what is printed hangs on no port or folder."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "COLUMNS": "200"}
    done = subprocess.run(
        [sys.executable, "scripts/demo", "examples/deliveries"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    pages = done.stdout.split("\n$ broadcast ")

    assert (0, "") == (done.returncode, done.stderr)
    assert ["check", "send", "send"] == [page.split()[0] for page in pages[1:]]
    assert pages[2].splitlines()[0] == pages[3].splitlines()[0]
    assert pages[2].splitlines()[1].startswith("Killed (SIGKILL), while it waited for an answer")
    assert "opik: delivered 24, refused 0, undelivered 0" == pages[3].splitlines()[2]
    assert "Opik has 23 traces with 25 spans, none of them twice." in pages[3]
    assert (
        "    ├── Sort the mail  openai/gpt-4.1-mini  openai  0.7 s  66 tokens  $0.000042\n"
        "    └── Write the reply  anthropic/claude-sonnet-4.5  bedrock  2.9 s  110 tokens  $0.001026\n"
    ) in pages[3]
    assert "127.0.0.1" not in done.stdout
