"""The laws of the mapping, each on any generations: quickly one by one, and all together on very many.

A law is a function of a few generations that raises when it is broken. `make test-deep` checks every one of
them on at least 100,000 draws: drawing costs more than checking, so there each draw is put to all of them.
"""

from __future__ import annotations

import json
import os
import pickle
import random
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcast_core import Generation, Plan, Route, plan
from broadcast_core.destinations import as_uuid7, milliseconds
from broadcast_core.jsontext import dumps_lossy
from broadcast_core.pipeline.explanation import explain
from broadcast_core.record.generation import Cost, Usage
from broadcast_core.testing.lineage import EVERYTHING
from broadcast_core.testing.strategies import EPOCH, batches, generations
from broadcast_core.traces.tree import TraceTree, tree_of
from broadcast_opik import destination
from broadcast_opik.config import LOCAL
from broadcast_opik.testing.alike import state_but_for_uuids
from broadcast_opik.testing.server import OpikModel

os.environ.setdefault("OPIK_SENTRY_ENABLE", "false")
os.environ.setdefault("OPIK_TRACK_DISABLE", "true")

EXAMPLES, SHARDS = 100_000, 8
OWN = "01890a5d-ac96-774b-bcce-b302099a8057"
TRACES = st.sampled_from([None, "a", "b", "gen-1795305600-x", OWN])
SOME = batches(generations(trace_ids=TRACES), max_size=3)
ROUTE = Route.to(
    destination, {"base_url": LOCAL, "project_name": "demo", "attempts": True}, policy=EVERYTHING
)
AS_OF = EPOCH + timedelta(days=400)
BACKFILL = Route.to(
    destination,
    {"base_url": LOCAL, "as_of": AS_OF.isoformat(), "backfill": True, "attempts": True},
    policy=EVERYTHING,
)

Some = Sequence[Generation]


def _rows(result: Plan) -> Iterator[tuple[str, dict[str, Any]]]:
    for request in result.requests:
        for kind, rows in json.loads(request.body).items():
            yield from ((kind, row) for row in rows)


def _sent(some: Some, route: Route = ROUTE, model: OpikModel | None = None) -> OpikModel:
    model = OpikModel() if model is None else model
    for request in plan(some, route).requests:
        answer = model.handle(request)
        assert (204, b"") == (answer.status, answer.body)
    return model


def total(some: Some) -> None:
    """Every generation is planned, and has its `llm` span."""
    result = plan(some, ROUTE)
    spans = [row for kind, row in _rows(result) if kind == "spans" and row["type"] == "llm"]

    assert ["planned"] * len(some) == [outcome.status for outcome in result.outcomes]
    assert sorted(one.id for one in some) == sorted(
        row["metadata"]["openrouter_observation_id"] for row in spans
    )


def deterministic(some: Some) -> None:
    """A copy gives the same bytes, and another order the same rows."""
    result = plan(some, ROUTE)
    copied = plan(pickle.loads(pickle.dumps(list(some))), ROUTE)
    turned = plan(some[::-1], ROUTE)

    assert [request.body for request in result.requests] == [request.body for request in copied.requests]
    assert Counter(dumps_lossy(row)[0] for row in _rows(result)) == Counter(
        dumps_lossy(row)[0] for row in _rows(turned)
    )


def ids_are_distinct(some: Some) -> None:
    """Different rows have different ids, each a UUIDv7; a generation's has the time of its start."""
    rows = list(_rows(plan(some, ROUTE)))
    ids = [uuid.UUID(row["id"]) for _, row in rows]
    starts = {one.id: milliseconds(one.timing.start) for one in some if as_uuid7(one.id) is None}

    assert len({(kind, row["id"]) for kind, row in rows}) == len(rows)
    assert {(7, uuid.RFC_4122)} == {(one.version, one.variant) for one in ids}
    for kind, row in rows:
        original = row["metadata"].get("openrouter_observation_id")
        if kind == "spans" and row["type"] == "llm" and original in starts:
            assert starts[original] == uuid.UUID(row["id"]).int >> 80


def the_window_is_kept_in_a_backfill(some: Some) -> None:
    """A server that checks the window takes data that is more than a year old."""
    movable = [one for one in some if as_uuid7(one.id) is None and one.trace.trace_id != OWN]

    _sent(movable, BACKFILL, OpikModel(now=AS_OF + timedelta(hours=3)))


def originals_are_recoverable(some: Some) -> None:
    """From every row to the trace's own id, and back from spans to traces."""
    keys = {one.id: one.trace.trace_id or one.id for one in some}
    for _, row in _rows(plan(some, ROUTE)):
        metadata = row["metadata"]
        assert metadata["openrouter_trace_id"] in keys.values()
        if "openrouter_observation_id" in metadata:
            assert keys[metadata["openrouter_observation_id"]] == metadata["openrouter_trace_id"]


