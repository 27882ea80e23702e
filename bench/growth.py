"""What grows with what is remembered: plans of one more, each beside one of a small past, and routes.

Each ratio is that of a large case to a small one, timed in turns, and the median of all turns is told.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from statistics import median
from time import process_time

from attrs import evolve, frozen

from bench.corpus import Corpus
from bench.rounds import Spread
from bench.variants import PROJECT, ROUTE
from broadcast_core import Generation, Join, Plan, Route, State, TraceContext, dump_state, load_state, plan
from broadcast_core.record.codec import decode_line
from broadcast_opik import destination
from broadcast_opik.config import LOCAL

_START = datetime(2026, 11, 23, 10, tzinfo=UTC)
_MANY_ROUTES = 10
_MORE = 700  # so many that some of what is kept has to go for them


@frozen(kw_only=True)
class Growth:
    """A large case beside a small one: what is compared, the ratio, and what passes."""

    what: str
    ratio: Spread
    passes: float


@frozen(kw_only=True)
class Remembered:
    """Microseconds to store the state of a trace and to read it again, and the bytes of its text."""

    dump: float
    load: float
    text: float


def growths(corpus: Corpus, *, quick: bool) -> Iterator[Growth]:
    """Yield what is compared, on small records, which a plan costs least beside."""
    record = decode_line(corpus.of("small", "record")[0])
    turns = 5 if quick else 60
    few, many = (50, 1_000) if quick else (1_000, 100_000)
    yield Growth(
        what=f"a plan of one more, {many:,} / {few:,} traces in memory",
        ratio=_ratio(
            _one_more(record, _traces(record, few)), _one_more(record, _traces(record, many)), turns
        ),
        passes=1.3,
    )
    early, late = (10, 200) if quick else (100, 10_000)
    yield Growth(
        what=f"the {late:,}th / {early}th generation of a trace, each planned alone",
        ratio=_ratio(_next_of(record, early), _next_of(record, late), turns),
        passes=1.5,
    )
    few, many = (100, 500) if quick else (2_000, 10_000)
    yield Growth(
        what=f"a plan of one more that is kept to be joined, in place of another of {many:,} / {few:,}",
        ratio=_ratio(_more_kept(record, few), _more_kept(record, many), 5 if quick else 11),
        passes=1.3,
    )
    records = [decode_line(line) for line in corpus.of("mixed", "record")][: 20 if quick else 200]
    for what, names in (("alike", [PROJECT] * _MANY_ROUTES), ("into ten projects", _projects())):
        routes = [_route(f"r{n}", name) for n, name in enumerate(names)]
        yield Growth(
            what=f"routes: {_MANY_ROUTES} {what} / 1",
            ratio=_ratio(_by(records, routes[:1]), _by(records, routes), 5 if quick else 11),
            passes=6,
        )


def remembered(corpus: Corpus) -> Remembered:
    """Return what it costs to keep a trace of four medium generations."""
    state = plan([decode_line(line) for line in corpus.of("medium", "record")], ROUTE).state
    text, traces = dump_state(state), max(1, len(state[ROUTE.name].traces))

    def micro(work: Callable[[], object]) -> float:
        return median(_seconds(work) for _ in range(11)) * 1e6 / traces

    return Remembered(
        dump=micro(lambda: dump_state(state)), load=micro(lambda: load_state(text)), text=len(text) / traces
    )


def _ratio(small: Callable[[], object], large: Callable[[], object], turns: int) -> Spread:
    for work in (small, large):
        work()
    return Spread.of([_seconds(large) / _seconds(small) for _ in range(turns)])


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    gc.disable()
    try:
        before = process_time()
        work()
        return process_time() - before
    finally:
        gc.enable()


def _generation(record: Generation, number: int, trace: str) -> Generation:
    start = _START + timedelta(seconds=number)
    timing = evolve(record.timing, start=start, end=start + timedelta(seconds=1))
    return evolve(record, id=f"gen-{number}", timing=timing, trace=TraceContext(trace_id=trace))


def _traces(record: Generation, count: int) -> dict[str, State]:
    """Return the state after so many traces of one generation each."""
    found: dict[str, State] = {}
    for first in range(0, count, 1_000):
        some = [_generation(record, n, f"trace-{n}") for n in range(first, min(count, first + 1_000))]
        found = dict(plan(some, ROUTE, state=found).state)
    return found


def _one_more(record: Generation, state: dict[str, State]) -> Callable[[], Plan]:
    more = _generation(record, 1_000_000, "one more")
    return lambda: [plan([more], ROUTE, state=state) for _ in range(10)][-1]


def _more_kept(record: Generation, count: int) -> Callable[[], None]:
    """Return what plans some more, one by one, with what is kept of as many as may be kept."""
    join, state = Join(max_generations=count), dict[str, State]()
    for first in range(0, count, 500):
        some = [_generation(record, first + n, f"trace-{first + n}") for n in range(min(500, count))]
        state = dict(plan(some, ROUTE, state=state, join=join).state)
    more = [_generation(record, count + n, f"trace-{count + n}") for n in range(_MORE)]

    def plan_each() -> None:
        known = state
        for one in more:
            known = dict(plan([one], ROUTE, state=known, join=join).state)

    return plan_each


def _next_of(record: Generation, count: int) -> Callable[[], None]:
    """Return what plans the next few generations of a trace that has so many, each alone."""
    state: dict[str, State] = {}
    for number in range(count):
        state = dict(plan([_generation(record, number, "long")], ROUTE, state=state).state)
    more = [_generation(record, count + n, "long") for n in range(10)]

    def plan_each() -> None:
        known = state
        for one in more:
            known = dict(plan([one], ROUTE, state=known).state)

    return plan_each


def _projects() -> list[str]:
    return [f"project {n}" for n in range(_MANY_ROUTES)]


def _route(name: str, project: str) -> Route:
    options = {"base_url": LOCAL, "project_name": project, "id_scope": "project"}
    return Route.to(destination, options, name=name)


def _by(records: list[Generation], routes: list[Route]) -> Callable[[], int]:
    return lambda: sum(len(request.body) for request in plan(records, routes).requests)
