"""Wrong plugins that were not written for the suite: each fails the law that names its fault."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings

from broadcast_core.testing.conformance import suite
from tests.testing.blind_plugins import BASE, WRONG, Base

_OPTIONS = {"dataset": "d"}
_FIRST = settings(
    max_examples=60,
    phases=[Phase.generate],
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
LAWS = {
    "output_lost_on_error": "test_no_cost_or_content_vanishes_from_some_generations",
    "repeated_attempts_lost": "test_nothing_is_cut_without_a_word",
    "metadata_overwritten": "test_keys_of_metadata_hide_no_field",
    "message_cut_silently": "test_nothing_is_cut_without_a_word",
    "ids_cut": "test_two_ids_are_never_one",
    "ids_by_position": "test_a_long_trace_in_two_plans_has_the_same_items",
    "blames_the_trace": "test_items_speak_of_what_they_hold",
    "byok_ignored": "test_the_cost_with_a_key_of_ones_own_is_the_whole_cost",
    "duration_wraps": "test_a_duration_of_days_is_no_shorter",
    "zero_is_unknown": "test_zero_is_told_from_unknown",
    "key_in_error": "test_errors_quote_no_secret",
    "remembers_key": "test_no_secret_of_before_is_used",
    "content_in_diagnostic": "test_diagnostics_of_long_texts_quote_none",
    "late_crash": "test_items_raises_on_no_tree_whose_row_was_forgotten",
    "recursive_copy": "test_items_raises_on_no_odd_content_words_or_counts",
    "dataset_unescaped": "test_options_break_no_body",
    "field_over_limit": "test_what_is_too_large_is_shortened_and_not_rejected",
    "clock_version": "test_no_clock_network_dice_or_files",
    "local_time": "test_another_time_zone_gives_the_same_bytes",
    "check_writes": "test_check_writes_nothing",
    "json_answers_only": "test_outcomes_read_any_answer",
    "tags_in_hash_order": "test_another_process_gives_the_same_bytes",
    "marks_the_input": "test_the_generations_are_not_changed",
    "first_try_only": "test_each_attempt_is_authorized",
}
"""The law that names the fault of each."""

TestBase = suite(BASE, _OPTIONS)


def test_each_wrong_one_has_its_law() -> None:
    """None is left out."""
    assert set(WRONG) == set(LAWS)


@pytest.mark.parametrize("name", WRONG)
def test_the_law_that_names_a_fault_fails(name: str) -> None:
    """For each wrong destination."""
    wrong, what = WRONG[name]
    laws = suite(_fresh(wrong), _OPTIONS, profile=_FIRST)()
    try:
        getattr(laws, LAWS[name])()
    except BaseException:  # noqa: BLE001  # whatever the law says
        return
    pytest.fail(f"{what} {LAWS[name]} does not catch it")


def _fresh(wrong: Base) -> Base:
    """Return a destination that nothing was asked of yet."""
    return type(wrong)()
