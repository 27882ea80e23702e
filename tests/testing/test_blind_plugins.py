"""Wrong plugins that were not written for the suite: each fails the law that names its fault."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

from broadcast_core import Request, Response
from broadcast_core.destinations import Json, dumps
from tests.testing import blind_plugins, blind_shapes, blind_spans
from tests.testing.drawn import law_of, suite_of_kept

_OPTIONS = {"dataset": "d"}
_SPANS = {"project": "d"}
_FIRST = settings(
    max_examples=60,
    phases=[Phase.generate],
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
WRONG: dict[str, tuple[Any, str]] = {
    **{f"plugins.{name}": one for name, one in blind_plugins.WRONG.items()},
    **{f"shapes.{name}": one for name, one in blind_shapes.WRONG.items()},
    **{f"spans.{name}": one for name, one in blind_spans.WRONG.items()},
}
_FEW = settings(_FIRST, max_examples=3)
LAWS = {
    "plugins.output_lost_on_error": "test_no_cost_or_content_vanishes_from_some_generations",
    "plugins.repeated_attempts_lost": "test_nothing_is_cut_without_a_word",
    "plugins.metadata_overwritten": "test_keys_of_metadata_hide_no_field",
    "plugins.message_cut_silently": "test_nothing_is_cut_without_a_word",
    "plugins.ids_cut": "test_two_ids_are_never_one",
    "plugins.ids_by_position": "test_a_long_trace_in_two_plans_has_the_same_items",
    "plugins.blames_the_trace": "test_items_speak_of_what_they_hold",
    "plugins.byok_ignored": "test_the_cost_with_a_key_of_ones_own_is_the_whole_cost",
    "plugins.duration_wraps": "test_a_duration_of_days_is_no_shorter",
    "plugins.zero_is_unknown": "test_zero_is_told_from_unknown",
    "plugins.key_in_error": "test_errors_quote_no_secret",
    "plugins.remembers_key": "test_no_secret_of_before_is_used",
    "plugins.content_in_diagnostic": "test_diagnostics_of_long_texts_quote_none",
    "plugins.late_crash": "test_items_raises_on_no_tree_whose_row_was_forgotten",
    "plugins.recursive_copy": "test_items_raises_on_no_odd_content_words_or_counts",
    "plugins.dataset_unescaped": "test_options_break_no_body",
    "plugins.field_over_limit": "test_what_is_too_large_is_shortened_and_not_rejected",
    "plugins.clock_version": "test_no_clock_network_dice_or_files",
    "plugins.local_time": "test_another_time_zone_gives_the_same_bytes",
    "plugins.check_writes": "test_check_writes_nothing",
    "plugins.json_answers_only": "test_outcomes_read_any_answer",
    "plugins.tags_in_hash_order": "test_another_process_gives_the_same_bytes",
    "plugins.marks_the_input": "test_the_generations_are_not_changed",
    "plugins.first_try_only": "test_each_attempt_is_authorized",
    "shapes.token_of_first": "test_another_batch_has_another_address_or_all_have_one",
    "shapes.token_of_process": "test_another_process_gives_the_same_bytes",
    "shapes.days_together": "test_items_of_one_request_share_their_address",
    "shapes.rows_uncounted": "test_items_of_a_corpus_have_no_more_rows_than_they_declare",
    "shapes.rows_on_one_line": "test_ndjson_bodies_of_a_corpus_are_lines",
    "shapes.unfinished_vanish": "test_no_cost_or_content_vanishes_from_some_generations",
    "shapes.poorer_row": "test_a_late_generation_replaces_no_row_by_a_poorer_one",
    "shapes.sum_of_this_plan": "test_a_row_that_is_sent_again_is_whole",
    "shapes.version_of_latest": "test_a_row_that_is_sent_again_has_a_later_version",
    "shapes.speaks_of_all": "test_items_speak_of_generations_of_this_plan",
    "shapes.status_unread": "test_outcomes_of_a_failure_are_no_success",
    "shapes.time_of_trace": "test_the_time_of_an_item_is_that_of_its_generation",
    "shapes.ids_run_together": "test_ids_of_rows_never_meet",
    "shapes.ids_by_position": "test_the_order_of_a_long_trace_changes_no_item",
    "shapes.headers_lost": "test_sign_keeps_headers_and_body",
    "shapes.key_on_first_try": "test_each_attempt_is_authorized",
    "shapes.follows_anywhere": "test_follow_ups_go_to_the_same_server",
    "shapes.content_kept": "test_no_content_is_remembered_from_another_route",
    "shapes.ids_not_found": "test_the_ids_that_are_told_are_those_that_are_sent",
    "shapes.keys_shared": "test_keys_of_items_tell_them_apart",
    "shapes.asks_for_ever": "test_check_ends_whatever_is_answered",
    "shapes.content_told": "test_diagnostics_of_long_texts_quote_none",
    "shapes.header_of_id": "test_ids_of_any_text_have_an_address",
    "spans.salted_ids": "test_another_process_gives_the_same_bytes",
    "spans.trace_id_by_key": "test_ids_of_rows_never_meet",
    "spans.poorer_trace": "test_a_late_generation_replaces_no_row_by_a_poorer_one",
    "spans.version_of_batch": "test_a_row_that_is_sent_again_has_a_later_version",
    "spans.local_attempts": "test_another_time_zone_gives_the_same_bytes",
    "spans.remembered_content": "test_no_content_is_remembered_from_another_route",
    "spans.first_endpoints": "test_the_destination_keeps_nothing",
    "spans.attempts_off": "test_no_option_makes_a_field_vanish",
    "spans.raw_project": "test_options_break_no_body",
    "spans.large_fields": "test_many_large_texts_are_shortened_together",
    "spans.cut_users": "test_two_ids_are_never_one",
    "spans.partial_output": "test_rows_have_the_same_whatever_the_status",
    "spans.zero_tokens": "test_a_total_of_something_unknown_is_unknown",
    "shapes.rows_for_items": "test_outcomes_find_the_items_that_are_refused",
    "spans.nameless_errors": "test_outcomes_find_the_items_that_are_refused",
    "spans.impatient": "test_outcomes_wait_as_long_as_they_are_asked_to",
    "spans.keyless_check": "test_check_uses_the_secrets",
    "spans.check_elsewhere": "test_check_asks_the_server_that_is_configured",
    "spans.lower_identify": "test_the_ids_that_are_told_are_those_that_are_sent",
    "spans.quoted_refusal": "test_outcomes_quote_no_content",
    "spans.first_of_trace": "test_a_row_of_all_speaks_of_all",
}
"""The law that names the fault of each."""


def _of_rows(request: Request, places: frozenset[int]) -> Iterator[Response]:
    """Yield the answer of a store that counts the rows of a request."""
    rows, first = [], 0
    for n, item in enumerate(request.items):
        rows += [{"row": first + row} for row in range(item.rows) if n in places]
        first += item.rows
    yield _answer({"failed_rows": rows})
    yield _answer({"failed": len(rows)})


def _of_keys(request: Request, places: frozenset[int]) -> Iterator[Response]:
    """Yield the answer of a platform that names rows, and of one that does not."""
    yield _answer({"errors": [{"id": request.items[n].key, "message": "no"} for n in places]})
    yield _answer({"errors": [{"message": "no"} for _ in places]})


def _answer(value: Json) -> Response:
    return Response(status=200, body=dumps(value))


_REFUSING = {"plugins": None, "shapes": _of_rows, "spans": _of_keys}
TestBase = suite_of_kept(blind_plugins.BASE, _OPTIONS, profile=_FEW)
TestColumns = suite_of_kept(blind_shapes.RIGHT["columns"], _OPTIONS, profile=_FEW, refusing=_of_rows)
TestSpans = suite_of_kept(blind_spans.RIGHT["spans"], _SPANS, profile=_FEW, refusing=_of_keys)
TestEvents = suite_of_kept(blind_shapes.RIGHT["events"], _OPTIONS, profile=_FEW)


def test_each_wrong_one_has_its_law() -> None:
    """None is left out."""
    assert set(WRONG) == set(LAWS)


@pytest.mark.parametrize("name", LAWS)
def test_the_law_that_names_a_fault_fails(name: str) -> None:
    """For each wrong destination."""
    wrong, what = WRONG[name]
    options = _SPANS if name.startswith("spans.") else _OPTIONS
    refusing = _REFUSING[name.partition(".")[0]]
    law = law_of(LAWS[name], _fresh(wrong), options, profile=_FIRST, refusing=refusing)
    try:
        law()
    except BaseException:  # noqa: BLE001  # whatever the law says
        return
    pytest.fail(f"{what} {LAWS[name]} does not catch it")


def _fresh(wrong: Any) -> Any:
    """Return a destination that nothing was asked of yet."""
    return type(wrong)()
