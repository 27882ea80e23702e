"""Whether the request of an exchange failed, and why.

What the document says of itself counts first, then the error of the response, then that of a choice, where
OpenRouter puts it when tokens had been sent before. Without any, a missing response is a failure too, and one
that looks like an error. A response of an unknown shape counts as served: it is kept, and that is told.
https://openrouter.ai/docs/api/reference/errors-and-debugging
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import frozen

from broadcast_core.diagnostics import Diagnostic
from broadcast_core.jsontext import Json, keep
from broadcast_core.readers.exchange.answer import ANSWER, ON_ITS_WAY, answer_parts, choices
from broadcast_core.readers.exchange.endpoints import Endpoint
from broadcast_core.readers.fields import Fields
from broadcast_core.record.generation import Failure, Status

_NOTHING: tuple[Json, ...] = (None, False, "", [], {})
_GIVEN_UP = ("Cancelled", "CancelledError")  # what a caller calls it; the second is Python's own word
_FAILED = ("failed", "cancelled", "expired")  # of the Responses API, and of OpenRouter's video jobs

_ABOUT = ("id", "model", "provider", "object", "created", "error")
"""What a response says of itself; an error that counts is taken before."""

_WORDS = ("detail", "error_description", "errors")
_CODES = ("status_code", "statusCode", "code", "status")
_BESIDE = ("message", "type", "title", "instance", "request_id", "user_id", "timestamp", "path", "success")
"""What an error has that is no object under `error`: its words, its code, and what stands beside them."""


def status_and_failure(
    document: Fields, response: Fields, original: Mapping[str, Json], endpoint: Endpoint
) -> tuple[Status, Failure | None]:
    """Take the failure out of a document and its response; None when the request was served.

    `original` is the response before anything was taken. Errors that say something else than the one that
    counts are kept with the response.
    """
    own = list(_own_error(document))
    found = [*own, *_own_error(response), *_choice_errors(response)]
    for other in found[1:]:
        if other.error != found[0].error:
            keep(response.left, other.name, other.error)
    if not found:
        return _status_without_error(response, original, endpoint)
    failed = _read(found[0], response)
    given_up = bool(own) and failed.type in _GIVEN_UP  # a provider that cancels is an error of the provider's
    return "cancelled" if given_up else "error", failed


@frozen
class _Error:
    """One error, its path, and the name under which it is kept when another one counts."""

    error: Json
    path: str
    name: str = "error"


def _own_error(fields: Fields) -> Iterator[_Error]:
    error = fields.left.get("error")
    if _is_error(error):
        del fields.left["error"]
        yield _Error(error, fields.at("error"))


def _is_error(error: Json) -> bool:
    """Tell whether an error has any content; an object of nulls has none."""
    return error not in _NOTHING and not (
        isinstance(error, dict) and all(value in _NOTHING for value in error.values())
    )


def _choice_errors(response: Fields) -> Iterator[_Error]:
    """Take the errors out of the choices, which are output: an error may quote what was asked."""
    failed = [(place, one) for place, one in choices(response.left) if _is_error(one.get("error"))]
    if failed:
        response.left["choices"] = kept = list(response.left["choices"])
    for place, choice in failed:
        kept[place] = {key: value for key, value in choice.items() if key != "error"}
        name = f"choices[{place}].error"
        yield _Error(choice["error"], response.at(name), name)


def _read(found: _Error, response: Fields) -> Failure:
    error = found.error
    if not isinstance(error, dict):
        return Failure(message=error) if isinstance(error, str) else Failure(raw=error)
    return _failure_from_object(Fields(error, found.path), response)


def _failure_from_object(
    fields: Fields, response: Fields, kind: str = "Error", what: str | None = None
) -> Failure:
    """Return what an error object says; `kind` and `what` stand where it has no type and no message."""
    own = _error_type(fields, response)
    message = fields.text("message", "detail", "error_description")
    code, named = fields.text("code", "status_code", "statusCode"), fields.text("type")
    if own and named is not None:
        fields.left["type"] = named
    response.adopt_reports(fields)
    return Failure(type=own or named or kind, code=code, message=message or what, raw=fields.left or None)


def _error_type(fields: Fields, response: Fields) -> str | None:
    """Return OpenRouter's own word for what went wrong: beside the metadata, in the error, or at the top."""
    metadata = fields.left.get("metadata")
    stated = metadata.get("error_type") if isinstance(metadata, dict) else None
    words = (stated, fields.left.get("error_type"), response.left.get("error_type"))
    found = next((one for one in words if isinstance(one, str) and one.strip()), None)
    for part in (fields, response):
        if found is not None and part.left.get("error_type") == found:
            del part.left["error_type"]
    return found


