"""OpenRouter Broadcast deliveries (OTLP/JSON, webhook and collector) into generations.

One delivery is one request: a root span with everything, a child span per provider attempt, and for
streams a `generation` child. Attribute names are no contract: what is known is read in each spelling that
has been seen, what is unknown is kept in `extra`. Copies of the same content are read once.

    otlp, span_groups                    the envelope, and which spans belong together
    usage_and_cost, attempts, content,   the parts of a generation, each with what it takes
    parameters, status, trace_context,
    opt_in
    unmapped                             what none of them took
"""

from __future__ import annotations

from typing import Any

from attrs import evolve

from broadcast_core.diagnostics import Problem
from broadcast_core.jsontext import Json
from broadcast_core.readers.fields import Fields
from broadcast_core.readers.openrouter import (
    attempts,
    content,
    opt_in,
    parameters,
    status,
    trace_context,
    unmapped,
    usage_and_cost,
)
from broadcast_core.readers.openrouter.otlp import Span, spans
from broadcast_core.readers.openrouter.prefixes import ATTEMPT, SYSTEM
from broadcast_core.readers.openrouter.snake_case import BEGINNING, in_camel_case
from broadcast_core.readers.openrouter.span_groups import (
    STREAM_CHILD,
    SpanGroup,
    generation_id,
    group_spans,
    named_generation,
)
from broadcast_core.readers.openrouter.status import DISCONNECTED
from broadcast_core.readers.results import Ignored, Read, Reading, Rejected
from broadcast_core.readers.trace_keys import DEFAULT_GENERATION_NAME, DEFAULT_TRACE_NAME
from broadcast_core.record.conversions import as_flag, as_text, as_unix_nanoseconds, or_none
from broadcast_core.record.field_checks import EARLIEST
from broadcast_core.record.generation import Generation, Identity, Timing

__all__ = ["DEFAULT_GENERATION_NAME", "DEFAULT_TRACE_NAME", "DISCONNECTED", "read"]

_SAMPLE_NAME = "Test Trace - OpenRouter Observability"
_SAMPLE_SOURCE = "observability-test-button"


_OF_RESOURCE = ("session.id", "user.id", "trace.name")


def read(document: Json) -> Reading:
    """Return the generations of one delivery, or of several that a collector put together."""
    if isinstance(document, dict) and BEGINNING in document:
        document = in_camel_case(document)
    everything, broken = spans(document)
    if not everything and not broken:
        return Reading((Ignored(kind="empty_delivery", what="a delivery without spans: a connection test"),))
    found, orphans = group_spans(everything)
    return Reading((
        *(_read_group(group) for group in found),
        *(_reject_orphan(span) for span in orphans),
        *(Rejected(problems=(problem,)) for problem in broken),
    ))  # fmt: skip


def _reject_orphan(span: Span) -> Rejected:
    what = f"the span {span.name!r} came without the root span that it belongs to"
    return Rejected(problems=(Problem(what, span.path),), id=named_generation(span))


def _read_group(group: SpanGroup) -> Read | Ignored | Rejected:
    root = group.root
    if ignored := _test_delivery(root):
        return ignored
    group = _with_what_the_resource_says(group)
    root = group.root
    fields = Fields(root.attributes, f"{root.path}.attributes", quoted=True)
    return _Root(root, fields, group).outcome()


def _with_what_the_resource_says(group: SpanGroup) -> SpanGroup:
    """Return a group whose root has the session, user and trace name that stand on its resource alone.

    A collector that groups spans by attributes, and some senders, put them there.
    """
    root = group.root
    moved = {key: root.resource.get(key) for key in _OF_RESOURCE if root.attributes.get(key) is None}
    known = {key: value for key, value in moved.items() if value is not None}
    if not known:
        return group
    children = [evolve(child, resource=_without(child.resource, known)) for child in group.children]
    resource = _without(root.resource, known)
    return SpanGroup(evolve(root, attributes={**root.attributes, **known}, resource=resource), children)


def _without(values: dict[str, Json], known: dict[str, Json]) -> dict[str, Json]:
    """Return what says something else than what is known."""
    return {key: value for key, value in values.items() if key not in known or known[key] != value}


def _test_delivery(root: Span) -> Ignored | None:
    if root.name == "openrouter-connection-test" or (
        root.trace_id.strip("0") == "1" and not root.attributes  # the ids that the connection test uses
    ):
        return Ignored(kind="connection_test", what="OpenRouter's Test Connection", id=root.span_id or None)
    sources = (root.attributes.get("trace.metadata.source"), root.attributes.get("source"))
    if root.attributes.get("trace.name") == _SAMPLE_NAME or _SAMPLE_SOURCE in sources:
        return Ignored(kind="sample_trace", what="OpenRouter's Send Trace sample", id=generation_id(root))
    return None


