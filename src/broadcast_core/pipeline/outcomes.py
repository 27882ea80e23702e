"""The account of every generation of one plan on one route: planned, skipped or rejected, and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from attrs import frozen

from broadcast_core.batching.item import Item
from broadcast_core.diagnostics import Diagnostic

OutcomeStatus = Literal["planned", "skipped", "rejected"]


@frozen(kw_only=True)
class Outcome:
    """What became of one generation on one route, why, and what was changed on the way.

    `stopped_by` names the question of the policy that stopped one that was skipped: enabled, api_keys,
    filter_rules or sampling.
    """

    route: str
    generation: str
    status: OutcomeStatus
    reason: str = ""
    stopped_by: str | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


_MERGED = (
    Diagnostic(
        "merged", "$.id", "given more than once: the version that ends last goes, with more to say on a tie"
    ),
)


class Ledger:
    """The accounts of one call, in the order in which the generations came."""

    def __init__(self, route: str) -> None:
        self._route = route
        self._order: list[str] = []
        self._skipped: dict[int, tuple[str, str]] = {}
        self._unjudged: dict[int, str] = {}
        self._diagnostics: dict[str, list[Diagnostic]] = {}
        self._rejected: dict[str, str] = {}
        self._planned: set[str] = set()
        self.failed = False

    def skip(self, generation: str, question: str, reason: str) -> None:
        """Note that a generation does not leave by this route, and which question stopped it."""
        self._skipped[len(self._order)] = (question, reason)
        self._order.append(generation)

    def refuse(self, generation: str, reason: str) -> None:
        """Note that the policy cannot be applied to a generation; other versions of it go on."""
        self._unjudged[len(self._order)] = reason
        self._order.append(generation)

    def open(self, generation: str, diagnostics: Iterable[Diagnostic]) -> None:
        """Begin the account of a generation that may leave; of one that came before, they are merged."""
        self.note((generation,), _MERGED if generation in self._diagnostics else ())
        self._order.append(generation)
        self.note((generation,), diagnostics)

    def note(self, generations: Iterable[str], diagnostics: Iterable[Diagnostic]) -> None:
        """Add what was changed on the way, each change once."""
        for generation in generations:
            known = self._diagnostics.setdefault(generation, [])
            known.extend(one for one in diagnostics if one not in known)

    def plan(self, item: Item) -> None:
        """Note that an item speaks of its generations."""
        self._planned.update(item.generations)
        self.note(item.generations, item.diagnostics)

    def fail(self, generations: Iterable[str], reason: str) -> None:
        """Reject generations because something raised, which one of them alone may be to blame for."""
        self.failed = True
        self.reject(generations, reason)

    def reject(self, generations: Iterable[str], reason: str) -> None:
        """Note why generations cannot be carried; the first reason stays."""
        for generation in generations:
            self._rejected.setdefault(generation, reason)

    def rejects(self, generation: str) -> bool:
        """Tell whether a generation has been rejected."""
        return generation in self._rejected

    def outcomes(self) -> list[Outcome]:
        """Return an account for every generation that came, repetitions too."""
        return [self._account(position, generation) for position, generation in enumerate(self._order)]

    def _account(self, position: int, generation: str) -> Outcome:
        status: OutcomeStatus = "planned"
        reason, diagnostics = "", tuple(self._diagnostics.get(generation, ()))
        question: str | None = None
        if position in self._skipped:
            (question, reason), status, diagnostics = self._skipped[position], "skipped", ()
        elif position in self._unjudged:
            status, reason, diagnostics = "rejected", self._unjudged[position], ()
        elif generation in self._rejected or generation not in self._planned:
            status = "rejected"
            reason = self._rejected.get(generation, "the destination has no item for it")
        return Outcome(
            route=self._route,
            generation=generation,
            status=status,
            reason=reason,
            stopped_by=question,
            diagnostics=diagnostics,
        )
