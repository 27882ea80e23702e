"""Ids: published vectors, time bits, version bits, and the time that an original id carries."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
import uuid6
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core.destinations import milliseconds
from broadcast_core.testing.strategies import identifiers, instants, texts
from broadcast_opik.ids.uuid7 import Kind, opik_id, span_original, trace_moment
from broadcast_opik.scope import filed_under

START = datetime(2026, 11, 23, 10, 0, 0, 123_456, tzinfo=UTC)

KINDS: tuple[Kind, ...] = get_args(Kind)
VECTORS = [
    ("trace", "support-ticket-4711", "01a207d9-217b-79bc-a794-d718adfc689c"),
    ("generation", "gen-1795415412-OSTtEnvWslDFcd7eQlkW", "01a207d9-217b-794b-a968-6c7fa7e4a09b"),
    ("span", "19:support-ticket-4711,12:Draft answer,0:,", "01a207d9-217b-7bde-968c-6a6a69e17af6"),
    (
        "own-span",
        "35:gen-1795415412-OSTtEnvWslDFcd7eQlkW,12:Draft answer,0:,",
        "01a207d9-217b-7d27-a33d-fa9e9284067b",
    ),
    ("attempt", "gen-1795415412-OSTtEnvWslDFcd7eQlkW:attempt-0", "01a207d9-217b-77e0-a398-14cdf7ddbd32"),
    ("trace", "größe \U0001f600", "01a207d9-217b-7ec4-b037-5d0632c74604"),
]


@pytest.mark.parametrize(
    ("kind", "original", "expected"), VECTORS, ids=[f"{k}-{o[:12]}" for k, o, _ in VECTORS]
)
def test_published_vectors(kind: str, original: str, expected: str) -> None:
    """Forever: a change of the algorithm needs a new namespace."""
    assert expected == opik_id(kind, original, START)  # type: ignore[arg-type]


OF_A_PROJECT = [
    ("trace", "support-ticket-4711", "demo", "01a207d9-217b-772a-b1a7-66e010351285"),
    ("generation", "gen-1795415412-OSTtEnvWslDFcd7eQlkW", "demo", "01a207d9-217b-7eb5-8122-bd49ddc28a59"),
    ("trace", "support-ticket-4711", "Default Project", "01a207d9-217b-76ae-abba-0b0fda11b71e"),
    ("trace", "größe \U0001f600", "Über \U0001f600", "01a207d9-217b-7b95-b9b7-f01d95dfb22a"),
]


@pytest.mark.parametrize(
    ("kind", "original", "project", "expected"), OF_A_PROJECT, ids=[f"{k}-{p}" for k, _, p, _ in OF_A_PROJECT]
)
def test_published_vectors_of_a_project(kind: str, original: str, project: str, expected: str) -> None:
    """Forever, as those of a workspace; letter case and outer space of a project are nothing to Opik."""
    for spelling in (project, f" {project.upper()} ", project.lower()):
        assert expected == opik_id(kind, original, START, spelling)  # type: ignore[arg-type]


@given(st.sets(texts().map(filed_under), min_size=2), texts(), instants())
def test_different_projects_have_different_ids(projects: set[str], original: str, moment: datetime) -> None:
    """And none has that of the workspace."""
    ids = {opik_id(kind, original, moment, one) for one in projects for kind in KINDS}
    ids |= {opik_id(kind, original, moment) for kind in KINDS}

    assert len(KINDS) * (len(projects) + 1) == len(ids)


@given(texts(), instants())
def test_an_id_is_a_uuid7_of_its_time(original: str, moment: datetime) -> None:
    """48 bits of milliseconds, version 7, the usual variant."""
    value = uuid.UUID(opik_id("trace", original, moment))

    assert (7, uuid.RFC_4122) == (value.version, value.variant)
    assert milliseconds(moment) == value.int >> 80 == uuid6.UUID(str(value)).time


@given(st.sets(texts(), min_size=2), instants())
def test_different_originals_and_kinds_have_different_ids(originals: set[str], moment: datetime) -> None:
    """74 bits tell them apart."""
    ids = {opik_id(kind, one, moment) for one in originals for kind in KINDS}

    assert len(KINDS) * len(originals) == len(ids)


def test_three_hundred_thousand_ids_of_one_moment_differ() -> None:
    """A large set, all in one millisecond and of every kind."""
    ids = {opik_id(kind, f"gen-{n}", START) for n in range(50_000) for kind in KINDS}

    assert len(KINDS) * 50_000 == len(ids)


@given(st.one_of(identifiers(), texts()), instants())
def test_any_trace_id_has_a_moment_in_the_twelve_hours_before_its_anchor(
    trace_id: str, anchor: datetime
) -> None:
    """Whatever callers choose."""
    assert anchor - timedelta(hours=12) <= trace_moment(trace_id, anchor) <= anchor


def test_a_time_before_1970_does_not_count() -> None:
    """No UUIDv7 can say it."""
    before = "db6b2800-4c1d-11b2-8000-000000000000"
    start = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)

    assert start == trace_moment(before, start)


def test_the_time_of_an_id_counts_within_twelve_hours_before_the_trace() -> None:
    """A trace id that carries its time gives the same moment whatever generation came first."""
    own = f"gen-{int(START.timestamp())}-abc"
    early, late, much_later = (trace_moment(own, START + timedelta(hours=h)) for h in (1, 2, 13))

    assert START.replace(microsecond=0) == early == late
    assert START + timedelta(hours=13) == much_later


@pytest.mark.parametrize(("ms", "expected"), [(0, True), (-1, False)])
def test_the_twelve_hours_are_whole(ms: int, expected: bool) -> None:
    """To the millisecond."""
    moment = START.replace(microsecond=0) + timedelta(milliseconds=ms)
    own = opik_id("trace", "mine", moment)

    assert expected == (moment == trace_moment(own, START.replace(microsecond=0) + timedelta(hours=12)))


def test_named_spans_are_told_apart_by_trace_name_and_parent() -> None:
    """Also where joining the texts would be ambiguous."""
    originals = {
        span_original("a", ("bc", None)),
        span_original("ab", ("c", None)),
        span_original("a", ("b", "c")),
        span_original("a", ("b,1:c", None)),
    }

    assert 4 == len(originals)
