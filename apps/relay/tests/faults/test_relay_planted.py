"""Bugs that are planted in a relay: each is found by what the tests of kills ask for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from apps.relay.tests.faults import syncs
from apps.relay.tests.faults.campaign import Death, Field, field_in
from apps.relay.tests.faults.verdict import faults_of

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="signals of POSIX"),
    pytest.mark.faults,
]
APART = "between what should be one transaction"
BUGS: dict[str, tuple[list[Death], str]] = {
    "the answer before the commit": (
        [Death(point="after the answer to a delivery", nth=nth) for nth in (5, 9, 14)],
        "lost",
    ),
    "numbers are reused": ([], "does not drain|lost"),
    "the place in the inbox apart from the requests": (
        [Death(point=APART, nth=nth) for nth in (2, 3)],
        "lost",
    ),
    "the state apart from the requests": (
        [Death(point=APART, nth=nth) for nth in (3, 4, 6)],
        "differ at Opik",
    ),
    "the outcome apart from its request": (
        [Death(point=APART, nth=nth) for nth in (2, 3)],
        "counts of",
    ),
}


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    """Platforms and a launcher for the tests of this module."""
    with field_in(tmp_path_factory.mktemp("planted")) as found:
        yield found


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_is_found(bug: str, ground: Field) -> None:
    """By what is lost, what differs, or by counts that do not add up."""
    deaths, words = BUGS[bug]
    name = bug.replace(" ", "-")

    found = faults_of(ground.run(name, deaths, bug))

    print(found)
    assert any(word in fault for word in words.split("|") for fault in found)


@pytest.mark.skipif(syncs.STRACE is None, reason="strace is not installed")
@pytest.mark.parametrize(("bug", "is_found"), [(None, False), ("synchronous = NORMAL", True)])
def test_an_answer_leaves_once_the_log_is_on_the_disk(
    bug: str | None, is_found: bool, tmp_path: Path
) -> None:
    """Seen in the system calls; a kill of the process would not show it."""
    trace = syncs.traced(tmp_path, bug)

    assert trace.answers >= syncs.DELIVERIES
    assert bool(trace.faults) is is_found
