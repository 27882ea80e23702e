"""A run that sends goes on where another one stopped, on the input that it began with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("plugins")
Run = Callable[..., Any]
SENT = ("--to", "demo", "-o", "base_url=http://127.0.0.1:9", "--tries", "1")
"""Nothing listens there, so what is sent waits in the checkpoint."""


@pytest.fixture
def files(record: Run, examples: Path, tmp_path: Path) -> list[Path]:
    """Return an input whose last document has no generation, as OpenRouter's test deliveries have none."""
    path = tmp_path / "day.ndjson"
    path.write_bytes(record("gen-1") + record("gen-2"))
    return [path, examples / "deliveries" / "25-connection-test.json"]


@pytest.mark.parametrize("runs", [2, 3])
def test_a_run_goes_on_whatever_stands_after_the_last_generation(
    runs: int, run: Run, files: list[Path]
) -> None:
    """It is the same input, and counts as before."""
    ran = [run("send", *files, *SENT) for _ in range(runs)]

    assert [4] * runs == [one.code for one in ran]
    assert {"read 3, planned 2, skipped 1, rejected 0"} == {one.messages[-2] for one in ran}
    assert {"demo: delivered 0, refused 0, undelivered 0, waiting 2"} == {one.summary for one in ran}


def test_a_run_on_another_input_is_refused_and_changes_nothing(
    run: Run, record: Run, files: list[Path]
) -> None:
    """The checkpoint is left for the input that it is of."""
    run("send", *files, *SENT)
    checkpoint = Path(f"{files[0]}.checkpoint")
    kept, before = files[0].read_bytes(), checkpoint.read_bytes()
    files[0].write_bytes(record("gen-1") + record("gen-3"))
    ran = run("send", *files, *SENT)

    assert (2, True) == (ran.code, "this is of another input" in ran.errors[0])
    assert before == checkpoint.read_bytes()
    files[0].write_bytes(kept + record("gen-3"))
    assert "demo: delivered 0, refused 0, undelivered 0, waiting 3" == run("send", *files, *SENT).summary
