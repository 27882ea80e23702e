"""Faults in what `items` yields: it raises, loses generations, or makes things up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from attrs import evolve

from broadcast_core import Item, TraceTree, Unmapped
from broadcast_core.destinations import Generation
from tests.testing.planted.base import Array, Lines


class RaisesOnCounts(Lines):
    """It raises on a count that is absurd."""

    law: ClassVar[str] = "test_items_raises_on_no_valid_tree"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """As 32 bits."""
        (generation.usage.output_tokens or 0).to_bytes(4, "big")
        return super().row(generation, tree)


class RaisesOnWords(Lines):
    """It raises on a text that UTF-8 has not."""

    law: ClassVar[str] = "test_items_raises_on_no_odd_content_words_or_counts"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """As bytes."""
        (generation.model or generation.trace.trace_name or "").encode()
        return super().row(generation, tree)


class RaisesOnMessages(Lines):
    """It raises on a message without content."""

    law: ClassVar[str] = "test_items_raises_on_no_odd_content_words_or_counts"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """Each has one."""
        asked: Any = generation.content.input
        if isinstance(asked, dict) and isinstance(asked.get("messages"), list):
            [one["content"] for one in asked["messages"] if isinstance(one, dict)]
        return super().row(generation, tree)


class RaisesOnChoices(Array):
    """It raises on an answer whose choices are none."""

    law: ClassVar[str] = "test_items_raises_on_no_odd_content_words_or_counts"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """The first of them."""
        answered: Any = generation.content.output
        if isinstance(answered, dict) and "choices" in answered:
            answered["choices"][0].get("message")
        return super().row(generation, tree)


class RaisesWithoutSummary(Lines):
    """It needs the row of the trace."""

    law: ClassVar[str] = "test_items_raises_on_no_tree_whose_row_was_forgotten"

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """Looks at it."""
        assert tree.summary is not None
        yield from super().items(tree, config)


class LosesLateGenerations(Lines):
    """It sends nothing of a trace whose row was forgotten."""

    law: ClassVar[str] = "test_items_raises_on_no_tree_whose_row_was_forgotten"

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """Too late."""
        if tree.summary is not None:
            yield from super().items(tree, config)


class YieldsNone(Lines):
    """It yields None where it has nothing."""

    law: ClassVar[str] = "test_items_yields_items_and_unmapped_alone"

    def items(self, tree: TraceTree, config: Any) -> Iterator[Any]:
        """Beside the others."""
        yield from super().items(tree, config)
        yield None


class UndeclaredEndpoint(Lines):
    """It sends errors to an endpoint that it does not declare."""

    law: ClassVar[str] = "test_items_go_to_endpoints_that_are_declared"

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """By the status."""
        for found in super().items(tree, config):
            names = found.generations if isinstance(found, Item) else ()
            failed = any(tree.generations[name].status == "error" for name in names)
            yield evolve(found, endpoint="errors") if failed else found


class ForeignGenerations(Lines):
    """It speaks of generations by an id of its own."""

    law: ClassVar[str] = "test_items_speak_of_generations_of_their_trace"

    def item(self, row: Any, generations: tuple[str, ...], config: Any, **changes: Any) -> Item:
        """With a prefix."""
        names = (*generations, *(f"rows:{name}" for name in generations))
        return super().item(row, names, config, **changes)


class SpeaksOfEarlierPlans(Lines):
    """The row of a trace names the generations of plans before."""

    law: ClassVar[str] = "test_items_speak_of_generations_of_this_plan"

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """All that the summary knows."""
        for item in super().items(tree, config):
            known = tree.summary.generation_ids if tree.summary else ()
            is_trace = isinstance(item, Item) and item.generations == tuple(tree.generations)
            yield evolve(item, generations=tuple(known)) if is_trace and known else item


class NoRows(Lines):
    """Its items declare no row."""

    law: ClassVar[str] = "test_items_are_as_the_contract_says"

    def item(self, row: Any, generations: tuple[str, ...], config: Any, **changes: Any) -> Item:
        """As if nothing were in them."""
        return super().item(row, generations, config, rows=0, **changes)


class LosesErrors(Lines):
    """Errors vanish without a word."""

    law: ClassVar[str] = "test_no_kind_of_generation_vanishes_without_a_word"

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """Answers alone."""
        for generation in tree.generations.values():
            if generation.status != "error":
                yield from self.of_generation(generation, tree, config)


class LosesEverything(Lines):
    """It yields nothing at all."""

    law: ClassVar[str] = "test_no_generation_vanishes_without_a_word"

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """To be written."""
        yield from ()


class UnmapsWithoutReason(Lines):
    """It unmaps without a reason."""

    law: ClassVar[str] = "test_no_kind_of_generation_vanishes_without_a_word"

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """Errors alone."""
        for generation in tree.generations.values():
            if generation.status == "error":
                yield Unmapped(generation=generation.id, reason="")
            else:
                yield from self.of_generation(generation, tree, config)


class UnmapsEverything(Lines):
    """Everything is unmapped."""

    law: ClassVar[str] = "test_a_usual_generation_is_not_unmapped"

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """With a reason."""
        yield from (Unmapped(generation=name, reason="not supported") for name in tree.generations)


class ItemsOfNobody(Lines):
    """Its rows of traces speak of no generation."""

    law: ClassVar[str] = "test_every_item_speaks_of_a_generation"

    def item(self, row: Any, generations: tuple[str, ...], config: Any, **changes: Any) -> Item:
        """Those of a trace."""
        return super().item(row, () if "trace" in row and "tags" in row else generations, config, **changes)
