"""What became of every generation of one plan on one route: planned, skipped or rejected, and why.

Each stage returns a value: policy an `Evaluation` of a generation, the mapping a `MappedTrace` of a trace.
`outcomes_of` folds them into outcomes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, TypeAlias

from attrs import frozen

from broadcast_core.diagnostics import Diagnostic
from broadcast_core.pipeline.mapping import MappedTrace, Note, items_to_send, rejection_reasons
from broadcast_core.policy import Evaluation

OutcomeStatus = Literal["planned", "skipped", "rejected"]
Evaluated: TypeAlias = tuple[str, Evaluation]
"""The id of a generation as it came, and what the policy of a route decides about it."""


@frozen(kw_only=True)
class Outcome:
    """What became of one generation on one route, why, and what was changed on the way.

    `stopped_by` names the check of the policy that stopped one that was skipped: enabled, api_keys,
    filter_rules or sampling.
    """

    route: str
    generation: str
    status: OutcomeStatus
    reason: str = ""
    stopped_by: str | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


_MERGED = Diagnostic(
    "merged", "$.id", "given more than once: one generation is made of what its versions tell"
)
_NO_ITEM = "the destination has no item for it"


def outcomes_of(
    route: str, evaluated: Sequence[Evaluated], mapped: Sequence[MappedTrace]
) -> tuple[Outcome, ...]:
    """Return an outcome for every generation that came, in order, repetitions too.

    Versions of one generation that may leave share what became of it; one that is skipped or cannot be judged
    has an outcome of its own.
    """
    items = items_to_send(mapped)
    planned = {generation for item in items for generation in item.generations}
    why = dict.fromkeys((generation for generation, _ in evaluated if generation not in planned), _NO_ITEM)
    why.update(rejection_reasons(mapped))
    of_items = ((name, note) for item in items for name in item.generations for note in item.diagnostics)
    of_traces = (note for trace in mapped for note in trace.notes)
    notes = _by_generation((*_notes_of_policy(evaluated), *of_traces, *of_items))
    return tuple(
        _unplanned(route, generation, evaluation)
        or Outcome(
            route=route,
            generation=generation,
            status="rejected" if generation in why else "planned",
            reason=why.get(generation, ""),
            diagnostics=tuple(notes.get(generation, ())),
        )
        for generation, evaluation in evaluated
    )


def _unplanned(route: str, generation: str, evaluation: Evaluation) -> Outcome | None:
    """Return the outcome of a generation that policy does not let out; None for one that may leave."""
    if evaluation.error is not None:
        return Outcome(route=route, generation=generation, status="rejected", reason=evaluation.error)
    check = evaluation.stopped_by
    if check is None:
        return None
    return Outcome(
        route=route,
        generation=generation,
        status="skipped",
        reason=check.why,
        stopped_by=check.name,
        diagnostics=evaluation.diagnostics,
    )


def _notes_of_policy(evaluated: Iterable[Evaluated]) -> Iterator[Note]:
    """Yield what policy held back, and of a generation that may leave more than once, that it is merged."""
    seen: set[str] = set()
    for generation, evaluation in evaluated:
        if evaluation.redacted is None:
            continue
        if generation in seen:
            yield generation, _MERGED
        seen.add(generation)
        yield from ((generation, note) for note in evaluation.diagnostics)


def _by_generation(notes: Iterable[Note]) -> dict[str, dict[Diagnostic, None]]:
    """Return the notes by generation, each once and in order."""
    found: dict[str, dict[Diagnostic, None]] = {}
    for generation, note in notes:
        found.setdefault(generation, {})[note] = None
    return found
