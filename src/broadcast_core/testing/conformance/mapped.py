"""Laws of what `items` yields for a tree: everything has an outcome, and nothing is made up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache

from attrs import evolve
from hypothesis import given

from broadcast_core.batching import Item, Unmapped
from broadcast_core.pipeline.plugin_checks import endpoints_of, wrong_result
from broadcast_core.record.generation import Generation
from broadcast_core.testing.conformance.corpus import (
    VARIANTS,
    corpus,
    deep_generations,
    full,
    many,
    odd_generations,
)
from broadcast_core.testing.conformance.expect import expect_nothing
from broadcast_core.testing.conformance.subject import Subject, some_generations
from broadcast_core.traces.tree import TraceTree

_LATER = datetime(2200, 1, 1, tzinfo=UTC)


def mapping_laws(subject: Subject) -> type:
    """Return the laws of the mapping of a destination."""

    def results(batch: Sequence[Generation]) -> list[tuple[TraceTree, list[object]]]:
        return [(tree, subject.results(tree)) for tree in subject.trees(batch)]

    @cache
    def results_of_corpus() -> list[tuple[TraceTree, list[object]]]:
        return results(corpus())

    class Laws:
        """What `items` yields."""

        @subject.settings
        @given(some_generations())
        def test_items_raises_on_no_valid_tree(self, batch: list[Generation]) -> None:
            """Whatever counts, costs, words and content a generation has."""
            results(batch)
            expect_nothing(_failures(subject, batch), "faults in a plan")

        def test_items_raises_on_no_odd_content_words_or_counts(self) -> None:
            """Messages without content, content of wrong types, lone surrogates, absurd numbers, nothing."""
            batch = [*odd_generations(), *deep_generations(), *many("odd")]
            for generation in batch:
                results([generation])
            expect_nothing(_failures(subject, batch), "faults in a plan")

        def test_items_raises_on_no_tree_whose_row_was_forgotten(self) -> None:
            """`tree.summary` is None, `tree.spans` is empty: late generations have an outcome too."""
            for tree in subject.trees([*many("late"), full()]):
                late = evolve(tree, summary=None, spans={}, is_known=True)
                expect_nothing(_untold(late, subject.results(late)), "late generations vanish without a word")
            first = subject.plan(many("late")[:6])
            forgotten = {name: state.forget_rows(before=_LATER) for name, state in first.state.items()}
            second = subject.plan(many("late")[6:], state=forgotten)

            faults = [one.reason for one in second.outcomes if _is_a_fault(one.reason)]
            expect_nothing(faults, "faults in a plan of late generations")

        def test_items_yields_items_and_unmapped_alone(self) -> None:
            """No None, no texts, no bodies that are no bytes."""
            for _, some in results_of_corpus():
                wrong = [type(one).__name__ for one in some if not isinstance(one, Item | Unmapped)]
                expect_nothing(wrong, "yielded beside Item and Unmapped")
                kinds = {type(one.body) for one in some if isinstance(one, Item)}
                expect_nothing(kinds - {bytes}, "bodies that are no bytes")

        def test_items_go_to_endpoints_that_are_declared(self) -> None:
            """By their name."""
            declared = endpoints_of(subject.destination, subject.config)
            for _, some in results_of_corpus():
                used = {one.endpoint for one in some if isinstance(one, Item)}
                expect_nothing(used - set(declared), "endpoints that are not declared")

        def test_items_speak_of_generations_of_their_trace(self) -> None:
            """And of no other."""
            for tree, some in results_of_corpus():
                named = {name for one in some for name in _named(one)}
                expect_nothing(named - set(tree.generations), "generations that are not of the trace")

        def test_items_speak_of_generations_of_this_plan(self) -> None:
            """And not of those that an earlier plan has sent, which the summary of the trace knows too."""
            batch = many("later")
            for cut in (1, 6, 11):
                first = subject.plan(batch[:cut])
                second = subject.plan(batch[cut:], state=first.state)
                faults = [one.reason for one in second.outcomes if _is_a_fault(one.reason)]
                faults += [
                    note.what
                    for one in second.outcomes
                    for note in one.diagnostics
                    if " failed: " in note.what
                ]
                expect_nothing(faults, "faults in a plan with state")

        def test_items_are_as_the_contract_says(self) -> None:
            """Rows are counted from one, keys and groups are texts, times have a zone."""
            endpoints = endpoints_of(subject.destination, subject.config)
            wrong = {
                wrong_result(one, endpoints, tree.generations)
                for tree, some in results_of_corpus()
                for one in some
            }

            expect_nothing(wrong - {None}, "not as the contract says")

        @subject.settings
        @given(some_generations())
        def test_no_generation_vanishes_without_a_word(self, batch: list[Generation]) -> None:
            """Each is in an item, or is unmapped with a reason."""
            for tree, some in results(batch):
                expect_nothing(
                    _untold(tree, some), "generations that are in no item, nor unmapped with a reason"
                )

        def test_no_kind_of_generation_vanishes_without_a_word(self) -> None:
            """Errors, cancelled ones, those without a trace: in an item, or unmapped with a reason."""
            for tree, some in (
                *results_of_corpus(),
                *results([change(full()) for change in VARIANTS.values()]),
            ):
                expect_nothing(
                    _untold(tree, some), "generations that are in no item, nor unmapped with a reason"
                )

        def test_a_usual_generation_is_not_unmapped(self) -> None:
            """One with every field, that was answered: a destination that takes none carries nothing."""
            outcomes = subject.plan([VARIANTS["an answer"](full())]).outcomes

            assert ["planned"] == [one.status for one in outcomes], [one.reason for one in outcomes]

        def test_every_item_speaks_of_a_generation(self) -> None:
            """Else nobody learns what became of it."""
            for _, some in results_of_corpus():
                silent = [one.endpoint for one in some if isinstance(one, Item) and not one.generations]
                expect_nothing(silent, "items that speak of no generation, by endpoint")

    return Laws


def _named(result: object) -> tuple[str, ...]:
    if isinstance(result, Item):
        return result.generations
    return (result.generation,) if isinstance(result, Unmapped) else ()


def _untold(tree: TraceTree, results: Sequence[object]) -> list[str]:
    """Return the generations of a tree that no result speaks of."""
    named = {name for one in results for name in _named(one)}
    blank = {one.generation for one in results if isinstance(one, Unmapped) and not one.reason.strip()}
    return [name for name in tree.generations if name not in named or name in blank]


def _is_a_fault(reason: str) -> bool:
    return " failed: " in reason or reason == "the destination has no item for it"


def _failures(subject: Subject, batch: Sequence[Generation]) -> list[str]:
    """Return what a plan says of faults of the destination."""
    outcomes = subject.plan(batch).outcomes
    reasons = [one.reason for one in outcomes if _is_a_fault(one.reason)]
    notes = [note.what for one in outcomes for note in one.diagnostics if " failed: " in note.what]
    return reasons + notes
