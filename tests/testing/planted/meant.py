"""Faults of what is meant: ids that meet, numbers that are another, keys that hide, blame, zones, sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from attrs import evolve, frozen

from broadcast_core import Checked, Endpoint, Item, Request, Response, TraceTree, Unmapped
from broadcast_core.destinations import Diagnostic, Generation, dumps, option, plan_check
from tests.testing.planted.base import Array, Lines, Options


class LowersIds(Lines):
    """Its database compares without case."""

    law: ClassVar[str] = "test_two_ids_are_never_one"

    def id_of(self, generation: Generation, tree: TraceTree) -> str:
        """As that has it."""
        return super().id_of(evolve(generation, id=generation.id.lower()), tree)

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """With the id in its column, and the whole one deeper."""
        row = super().row(generation, tree)
        return {**row, "id": self.id_of(generation, tree), "known": {"id": row["id"]}}


class CutsTraceIds(Array):
    """Two long trace ids are one trace; that it has cut them it tells."""

    law: ClassVar[str] = "test_two_ids_are_never_one"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """With an id of 128 characters at the top."""
        return {**super().row(generation, tree), "trace_id": tree.key[:128]}


class SecondsOfADay(Lines):
    """Its durations wrap at midnight."""

    law: ClassVar[str] = "test_a_duration_of_days_is_no_shorter"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """With the seconds of a timedelta, of which days are no part."""
        timing = generation.timing
        seconds = (timing.end - timing.start).seconds if timing.end else None
        return {**super().row(generation, tree), "seconds": seconds}


class ChargesTheFee(Lines):
    """With a key of the caller's own it shows the fee as the cost."""

    law: ClassVar[str] = "test_the_cost_with_a_key_of_ones_own_is_the_whole_cost"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """With the gateway's charge."""
        row = super().row(generation, tree)
        return {**row, "cost": {**row["cost"], "total": None}, "dollars": row["cost"]["total"]}


class MetadataHides(Lines):
    """A caller's key takes the place of a field."""

    law: ClassVar[str] = "test_keys_of_metadata_hide_no_field"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """With the metadata laid over."""
        row = super().row(generation, tree)
        return {**row, **row["trace"]["metadata"], "row": row["row"]}


class BlamesSiblings(Lines):
    """Each row says that it speaks of the whole trace."""

    law: ClassVar[str] = "test_items_speak_of_what_they_hold"

    def of_generation(
        self, generation: Generation, tree: TraceTree, config: Any
    ) -> Iterator[Item | Unmapped]:
        """In the name of all."""
        yield self.item(self.row(generation, tree), tuple(tree.generations), config)


class LocalTimes(Lines):
    """It writes the hour of the machine."""

    law: ClassVar[str] = "test_another_time_zone_gives_the_same_bytes"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """Without a zone."""
        local = generation.timing.start.astimezone().replace(tzinfo=None)
        return {**super().row(generation, tree), "hour": local.isoformat()}


class RejectsWhatIsLong(Lines):
    """A row that is too long is not shortened."""

    law: ClassVar[str] = "test_what_is_too_large_is_shortened_and_not_rejected"

    def of_generation(
        self, generation: Generation, tree: TraceTree, config: Any
    ) -> Iterator[Item | Unmapped]:
        """And a reason is given."""
        if len(dumps(repr(generation))) > 40_000:
            yield Unmapped(generation=generation.id, reason="too long")
        else:
            yield from super().of_generation(generation, tree, config)


class QuotesWhatIsLong(Lines):
    """It tells how a long message begins."""

    law: ClassVar[str] = "test_diagnostics_of_long_texts_quote_none"

    def item(self, row: Any, generations: tuple[str, ...], config: Any, **changes: Any) -> Item:
        """To be helpful."""
        made = super().item(row, generations, config, **changes)
        message = (row.get("failure") or {}).get("message") or ""
        note = Diagnostic("truncated", "$.failure.message", f"too long: {message[:50]}...")
        return evolve(made, diagnostics=(*made.diagnostics, note)) if len(message) > 20_000 else made


class CheckWritesARow(Array):
    """Its connection test leaves a row behind."""

    law: ClassVar[str] = "test_check_writes_nothing"

    def check(self, config: Any, answers: tuple[Response, ...] = ()) -> Request | Checked:
        """Which says so."""
        if not answers:
            return plan_check(self.endpoint(config), b'{"row":"test"}')
        return super().check(config, (*answers, *answers))


class CheckWritesInTheEnd(Lines):
    """Its connection test reads first, and then leaves a line."""

    law: ClassVar[str] = "test_check_writes_nothing"

    def check(self, config: Any, answers: tuple[Response, ...] = ()) -> Request | Checked:
        """As the second step."""
        if len(answers) == 1 and answers[0].status == 200:
            return plan_check(self.endpoint(config), b"{}")
        return super().check(config, answers)


class FirstAttemptOnly(Lines):
    """What is sent again has no key."""

    law: ClassVar[str] = "test_each_attempt_is_authorized"

    def authorize(
        self, request: Request, config: Any, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """Once is enough."""
        return super().authorize(request, config, secrets, now, attempt) if attempt < 3 else request


class FirstKey(Lines):
    """The first key is used for ever."""

    law: ClassVar[str] = "test_no_secret_of_before_is_used"
    known: ClassVar[dict[str, Mapping[str, str]]] = {}

    def authorize(
        self, request: Request, config: Any, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """Kept by the name of the dataset."""
        first = self.known.setdefault(config.dataset, secrets)
        return super().authorize(request, config, first, now, attempt)


@frozen(kw_only=True)
class Named(Options):
    """With a name that any text may be."""

    team: str = option("us", "The team.")


class QuotesBreakBodies(Array):
    """A quote in an option ends the envelope early."""

    law: ClassVar[str] = "test_options_break_no_body"
    config: ClassVar[type] = Named

    def endpoint(self, config: Any, **changes: Any) -> Endpoint:
        """With the team in front."""
        prefix = f'{{"team":"{config.team}","rows":['.encode("utf-8", "replace")
        return super().endpoint(config, **{"prefix": prefix, **changes})


class NestsByRecursion(Lines):
    """It walks through content as deep as the stack is."""

    law: ClassVar[str] = "test_items_raises_on_no_odd_content_words_or_counts"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """With the number of values in the input."""
        return {**super().row(generation, tree), "values": _count(generation.content.input)}


def _count(value: Any) -> int:
    if isinstance(value, dict):
        return sum(map(_count, value.values()))
    return sum(map(_count, value)) if isinstance(value, list) else 1


class OneAttemptAnIndex(Lines):
    """Of two attempts with one index the last remains."""

    law: ClassVar[str] = "test_nothing_is_cut_without_a_word"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """By the index."""
        row = super().row(generation, tree)
        return {**row, "attempts": {str(one["index"]): one for one in row["attempts"]}}
