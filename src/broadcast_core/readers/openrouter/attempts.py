"""The provider attempts of a generation: from their spans, and from the list of provider responses.

Both describe the same attempts, matched by their number; what only one of them knows is taken from it. What
no field of the record holds is kept by the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeGuard

from attrs import define, field

from broadcast_core.diagnostics import Diagnostic
from broadcast_core.jsontext import Json, keep
from broadcast_core.readers.fields import Fields
from broadcast_core.readers.openrouter.otlp import ERROR, Span
from broadcast_core.readers.openrouter.prefixes import ATTEMPT, PROVIDER_RESPONSES, SYSTEM
from broadcast_core.record.conversions import as_count, as_flag, as_float, as_text, as_unix_nanoseconds
from broadcast_core.record.generation import Attempt, Timing

Spellings = Mapping[str, tuple[str, Callable[[Json], Any]]]

LISTED: Spellings = {
    "provider": ("provider_name", as_text),
    "status_code": ("status", as_count),
    "latency_ms": ("latency", as_float),
    "is_byok": ("is_byok", as_flag),
    "id": ("id", as_text),
    "endpoint_id": ("endpoint_id", as_text),
    "model": ("model_permaslug", as_text),
}
SPAN: Spellings = {
    "provider": (SYSTEM + "provider_name", as_text),
    "status_code": ("span.metadata.status_code", as_count),
    "is_byok": ("span.metadata.is_byok", as_flag),
    "endpoint_id": ("span.metadata.endpoint_id", as_text),
    "model": ("span.metadata.model_permaslug", as_text),
    "message": ("span.status_message", as_text),
}


@define
class ProviderResponse:
    """One entry of the list of provider responses: what is known of it, and the rest."""

    index: int
    fields: Fields
    known: dict[str, Any]
    used: bool = False

    def attempt(self) -> Attempt:
        """Return the attempt that the list alone tells of."""
        return Attempt(index=self.index, **self.known)


@define
class CollectedAttempts:
    """The attempts of one generation, and what their sources said beyond the record.

    `of_spans` has the attributes that were not read, by the path of their span.
    """

    attempts: tuple[Attempt, ...] = ()
    of_spans: dict[str, dict[str, Json]] = field(factory=dict)
    of_list: list[ProviderResponse] = field(factory=list)


def provider_responses(fields: Fields) -> list[ProviderResponse]:
    """Take the list of provider responses, and its copy, out of the attributes of a root span."""
    for key in PROVIDER_RESPONSES:
        original = fields.left.get(key)
        value = fields.decode_text(key, original)
        if is_list_of_objects(value):
            fields.drop_copies(PROVIDER_RESPONSES, original)
            return responses(value, fields.at(key))
    return []


def is_list_of_objects(value: Json) -> TypeGuard[list[dict[str, Json]]]:
    """Tell whether a value can be a list of provider responses."""
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def responses(items: Iterable[dict[str, Json]], path: str) -> list[ProviderResponse]:
    """Return the entries of a list of provider responses."""
    found = []
    for index, item in enumerate(items):
        fields = Fields(item, f"{path}[{index}]")
        found.append(ProviderResponse(index=index, fields=fields, known=_take_known(fields, LISTED)))
    return found


def rest_of_list(listed: Iterable[ProviderResponse]) -> list[Json]:
    """Return what the entries of a list say beyond the record, each with its index."""
    left = ((one.index, {k: v for k, v in one.fields.left.items() if v is not None}) for one in listed)
    return [{"index": index, **rest} for index, rest in left if rest]


def collect_attempts(
    spans: Iterable[Span], listed: list[ProviderResponse], timing: Timing, root: Fields
) -> CollectedAttempts:
    """Return the attempts of a group; problems and diagnostics go to the fields of its root."""
    result = CollectedAttempts(of_list=listed)
    found = [_from_span(span, result, timing, root) for span in spans]
    found += [response.attempt() for response in listed if not response.used]
    result.attempts = tuple(sorted(found, key=lambda attempt: attempt.index))
    for response in listed:
        root.adopt_reports(response.fields)
    return result


def _take_known(fields: Fields, spellings: Spellings) -> dict[str, Any]:
    return {name: fields.take(key, convert) for name, (key, convert) in spellings.items()}


def _from_span(span: Span, result: CollectedAttempts, timing: Timing, root: Fields) -> Attempt:
    fields = Fields(span.attributes, f"{span.path}.attributes", quoted=True)
    named_index, named_provider = _parse_name(span.name)
    index = fields.take("span.metadata.attempt_index", as_count)
    index = index if index is not None else named_index or 0
    known = _take_known(fields, SPAN)
    known["provider"] = known["provider"] or named_provider
    if named_index not in (None, index) or named_provider not in (None, known["provider"]):
        keep(fields.left, "span.name", span.name)
    attribute, known["message"] = known["message"], span.status_message or known["message"]
    if attribute not in (None, known["message"]):
        keep(fields.left, SPAN["message"][0], attribute)
    if index < len(result.of_list) and not result.of_list[index].used:
        _complete(known, result.of_list[index])
    if span.failed and (known["status_code"] or 0) < 400:
        keep(fields.left, "status", span.status["code"] if span.status_code == ERROR else "ERROR")
    start, end = _times(span, timing, fields)
    root.adopt_reports(fields)
    result.of_spans[span.path] = fields.left
    return Attempt(index=index, start=start, end=end, **known)


def _complete(known: dict[str, Any], listed: ProviderResponse) -> None:
    """Add what the list knows of an attempt; where it contradicts, its own words are kept.

    Another provider is another attempt: nothing of it is added.
    """
    listed.used = True
    same = (
        None in (known["provider"], listed.known["provider"]) or known["provider"] == listed.known["provider"]
    )
    for name, value in listed.known.items():
        if same and known.get(name) is None:
            known[name] = value
        elif value is not None and value != known.get(name):
            listed.fields.left[LISTED[name][0]] = value


def _times(span: Span, timing: Timing, fields: Fields) -> tuple[datetime | None, datetime | None]:
    """Return the times of an attempt within those of its generation, which it can outlast."""
    keys = ("startTimeUnixNano", "endTimeUnixNano")
    times = Fields({key: span.raw[key] for key in keys if key in span.raw}, span.path)
    start, end = (_within(times, key, timing) for key in keys)
    if start is not None and end is not None and end < start:
        times.diagnostics.append(
            Diagnostic("coerced", times.at(keys[1]), "moved to the start of the attempt")
        )
        end = start
    fields.adopt_reports(times)
    fields.left.update(times.left)
    return start, end


def _within(times: Fields, key: str, timing: Timing) -> datetime | None:
    stated = times.take(key, as_unix_nanoseconds)
    if stated is None:
        return None
    moment = max(stated, timing.start)
    moment = min(moment, timing.end) if timing.end else moment
    if moment != stated:
        what = f"{stated.isoformat()} lies outside the generation; moved to its nearest time"
        times.diagnostics.append(Diagnostic("coerced", times.at(key), what))
    return moment


def _parse_name(name: str) -> tuple[int | None, str | None]:
    """Return the index and the provider that the name of an attempt tells, which counts from 1."""
    digits, _, provider = name.removeprefix(ATTEMPT).partition(":")
    known = digits.isascii() and digits.isdecimal() and len(digits) < 6
    return max(0, int(digits) - 1) if known else None, provider.strip() or None
