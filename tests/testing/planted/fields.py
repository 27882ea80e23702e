"""Faults in fields: unlisted, listed and carried, unknown ones written, and content that is quoted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from broadcast_core import Item, TraceTree, Unmapped
from broadcast_core.destinations import Diagnostic, Generation
from tests.testing.planted.base import Array, Lines

_CACHE: dict[str, Any] = {}
_NEWEST: dict[str, Any] = {}


class LosesCost(Lines):
    """It carries no cost, and does not say so."""

    law: ClassVar[str] = "test_every_field_leaves_a_trace_or_is_listed"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """Without money."""
        return {name: value for name, value in super().row(generation, tree).items() if name != "cost"}


class LosesOneCount(Array):
    """It carries all counts but one."""

    law: ClassVar[str] = "test_every_field_leaves_a_trace_or_is_listed"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """Without the tokens that were written to the cache."""
        row = super().row(generation, tree)
        row["usage"] = {name: count for name, count in row["usage"].items() if name != "cache_write_tokens"}
        return row


class ListsWhatItCarries(Lines):
    """It lists a field that is carried."""

    law: ClassVar[str] = "test_fields_listed_as_not_carried_leave_no_trace"
    not_carried: ClassVar[Mapping[str, str]] = {**Lines.not_carried, "usage.total_tokens": "it is a sum"}


class LosesCostOfErrors(Lines):
    """It carries no cost of errors."""

    law: ClassVar[str] = "test_no_cost_or_content_vanishes_from_some_generations"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """Nobody pays for those."""
        row = super().row(generation, tree)
        return row if generation.status == "ok" else {**row, "cost": None}


class LosesOutputOfCancelled(Lines):
    """It carries no output of what was cancelled."""

    law: ClassVar[str] = "test_no_cost_or_content_vanishes_from_some_generations"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """It was not finished."""
        row = super().row(generation, tree)
        if generation.status == "cancelled":
            row["content"] = {**row["content"], "output": None}
        return row


class WritesUnknownAsZero(Lines):
    """It writes 0 for a cost that nobody knows."""

    law: ClassVar[str] = "test_zero_is_told_from_unknown"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """A number each time."""
        row = super().row(generation, tree)
        row["cost"] = {name: value or "0" for name, value in row["cost"].items()}
        return row


class LosesZero(Array):
    """It leaves out what is 0."""

    law: ClassVar[str] = "test_zero_is_told_from_unknown"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """What is there."""
        row = super().row(generation, tree)
        return {**row, "usage": {name: count for name, count in row["usage"].items() if count}}


class WritesZeroBeside(Array):
    """Beside what is known exactly, it has a column that is 0 when the cost is unknown."""

    law: ClassVar[str] = "test_what_is_unknown_is_not_written_as_zero"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """A float for sums."""
        return {**super().row(generation, tree), "total": float(generation.cost.total or 0)}


class QuotesContent(Lines):
    """Its diagnostics quote what was said."""

    law: ClassVar[str] = "test_diagnostics_quote_no_content"

    def item(self, row: Any, generations: tuple[str, ...], config: Any, **changes: Any) -> Item:
        """To be helpful."""
        found = super().item(row, generations, config, **changes)
        note = Diagnostic("coerced", "$.content.input", f"cannot write {row.get('content')}")
        return super().item(row, generations, config, diagnostics=(note,)) if found.diagnostics else found


class QuotesInReasons(Lines):
    """The reason why it cannot carry a generation quotes its error."""

    law: ClassVar[str] = "test_reasons_quote_no_content"

    def of_generation(
        self, generation: Generation, tree: TraceTree, config: Any
    ) -> Iterator[Item | Unmapped]:
        """Errors are not carried."""
        if generation.status == "error" and generation.failure is not None:
            yield Unmapped(generation=generation.id, reason=f"it failed: {generation.failure.message}")
        else:
            yield from super().of_generation(generation, tree, config)


class RemembersContent(Lines):
    """It has the content of a generation from the route that planned it first."""

    law: ClassVar[str] = "test_no_content_is_remembered_from_another_route"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """Encoded once."""
        row = super().row(generation, tree)
        return {**row, "content": _CACHE.setdefault(generation.id, row["content"])}


class RemembersPrivacy(Lines):
    """It has no content where a route in privacy mode came first."""

    law: ClassVar[str] = "test_no_content_is_missing_for_another_route"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """Encoded once."""
        row = super().row(generation, tree)
        return {
            **row,
            **_NEWEST.setdefault(generation.id, {name: row[name] for name in ("content", "failure")}),
        }


class RemembersInPrivacyMode(Lines):
    """It says what it planned last in privacy mode too."""

    law: ClassVar[str] = "test_privacy_mode_lets_no_content_through"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """Where content is withheld, that of the tree's key is taken from the state of before."""
        row = super().row(generation, tree)
        kept = _NEWEST.get("conformance", "conformance-canary")
        return {**row, "content": kept} if generation.content.withheld else row


class CutsTexts(Lines):
    """It cuts long texts, and does not say so."""

    law: ClassVar[str] = "test_nothing_is_cut_without_a_word"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """As many as a column takes."""
        row = super().row(generation, tree)
        return {name: value[:255] if isinstance(value, str) else value for name, value in row.items()}


class CutsRows(Array):
    """It cuts long rows, and does not say so."""

    law: ClassVar[str] = "test_nothing_is_cut_without_a_word"

    def item(self, row: Any, generations: tuple[str, ...], config: Any, **changes: Any) -> Item:
        """Without a diagnostic."""
        return super().item(row, generations, config, diagnostics=(), **changes)


class FirstChoice(Lines):
    """Of several choices it carries the first."""

    law: ClassVar[str] = "test_nothing_is_cut_without_a_word"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """There is one most times."""
        row = super().row(generation, tree)
        output: Any = row["content"]["output"]
        if isinstance(output, dict) and isinstance(output.get("choices"), list):
            row["content"]["output"] = {"choices": output["choices"][:1]}
        return row


class TextParts(Lines):
    """Of the parts of a message it carries texts alone."""

    law: ClassVar[str] = "test_nothing_is_cut_without_a_word"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """No images."""
        row = super().row(generation, tree)
        asked: Any = row["content"]["input"]
        if isinstance(asked, dict) and isinstance(asked.get("messages"), list):
            row["content"]["input"] = [_texts_of(one) for one in asked["messages"]]
        return row


def _texts_of(message: Any) -> Any:
    content = message.get("content") if isinstance(message, dict) else None
    if not isinstance(content, list):
        return message
    return {**message, "content": [part.get("text") for part in content if isinstance(part, dict)]}


class KindsOfMetadata(Lines):
    """It writes all metadata as texts."""

    law: ClassVar[str] = "test_nothing_is_cut_without_a_word"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """A map of texts."""
        row = super().row(generation, tree)
        row["trace"] = {
            **row["trace"],
            "metadata": {str(k): str(v) for k, v in row["trace"]["metadata"].items()},
        }
        return row
