"""What is wrong with a record that no constructor made, or whose content fails when it is looked at.

Looked for only when something has failed, so that one such record harms no other and nothing is paid for it
elsewhere: a record that was changed behind its constructor's back, or unpickled from another release.
"""

from __future__ import annotations

from broadcast_core.diagnostics import FAILURES, describe_error
from broadcast_core.jsontext import dumps_lossy
from broadcast_core.record.codec import encode
from broadcast_core.record.field_checks import wrong_fields
from broadcast_core.record.generation import Generation

MOST_FAULTS = 5


def why_invalid(generation: Generation) -> str | None:
    """Say what is wrong with a record, with paths and what to do; None when nothing is."""
    wrong = [f"{what} @ {path}" for path, what in wrong_fields(generation)]
    if wrong:
        return f"{'; '.join(wrong[:MOST_FAULTS])}: build the record with its constructors, which check"
    try:
        dumps_lossy(encode(generation))
    except FAILURES as error:  # an object of the caller's may raise anything
        return f"what its fields hold cannot be read ({describe_error(error)}): give plain JSON values"
    return None