class _Root:
    """The reading of one root span with its children: every part takes what it knows from the fields."""

    def __init__(self, span: Span, fields: Fields, group: SpanGroup) -> None:
        self.span = span
        self.fields = fields
        self.children = group.children

    def outcome(self) -> Read | Rejected:
        """Return the generation, or every reason why there is none."""
        fields = self.fields
        known_id = self._id()
        body = self._body(known_id, self._timing())
        if fields.problems:
            return Rejected(problems=tuple(fields.problems), id=known_id)
        return Read(generation=Generation(**body), diagnostics=tuple(fields.diagnostics))

    def _body(self, known_id: str | None, timing: Timing) -> dict[str, Any]:
        span, fields = self.span, self.fields
        truncated = unmapped.truncated(span, fields)
        completion = content.first_copy(fields, content.COMPLETION)
        request = content.echoed_request(completion)
        finish_reasons = status.finish_reasons(fields)
        model_parameters, unread_request = parameters.take_parameters(request, fields)
        said = content.from_delivery(fields, span.attributes, completion, unread_request, *finish_reasons)
        listed = attempts.provider_responses(fields)
        tries = attempts.collect_attempts(self._children(ATTEMPT), listed, timing, fields)
        cost_group, identity_group, context_group = opt_in.sort_into_groups(opt_in.collect(fields))
        context = trace_context.from_delivery(span, fields, known_id, request)
        body: dict[str, Any] = {
            "id": known_id,
            "timing": timing,
            "status": status.status(span, context_group),
            "operation": fields.text("gen_ai.operation.name") or "chat",
            "model": fields.text("gen_ai.request.model"),
            "served_model": fields.text("gen_ai.response.model"),
            "author": fields.text("gen_ai.provider.name", "gen_ai.system"),
            "provider": fields.text(SYSTEM + "provider_name", "openrouter.provider_name"),
            "provider_slug": fields.text(SYSTEM + "provider_slug", "openrouter.provider_slug"),
            "streamed": self._streamed(context_group, request),
            "finish_reason": finish_reasons[0],
            "native_finish_reason": finish_reasons[1],
            "parameters": model_parameters,
            "usage": usage_and_cost.usage(fields),
            "cost": usage_and_cost.cost(fields, tries.attempts),
            "trace": context,
            "identity": self._identity(),
            "attempts": tries.attempts,
            "failure": status.failure(span, fields),
            "generation_cost": cost_group,
            "generation_identity": identity_group,
            "generation_request_context": context_group,
            "truncated": truncated,
            "content": said,
        }
        if fields.left.get("span.type") == "generation":
            del fields.left["span.type"]
        ids = (context.trace_id, known_id)
        body["extra"] = unmapped.unmapped_attributes(span, self.children, tries, fields, ids)
        return body

    def _children(self, named: str) -> list[Span]:
        return [span for span in self.children if span.name.startswith(named)]

    def _id(self) -> str | None:
        fields, key = self.fields, "gen_ai.response.id"
        known_id = fields.first((key,), as_text, required=True) or generation_id(self.span)
        if known_id is None and not fields.problems:
            what = "missing: the generation needs its id, for example gen-1790606055-lQEt"
            fields.problems.append(Problem(what, fields.at(key)))
        if known_id is not None and not known_id.isprintable():
            fields.problems.append(Problem("expected an id without control characters", fields.at(key)))
        return known_id

    def _timing(self) -> Timing:
        """Return the times; where they are wrong, the problems are noted and a placeholder stands in."""
        times = Fields(self.span.raw, self.span.path)
        start = times.take("startTimeUnixNano", as_unix_nanoseconds, required=True)
        end = times.take("endTimeUnixNano", as_unix_nanoseconds, required=True)
        if start is None and not times.problems:
            what = "missing: the span needs its start, nanoseconds since 1970"
            times.problems.append(Problem(what, times.at("startTimeUnixNano")))
        if start and end and end < start:
            what = f"the end {end.isoformat()} lies before the start {start.isoformat()}"
            times.problems.append(Problem(what, times.at("endTimeUnixNano")))
            end = None
        self.fields.adopt_reports(times)
        measured: dict[str, Any] = usage_and_cost.durations(self.fields)
        return Timing(start=EARLIEST if start is None else start, end=end, **measured)

    def _streamed(self, context_group: dict[str, Json], request: Json) -> bool | None:
        """Return what the opt-in group says, else the caller's flag, else whether a stream left its child."""
        told = or_none(as_flag, context_group.get("streamed"))
        flag = request.get("stream") if isinstance(request, dict) else None
        asked = flag if isinstance(flag, bool) else None
        seen = any(span.name == STREAM_CHILD for span in self.children) or None
        return told if told is not None else asked if asked is not None else seen

    def _identity(self) -> Identity:
        text = self.fields.text
        return Identity(
            user_id=text("user.id"),
            session_id=text("session.id"),
            api_key_name=text(SYSTEM + "api_key_name"),
            api_key_hash=text(SYSTEM + "api_key_hash"),
            entity_id=text(SYSTEM + "entity_id"),
            creator_user_id=text(SYSTEM + "creator_user_id"),
            gateway_user_id=text(SYSTEM + "user_id"),
        )
