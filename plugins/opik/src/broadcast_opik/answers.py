"""What an answer of Opik means for the rows of a request: a 422 names those that break a rule.

A batch is taken whole or not at all, so that the rows which are not named go again without the others. The
names are of the form `traces[0].startTime must not be null`. Only the words of rules that are known are told:
others might quote a row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta

from broadcast_core.destinations import (
    Blocked,
    Json,
    Refused,
    Request,
    Response,
    Retry,
    Verdicts,
    object_of,
    verdict_of_status,
)

INVALID = 422
MAX_ERRORS = 5000
"""Messages of one answer that are read: of more, the request is split."""
_MAX_RULES = 3  # that are told of one row
_NAMED = re.compile(
    r"(traces|spans)\[(\d{1,4})\](?:\.([A-Za-z]{1,40}))?(?:\[\]|\.[A-Za-z]{1,40}){0,9} (.{1,200})"
)
_FIELDS = frozenset(
    {"id", "projectName", "name", "startTime", "endTime", "lastUpdatedAt", "input", "output", "metadata"}
    | {"tags", "errorInfo", "ttft", "source", "environment", "threadId", "traceId", "parentSpanId", "type"}
    | {"model", "provider", "usage", "totalEstimatedCost"}
)
"""The columns of rows, as Opik's messages spell them."""
_NUMBER = r"-?\d{1,20}(?:\.\d{1,20})?"
_INSTANT = r"\d{4}-\d\d-\d\dT[\d:.]{8,20}Z"
_RULES = re.compile(
    r"must not be (?:null|blank|empty)"
    rf"|must be (?:greater|less) than (?:or equal to )?{_NUMBER}"
    rf"|must be after or equal {_INSTANT} and before {_INSTANT}"
    rf"|size must be between {_NUMBER} and {_NUMBER}"
    rf"|cannot exceed {_NUMBER} characters"
)


def read_answer(request: Request, response: Response) -> Verdicts:
    """Return the rows that a 422 names as refused and the others as to be sent again; else by the status.

    A page of HTML with a status of success took nothing.
    """
    is_page = response.body.lstrip()[:1] == b"<"  # Opik answers with JSON, or with nothing
    if is_page and 200 <= response.status < 300:
        return Blocked("a web page answered, and not Opik's API: see base_url, and what stands before Opik")
    otherwise = verdict_of_status(response)
    if response.status != INVALID:
        return otherwise
    rules = _rules_by_row(request.endpoint.name, object_of(response).get("errors"))
    if not rules or max(rules) >= len(request.items):
        return otherwise
    again = Retry("another row of its request was refused", timedelta())
    return tuple(Refused(_reason(rules[n])) if n in rules else again for n, _ in enumerate(request.items))


def _rules_by_row(kind: str, errors: Json) -> dict[int, list[str]]:
    """Return the rules that rows break, by the number of the row; none where any message names no row."""
    if not isinstance(errors, list) or len(errors) > MAX_ERRORS:
        return {}
    found: dict[int, list[str]] = {}
    for error in errors:
        named = _NAMED.fullmatch(error) if isinstance(error, str) else None
        if named is None or named[1] != kind:
            return {}
        found.setdefault(int(named[2]), []).append(_rule(named[3], named[4]))
    return found


def _rule(field: str | None, words: str) -> str:
    about = field if field in _FIELDS else "the row"
    return f"{about} {words}" if _RULES.fullmatch(words) else f"{about} breaks a rule of Opik's"


def _reason(rules: Iterable[str]) -> str:
    some = list(dict.fromkeys(rules))
    more = f", and {len(some) - _MAX_RULES} more" if len(some) > _MAX_RULES else ""
    return f"it answered {INVALID}: {', '.join(some[:_MAX_RULES])}{more}"
