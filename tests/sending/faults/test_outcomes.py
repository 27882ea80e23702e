"""`broadcast send` against platforms that misbehave: exit codes, counts and words."""

from __future__ import annotations

import json
import signal

import pytest

from tests.sending.faults.campaign import Bench, records
from tests.sending.faults.verdict import Case, run

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="needs signals and limits of files")


def test_a_poisoned_generation_is_refused_alone(place: Bench) -> None:
    """Exit code 1; it is told by its id and is a dead letter, and every other is there."""
    case = Case(
        kind="merges", habits="+picky", source=records(place.folder / "poison.ndjson", 12, poison=[4])
    )
    got = run(place, case, "poison")
    last = got.lives[-1]

    assert (1, {"delivered": 11, "refused": 1, "undelivered": 0}) == (last.code, last.counts)
    assert any("gen-004-poison" in line and "refused" in line for line in last.stderr.splitlines())
    assert {"refused"} == {letter["status"] for letter in got.letters}
    assert all("gen-004-poison" in item["generations"] for letter in got.letters for item in letter["items"])
    assert 11 == sum(key.startswith("gen-") for key in got.state)


def test_what_may_be_there_is_kept_back_and_can_be_sent_by_hand(place: Bench) -> None:
    """Exit code 4; the dead letters are an input for `broadcast send`."""
    source = records(place.folder / "lossy.ndjson", 12)
    case = Case(kind="doubles", habits="+lossy", source=source)
    got = run(place, case, "lossy")
    counts = got.lives[-1].counts
    kept_back = {one for letter in got.letters for one in letter["generations"]}
    letters = place.folder / "lossy.letters"
    by_hand = place.live(["send", letters, *case.target(place, "lossy")])

    assert (4, 12) == (got.lives[-1].code, sum(counts.values()))
    assert len(kept_back) == counts["undelivered"] > 0
    assert all(letter["may_be_there"] for letter in got.letters)
    assert "it may be there all the same" in got.lives[-1].stderr
    assert len(kept_back) == sum(by_hand.counts.values())


def test_a_server_that_is_not_there_is_told_and_everything_waits(place: Bench) -> None:
    """Exit code 4, what happened and what to do; nothing of the records is printed."""
    source = records(place.folder / "waiting.ndjson", 12)
    checkpoint = place.folder / "waiting.checkpoint"
    arguments = ["send", source, "--to", "rows", "--checkpoint", checkpoint, "--tries", "2"]
    ended = place.live(arguments)

    assert (4, 12) == (ended.code, ended.counts["waiting"])
    assert "the server refused the connection: see that it runs at this port" in ended.stderr
    assert f"12 generations wait in {checkpoint}: run the same command again, it goes on" in ended.stderr
    assert checkpoint.exists()


def test_what_is_printed_holds_no_content(place: Bench) -> None:
    """Not of a record whose rows are refused."""
    source = place.folder / "canary.ndjson"
    record = {
        "id": "gen-poison",
        "timing": {"start": "2026-11-23T10:00:00Z"},
        "content": {"input": [{"role": "user", "content": "canary-7f3a"}]},
    }
    source.write_text(json.dumps(record) + "\n")
    got = run(place, Case(kind="merges", habits="+picky", source=source), "canary")

    assert 1 == got.lives[-1].code
    assert "canary" not in got.lives[-1].stderr.replace(str(place.folder), "").replace("canary.", "")
