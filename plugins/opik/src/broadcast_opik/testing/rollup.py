"""Sections 0 and 5: what a trace and a span show beside what was written.

Usage and cost of a trace are sums over all its span rows in its project, of any type, so that a span stored
twice counts twice. A cost that nobody told is absent here; a server may work one out from its own prices.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal, localcontext

from broadcast_core.jsontext import Json
from broadcast_opik.testing.rulebook import measured, read
from broadcast_opik.testing.tables import Row
from broadcast_opik.testing.values import instant


@measured(0, "an explicit cost of 0 is stored, not estimated from prices, and absent when read")
@measured(0, "a model that is only in the metadata counts for the price and is not shown")
@read(5, "the provider of a span is read as the first key of its metadata")
def shown_span(row: Row) -> Row:
    """Return a span as it is read."""
    is_free = "total_estimated_cost" in row and not Decimal(row["total_estimated_cost"])
    shown = {name: value for name, value in row.items() if name != "total_estimated_cost" or not is_free}
    return _with_first(shown, "provider", row.get("provider"))


@read(5, "usage and cost of a trace are the sums over all its span rows, providers its spans' in order")
@measured(0, "a trace whose spans were refused stands there without tokens and cost")
def shown_trace(row: Row, spans: Iterable[Row]) -> Row:
    """Return a trace as it is read, with what its spans sum up to."""
    spans = list(spans)
    providers = sorted({span["provider"] for span in spans if span.get("provider")})
    added = {
        **totals(spans),
        "duration": _duration(row),
        "span_count": len(spans),
        "llm_span_count": sum(span.get("type") == "llm" for span in spans),
        "providers": providers or None,
    }
    known = {name: value for name, value in added.items() if value is not None}
    return _with_first({**row, **known}, "providers", providers or None)


def totals(rows: Iterable[Row]) -> dict[str, Json]:
    """Return the sums of usage and cost; without usage none, and no cost that is not above zero."""
    usage: dict[str, int] = {}
    total = Decimal(0)
    with localcontext(prec=60):
        for row in rows:
            for name, count in row.get("usage", {}).items():
                usage[name] = usage.get(name, 0) + int(count)
            total += Decimal(span_cost(row) or 0)
    summed: dict[str, Json] = {"usage": usage} if usage else {}
    return {**summed, "total_estimated_cost": total} if total > 0 else summed


def span_cost(row: Row) -> Json:
    """Return the cost of a row: the one it was given, 0 too, else that of its metadata, else None."""
    if "total_estimated_cost" in row:
        return row["total_estimated_cost"]
    told = row.get("metadata", {}).get("cost")
    if isinstance(told, Mapping) and told.get("currency") == "USD":
        total = told.get("total_cost")
        return total if isinstance(total, int | Decimal) and not isinstance(total, bool) else None
    return None


def _duration(row: Row) -> float | None:
    start, end = instant(row["start_time"]), instant(row.get("end_time", ""))
    return None if start is None or end is None else (end - start) / timedelta(milliseconds=1)


def _with_first(row: Row, name: str, value: Json) -> Row:
    """Return the row with a key in front of its metadata; a key of that name in it wins."""
    if not value:
        return row
    return {**row, "metadata": {name: value, **row.get("metadata", {})}}
