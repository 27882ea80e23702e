"""How much of what was said may leave: all, nothing, one side, or what the caller's own function returns.

The function (the hook) gets a copy of the content and returns content. When it fails, or returns anything
else, the content is dropped and that is said. What may quote a side that is held back, and what the hook does
not see, stays behind too: error texts, unknown fields, parameters that are no plain settings.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TypeAlias

import attrs

from broadcast_core.diagnostics import FAILURES, Diagnostic, describe_error
from broadcast_core.jsontext.jsonable import to_jsonable
from broadcast_core.policy.redaction.draft import Draft
from broadcast_core.policy.redaction.privacy import private_fields, withheld_words
from broadcast_core.record.generation import Content

Hook: TypeAlias = Callable[[Content], Content]
Notes: TypeAlias = tuple[Diagnostic, ...]

_BESIDE = Diagnostic(
    "withheld", "$", "error texts, unknown fields and unknown parameters may quote what is held back"
)
_SIDES = {"drop_input": ("input", "request"), "drop_output": ("output",)}
_EARLIER = "earlier"
_REASONS = {"privacy_mode", "drop_input", "drop_output", "content_hook", _EARLIER}
_NO_WORD = "in no list of known words, so that it may be what somebody said"


def redact_content(
    draft: Draft, *, privacy_mode: bool, drop_input: bool, drop_output: bool, hook: Hook | None
) -> Draft:
    """Hold back what was said: all of it, one side, or what the caller's own function takes out."""
    if privacy_mode:
        note = Diagnostic("withheld", "$.content", "privacy mode is on for this route")
        return _replace_content(draft, Content(withheld="privacy_mode"), note)
    switches = [name for name, is_on in (("drop_input", drop_input), ("drop_output", drop_output)) if is_on]
    if not switches and hook is None:
        return draft
    content, notes = _drop_sides(draft.value("content"), switches)
    if hook is not None:
        content, more = _apply_hook(content, hook)
        notes += more
    return _replace_content(draft, content, *notes, _BESIDE)


def _replace_content(draft: Draft, content: Content, *notes: Diagnostic) -> Draft:
    """Return the draft with some content, and without all that may quote what is not in it."""
    fields = private_fields(draft.generation)
    words = [Diagnostic("withheld", path, _NO_WORD) for path in withheld_words(draft.generation, fields)]
    return draft.with_changes({**fields, "content": content}, *notes, *words)


def _drop_sides(content: Content, switches: list[str]) -> tuple[Content, Notes]:
    """Return the content without the sides that some switches hold back, and what was there."""
    dropped = {name: switch for switch in switches for name in _SIDES[switch]}
    notes = tuple(
        Diagnostic("withheld", f"$.content.{name}", f"{switch} is on for this route")
        for name, switch in dropped.items()
        if getattr(content, name) is not None
    )
    before = [] if content.withheld is None else [_known_reason(content.withheld)]
    withheld = ", ".join((*before, *switches)) or None
    return attrs.evolve(content, **dict.fromkeys(dropped), withheld=withheld), notes


def _known_reason(withheld: str) -> str:
    """Return why content was withheld before, in words of ours: others may be anybody's."""
    return withheld if _REASONS.issuperset(withheld.split(", ")) else _EARLIER


def _apply_hook(content: Content, hook: Hook) -> tuple[Content, Notes]:
    """Return what a hook makes of content; nothing when it fails."""
    copied, notes = _copy(content)
    try:
        returned = hook(copied)
        why = "" if isinstance(returned, Content) else f"returned {type(returned).__name__} and no Content"
    except FAILURES as error:  # whatever the caller's function does, nothing gets past it
        returned, why = content, f"failed: {describe_error(error)}"
    if not why:
        return returned, notes
    note = Diagnostic("withheld", "$.content", f"the content hook {why}")
    return Content(withheld="content_hook"), (*notes, note)


def _copy(content: Content) -> tuple[Content, Notes]:
    """Return a copy for a hook; of what Python does not copy, the plain JSON that would be sent."""
    try:
        return copy.deepcopy(content), ()
    except FAILURES as error:  # too deep, or of a type of the caller's own
        what = f"plain JSON for the content hook: {describe_error(error)}"
    sides = {name: to_jsonable(getattr(content, name))[0] for name in ("input", "output", "request")}
    return attrs.evolve(content, **sides), (Diagnostic("coerced", "$.content", what),)
