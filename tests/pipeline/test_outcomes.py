"""The fold from what policy and mapping return to what became of each generation, as laws about values."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import Generation, Item, Outcome, Timing, Unmapped
from broadcast_core.diagnostics import Diagnostic
from broadcast_core.pipeline.mapping import MappedTrace, items_to_send
from broadcast_core.pipeline.outcomes import Evaluated, outcomes_of
from broadcast_core.policy import CheckResult, Evaluation
from broadcast_core.testing.strategies import EPOCH

IDS = st.sampled_from(["a", "b", "c", "d"])
NOTES = st.sampled_from([Diagnostic("dropped", f"$.{name}", "why") for name in "xyz"])


def _allowed(name: str, *diagnostics: Diagnostic) -> Evaluated:
    record = Generation(id=name, timing=Timing(start=EPOCH))
    return name, Evaluation(
        checks=(CheckResult("enabled", True, "on"),), redacted=record, diagnostics=diagnostics
    )


def _skipped(name: str, why: str) -> Evaluated:
    return name, Evaluation(checks=(CheckResult("sampling", False, why),))


def _unjudged(name: str, why: str) -> Evaluated:
    return name, Evaluation(error=why)


def _item(generations: Sequence[str], diagnostics: Sequence[Diagnostic] = ()) -> Item:
    return Item(endpoint="lines", body=b"", generations=tuple(generations), diagnostics=tuple(diagnostics))


ALLOWED = st.builds(lambda name, notes: _allowed(name, *notes), IDS, st.lists(NOTES, max_size=2, unique=True))
STOPPED = st.builds(_skipped, IDS, st.text()) | st.builds(_unjudged, IDS, st.text())
EVALUATED = st.lists(ALLOWED | STOPPED, max_size=8)
MAPPED = st.lists(
    st.builds(
        MappedTrace,
        items=st.lists(st.builds(_item, st.lists(IDS, max_size=3), st.lists(NOTES, max_size=2))).map(tuple),
        rejected=st.lists(st.builds(Unmapped, generation=IDS, reason=st.text()), max_size=2).map(tuple),
        notes=st.lists(st.tuples(IDS, NOTES), max_size=2).map(tuple),
    ),
    max_size=4,
)


def _may_leave(evaluated: Sequence[Evaluated]) -> list[Evaluated]:
    return [one for one in evaluated if one[1].redacted is not None]


@given(EVALUATED, MAPPED)
def test_each_generation_that_came_has_one_outcome_in_order(
    evaluated: list[Evaluated], mapped: list[MappedTrace]
) -> None:
    """Repetitions too, all of the route."""
    outcomes = outcomes_of("support", evaluated, mapped)

    assert [("support", name) for name, _ in evaluated] == [(one.route, one.generation) for one in outcomes]


@given(EVALUATED, MAPPED)
def test_what_may_not_leave_has_an_outcome_of_its_own(
    evaluated: list[Evaluated], mapped: list[MappedTrace]
) -> None:
    """It says why, and changes nothing for other versions of that generation."""
    outcomes = outcomes_of("support", evaluated, mapped)
    pairs = list(zip(evaluated, outcomes, strict=True))

    for (_, evaluation), outcome in pairs:
        if evaluation.error is not None:
            assert ("rejected", evaluation.error, ()) == (outcome.status, outcome.reason, outcome.diagnostics)
        elif (check := evaluation.stopped_by) is not None:
            assert ("skipped", check.why, "sampling") == (outcome.status, outcome.reason, outcome.stopped_by)
    assert outcomes_of("support", _may_leave(evaluated), mapped) == tuple(
        outcome for (_, evaluation), outcome in pairs if evaluation.redacted is not None
    )


@given(EVALUATED.map(_may_leave), MAPPED)
def test_what_may_leave_is_planned_where_an_item_to_send_speaks_of_it_and_nothing_rejects_it(
    evaluated: list[Evaluated], mapped: list[MappedTrace]
) -> None:
    """The first reason of a rejection stays."""
    sent = {name for item in items_to_send(mapped) for name in item.generations}

    for outcome in outcomes_of("support", evaluated, mapped):
        reasons = [
            one.reason for trace in mapped for one in trace.rejected if one.generation == outcome.generation
        ]
        if not reasons and outcome.generation not in sent:
            reasons = ["the destination has no item for it"]
        status = "rejected" if reasons else "planned"
        assert (status, (*reasons, "")[0], None) == (outcome.status, outcome.reason, outcome.stopped_by)


@given(MAPPED)
def test_an_item_is_sent_unless_all_that_it_speaks_of_is_rejected(mapped: list[MappedTrace]) -> None:
    """In the order of the traces; one that speaks of no generation is not sent."""
    rejected = {one.generation for trace in mapped for one in trace.rejected}
    items = [item for trace in mapped for item in trace.items]

    assert items_to_send(mapped) == [item for item in items if set(item.generations) - rejected]


@given(EVALUATED.map(_may_leave), MAPPED)
def test_each_change_is_told_once_on_what_it_is_about(
    evaluated: list[Evaluated], mapped: list[MappedTrace]
) -> None:
    """Of policy, of the mapping and of the items that are sent; and that versions are merged."""
    for outcome in outcomes_of("support", evaluated, mapped):
        name = outcome.generation
        of_policy = [note for one, evaluation in evaluated if one == name for note in evaluation.diagnostics]
        of_traces = [note for trace in mapped for one, note in trace.notes if one == name]
        sent = [item for item in items_to_send(mapped) if name in item.generations]
        told = [*of_policy, *of_traces, *(note for item in sent for note in item.diagnostics)]
        others = [note for note in outcome.diagnostics if note.kind != "merged"]

        assert list(dict.fromkeys(told)) == others
        assert ["merged"] * (sum(one == name for one, _ in evaluated) > 1) == [
            note.kind for note in outcome.diagnostics if note.kind == "merged"
        ]


def test_a_version_that_is_skipped_hides_none_that_is_planned() -> None:
    """Nor the other way round."""
    outcomes = outcomes_of(
        "support", [_skipped("a", "no"), _allowed("a")], [MappedTrace(items=(_item(["a"]),))]
    )

    assert (
        Outcome(route="support", generation="a", status="skipped", reason="no", stopped_by="sampling"),
        Outcome(route="support", generation="a", status="planned"),
    ) == outcomes
