"""A run that is killed, at a named moment or at any, loses nothing, doubles nothing and counts right."""

from __future__ import annotations

import random
import signal
from collections import Counter
from collections.abc import Callable
from functools import cache
from itertools import product
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.sending.faults.campaign import GENERATIONS, Bench, Death, records
from tests.sending.faults.points import POINTS, hits_of
from tests.sending.faults.verdict import Case, Run, faults_of, run

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs signals")
Of: TypeAlias = Callable[[str], Run]
SEED = 20_261_127
KILL, TERM = signal.SIGKILL, signal.SIGTERM
DOUBLES, MERGES = ("doubles", "+small"), ("merges", "+small")
CASES = [DOUBLES, MERGES, ("merges_request", "+small+busy"), ("refused", "+busy"), ("api", "+lossy")]
IN_RECOVERY, IN_SPLIT = "in recovery", "between the halves of a split"
DEATHS = [(point, *how) for point in POINTS for how in ((1, KILL), (4, KILL), (1, TERM))]
OF_PLANNED = ("after some planned requests are kept", "all planned requests are kept")
ONCE = ("the file has been made", "the whole input is planned", "after the dead letters", "before the file")


@pytest.fixture(scope="module")
def source(place: Bench) -> Path:
    """Write the input of all runs."""
    return records(place.folder / "input.ndjson")


@pytest.fixture(scope="module")
def undisturbed(place: Bench, source: Path) -> Callable[[str], Run]:
    """Return what sends the input to a platform of a kind without faults, once for each."""

    @cache
    def of_kind(kind: str) -> Run:
        found = run(place, Case(kind=kind, source=source), f"undisturbed-{kind}")
        assert (0, GENERATIONS) == (found.lives[-1].code, found.lives[-1].counts["delivered"])
        return found

    return of_kind


def _check(place: Bench, case: Case, name: str, deaths: list[Death], undisturbed: Of) -> Run:
    got = run(place, case, name, deaths)

    assert [] == faults_of(got, undisturbed(case.kind), case), f"{case.kind}{case.habits} {deaths}"
    return got


def _deaths(point: str, nth: int, number: int) -> list[Death]:
    """Return how lives end: what is recovered from was killed before."""
    first = Death(point="after the mark, before the first byte", nth=3)
    last = Death(point=point, nth=nth, number=number)
    return [first, last] if point == IN_RECOVERY else [last]


def _is_of(kind: str, habits: str, point: str, nth: int) -> bool:
    """Tell whether a run against a platform comes to a point so often."""
    if point == IN_SPLIT and "small" not in habits:
        return False
    return nth == 1 or not (point.startswith(ONCE) or point == IN_RECOVERY)


def _of_generations(deaths: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    return [death for death in deaths if death[0] not in OF_PLANNED]


QUICK = [
    (DOUBLES, "after the answer, before its outcome", 4, KILL),
    (DOUBLES, IN_RECOVERY, 1, KILL),
    (MERGES, IN_SPLIT, 1, KILL),
    (DOUBLES, "after the dead letters", 1, TERM),
]


@pytest.mark.parametrize(("platform", "point", "nth", "number"), QUICK)
def test_a_run_killed_at_a_moment_ends_as_if_it_had_not_been(
    platform: tuple[str, str],
    point: str,
    nth: int,
    number: int,
    place: Bench,
    source: Path,
    undisturbed: Of,
) -> None:
    """Each point is reached; `make test-faults` has all of them."""
    case = Case(kind=platform[0], habits=platform[1], source=source)
    name = f"quick-{QUICK.index((platform, point, nth, number))}"
    before = Counter(hits_of(place.hits))
    _check(place, case, name, _deaths(point, nth, number), undisturbed)

    assert point in Counter(hits_of(place.hits)) - before


def test_a_run_killed_at_any_times_ends_as_if_it_had_not_been(
    place: Bench, source: Path, undisturbed: Of
) -> None:
    """A few times in a row; the seed is in the message."""
    dice = random.Random(SEED)
    deaths = [Death(after=dice.uniform(0.02, 0.3), number=dice.choice((KILL, TERM))) for _ in range(3)]
    _check(place, Case(kind="doubles", habits="+small", source=source), "times", deaths, undisturbed)


def test_all_kills_are_many() -> None:
    """Those that `make test-faults` does here, one by one; those of the relay come on top."""
    kills = [
        len(_deaths(point, nth, number))
        for kind, habits in CASES
        for point, nth, number in _of_generations(DEATHS)
        if _is_of(kind, habits, point, nth)
    ]

    assert sum(kills) >= 200


@pytest.mark.faults
@pytest.mark.parametrize(("kind", "habits"), CASES)
def test_every_moment_of_every_platform(
    kind: str, habits: str, place: Bench, source: Path, undisturbed: Of
) -> None:
    """By both signals, and later in the run too: some 200 kills. A point without a hit fails."""
    case, wanted = Case(kind=kind, habits=habits, source=source), Counter[str]()
    before = Counter(hits_of(place.hits))
    for n, (point, nth, number) in enumerate(_of_generations(DEATHS)):
        if _is_of(kind, habits, point, nth):
            wanted[point] += 1
            _check(place, case, f"every-{kind}-{n}", _deaths(point, nth, number), undisturbed)
    hits = Counter(hits_of(place.hits)) - before
    print(f"\n{kind}{habits}: {hits.total()} kills; {dict(hits)}")

    assert [] == [point for point, times in wanted.items() if hits[point] < times]


@pytest.mark.parametrize("number", [KILL, pytest.param(TERM, marks=pytest.mark.faults)])
@pytest.mark.parametrize("point", [OF_PLANNED[0], pytest.param(OF_PLANNED[1], marks=pytest.mark.faults)])
def test_planned_requests_that_are_kept_by_half_are_not_kept_twice(
    point: str, number: int, place: Bench, source: Path, undisturbed: Of
) -> None:
    """The input is what `broadcast plan` wrote; plans of it that are there are left out."""
    case = Case(kind="doubles", source=source, is_planned=True)
    got = _check(
        place, case, f"planned-{OF_PLANNED.index(point)}-{number}", _deaths(point, 1, number), undisturbed
    )

    assert -KILL == got.lives[0].code or number == TERM
    assert point in hits_of(place.hits)


@pytest.mark.faults
@pytest.mark.parametrize(("kind", "habits"), CASES)
@pytest.mark.parametrize("round_", range(3))
def test_any_time_of_every_platform(
    kind: str, habits: str, round_: int, place: Bench, source: Path, undisturbed: Of
) -> None:
    """Six kills in a row, each round by a seed of its own."""
    dice = random.Random(f"{SEED} {kind} {round_}")
    deaths = [Death(after=dice.uniform(0, 0.3), number=dice.choice((KILL, TERM))) for _ in range(6)]
    print(f"\nseed {SEED} {kind} {round_}")
    case = Case(kind=kind, habits=habits + "+slow", source=source)
    _check(place, case, f"any-{kind}-{round_}", deaths, undisturbed)


def test_every_point_is_in_the_table_of_deaths() -> None:
    """And each is of some platform."""
    assert set(POINTS) == {point for point, _, _ in DEATHS}
    for point, (kind, habits) in product(POINTS, CASES[:1]):
        assert _is_of(kind, habits, point, 1)
