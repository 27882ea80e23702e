"""Whether a request of the chat dialect failed, and why.

What the document says of itself counts first, then the error of the response, then that of a choice, where
OpenRouter puts it when tokens had been sent before. Without any, a missing response is a failure too, and one
that holds no answer.
https://openrouter.ai/docs/api/reference/errors-and-debugging
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import frozen

from broadcast_core.generation import Failure, Status
from broadcast_core.jsontext import Json, keep
from broadcast_core.readers.chat_answer import ANSWER, FAILED, answered, choices
from broadcast_core.readers.fields import Fields

_NO_ERROR: tuple[Json, ...] = (None, False, "", [])
_GIVEN_UP = ("Cancelled", "CancelledError")  # the second is Python's own word
_BESIDE = ("id", "model", "provider", "object", "created", "usage", *ANSWER)


def failure(document: Fields, response: Fields, original: Mapping[str, Json]) -> Failure | None:
    """Take the failure out of a document and its response; None when the request was served.

    `original` is the response before anything was taken. Errors that say something else than the one that
    counts are kept with the response.
    """
    found = [*_stated(document), *_stated(response), *_of_choices(response)]
    for other in found[1:]:
        if other.error != found[0].error:
            keep(response.left, other.name, other.error)
    return _read(found[0], response) if found else _unsaid(response, original)


def status(failed: Failure | None) -> Status:
    """Tell how the request ended; one that was given up is no error of the provider's."""
    if failed is None:
        return "ok"
    return "cancelled" if failed.type in _GIVEN_UP else "error"


@frozen
class _Error:
    """One error, its path, and the name under which it is kept when another one counts."""

    error: Json
    path: str
    name: str = "error"


def _stated(fields: Fields) -> Iterator[_Error]:
    error = fields.left.get("error")
    if error not in _NO_ERROR:
        del fields.left["error"]
        yield _Error(error, fields.at("error"))


def _of_choices(response: Fields) -> Iterator[_Error]:
    """Take the errors out of the choices, which are output: an error may quote what was asked."""
    failed = [(place, one) for place, one in choices(response.left) if one.get("error") not in _NO_ERROR]
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
    return _of_object(Fields(error, found.path), response)


def _of_object(fields: Fields, response: Fields, kind: str = "Error", what: str | None = None) -> Failure:
    """Return what an error object says; `kind` and `what` stand where it has no type and no message."""
    metadata = fields.left.get("metadata")
    own = metadata.get("error_type") if isinstance(metadata, dict) else None
    own = own if isinstance(own, str) and own.strip() else None
    message = fields.text("message", "detail")
    code, named = fields.text("code", "status_code"), fields.text("type")
    if own and named is not None:
        fields.left["type"] = named
    response.take_over(fields)
    return Failure(type=own or named or kind, code=code, message=message or what, raw=fields.left or None)


def _unsaid(response: Fields, original: Mapping[str, Json]) -> Failure | None:
    """Return the failure that a response shows without an error, or None."""
    if not original:
        stream = response.path == "$.chunks"
        what = "no chunk of the stream was recorded" if stream else "no response was recorded"
        return Failure(type="NoResponse", message=what)
    state, served = original.get("status"), answered(original)
    kind = "Cancelled" if state == "cancelled" else "Error" if served else "NoAnswer"
    if not served:
        said = {key: response.left.pop(key) for key in tuple(response.left) if key not in _BESIDE}
        return _of_object(Fields(said, response.path), response, kind, "the response holds no answer")
    if state in FAILED:
        return Failure(type=kind, message=f"the response has the status {state!r} and no error")
    if any(choice.get("finish_reason") == "error" for _, choice in choices(original)):
        return Failure(message="the answer has the finish reason 'error' and no error")
    return None
