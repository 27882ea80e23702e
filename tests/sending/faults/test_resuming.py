"""What a run may go on with, and what it refuses: another input, other routes, a disk that is full."""

from __future__ import annotations

import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.sending.faults.campaign import Bench, Death, Life, records
from tests.sending.faults.verdict import Case, faults_of, run

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="needs signals and limits of files")
KILLED = Death(point="after a plan is kept", nth=2)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Write an input."""
    return records(tmp_path / "input.ndjson")


def _rows(path: Path) -> list[str]:
    """Return all that a checkpoint has, beside its log."""
    copy = path.with_suffix(".copy")
    for suffix in ("", "-wal"):
        if (one := Path(f"{path}{suffix}")).exists():
            Path(f"{copy}{suffix}").write_bytes(one.read_bytes())
    with closing(sqlite3.connect(copy)) as plain:
        return list(plain.iterdump())


def _begun(place: Bench, case: Case, name: str, death: Death) -> tuple[Life, Path]:
    return place.live(case.arguments(place, name), death), place.folder / f"{name}.checkpoint"


OTHERS = {
    "another input": ("of another input", []),
    "planned requests": ("of another input", []),
    "another option": ("of other routes", ["-o", "items=2"]),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_checkpoint_of_something_else_is_refused_and_left_as_it_is(
    name: str, place: Bench, source: Path
) -> None:
    """To the byte where its run ended by a signal that it heard; nothing is sent."""
    message, more = OTHERS[name]
    case = Case(kind="merges", source=source)
    run_name = f"other-{list(OTHERS).index(name)}"
    _, path = _begun(place, case, run_name, Death(point=KILLED.point, nth=2, number=signal.SIGTERM))
    before, sent = path.read_bytes(), place.state(case.place(run_name))
    if name == "another input":
        records(source, 7)
    if name == "planned requests":
        place.live(
            ["plan", source, *case.target(place, run_name), "--output", source.with_suffix(".planned")]
        )
        case = Case(kind="merges", source=source.with_suffix(".planned"))
    refused = place.live([*case.arguments(place, run_name), *more])

    assert 2 == refused.code
    assert f"--checkpoint {path}: this is {message}" in refused.stderr
    assert "it was left as it is" in refused.stderr
    assert before == path.read_bytes()
    assert sent == place.state(case.place(run_name))


def test_the_checkpoint_of_a_killed_run_has_the_same_rows_after_a_refusal(place: Bench, source: Path) -> None:
    """Its log is brought into the file, and that is all."""
    case = Case(kind="merges", source=source)
    _, path = _begun(place, case, "killed", KILLED)
    before = _rows(path)
    refused = place.live([*case.arguments(place, "killed"), "-o", "items=2"])

    assert 2 == refused.code
    assert before == _rows(path)
    assert any("INSERT INTO" in line and "request" in line for line in before)


def test_an_input_that_has_more_at_its_end_goes_on(place: Bench, source: Path) -> None:
    """What was added is sent too."""
    case = Case(kind="doubles", source=source)
    _begun(place, case, "longer", Death(point=KILLED.point, nth=2, number=signal.SIGTERM))
    records(source, 28)  # the first ones are of other traces now, so that this is another input
    refused = place.live(case.arguments(place, "longer"))
    records(source)
    with source.open("a") as file:
        file.write('{"id": "gen-late", "timing": {"start": "2026-11-23T12:00:00Z"}}\n')
    done = place.live(case.arguments(place, "longer"))

    assert (2, 0) == (refused.code, done.code)
    assert {"delivered": 25, "refused": 0, "undelivered": 0} == done.counts
    assert {1} == {len(rows) for rows in place.state(case.place("longer")).values()}


def test_a_disk_that_is_full_ends_a_run_that_goes_on_later(place: Bench, tmp_path: Path) -> None:
    """It says so and what to do, has lost nothing, and nothing is there twice."""
    source = tmp_path / "long.ndjson"
    records(source, 60)
    case = Case(kind="doubles", source=source)
    undisturbed = run(place, case, "roomy")
    ended = place.live(case.arguments(place, "full"), file_bytes=400_000)
    got = run(place, case, "full")

    assert 2 == ended.code, ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stderr.splitlines()[-1].endswith("then run the same command again")
    assert f"{place.folder / 'full.checkpoint'}: " in ended.stderr
    assert [] == faults_of(got, undisturbed, case)
