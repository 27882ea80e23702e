"""Sections 0 and 1: values that a server takes and stores otherwise, and those that it cannot store."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal

from broadcast_core.jsontext import Json
from broadcast_core.jsontext.stackless import Call, run
from broadcast_core.record.field_checks import written_time
from broadcast_opik.testing.refusal import broken
from broadcast_opik.testing.rulebook import measured, read
from broadcast_opik.testing.values import instant

_LONE = re.compile("[\ud800-\udfff]")
_TIMES = ("start_time", "end_time", "last_updated_at")
_ENUMS = ("type", "source")
_TEXTS = ("project_name", "name", "thread_id", "environment", "model", "provider")


@measured(0, "a cost of 1e26 and more is a 500")
def check_columns(row: Mapping[str, Json]) -> None:
    """Break on what the columns do not hold."""
    if Decimal(row.get("total_estimated_cost", 0)).adjusted() > 25:
        raise broken()


@read(1, "a cost of more than 12 decimals is rounded to 9")
def stored(row: Mapping[str, Json]) -> dict[str, Json]:
    """Return a row as it is stored: what came as is usual stays as it came."""
    kept: dict[str, Json] = run(_whole(dict(row)))
    for name in _TIMES:
        if name in kept and not (isinstance(kept[name], str) and kept[name].endswith("Z")):
            moment = instant(kept[name])
            assert moment is not None, "checked by the rules"
            kept[name] = written_time(moment)
    kept.update({name: kept[name].lower() for name in _ENUMS if name in kept})
    kept.update({name: _text(kept[name]) for name in _TEXTS if name in kept})
    if "tags" in kept:
        kept["tags"] = [_text(tag) for tag in kept["tags"]]
    if "usage" in kept:
        counts = kept["usage"].items()
        kept["usage"] = {name: int(count) for name, count in counts if count is not None and count != ""}
    if "total_estimated_cost" in kept:
        kept["total_estimated_cost"] = _amount(kept["total_estimated_cost"])
    return kept


def _amount(value: Json) -> Json:
    amount = Decimal(value)
    if -int(amount.as_tuple().exponent) <= 12:
        return value
    return amount.quantize(Decimal("1e-9"), rounding=ROUND_HALF_EVEN)


def _text(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@measured(0, "lone surrogates become `?`")
def _whole(value: Json) -> Call:
    """Return a value whose texts are whole; rows are deep, so this takes no stack."""
    if isinstance(value, str):
        return _LONE.sub("?", value)
    if isinstance(value, list):
        items = []
        for item in value:
            items.append((yield _whole(item)))
        return items
    if isinstance(value, dict):
        kept = {}
        for key, item in value.items():
            kept[_LONE.sub("?", key)] = yield _whole(item)
        return kept
    return value
