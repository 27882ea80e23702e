"""Laws of the same generations in other circumstances: order, batches, routes, processes, and time."""

from __future__ import annotations

import itertools
import pickle
from functools import cache

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core.batching import Request
from broadcast_core.pipeline.planner import plan
from broadcast_core.policy import Policy
from broadcast_core.record.generation import Generation
from broadcast_core.testing.conformance.corpus import corpus, full, many
from broadcast_core.testing.conformance.described import other_options
from broadcast_core.testing.conformance.expect import expect_nothing, expect_same
from broadcast_core.testing.conformance.subject import (
    MARKER,
    Subject,
    items_of,
    signature,
    signatures,
    some_generations,
    wires,
    with_content,
)
from broadcast_core.testing.other_process import digest_in_another_process, digest_of_plan
from broadcast_core.testing.purity import blocked
from broadcast_core.testing.strategies import generations

_SEED = 4242
_SEEN_NOWHERE = ("kept-for-later", "https://kept.example/base")
"""Values of options that no other law gives."""


def repetition_laws(subject: Subject) -> type:
    """Return the laws of a destination whose results hang on nothing but the generations."""
    destination = subject.destination

    @cache
    def digest_elsewhere(**variables: str) -> str:
        return digest_in_another_process(destination, subject.options, corpus(), _SEED, variables)

    class Laws:
        """The same in any circumstances."""

        @subject.settings
        @given(some_generations())
        def test_same_generations_give_same_bytes(self, batch: list[Generation]) -> None:
            """Again, and from a copy of them: no id is random, counted or made of where an object is."""
            copied = pickle.loads(pickle.dumps(batch))  # noqa: S301  # our own bytes

            expect_same(wires(subject.plan(batch)), wires(subject.plan(copied)), "two plans of the same")

        def test_another_process_gives_the_same_bytes(self) -> None:
            """With another hash seed: no `hash()`, no order of a set."""
            mine = digest_of_plan(destination, subject.options, corpus())
            assert mine == digest_elsewhere(), "another process with another PYTHONHASHSEED plans other bytes"

        def test_another_time_zone_gives_the_same_bytes(self) -> None:
            """Of the machine, and another locale: times are written in UTC, or with their own offset."""
            there = digest_elsewhere(TZ="XYZ-5:45", LC_ALL="C")
            assert digest_elsewhere() == there, "another process in another time zone plans other bytes"

        @subject.settings
        @given(some_generations())
        def test_no_clock_network_dice_or_files(self, batch: list[Generation]) -> None:
            """Nothing of the world is touched, in the mapping and in all else."""
            package = type(destination).__module__.split(".")[0]
            secrets = subject.secrets()
            with blocked("broadcast_core", package):
                destination.describe()
                for request in subject.plan(batch).requests:
                    subject.authorize(request, secrets)
                destination.check(subject.config)

        @subject.settings
        @given(some_generations(), st.randoms(use_true_random=False))
        def test_the_order_of_generations_changes_no_item(
            self, batch: list[Generation], dice: object
        ) -> None:
            """No id, name or number hangs on the place of a generation in its batch or its trace."""
            mixed = list(batch)
            dice.shuffle(mixed)  # type: ignore[attr-defined]

            expect_same(
                signatures(subject.plan(batch)), signatures(subject.plan(mixed)), "items in another order"
            )

        def test_the_order_of_a_long_trace_changes_no_item(self) -> None:
            """Twelve generations, backwards."""
            one, other = (signatures(subject.plan(many("m")[::step])) for step in (1, -1))
            expect_same(one, other, "items in another order")

        @subject.settings
        @given(some_generations())
        def test_other_traces_in_a_batch_change_no_item(self, batch: list[Generation]) -> None:
            """Each trace alone gives what all together give."""
            apart = [
                signature(item)
                for tree in reversed(subject.trees(batch))
                for item in items_of(subject.plan(list(tree.generations.values())))
            ]

            expect_same(
                signatures(subject.plan(batch)), sorted(apart, key=repr), "traces together, and apart"
            )

        @subject.settings
        @given(some_generations(), st.integers(1, 3))
        def test_later_generations_change_no_item_of_their_own(
            self, batch: list[Generation], cut: int
        ) -> None:
            """In two plans with state, what speaks of one generation is what one plan has of it."""
            expect_nothing(_differing(subject, batch, cut), "items that two plans have otherwise")

        def test_a_long_trace_in_two_plans_has_the_same_items(self) -> None:
            """What speaks of one generation does not hang on how many there are, or on which came with it."""
            for cut in (1, 5, 11):
                expect_nothing(_differing(subject, many("m"), cut), "items that two plans have otherwise")

        @subject.settings
        @given(some_generations(), some_generations())
        def test_plans_of_before_change_nothing(
            self, batch: list[Generation], other: list[Generation]
        ) -> None:
            """No counter, no cache: another plan in between leaves no trace."""
            before = wires(subject.plan(batch))
            subject.plan(other)

            expect_same(before, wires(subject.plan(batch)), "a plan, and one after another plan")

        def test_the_destination_keeps_nothing(self) -> None:
            """Of a plan, or of a config: what one route leaves in it, another finds."""
            before = pickle.dumps(destination)
            for options in (dict(subject.options), *other_options(subject, _SEEN_NOWHERE)):
                evolve(subject, options=options).plan(many("kept", 3))

            expect_same(before, pickle.dumps(destination), "the destination before and after plans")

        @subject.settings
        @given(generations())
        def test_no_content_is_remembered_from_another_route(self, generation: Generation) -> None:
            """A route in privacy mode has none, whatever an open route has planned before, or with it."""
            loud = with_content(generation, MARKER)
            private, open_ = Policy(privacy_mode=True), Policy()
            before = wires(subject.plan([loud], open_))
            both = plan([loud], [subject.route("open", open_), subject.route("private", private)])
            held = [request for request in both.requests if request.route == "private"]
            after = wires(subject.plan([loud], private))

            assert not any(_is_in(MARKER, request) for request in held), (
                "content of the open route is in the other"
            )
            assert MARKER.encode() not in b"".join(body for *_, body in after), "content of a plan of before"
            expect_same(
                before, wires(subject.plan([loud], open_)), "an open route before and after a private one"
            )

        def test_no_content_is_missing_for_another_route(self) -> None:
            """An open route has its content, also when a route in privacy mode came first."""
            first, second = _asking("first"), _asking("second")
            subject.plan([first], Policy(privacy_mode=True))
            opened = wires(subject.plan([first]))
            subject.plan([second], Policy(privacy_mode=True))
            not_carried = set(destination.describe().not_carried)

            assert {"content", "content.input"} & not_carried or opened != wires(subject.plan([second])), (
                "content is missing, or is that of another version"
            )

        @subject.settings
        @given(some_generations())
        def test_the_generations_are_not_changed(self, batch: list[Generation]) -> None:
            """No content, metadata or config is written to."""
            config = subject.config
            trees = subject.trees(batch)
            before = repr((batch, config))
            before_trees = repr(trees)
            for tree in trees:
                list(destination.items(tree, config))

            assert before == repr((batch, config)), "the generations or the config were changed"
            assert before_trees == repr(trees), "the trees were changed"

    return Laws


def _asking(text: str) -> Generation:
    """Return a generation whose input alone has a text."""
    made = full()
    asked = {"messages": [{"role": "user", "content": text}]}
    return evolve(made, content=evolve(made.content, input=asked))


def _differing(subject: Subject, batch: list[Generation], cut: int) -> list[object]:
    """Return the items of one generation each that a plan has, and two plans with state have not."""
    ordered = sorted(batch, key=lambda one: (one.timing.start, one.id))
    first = subject.plan(ordered[:cut])
    second = subject.plan(ordered[cut:], state=first.state)
    parts = {repr(signature(item)) for item in itertools.chain(items_of(first), items_of(second))}
    whole = [item for item in items_of(subject.plan(ordered)) if len(item.generations) == 1]
    return [item for item in whole if repr(signature(item)) not in parts]


def _is_in(text: str, request: Request) -> bool:
    return text.encode() in request.body or text in f"{request.url} {dict(request.headers)}"
