"""Laws of addresses, places and ids: functions of what is sent and of the config alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from attrs import evolve

from broadcast_core.batching import Item, Request
from broadcast_core.batching.file_urls import is_file_url
from broadcast_core.delivery import split
from broadcast_core.destinations.capabilities import Addresses, Identifies, Places, ShowsTraces
from broadcast_core.destinations.urls import wrong_url
from broadcast_core.pipeline.planner import plan
from broadcast_core.record.generation import Generation
from broadcast_core.testing.conformance.corpus import VARIANTS, corpus, full, many
from broadcast_core.testing.conformance.described import other_configs
from broadcast_core.testing.conformance.expect import expect_nothing, expect_same
from broadcast_core.testing.conformance.subject import NOW, Subject
from broadcast_core.testing.lineage import EPOCH
from broadcast_core.testing.purity import blocked
from broadcast_core.traces.let_out import Join

_MAX_CONFIGS = 10
_ODD_NAMES = ("\u00e9", "\u65e5\u672c", "a b", "a/b?c#d&e=f", '"', "x" * 3000, "%0d%0a")
_TRACE = "01a21b06-f670-7fa0-a7bc-4cfea7684239"


def address_laws(subject: Subject) -> type:
    """Return the laws of where the requests of a destination go."""
    destination = subject.destination

    class Laws:
        """Where requests go."""

        def test_the_address_is_the_same_each_time(self) -> None:
            """An address is made of the items of a request alone, and is there after a split too."""
            if not isinstance(destination, Addresses):
                return
            route = subject.route()
            first, second = subject.plan(corpus()).requests, subject.plan(corpus()).requests

            expect_same(_addresses(first), _addresses(second), "addresses of the same requests")
            for request in first:
                bare = Request.planned(route=request.route, endpoint=request.endpoint, items=request.items)
                again = destination.address(bare, route.config)
                expect_same(
                    _addresses([request]), _addresses([again]), "the address of one request, asked again"
                )
                if len(request.items) > 1:
                    one, other = (_addresses(split(request, route)) for _ in range(2))
                    expect_same(one, other, "addresses of the same split")

        def test_another_batch_has_another_address_or_all_have_one(self) -> None:
            """A token of the batch is of all its items: a half has not that of the whole."""
            if not isinstance(destination, Addresses):
                return
            route = subject.route()
            for request in subject.plan(corpus()).requests:
                if len(request.items) > 1:
                    three = _addresses([request, *split(request, route)])
                    count = len({repr(one) for one in three})
                    assert count != 2, (
                        f"a batch of {request.endpoint.name} and one half of it have one address"
                    )

        def test_a_file_is_named_by_what_it_holds(self) -> None:
            """Of one name there is one file, which is not written over: other lines have another name."""
            made = full()
            requests = [
                request
                for batch in (many("f"), [made], [evolve(made, model="another/model")])
                for request in subject.plan(batch).requests
            ]
            bodies: dict[str, set[bytes]] = {}
            for request in requests:
                bodies.setdefault(request.url, set()).add(request.body)
            shared = [url for url, some in bodies.items() if is_file_url(url) and len(some) > 1]
            expect_nothing(shared, "names of more than one file: make them of a hash of the body")

        def test_items_of_one_request_share_their_address(self) -> None:
            """What several items have in their address each, as a day or a table, the others have too."""
            if not isinstance(destination, Addresses):
                return
            config = subject.config
            for request in subject.plan(_of_days()).requests:
                alone = [_alone(destination, request, item, config) for item in request.items]
                lengths = {len(parts) for parts in alone}
                columns = list(zip(*alone, strict=True)) if len(lengths) == 1 else []
                mixed = [set(column) for column in columns if 1 < len(set(column)) < len(column)]
                expect_nothing(
                    mixed, "parts of addresses that items of one request have otherwise: give a group"
                )

        def test_ids_of_any_text_have_an_address(self) -> None:
            """A header takes ASCII alone, and a URL is no place for what users call things."""
            made = full()
            for name in _ODD_NAMES:
                trace = evolve(made.trace, trace_id=name, span_name=name, trace_name=name)
                who = evolve(made.identity, user_id=name, session_id=name)
                outcomes = subject.plan(
                    [evolve(made, id=name, model=name, trace=trace, identity=who)]
                ).outcomes
                faults = [
                    one.reason for one in outcomes if one.status != "planned" and "address" in one.reason
                ]
                expect_nothing(faults, f"ids of which {ascii(name)[:20]} is one")

        def test_the_address_touches_nothing_of_the_world(self) -> None:
            """No clock, no dice: a token is a hash of what is sent."""
            if isinstance(destination, Addresses):
                package = type(destination).__module__.split(".")[0]
                requests, config = subject.plan(many("m")).requests, subject.config
                with blocked("broadcast_core", package):
                    for one in requests:
                        bare = Request.planned(route=one.route, endpoint=one.endpoint, items=one.items)
                        destination.address(bare, config)

        def test_the_place_and_the_ids_are_the_same_each_time(self) -> None:
            """Where rows are, and the ids that they have there, hang on the config alone."""
            if isinstance(destination, Places):
                expect_same(
                    destination.place(subject.config), destination.place(subject.config), "two places"
                )
            if isinstance(destination, Identifies):
                one, other = (destination.identify("gen-1", NOW, subject.config) for _ in range(2))
                expect_same(one, other, "ids of one original")

        def test_the_page_of_a_trace_is_a_url_that_names_it(self) -> None:
            """Each trace has another page, and a trace has the same each time."""
            if isinstance(destination, ShowsTraces):
                one, again, other = (
                    destination.page(trace, subject.config) for trace in (_TRACE, _TRACE, f"{_TRACE}-2")
                )
                expect_same(one, again, "two pages of one trace")
                if one is not None:
                    assert wrong_url(one.partition("?")[0], "") is None, "the page of a trace is no URL"
                    assert one != other, "two traces have one page"

        def test_the_ids_that_are_told_are_those_that_are_sent(self) -> None:
            """What `identify` says of an original id is what its rows have."""
            if isinstance(destination, Identifies):
                made = VARIANTS["an answer"](full())
                made = evolve(made, id="Gen-\u00c9A 1", trace=evolve(made.trace, trace_id="Trace-\u00c9A 1"))
                alone = evolve(made, id="Alone", trace=evolve(made.trace, trace_id=None))
                for config in (subject.config, *other_configs(subject)[:_MAX_CONFIGS]):
                    sent = _sent(plan([made, alone], evolve(subject.route(), config=config)).requests)
                    originals = (made.id, alone.id, made.trace.trace_id or "")
                    reported = [destination.identify(one, made.timing.start, config) for one in originals]
                    expect_nothing(
                        _unsent(reported, sent), "kinds of ids that identify tells, and no row has"
                    )

        def test_a_generation_that_is_told_again_keeps_its_ids(self) -> None:
            """By another source, with another start, in another plan: `tree.moment` has the first."""
            if isinstance(destination, Identifies):
                made = VARIANTS["an answer"](full())
                made = evolve(made, id="Told-1", trace=evolve(made.trace, trace_id=None))
                config, route = subject.config, subject.route()
                ids = destination.identify(made.id, made.timing.start, config).values()
                first = plan([made], route, join=Join())
                again = plan([_later(made)], route, state=first.state, join=Join())
                before, after = _sent(first.requests), _sent(again.requests)
                lost = {name for name in ids if _is_sent(name, before) and not _is_sent(name, after)}
                expect_nothing(lost, "ids of a generation that differ when another source tells its start")

    return Laws


def _later(made: Generation) -> Generation:
    """Return a generation as a source has it whose clock is 90 seconds ahead."""
    later = timedelta(seconds=90)
    timing = evolve(
        made.timing, start=made.timing.start + later, end=made.timing.end and made.timing.end + later
    )
    return evolve(made, timing=timing)


def _unsent(reported: Iterable[Mapping[str, str]], sent: str) -> set[str]:
    """Return the kinds none of whose ids is sent."""
    ids: dict[str, list[str]] = {}
    for one in reported:
        for kind, name in one.items():
            ids.setdefault(kind, []).append(name)
    return {kind for kind, names in ids.items() if not any(_is_sent(name, sent) for name in names)}


def _is_sent(name: str, sent: str) -> bool:
    return name in sent or ascii(name)[1:-1] in sent


def _sent(requests: Sequence[Request]) -> str:
    """Return all that is sent as text."""
    bodies = (bytes(one.body).decode(errors="replace") for one in requests)
    return "".join((*bodies, *(f"{one.url} {dict(one.headers)}" for one in requests)))


def _of_days() -> list[Generation]:
    """Return two generations of each of some days, months and years, and of one trace each day."""
    return [
        evolve(
            one,
            id=f"day-{days}-{n}",
            timing=evolve(one.timing, start=EPOCH - timedelta(days=days, minutes=n), end=None),
            trace=evolve(one.trace, trace_id=f"day-{days}"),
        )
        for days in (0, 1, 2, 40, 400)
        for n, one in enumerate(many("d", 3))
    ]


def _alone(destination: Addresses, request: Request, item: Item, config: Any) -> list[str]:
    """Return the parts of the address that an item has alone."""
    bare = Request.planned(route=request.route, endpoint=request.endpoint, items=(item,))
    url, headers = _addresses([destination.address(bare, config)])[0]
    return [part for text in (url, *headers.values()) for part in re.split(r"[/?&=:;, ]", text)]


def _addresses(requests: Iterable[Request]) -> list[tuple[str, dict[str, str]]]:
    return [(str(one.url), dict(one.headers)) for one in requests]