def _status_without_error(
    response: Fields, original: Mapping[str, Json], endpoint: Endpoint
) -> tuple[Status, Failure | None]:
    """Return the status of a request whose response states no error, and its failure."""
    if not original:
        stream = response.path == "$.chunks"
        what = "no chunk of the stream was recorded" if stream else "no response was recorded"
        return "error", Failure(type="NoResponse", message=what)
    answer = answer_parts(original, endpoint)
    answered = any(map(_has_value, answer.values()))
    if original.get("status") in _FAILED:
        return _from_status(original["status"], response, answered)
    if any(choice.get("finish_reason") == "error" for _, choice in choices(original)):
        return "error", Failure(message="the answer has the finish reason 'error' and no error")
    if not answered and (_says_nothing(original) or _looks_like_an_error(original)):
        return "error", _failure_from_rest(response, "NoAnswer", "the response holds no answer")
    if not answered and all(value is None for key, value in answer.items() if key != "choices"):
        _report_unknown_answer(response)
    return "ok", None


def _from_status(status: str, response: Fields, answered: bool) -> tuple[Status, Failure]:
    """Return the status of a response that calls itself failed, expired or cancelled, and its failure."""
    given_up = status == "cancelled"
    kind, what = "Cancelled" if given_up else "Error", f"the response has the status {status!r} and no error"
    failed = Failure(type=kind, message=what) if answered else _failure_from_rest(response, kind, what)
    return "cancelled" if given_up else "error", failed


def _has_value(value: Json) -> bool:
    return value not in (None, "", [], {})


def _says_nothing(response: Mapping[str, Json]) -> bool:
    """Tell whether a response has no more than its id and the like, and no choices."""
    return all(value is None for key, value in response.items() if key not in (*_ABOUT, "choices"))


def _looks_like_an_error(response: Mapping[str, Json]) -> bool:
    """Tell whether a response without an answer is an error: by its words or its code, when it holds no more.

    With words and the code of an HTTP error it may hold anything beside.
    """
    message, codes = response.get("message"), (response.get(key) for key in _CODES)
    has_words = any(_has_value(response.get(key)) for key in _WORDS) or (
        isinstance(message, str) and message.strip()
    )
    code = max((code for code in codes if type(code) is int), default=0)
    if has_words and 400 <= code < 600:
        return True
    known = (*_ABOUT, *_WORDS, *_CODES, *_BESIDE)
    return bool(has_words or code >= 400) and not any(map(_has_value, _without(response, known).values()))


def _report_unknown_answer(response: Fields) -> None:
    if response.left.get("status") in ON_ITS_WAY or "partial" in response.left:
        return  # there is none yet, or none that is complete
    if any(map(_has_value, _without(response.left, (*_ABOUT, "usage", "status")).values())):
        what = "no answer of a known shape: the response is kept whole with the unknown keys"
        response.diagnostics.append(Diagnostic("moved", response.path, what))


def _failure_from_rest(response: Fields, kind: str, what: str) -> Failure:
    """Take everything of a response that is not an answer into its failure, read like an error."""
    rest = _without(response.left, (*_ABOUT, "usage", *ANSWER))
    response.left = {key: value for key, value in response.left.items() if key not in rest}
    return _failure_from_object(Fields(rest, response.path), response, kind, what)


def _without(values: Mapping[str, Json], keys: tuple[str, ...]) -> dict[str, Json]:
    return {key: value for key, value in values.items() if key not in keys}
