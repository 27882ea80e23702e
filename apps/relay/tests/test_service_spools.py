"""The commands on spools also take the file of a service's queue."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.sending.queue.lines import KEY, eventually, generation, served

from broadcast_relay.commands.letters import letters
from broadcast_relay.commands.purge import purge


def _refused(path: Path) -> None:
    """Have a queue whose platform refuses what it is given."""
    with served() as server:
        server.status = 400
        queue = server.queue(spool=str(path), plan_in="thread")
        assert queue.offer(generation("a"))
        assert queue.offer(generation("b"))
        eventually(lambda: queue.counters.refused == 2)
        busy = CliRunner().invoke(purge, ["--spool", str(path), "--all"])
        queue.close(5)
    assert not any(KEY.encode() in one.read_bytes() for one in path.parent.iterdir())
    assert "close the queue of the service first" in str(busy.exception) + busy.output


def test_dead_letters_of_a_service_are_written_and_taken(tmp_path: Path) -> None:
    """As those of a relay are."""
    path, output = tmp_path / "mine.sqlite", tmp_path / "dead.ndjson"
    _refused(path)
    ran = CliRunner().invoke(letters, ["--spool", str(path), "--output", str(output), "--take"])
    again = CliRunner().invoke(letters, ["--spool", str(path), "--output", str(tmp_path / "more")])
    names = [name for line in output.read_text().splitlines() for name in json.loads(line)["generations"]]

    assert (0, ["gen-a", "gen-b"]) == (ran.exit_code, sorted(names)), ran.output
    assert "there are no dead letters\n" == again.output


@pytest.mark.parametrize("what", [["--trace", "gen-a", "--trace", "gen-b"], ["--all"]], ids=["named", "all"])
def test_a_spool_of_a_service_is_purged(tmp_path: Path, what: list[str]) -> None:
    """And what was erased is no more in the file; files beside it are not touched."""
    path, other = tmp_path / "mine.sqlite", tmp_path / "letters-of-somebody.requests"
    other.write_text("keep")
    _refused(path)
    assert b"gen-a" in path.read_bytes()  # what was said lies there compressed, beside it
    ran = CliRunner().invoke(purge, ["--spool", str(path), *what])

    assert 0 == ran.exit_code, ran.output
    assert not any(b"gen-a" in one.read_bytes() for one in tmp_path.iterdir())
    assert "keep" == other.read_text()
