"""The id of a generation: of the document, the response or a header; else derived from what was sent."""

from __future__ import annotations

import hashlib

from broadcast_core.diagnostics import Diagnostic
from broadcast_core.jsontext import Json, dumps_lossy
from broadcast_core.readers.exchange.headers import Headers
from broadcast_core.readers.fields import Fields

_IN_RESPONSE = ("generation_id", "id", "request_id")
"""Where a response has its id: a job of a film has one of its own, an error of Messages another name."""
_HEADER = "x-generation-id"
_ANOTHER = "another id than the one that counts; kept with the unknown keys"


def generation_id_of(fields: Fields, response: Fields, headers: Headers, seen: Json, *, is_job: bool) -> str:
    """Take the first id that is told, and say where another one is; `seen` is what an id is derived from.

    The job of a film has an id of its own, which is no other one of its generation.
    """
    told = [fields.text("id"), *(response.left.get(key) for key in _IN_RESPONSE), headers.get(_HEADER)]
    ids = [one for one in told if isinstance(one, str) and one.strip()]
    usable = next((one for one in ids if one.isprintable()), None)
    if usable is None:
        return _derived(seen, response, fields, is_odd=bool(ids))
    for key in _IN_RESPONSE:
        if response.left.get(key) == usable:
            del response.left[key]
    other, header = response.left.get("id"), headers.get(_HEADER)
    if isinstance(other, str) and not is_job:
        fields.diagnostics.append(Diagnostic("moved", response.at("id"), _ANOTHER))
    if header not in (None, usable):
        response.left[_HEADER] = header
        fields.diagnostics.append(Diagnostic("moved", "$.headers", _ANOTHER))
    return usable


def _derived(seen: Json, response: Fields, fields: Fields, *, is_odd: bool) -> str:
    what = "an id with control characters" if is_odd else "no id in the response"
    note = f"{what}: one was derived from the request and its start"
    fields.diagnostics.append(Diagnostic("coerced", response.at("id"), note))
    return "derived-" + hashlib.sha256(dumps_lossy(seen)[0]).hexdigest()[:32]