def every_parent_is_there(some: Some) -> None:
    """Opik shows no span whose parent is not in its trace; only a caller's own trace has spans of others."""
    assert [] == _sent([one for one in some if one.trace.trace_id != OWN]).orphans


def nothing_is_lost(some: Some) -> None:
    """Of a record with its diagnostics, each field has a place on the wire or a reason."""
    told = explain(some[0], ROUTE)

    assert [] == [story.path for story in told.fields if not story.places and _unexplained(story.why)]


def _unexplained(why: str) -> bool:
    return why in ("", "the destination has no place for it")


def custom_keys_are_in_span_and_trace(some: Some) -> None:
    """Under their names with their JSON types, or moved to where the row says."""
    alone = some[0]
    for _, row in _rows(plan([alone], Route.to(destination, {"base_url": LOCAL}))):
        metadata = row["metadata"]
        moved = {k: v for key, one in metadata.items() if key.startswith("custom") for k, v in _object(one)}
        for key, value in json.loads(dumps_lossy(alone.trace.metadata)[0]).items():
            assert _text(value) in (_text(moved.get(key, "absent")), _text(metadata.get(key, "absent")))


def _object(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else []


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def merging_is_a_semilattice(some: Some) -> None:
    """Associative, commutative, idempotent: with every generation in one trace."""
    trees = [_in_one_trace(one) for one in (*some, *some)][:3]
    one, two, three = trees[0], trees[1], trees[-1]

    assert one.merge(two) == two.merge(one)
    assert one.merge(two).merge(three) == one.merge(two.merge(three))
    assert one.merge(two) == one.merge(two).merge(one).merge(two)


def _in_one_trace(generation: Generation) -> TraceTree:
    return tree_of(attrs.evolve(generation, trace=attrs.evolve(generation.trace, trace_id="one")))


def a_resend_changes_nothing(some: Some) -> None:
    """The whole batch again, then each generation alone with state; no row stands twice in a request."""
    model = _sent(some)
    before = (model.traces(), model.spans(), model.threads())
    _sent(some, model=model)
    assert [] == model.repeated
    state = plan(some, ROUTE).state
    for one in some:
        for request in plan([one], ROUTE, state=state).requests:
            assert 204 == model.handle(request).status

    assert before == (model.traces(), model.spans(), model.threads())
    assert [] == model.undefined


def batches_do_not_matter(some: Some) -> None:
    """The earliest first, one by one with state: the state of one batch."""
    ordered = sorted(some, key=lambda one: (one.timing.start, one.id))
    once, model = _sent(ordered), _sent_in_parts([one] for one in ordered)

    assert (once.traces(), once.spans(), once.threads()) == (model.traces(), model.spans(), model.threads())
    assert [] == model.undefined


def any_partition_in_any_order_ends_alike(some: Some) -> None:
    """With resends among them: the state of one batch but for the UUIDs of traces."""
    ours = [one for one in some if one.trace.trace_id != OWN]  # of the caller's own, the first decides
    model = _sent_in_parts(_parts(ours))

    assert state_but_for_uuids(_sent(ours)) == state_but_for_uuids(model)
    assert [] == model.undefined


def _parts(some: Some) -> list[list[Generation]]:
    """Return some generations in parts of any size and order, now and then with an earlier one again."""
    dice = random.Random(" ".join(one.id for one in some))
    parts: list[list[Generation]] = []
    for n, one in enumerate(turned := dice.sample(some, len(some))):
        if not parts or dice.random() < 0.6:
            parts.append([])
        parts[-1].append(one)
        parts[-1] += [dice.choice(turned[: n + 1])] if dice.random() < 0.4 else []
    return parts


def _sent_in_parts(parts: Iterable[Some]) -> OpikModel:
    model, state = OpikModel(), None
    for part in parts:
        result = plan(part, ROUTE, state=state)
        state = result.state
        for request in result.requests:
            assert 204 == model.handle(request).status
    return model


def sums_are_exact(some: Some) -> None:
    """Usage and cost of a trace are the sums over its generations, to the last decimal that Opik keeps."""
    named = {one.trace.trace_id for one in some}
    some = [one for one in some if one.id not in named]  # metadata does not tell the two kinds of key apart
    costs: dict[str, Decimal] = defaultdict(Decimal)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for one in some:
        key = one.trace.trace_id or one.id
        costs[key] = _EXACT.add(costs[key], _kept(one.cost))
        counts[key].update(_counted(one.usage))
    for row in _sent(some).traces().values():
        key = row["metadata"]["openrouter_trace_id"]
        assert max(costs[key], 0) == Decimal(str(row.get("total_estimated_cost") or 0))
        assert counts[key] == Counter(row.get("usage", {}))


def _counted(usage: Usage) -> dict[str, int]:
    """Return what Opik counts of a usage, told otherwise than by the mapping: by the names of the record."""
    asked, answered = usage.input_tokens, usage.output_tokens
    if usage.cache_basis != "inclusive":
        parts = [asked, usage.cache_read_tokens, usage.cache_write_tokens]
        asked = None if None in parts else sum(part for part in parts if part is not None)
    total = usage.total_tokens
    if total is None and asked is not None and answered is not None:
        total = asked + answered
    counts = {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": total}
    counts |= {f"original_usage.{name}": getattr(usage, field) for name, field in _ORIGINAL.items()}
    return {name: count for name, count in counts.items() if count is not None and count < 2**31}


_ORIGINAL = {
    "prompt_tokens": "input_tokens",
    "completion_tokens": "output_tokens",
    "prompt_tokens_details.cached_tokens": "cache_read_tokens",
    "prompt_tokens_details.cache_write_tokens": "cache_write_tokens",
    "prompt_tokens_details.cache_write_5m_tokens": "cache_write_5m_tokens",
    "prompt_tokens_details.cache_write_1h_tokens": "cache_write_1h_tokens",
    "prompt_tokens_details.audio_tokens": "input_audio_tokens",
    "prompt_tokens_details.image_tokens": "input_image_tokens",
    "prompt_tokens_details.video_tokens": "input_video_tokens",
    "completion_tokens_details.reasoning_tokens": "reasoning_tokens",
    "completion_tokens_details.audio_tokens": "output_audio_tokens",
    "completion_tokens_details.image_tokens": "output_image_tokens",
}


_EXACT = Context(prec=200, rounding=ROUND_HALF_EVEN)


def _kept(cost: Cost) -> Decimal:
    """Return what Opik keeps of a cost: the charge, with BYOK the upstream price too, in 12 decimals."""
    known, upstream = cost.total, cost.upstream
    if upstream is None and cost.upstream_input is not None and cost.upstream_output is not None:
        upstream = _EXACT.add(cost.upstream_input, cost.upstream_output)
    if cost.is_byok and upstream is not None:
        known = _EXACT.add(upstream, cost.total or Decimal(0))
    if known is None or known < 0 or known.adjusted() > 20:
        return Decimal(0)
    return known.quantize(Decimal("1e-12"), context=_EXACT)


def zero_has_no_sign(some: Some) -> None:
    """Opik refuses a negative zero as it refuses -1, and with it the whole request."""
    for request in plan(some, ROUTE).requests:
        json.loads(request.body, parse_float=_signless, parse_int=_signless)


def _signless(number: str) -> float:
    assert not number.startswith("-") or float(number), number
    return float(number)


def the_official_models_take_every_row(some: Some) -> None:
    """With no field that they do not know."""
    types = pytest.importorskip("opik.rest_api.types")
    models = {"traces": types.TraceWrite, "spans": types.SpanWrite}
    for kind, row in _rows(plan(some, ROUTE)):
        models[kind].model_validate(row)
        assert row.keys() <= models[kind].model_fields.keys()


LAWS: tuple[Callable[[Some], None], ...] = (
    total,
    deterministic,
    ids_are_distinct,
    the_window_is_kept_in_a_backfill,
    originals_are_recoverable,
    every_parent_is_there,
    nothing_is_lost,
    custom_keys_are_in_span_and_trace,
    merging_is_a_semilattice,
    a_resend_changes_nothing,
    batches_do_not_matter,
    any_partition_in_any_order_ends_alike,
    sums_are_exact,
    zero_has_no_sign,
    the_official_models_take_every_row,
)


@pytest.fixture(scope="module")
def drawn() -> list[bytes]:
    """Draw once what every law is put to, as bytes: each gets generations of its own."""
    drawn: list[bytes] = []

    @given(SOME)
    def draw(some: list[Generation]) -> None:
        drawn.append(pickle.dumps(some))

    draw()
    return drawn


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_a_law(law: Callable[[Some], None], drawn: list[bytes]) -> None:
    """Each by itself, so that the one that is broken says so, of the least generations that break it."""
    try:
        for some in drawn:
            law(pickle.loads(some))
    except Exception:
        given(SOME)(lambda some: law(some))()
        raise


@pytest.mark.deep
@pytest.mark.parametrize("_shard", range(SHARDS))
@settings(max_examples=EXAMPLES // SHARDS)
@given(SOME)
def test_every_law_on_very_many_generations(_shard: int, some: list[Generation]) -> None:
    """In shards, so that every core has work."""
    for law in LAWS:
        law(some)
