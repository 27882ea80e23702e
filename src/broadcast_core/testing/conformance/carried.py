"""The field report: which fields of the record leave no trace; what is unknown; what diagnostics say."""

from __future__ import annotations

from hypothesis import given

from broadcast_core.policy import Policy
from broadcast_core.record.generation import Generation
from broadcast_core.testing.conformance.corpus import VARIANTS, full, odd_generations
from broadcast_core.testing.conformance.details import DETAILS
from broadcast_core.testing.conformance.expect import expect_nothing
from broadcast_core.testing.conformance.report import FieldReport
from broadcast_core.testing.conformance.subject import (
    MARKER,
    Subject,
    wires,
    with_content,
)
from broadcast_core.testing.strategies import generations

_ESSENTIAL = (
    "$.content.input", "$.content.output", "$.cost.total", "$.usage.input_tokens", "$.usage.output_tokens",
    "$.model", "$.timing.start", "$.identity.user_id", "$.identity.session_id", "$.trace.metadata",
)  # fmt: skip
"""Fields that leave a trace of every kind of generation, when they do of one."""

_BY_STATUS = ("an answer", "an error", "one cancelled", "one without an end")


def field_laws(subject: Subject) -> type:
    """Return the laws of the fields that a destination carries."""
    report = FieldReport(subject)

    class Laws:
        """Fields leave a trace, or are listed; what is unknown stays so."""

        def test_every_field_leaves_a_trace_or_is_listed(self) -> None:
            """A field that no byte of a request hangs on, and no diagnostic names, is in `not_carried`."""
            lost = [name for path, name in report.fields.items() if not report.is_carried(path)]
            unlisted = [name for name in lost if not report.is_listed(name)]

            expect_nothing(unlisted, "fields that leave no trace; list them in not_carried")

        def test_fields_listed_as_not_carried_leave_no_trace(self) -> None:
            """What is carried after all is taken off the list."""
            carried = [name for path, name in report.fields.items() if report.is_carried(path)]
            listed = [name for name in carried if report.is_listed(name)]

            expect_nothing(listed, "fields that leave a trace; take them off not_carried")

        def test_no_cost_or_content_vanishes_from_some_generations(self) -> None:
            """Of errors, cancelled ones and those without a trace the same is carried as of others."""
            lost = [
                f"{report.fields[path]}, of {variant}"
                for path in _ESSENTIAL
                if report.is_carried(path)
                for variant, change in VARIANTS.items()
                if change(full(path)) != change(full()) and not report.leaves_a_trace(path, variant)
            ]

            expect_nothing(lost, "fields that leave no trace of some generations")

        def test_rows_have_the_same_whatever_the_status(self) -> None:
            """An error that has a cost or an answer has it in as many rows as another generation."""
            wrong = []
            for path in _ESSENTIAL:
                usual, *others = (report.rows_with(path, variant) for variant in _BY_STATUS)
                wrong += [
                    f"{report.fields[path]}: {usual} rows of an answer, {count} of {variant}"
                    for variant, count in zip(_BY_STATUS[1:], others, strict=True)
                    if count < usual
                ]
            expect_nothing(wrong, "fields that are in fewer rows")

        def test_nothing_is_cut_without_a_word(self) -> None:
            """Another end of what is long, or last of many, changes a byte, or a diagnostic names it."""
            lost = [
                f"{name}, of {field}"
                for (field, name), detail in DETAILS.items()
                if report.is_carried(report.path_of(field)) and not report.tells(field, detail)
            ]

            expect_nothing(lost, "what leaves no trace, without a diagnostic")

        def test_zero_is_told_from_unknown(self) -> None:
            """A number that is carried is not the same when it is 0 and when it is unknown."""
            lost = [
                report.fields[path]
                for path in report.numbers
                if report.is_carried(path) and not report.differ(path, None, 0)
            ]

            expect_nothing(lost, "fields whose 0 and whose absence are written alike")

        def test_what_is_unknown_is_not_written_as_zero(self) -> None:
            """Where a number of the record stands, nothing or null stands when it is unknown."""
            wrong = [
                f"{report.fields[path]} @ {place}"
                for path in report.numbers
                for place in report.places_of_zero(path)
            ]

            expect_nothing(wrong, "unknown fields that are written as 0")

        @subject.settings
        @given(generations())
        def test_diagnostics_quote_no_content(self, generation: Generation) -> None:
            """They say what was changed and where, and nothing that users or models said."""
            told = repr(subject.plan([with_content(generation, MARKER)]).outcomes)

            assert MARKER not in told, "a diagnostic or a reason quotes content"

        def test_reasons_quote_no_content(self) -> None:
            """Nor do those of generations that cannot be carried: errors, cancelled ones, odd ones."""
            loud = [with_content(change(full()), MARKER) for change in VARIANTS.values()]
            loud += [with_content(one, MARKER) for one in odd_generations()]

            assert MARKER not in repr(subject.plan(loud).outcomes), "a diagnostic or a reason quotes content"

        @subject.settings
        @given(generations())
        def test_privacy_mode_lets_no_content_through(self, generation: Generation) -> None:
            """What the core took out comes from nowhere else."""
            sent = wires(subject.plan([with_content(generation, MARKER)], Policy(privacy_mode=True)))

            assert MARKER not in repr(sent), "content in privacy mode"

    return Laws
