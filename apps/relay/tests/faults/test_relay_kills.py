"""A relay that is killed: all that it acknowledged arrives, and nothing twice."""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from collections.abc import Iterator

import pytest
from apps.relay.tests.faults.campaign import Death, Field, deaths_at_random, field_in
from apps.relay.tests.faults.points import POINTS, hits_of
from apps.relay.tests.faults.verdict import faults_of

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
SEED = 20261127
MARKED = "after the mark, before the first byte"
ONCE = ("in the transaction of a start", "in recovery", "while a planner begins")
"""Points to which a life may come but once."""


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    """Platforms and a launcher for the tests of this module."""
    with field_in(tmp_path_factory.mktemp("faults")) as found:
        yield found


def test_a_relay_that_is_killed_loses_nothing_that_it_acknowledged(ground: Field) -> None:
    """At two points and at a random time."""
    deaths = [
        Death(point="after the mark, before the first byte", nth=3),
        Death(point="in the transaction of a plan", nth=2),
        *deaths_at_random(SEED, 1),
    ]

    end = ground.run("few", deaths)

    assert faults_of(end) == []
    assert sum(end.acknowledged) > 20
    assert hits_of(ground.hits) == [death.point for death in deaths if death.point is not None]


@pytest.mark.faults
def test_every_point_is_a_moment_at_which_a_relay_may_be_killed(ground: Field) -> None:
    """Early and late in a life; each point was come to."""
    before = len(hits_of(ground.hits))
    deaths = [
        Death(point=point, nth=nth) for point in POINTS for nth in ((1, 3) if point not in ONCE else (1,))
    ]
    deaths += [Death(point=point, nth=2, number=signal.SIGTERM) for point in POINTS if point not in ONCE]
    random.Random(SEED).shuffle(deaths)
    marked = next(n for n, death in enumerate(deaths) if death == Death(point=MARKED))
    deaths.insert(marked + 1, Death(point="in recovery"))
    end = ground.run("points", deaths)
    hits = Counter(hits_of(ground.hits)[before:])
    print(f"hits of points: {dict(hits)}")

    assert faults_of(end) == []
    assert set(POINTS) == set(hits)


@pytest.mark.faults
@pytest.mark.parametrize("part", range(3))
def test_kills_at_random_times_lose_nothing(part: int, ground: Field) -> None:
    """Twenty a part; one of four asks the relay to stop."""
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")

    end = ground.run(f"random-{part}", deaths_at_random(seed, 20))

    assert faults_of(end) == [], f"seed {seed}"
    assert end.tries > sum(end.acknowledged)
