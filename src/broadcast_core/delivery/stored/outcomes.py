"""The stored form of outcomes of a plan: a line of JSON for each generation on a route, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from broadcast_core.diagnostics import Diagnostic
from broadcast_core.errors import StoredFormError
from broadcast_core.pipeline.outcomes import Outcome


def outcome_rows(outcomes: Iterable[Outcome]) -> Iterator[bytes]:
    """Yield outcomes of a plan in their stored form, without newlines; they hold no content."""
    for outcome in outcomes:
        fields = {
            "route": outcome.route,
            "generation": outcome.generation,
            "status": outcome.status,
            "reason": outcome.reason,
            "stopped_by": outcome.stopped_by,
            "diagnostics": [[one.kind, one.path, one.what] for one in outcome.diagnostics],
        }
        yield json.dumps(fields, separators=(",", ":")).encode()


def outcomes_of_rows(rows: Iterable[bytes]) -> Iterator[Outcome]:
    """Yield the outcomes of rows again; raise `StoredFormError` at the first that is none."""
    for row in rows:
        try:
            fields = json.loads(row)
            diagnostics = tuple(Diagnostic(*one) for one in fields.pop("diagnostics"))
            yield Outcome(**fields, diagnostics=diagnostics)
        except (AttributeError, KeyError, TypeError, ValueError):
            raise StoredFormError("this is no stored outcome of a plan") from None
